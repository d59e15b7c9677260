"""Templates: definitions with placeholders for data sets, in versions."""

from __future__ import annotations

import time
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from localaws.quicksight.aliases import chosen_version, request_of
from localaws.quicksight.definitions import sheets
from localaws.quicksight.failures import conflict, invalid
from localaws.quicksight.kinds import ANALYSIS, DATA_SET, TEMPLATE
from localaws.quicksight.paging import listed
from localaws.quicksight.state import QuickSightStore, arn, name_in, tags_of
from localaws.scope import Scope

if TYPE_CHECKING:
    from localaws.operations import Call, Document
    from localaws.quicksight.protocol import Handler


class Templates:
    """The operations on templates."""

    def __init__(self, store: QuickSightStore) -> None:
        self._store = store

    def handlers(self) -> dict[str, Handler]:
        return {
            "CreateTemplate": self.create,
            "UpdateTemplate": self.update,
            "DescribeTemplate": self.describe,
            "DescribeTemplateDefinition": self.describe_definition,
            "ListTemplates": self.list_all,
            "ListTemplateVersions": self.list_versions,
            "DeleteTemplate": self.delete,
        }

    def create(self, request: Document, call: Call) -> Document:
        scope, name, now = Scope.of(call), request["TemplateId"], time.time()
        version = self._version(scope, request, 1)
        template: Document = {
            "TemplateId": name,
            "Arn": arn(TEMPLATE, scope, name),
            "Name": request.get("Name") or name,
            "CreatedTime": now,
            "LastUpdatedTime": now,
            "LatestVersion": 1,
            "Permissions": request.get("Permissions", []),
        }
        with self._store.transaction():
            self._store.add(TEMPLATE, scope, template, tags_of(request))
            self._store.put_version(TEMPLATE, scope, name, version)
        return _made(template, version)

    def update(self, request: Document, call: Call) -> Document:
        """Make another version; dashboards that came from an older one stay as they are."""
        scope, name = Scope.of(call), request["TemplateId"]
        with self._store.transaction():
            template = self._store.existing(TEMPLATE, scope, name)
            version = self._version(scope, request, template["LatestVersion"] + 1)
            self._store.put_version(TEMPLATE, scope, name, version)
            changed = {
                "Name": request.get("Name") or template["Name"],
                "LatestVersion": version["VersionNumber"],
                "LastUpdatedTime": time.time(),
            }
            self._store.change(TEMPLATE, scope, name, lambda _: changed)
        return _made(template, version)

    def describe(self, request: Document, call: Call) -> Document:
        template, version = chosen_version(self._store, TEMPLATE, Scope.of(call), request)
        shown = {key: value for key, value in version.items() if key != "Definition"}
        shown["DataSetConfigurations"] = version["Definition"].get("DataSetConfigurations", [])
        return {"Template": template | {"Version": shown}}

    def describe_definition(self, request: Document, call: Call) -> Document:
        template, version = chosen_version(self._store, TEMPLATE, Scope.of(call), request)
        return version | {
            "TemplateId": template["TemplateId"],
            "Name": template["Name"],
            "ResourceStatus": version["Status"],
        }

    def list_all(self, request: Document, call: Call) -> Document:
        found = [
            one | {"LatestVersionNumber": one["LatestVersion"]}
            for one in self._store.all(TEMPLATE, Scope.of(call))
        ]
        return listed("TemplateSummaryList", found, request)

    def list_versions(self, request: Document, call: Call) -> Document:
        scope, name = Scope.of(call), request["TemplateId"]
        self._store.existing(TEMPLATE, scope, name)
        found = self._store.versions(TEMPLATE, scope, name)
        return listed("TemplateVersionSummaryList", found[::-1], request)

    def delete(self, request: Document, call: Call) -> Document:
        scope, name = Scope.of(call), request["TemplateId"]
        number = request.get("VersionNumber")
        if number is None:
            self._store.delete(TEMPLATE, scope, name)
        else:
            template = self._store.existing(TEMPLATE, scope, name)
            self._store.version(TEMPLATE, scope, name, number)
            if number == template["LatestVersion"]:
                raise conflict(f"Version {number} of template {name} is its latest.")
            self._store.delete_version(TEMPLATE, scope, name, number)
        return {"Arn": arn(TEMPLATE, scope, name), "TemplateId": name}

    def _version(self, scope: Scope, request: Document, number: int) -> Document:
        given = {key for key in ("Definition", "SourceEntity") if request.get(key)}
        if len(given) != 1:
            raise invalid("Give either Definition or SourceEntity.")
        version: Document = {
            "VersionNumber": number,
            "Arn": f"{arn(TEMPLATE, scope, request['TemplateId'])}/version/{number}",
            "CreatedTime": time.time(),
            "Status": "CREATION_SUCCESSFUL",
            "Errors": [],
        }
        if "VersionDescription" in request:
            version["Description"] = request["VersionDescription"]
        if "Definition" in given:
            version["Definition"] = request["Definition"]
        else:
            ((kind, source),) = request["SourceEntity"].items()
            version["SourceEntityArn"] = source["Arn"]
            if kind == "SourceTemplate":
                version |= self._of_template(scope, source["Arn"])
            else:
                version |= self._of_analysis(scope, source)
        version["Sheets"] = sheets(version["Definition"])
        return version

    def _of_template(self, scope: Scope, source_arn: str) -> Document:
        request = request_of(TEMPLATE, scope, source_arn)
        _, version = chosen_version(self._store, TEMPLATE, scope, request)
        return {"Definition": version["Definition"]}

    def _of_analysis(self, scope: Scope, source: Document) -> Document:
        """An analysis' definition with placeholders for its data sets."""
        name = name_in(ANALYSIS, scope, source["Arn"])
        analysis = self._store.existing(ANALYSIS, scope, name)
        definition = deepcopy(self._store.version(ANALYSIS, scope, name, 1)["Definition"])
        placeholders = {
            one["DataSetArn"]: one["DataSetPlaceholder"] for one in source["DataSetReferences"]
        }
        renamed: dict[str, str] = {}
        configurations = []
        for declared in definition.pop("DataSetIdentifierDeclarations"):
            data_set_arn = declared["DataSetArn"]
            if data_set_arn not in placeholders:
                raise invalid(f"The analysis' data set {data_set_arn} has no placeholder.")
            placeholder = renamed[declared["Identifier"]] = placeholders[data_set_arn]
            data_set = self._store.existing(DATA_SET, scope, name_in(DATA_SET, scope, data_set_arn))
            schema = [
                {"Name": one["Name"], "DataType": one["Type"]} for one in data_set["OutputColumns"]
            ]
            configurations.append(
                {
                    "Placeholder": placeholder,
                    "DataSetSchema": {"ColumnSchemaList": schema},
                    "ColumnGroupSchemaList": [],
                }
            )
        _rename(definition, renamed)
        found: Document = {"Definition": {"DataSetConfigurations": configurations, **definition}}
        if "ThemeArn" in analysis:
            found["ThemeArn"] = analysis["ThemeArn"]
        return found


def _rename(value: Any, renamed: dict[str, str]) -> None:
    """Call data sets by their placeholders, everywhere in a definition."""
    if isinstance(value, dict):
        identifier = value.get("DataSetIdentifier")
        if isinstance(identifier, str):
            value["DataSetIdentifier"] = renamed.get(identifier, identifier)
        for item in value.values():
            _rename(item, renamed)
    elif isinstance(value, list):
        for item in value:
            _rename(item, renamed)


def _made(template: Document, version: Document) -> Document:
    return {
        "Arn": template["Arn"],
        "VersionArn": version["Arn"],
        "TemplateId": template["TemplateId"],
        "CreationStatus": "CREATION_IN_PROGRESS",
    }
