"""Dashboards: versions of a definition, of which one is published."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from localaws.quicksight.definitions import data_set_arns, sheets
from localaws.quicksight.failures import conflict, invalid, not_found, not_served
from localaws.quicksight.kinds import ANALYSIS, DASHBOARD
from localaws.quicksight.paging import listed
from localaws.quicksight.searching import matching
from localaws.quicksight.state import QuickSightStore, arn, name_in, tags_of
from localaws.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Callable

    from localaws.operations import Call, Document
    from localaws.quicksight.definitions import Definitions
    from localaws.quicksight.folders import Folders
    from localaws.quicksight.protocol import Handler

_SUCCESSFUL, _FAILED = "CREATION_SUCCESSFUL", "CREATION_FAILED"
_OF_A_VERSION = ("VersionDescription", "DashboardPublishOptions", "ThemeArn")


class Dashboards:
    """The operations on dashboards."""

    def __init__(
        self,
        store: QuickSightStore,
        definitions: Definitions,
        folders: Folders,
        check_theme: Callable[[Scope, str], None],
        groups_of: Callable[[Scope], Callable[[str], set[str]]],
    ) -> None:
        self._store = store
        self._definitions = definitions
        self._folders = folders
        self._check_theme = check_theme
        self._groups_of = groups_of

    def handlers(self) -> dict[str, Handler]:
        return {
            "CreateDashboard": self.create,
            "UpdateDashboard": self.update,
            "UpdateDashboardPublishedVersion": self.publish,
            "UpdateDashboardLinks": self.link,
            "DescribeDashboard": self.describe,
            "DescribeDashboardDefinition": self.describe_definition,
            "ListDashboards": self.list_all,
            "ListDashboardVersions": self.list_versions,
            "SearchDashboards": self.search,
            "DeleteDashboard": self.delete,
        }

    def create(self, request: Document, call: Call) -> Document:
        """Make version 1, which is published if it can be made."""
        scope, name, now = Scope.of(call), request["DashboardId"], time.time()
        version = self._version(scope, request, 1)
        dashboard: Document = {
            "DashboardId": name,
            "Arn": arn(DASHBOARD, scope, name),
            "Name": request["Name"],
            "CreatedTime": now,
            "LastUpdatedTime": now,
            "LatestVersion": 1,
            "Permissions": request.get("Permissions", []),
            "LinkPermissions": (request.get("LinkSharingConfiguration") or {}).get(
                "Permissions", []
            ),
            "LinkEntities": self._linked(scope, request.get("LinkEntities") or []),
        }
        if version["Status"] == _SUCCESSFUL:
            dashboard |= {"PublishedVersionNumber": 1, "LastPublishedTime": now}
        with self._store.transaction(), self._folders.holding(scope, DASHBOARD, name, request):
            self._store.add(DASHBOARD, scope, dashboard, tags_of(request))
            self._store.put_version(DASHBOARD, scope, name, version)
        return self._made(scope, name, 1)

    def update(self, request: Document, call: Call) -> Document:
        """Make another version; what readers see does not change."""
        scope, name = Scope.of(call), request["DashboardId"]
        with self._store.transaction():
            before = self._store.existing(DASHBOARD, scope, name)
            number = before["LatestVersion"] + 1
            version = self._version(scope, request, number)
            self._store.put_version(DASHBOARD, scope, name, version)
            changed = {
                "Name": request["Name"],
                "LatestVersion": number,
                "LastUpdatedTime": time.time(),
            }
            self._store.change(DASHBOARD, scope, name, lambda _: changed)
        return self._made(scope, name, number)

    def publish(self, request: Document, call: Call) -> Document:
        """Let readers see a version."""
        scope, name, number = Scope.of(call), request["DashboardId"], request["VersionNumber"]
        self._store.existing(DASHBOARD, scope, name)
        version = self._store.version(DASHBOARD, scope, name, number)
        if version["Status"] != _SUCCESSFUL:
            raise conflict(
                f"Version {number} of dashboard {name} is {version['Status']}: it cannot be "
                "published."
            )
        changed = {"PublishedVersionNumber": number, "LastPublishedTime": time.time()}
        self._store.change(DASHBOARD, scope, name, lambda _: changed)
        return {"DashboardId": name, "DashboardArn": arn(DASHBOARD, scope, name)}

    def link(self, request: Document, call: Call) -> Document:
        """Name the analyses that a dashboard belongs to."""
        scope, name = Scope.of(call), request["DashboardId"]
        self._store.existing(DASHBOARD, scope, name)
        linked = self._linked(scope, request["LinkEntities"])
        self._store.change(DASHBOARD, scope, name, lambda _: {"LinkEntities": linked})
        return {"DashboardArn": arn(DASHBOARD, scope, name), "LinkEntities": linked}

    def describe(self, request: Document, call: Call) -> Document:
        dashboard, version = self._chosen(request, call)
        shown = {
            key: version[key]
            for key in (
                *("CreatedTime", "Errors", "VersionNumber", "Status", "Arn"),
                *("SourceEntityArn", "DataSetArns", "Description", "ThemeArn", "Sheets"),
            )
            if key in version
        }
        return {"Dashboard": dashboard | {"Version": shown}}

    def describe_definition(self, request: Document, call: Call) -> Document:
        """Exactly what was put in."""
        dashboard, version = self._chosen(request, call)
        return version | {
            "DashboardId": dashboard["DashboardId"],
            "Name": dashboard["Name"],
            "ResourceStatus": version["Status"],
        }

    def list_all(self, request: Document, call: Call) -> Document:
        found = self._store.all(DASHBOARD, Scope.of(call))
        return listed("DashboardSummaryList", found, request)

    def list_versions(self, request: Document, call: Call) -> Document:
        """The newest first."""
        scope, name = Scope.of(call), request["DashboardId"]
        self._store.existing(DASHBOARD, scope, name)
        found = self._store.versions(DASHBOARD, scope, name)
        return listed("DashboardVersionSummaryList", found[::-1], request)

    def search(self, request: Document, call: Call) -> Document:
        scope = Scope.of(call)
        assets = self._store.all(DASHBOARD, scope)
        found = matching(DASHBOARD, assets, request["Filters"], self._groups_of(scope))
        return listed("DashboardSummaryList", found, request)

    def delete(self, request: Document, call: Call) -> Document:
        """Delete a dashboard, or one version of it that is not published."""
        scope, name = Scope.of(call), request["DashboardId"]
        number = request.get("VersionNumber")
        if number is None:
            self._store.delete(DASHBOARD, scope, name)
        else:
            dashboard = self._store.existing(DASHBOARD, scope, name)
            self._store.version(DASHBOARD, scope, name, number)
            if dashboard.get("PublishedVersionNumber") == number:
                raise conflict(f"Version {number} of dashboard {name} is published.")
            self._store.delete_version(DASHBOARD, scope, name, number)
        return {"Arn": arn(DASHBOARD, scope, name), "DashboardId": name}

    def _version(self, scope: Scope, request: Document, number: int) -> Document:
        version = self._definitions.requested(scope, request)
        definition = version["Definition"]
        if any((request.get("Parameters") or {}).values()):
            raise not_served("Parameters of dashboards; set defaults in the definition")
        if request.get("ThemeArn"):
            self._check_theme(scope, request["ThemeArn"])
        mode = (request.get("ValidationStrategy") or {}).get("Mode", "STRICT")
        errors = self._definitions.errors(scope, definition, mode == "STRICT")
        version |= {
            "VersionNumber": number,
            "Arn": f"{arn(DASHBOARD, scope, request['DashboardId'])}/version/{number}",
            "CreatedTime": time.time(),
            "Status": _FAILED if errors else _SUCCESSFUL,
            "Errors": errors,
            "DataSetArns": data_set_arns(definition),
            "Sheets": sheets(definition),
            **{key: request[key] for key in _OF_A_VERSION if key in request},
        }
        if "VersionDescription" in version:
            version["Description"] = version.pop("VersionDescription")
        return version

    def _chosen(self, request: Document, call: Call) -> tuple[Document, Document]:
        """A dashboard with the version that a request names: else the published, else the last."""
        scope, name = Scope.of(call), request["DashboardId"]
        dashboard = self._store.existing(DASHBOARD, scope, name)
        published = dashboard.get("PublishedVersionNumber")
        number = request.get("VersionNumber")
        alias = request.get("AliasName")
        if alias is not None and number is not None:
            raise invalid("Give either VersionNumber or AliasName.")
        if alias == "$LATEST":
            number = dashboard["LatestVersion"]
        elif alias == "$PUBLISHED":
            if published is None:
                raise not_found("Dashboard", f"{name} alias $PUBLISHED")
            number = published
        elif alias is not None:
            raise not_found("Dashboard", f"{name} alias {alias}")
        if number is None:
            number = published or dashboard["LatestVersion"]
        return dashboard, self._store.version(DASHBOARD, scope, name, number)

    def _linked(self, scope: Scope, arns: list[str]) -> list[str]:
        for one in arns:
            self._store.existing(ANALYSIS, scope, name_in(ANALYSIS, scope, one))
        return arns

    def _made(self, scope: Scope, name: str, number: int) -> Document:
        made = arn(DASHBOARD, scope, name)
        return {
            "Arn": made,
            "VersionArn": f"{made}/version/{number}",
            "DashboardId": name,
            "CreationStatus": "CREATION_IN_PROGRESS",
        }
