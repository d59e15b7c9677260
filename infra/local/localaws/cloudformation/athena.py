"""AWS::Athena::WorkGroup and DataCatalog, by the same operations that API callers use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from localaws.cloudformation.services import Services, Tags, only
from localaws.errors import AwsError

if TYPE_CHECKING:
    from localaws.ministack_cloudformation_seam import Properties

_TYPE = "AWS::Athena::WorkGroup"
_PROPERTIES = frozenset(
    {"Name", "Description", "State", "Tags", "WorkGroupConfiguration", "RecursiveDeleteOption"}
)
_CATALOG_TYPE = "AWS::Athena::DataCatalog"
_CATALOG_PROPERTIES = frozenset({"Name", "Description", "Parameters", "Tags", "Type"})
# Templates carry truth and numbers as text too; what is left out is as a new workgroup has it.
_SWITCHES = {
    "EnforceWorkGroupConfiguration": True,
    "PublishCloudWatchMetricsEnabled": True,
    "RequesterPaysEnabled": False,
}
_RESULT_SETTINGS = (
    "OutputLocation",
    "EncryptionConfiguration",
    "ExpectedBucketOwner",
    "AclConfiguration",
)
_CUTOFF = "BytesScannedCutoffPerQuery"


class WorkGroups:
    """The operations on AWS::Athena::WorkGroup."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def create(self, name: str, properties: Properties, tags: Tags) -> None:
        only(_TYPE, properties, _PROPERTIES)
        request: dict[str, Any] = {"Name": name, "Configuration": _configuration(properties)}
        if properties.get("Description"):
            request["Description"] = properties["Description"]
        if tags:
            request["Tags"] = _tag_list(tags)
        self._services("athena", "CreateWorkGroup", request)
        if properties.get("State", "ENABLED") != "ENABLED":
            self._set_state(name, properties)

    def update(self, name: str, old: Properties, new: Properties) -> None:
        only(_TYPE, new, _PROPERTIES)
        configuration = _configuration(new)
        results = configuration.pop("ResultConfiguration", {})
        updates: dict[str, Any] = {
            **configuration,
            "ResultConfigurationUpdates": results
            | {f"Remove{key}": True for key in _RESULT_SETTINGS if key not in results},
        }
        if _CUTOFF not in configuration:
            updates[f"Remove{_CUTOFF}"] = True
        request = {
            "WorkGroup": name,
            "Description": new.get("Description", ""),
            "State": new.get("State", "ENABLED"),
            "ConfigurationUpdates": updates,
        }
        self._services("athena", "UpdateWorkGroup", request)

    def change_tags(self, name: str, removed: list[str], given: Tags) -> None:
        arn = self._services.arn("athena", f"workgroup/{name}")
        if removed:
            self._services("athena", "UntagResource", {"ResourceARN": arn, "TagKeys": removed})
        if given:
            request = {"ResourceARN": arn, "Tags": _tag_list(given)}
            self._services("athena", "TagResource", request)

    def delete(self, name: str, properties: Properties) -> None:
        recursive = str(properties.get("RecursiveDeleteOption")).lower() == "true"
        try:
            self._services("athena", "GetWorkGroup", {"WorkGroup": name})
        except AwsError as error:
            if error.message.endswith("is not found."):
                return
            raise
        request = {"WorkGroup": name, "RecursiveDeleteOption": recursive}
        self._services("athena", "DeleteWorkGroup", request)

    def _set_state(self, name: str, properties: Properties) -> None:
        request = {"WorkGroup": name, "State": properties["State"]}
        self._services("athena", "UpdateWorkGroup", request)


class DataCatalogs:
    """The operations on AWS::Athena::DataCatalog."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def create(self, name: str, properties: Properties, tags: Tags) -> None:
        request = self._request(name, properties)
        if tags:
            request["Tags"] = _tag_list(tags)
        self._services("athena", "CreateDataCatalog", request)

    def update(self, name: str, _old: Properties, new: Properties) -> None:
        self._services("athena", "UpdateDataCatalog", self._request(name, new))

    def change_tags(self, name: str, removed: list[str], given: Tags) -> None:
        arn = self._services.arn("athena", f"datacatalog/{name}")
        if removed:
            self._services("athena", "UntagResource", {"ResourceARN": arn, "TagKeys": removed})
        if given:
            request = {"ResourceARN": arn, "Tags": _tag_list(given)}
            self._services("athena", "TagResource", request)

    def delete(self, name: str, _properties: Properties) -> None:
        try:
            self._services("athena", "DeleteDataCatalog", {"Name": name})
        except AwsError as error:
            if not error.message.endswith("was not found"):
                raise

    def _request(self, name: str, properties: Properties) -> dict[str, Any]:
        only(_CATALOG_TYPE, properties, _CATALOG_PROPERTIES)
        request: dict[str, Any] = {
            "Name": name,
            "Type": properties["Type"],
            "Parameters": dict(properties.get("Parameters") or {}),
        }
        if properties.get("Description"):
            request["Description"] = properties["Description"]
        return request


def _configuration(properties: Properties) -> dict[str, Any]:
    given = dict(properties.get("WorkGroupConfiguration") or {})
    for name, default in _SWITCHES.items():
        given[name] = str(given.get(name, default)).lower() == "true"
    if _CUTOFF in given:
        given[_CUTOFF] = int(given[_CUTOFF])
    return given


def _tag_list(tags: Tags) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in sorted(tags.items())]
