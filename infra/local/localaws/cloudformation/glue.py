"""AWS::Glue::Job and AWS::Glue::Crawler, by the same operations that API callers use,
and what the catalog's types have in common.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from localaws.cloudformation.services import ResourceError, Services, Tags, only

if TYPE_CHECKING:
    from localaws.cloudformation.providers import Check
    from localaws.ministack_cloudformation_seam import Properties

_JOB_SETTINGS = frozenset(
    {
        "AllocatedCapacity",
        "Command",
        "Connections",
        "DefaultArguments",
        "Description",
        "ExecutionClass",
        "ExecutionProperty",
        "GlueVersion",
        "JobMode",
        "JobRunQueuingEnabled",
        "LogUri",
        "MaintenanceWindow",
        "MaxCapacity",
        "MaxRetries",
        "NonOverridableArguments",
        "NotificationProperty",
        "NumberOfWorkers",
        "Role",
        "SecurityConfiguration",
        "Timeout",
        "WorkerType",
    }
)
# Templates carry numbers as text or with a fraction; the API takes whole ones.
_WHOLE_NUMBERS = ("AllocatedCapacity", "MaxRetries", "NumberOfWorkers", "Timeout")
_CRAWLER_SETTINGS = frozenset(
    {
        "Classifiers",
        "Configuration",
        "CrawlerSecurityConfiguration",
        "DatabaseName",
        "Description",
        "LakeFormationConfiguration",
        "RecrawlPolicy",
        "Role",
        "Schedule",
        "SchemaChangePolicy",
        "TablePrefix",
        "Targets",
    }
)
_GONE = ("EntityNotFoundException",)


class Jobs:
    """The operations on AWS::Glue::Job."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def create(self, name: str, properties: Properties, tags: Tags) -> None:
        self._services("glue", "CreateJob", _job_settings(properties) | _named(name, tags))

    def update(self, name: str, old: Properties, new: Properties) -> None:
        # What the update leaves out goes back to its default, as a template's silence means.
        settings = _job_settings(new)
        self._services("glue", "UpdateJob", {"JobName": name, "JobUpdate": settings})

    def change_tags(self, name: str, removed: list[str], given: Tags) -> None:
        _change_tags(self._services, f"job/{name}", removed, given)

    def delete(self, name: str, properties: Properties) -> None:
        self._services.call_unless_gone("glue", "DeleteJob", {"JobName": name}, _GONE)


class Crawlers:
    """The operations on AWS::Glue::Crawler."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def create(self, name: str, properties: Properties, tags: Tags) -> None:
        self._services("glue", "CreateCrawler", _crawler_settings(properties) | _named(name, tags))

    def update(self, name: str, old: Properties, new: Properties) -> None:
        # UpdateCrawler keeps what it is not given, so a removed property is given as empty.
        removed = {key: _EMPTY[key] for key in old.keys() - new.keys() if key in _EMPTY}
        settings = removed | _crawler_settings(new) | {"Name": name}
        self._services("glue", "UpdateCrawler", settings)

    def change_tags(self, name: str, removed: list[str], given: Tags) -> None:
        _change_tags(self._services, f"crawler/{name}", removed, given)

    def delete(self, name: str, properties: Properties) -> None:
        self._services.call_unless_gone("glue", "DeleteCrawler", {"Name": name}, _GONE)


def own_catalog(services: Services) -> Check:
    """Refuses a resource of the Data Catalog that is not in the account's own catalog."""

    def check(properties: Properties) -> None:
        own = services.account()
        catalog = properties.get("CatalogId", own)
        if catalog != own:
            raise ResourceError(
                f"CatalogId is {catalog}: the local AWS has the account's own catalog only, {own}"
            )

    return check


_EMPTY: dict[str, Any] = {
    "Classifiers": [],
    "Configuration": "",
    "CrawlerSecurityConfiguration": "",
    "Description": "",
    "Schedule": "",
    "TablePrefix": "",
}


def _job_settings(properties: Properties) -> dict[str, Any]:
    only("AWS::Glue::Job", properties, _JOB_SETTINGS | {"Name", "Tags"})
    settings = {key: properties[key] for key in _JOB_SETTINGS if key in properties}
    for key in _WHOLE_NUMBERS:
        if key in settings:
            settings[key] = int(settings[key])
    if "ExecutionProperty" in settings:
        runs = settings["ExecutionProperty"].get("MaxConcurrentRuns", 1)
        settings["ExecutionProperty"] = {"MaxConcurrentRuns": int(runs)}
    return settings


def _crawler_settings(properties: Properties) -> dict[str, Any]:
    only("AWS::Glue::Crawler", properties, _CRAWLER_SETTINGS | {"Name", "Tags"})
    settings = {key: properties[key] for key in _CRAWLER_SETTINGS if key in properties}
    if isinstance(settings.get("Schedule"), dict):
        settings["Schedule"] = settings["Schedule"].get("ScheduleExpression", "")
    return settings


def _named(name: str, tags: Tags) -> dict[str, Any]:
    return {"Name": name} | ({"Tags": tags} if tags else {})


def _change_tags(services: Services, resource: str, removed: list[str], given: Tags) -> None:
    arn = services.arn("glue", resource)
    if removed:
        services("glue", "UntagResource", {"ResourceArn": arn, "TagsToRemove": removed})
    if given:
        services("glue", "TagResource", {"ResourceArn": arn, "TagsToAdd": given})
