"""AWS::Glue::Job and AWS::Glue::Crawler, by the same operations that API callers use,
and what the catalog's types have in common.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from localaws.cloudformation.services import ResourceError, Services, Tags, only, tags_of

if TYPE_CHECKING:
    from localaws.ministack_cloudformation_seam import Made, Properties, Provider

NameResource = Callable[[str, str], str]

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
    """Ref gives the job's name."""

    def __init__(self, services: Services, name_resource: NameResource) -> None:
        self._services = services
        self._name_resource = name_resource

    def create(self, logical_id: str, properties: Properties, stack_name: str) -> Made:
        name = properties.get("Name") or self._name_resource(stack_name, logical_id)
        request = _job_settings(properties) | {"Name": name}
        if tags := tags_of(properties.get("Tags")):
            request["Tags"] = tags
        self._services("glue", "CreateJob", request)
        return name, {}

    def update(
        self,
        physical_id: str,
        old: Properties,
        new: Properties,
        stack_name: str,
        logical_id: str,
    ) -> Made:
        # What the update leaves out goes back to its default, as a template's silence means.
        settings = _job_settings(new)
        self._services("glue", "UpdateJob", {"JobName": physical_id, "JobUpdate": settings})
        _change_tags(self._services, f"job/{physical_id}", old, new)
        return physical_id, {}

    def delete(self, physical_id: str, properties: Properties) -> None:
        self._services.call_unless_gone("glue", "DeleteJob", {"JobName": physical_id}, _GONE)


class Crawlers:
    """Ref gives the crawler's name."""

    def __init__(self, services: Services, name_resource: NameResource) -> None:
        self._services = services
        self._name_resource = name_resource

    def create(self, logical_id: str, properties: Properties, stack_name: str) -> Made:
        name = properties.get("Name") or self._name_resource(stack_name, logical_id)
        request = _crawler_settings(properties) | {"Name": name}
        if tags := tags_of(properties.get("Tags")):
            request["Tags"] = tags
        self._services("glue", "CreateCrawler", request)
        return name, {}

    def update(
        self,
        physical_id: str,
        old: Properties,
        new: Properties,
        stack_name: str,
        logical_id: str,
    ) -> Made:
        # UpdateCrawler keeps what it is not given, so a removed property is given as empty.
        removed = {key: _EMPTY[key] for key in old.keys() - new.keys() if key in _EMPTY}
        settings = removed | _crawler_settings(new) | {"Name": physical_id}
        self._services("glue", "UpdateCrawler", settings)
        _change_tags(self._services, f"crawler/{physical_id}", old, new)
        return physical_id, {}

    def delete(self, physical_id: str, properties: Properties) -> None:
        self._services.call_unless_gone("glue", "DeleteCrawler", {"Name": physical_id}, _GONE)


class OwnCatalog:
    """A type of the Data Catalog as ministack makes it, in the account's own catalog only."""

    def __init__(self, made_by_ministack: Provider, services: Services) -> None:
        self._ministack = made_by_ministack
        self._services = services

    def create(self, logical_id: str, properties: Properties, stack_name: str) -> Made:
        self._check(properties)
        return self._ministack.create(logical_id, properties, stack_name)

    def update(
        self,
        physical_id: str,
        old: Properties,
        new: Properties,
        stack_name: str,
        logical_id: str,
    ) -> Made:
        self._check(new)
        return self._ministack.update(physical_id, old, new, stack_name, logical_id)

    def delete(self, physical_id: str, properties: Properties) -> None:
        self._ministack.delete(physical_id, properties)

    def _check(self, properties: Properties) -> None:
        own = self._services.account()
        catalog = properties.get("CatalogId", own)
        if catalog != own:
            raise ResourceError(
                f"CatalogId is {catalog}: the local AWS has the account's own catalog only, {own}"
            )


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


def _change_tags(services: Services, resource: str, old: Properties, new: Properties) -> None:
    before: Tags = tags_of(old.get("Tags"))
    after: Tags = tags_of(new.get("Tags"))
    arn = services.arn("glue", resource)
    if removed := sorted(before.keys() - after.keys()):
        services("glue", "UntagResource", {"ResourceArn": arn, "TagsToRemove": removed})
    if before != after and after:
        services("glue", "TagResource", {"ResourceArn": arn, "TagsToAdd": after})
