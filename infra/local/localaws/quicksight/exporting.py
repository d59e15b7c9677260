"""What an asset bundle takes with it: assets, and with them what they are made from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from localaws.quicksight.bundle_files import IN_ORDER, BundledAsset
from localaws.quicksight.failures import invalid, not_served
from localaws.quicksight.kinds import (
    ANALYSIS,
    DASHBOARD,
    DATA_SET,
    DATA_SOURCE,
    FOLDER,
    THEME,
    Kind,
)
from localaws.quicksight.state import QuickSightStore, resource_arn

if TYPE_CHECKING:
    from localaws.operations import Document
    from localaws.scope import Scope

# Of a data source no credentials leave: an import is given them anew.
_TAKEN = {
    DATA_SOURCE: (
        *("DataSourceId", "Name", "Type", "DataSourceParameters"),
        *("SslProperties", "VpcConnectionProperties"),
    ),
    DATA_SET: (
        *("DataSetId", "Name", "PhysicalTableMap", "LogicalTableMap", "ImportMode"),
        *("ColumnGroups", "FieldFolders", "RowLevelPermissionDataSet", "UseAs"),
        *("DataSetUsageConfiguration", "PerformanceConfiguration"),
        *("DataPrepConfiguration", "SemanticModelConfiguration"),
    ),
    THEME: ("ThemeId", "Name", "BaseThemeId", "Configuration"),
    ANALYSIS: ("AnalysisId", "Name", "Definition", "ThemeArn"),
    DASHBOARD: (
        *("DashboardId", "Name", "Definition", "ThemeArn", "DashboardPublishOptions"),
        "LinkEntities",
    ),
    FOLDER: ("FolderId", "Name", "FolderType", "SharingModel", "ParentFolderArn"),
}


class Exporting:
    """Gathers the assets of a bundle."""

    def __init__(self, store: QuickSightStore) -> None:
        self._store = store
        self._schedules = store.table("schedules")
        self._members = store.table("folder-members")

    def gather(self, scope: Scope, job: Document) -> list[BundledAsset]:
        """The assets that a job names, and what they need if it says so."""
        wanted = [self.named(scope, one) for one in job["ResourceArns"]]
        found: dict[tuple[Kind, str], BundledAsset] = {}
        while wanted:
            kind, name = wanted.pop()
            if (kind, name) in found:
                continue
            asset = self._store.existing(kind, scope, name)
            found[kind, name] = self._bundled(scope, kind, asset, job)
            if job.get("IncludeAllDependencies"):
                wanted += self._needed(scope, kind, asset)
            if kind == FOLDER and job.get("IncludeFolderMembers", "NONE") != "NONE":
                wanted += self._inside(scope, name)
        return list(found.values())

    def named(self, scope: Scope, asset_arn: str) -> tuple[Kind, str]:
        """The asset that an ARN names; AWS's errors where there is none."""
        word, _, name = asset_arn.removeprefix(resource_arn(scope, "")).partition("/")
        for kind in IN_ORDER:
            if kind.word == word:
                self._store.existing(kind, scope, name)
                return kind, name
        if asset_arn.startswith("arn:aws:quicksight:"):
            raise not_served(f"bundles with {asset_arn}")
        raise invalid(f"{asset_arn} is no ARN of an asset of this account and region.")

    def _bundled(self, scope: Scope, kind: Kind, asset: Document, job: Document) -> BundledAsset:
        name = asset[kind.id]
        whole = asset
        if kind in (THEME, ANALYSIS):
            number = asset.get("LatestVersion", 1)
            whole = self._store.version(kind, scope, name, number) | asset
        elif kind == DASHBOARD:
            number = asset.get("PublishedVersionNumber") or asset["LatestVersion"]
            version = self._store.version(kind, scope, name, number)
            if version["Errors"]:
                raise invalid(
                    f"The dashboard {name} has associated errors and cannot be exported. "
                    "Call DescribeDashboardDefinition to retrieve the errors."
                )
            whole = version | asset
        request = {key: whole[key] for key in _TAKEN[kind] if whole.get(key)}
        if job.get("IncludePermissions") and asset.get("Permissions"):
            request["Permissions"] = asset["Permissions"]
        tags = self._store.tags(asset["Arn"])
        if job.get("IncludeTags") and tags:
            request["Tags"] = [{"Key": key, "Value": value} for key, value in tags.items()]
        return BundledAsset(kind, request, self._extras(scope, kind, asset, job))

    def _extras(self, scope: Scope, kind: Kind, asset: Document, job: Document) -> Document:
        extras: Document = {}
        if kind == DATA_SET:
            if "RefreshProperties" in asset:
                extras["refreshProperties"] = asset["RefreshProperties"]
            kept = ("ScheduleId", "ScheduleFrequency", "StartAfterDateTime", "RefreshType")
            schedules = self._schedules.list(scope.key(asset["DataSetId"], ""))
            if schedules:
                extras["refreshSchedules"] = [
                    {key: one[key] for key in kept if key in one} for one in schedules
                ]
        if kind == FOLDER and job.get("IncludeFolderMemberships"):
            inside = self._inside(scope, asset["FolderId"])
            extras["members"] = [[kind.word, name] for kind, name in inside]
        return extras

    def _needed(self, scope: Scope, kind: Kind, asset: Document) -> list[tuple[Kind, str]]:
        """The assets that another cannot do without."""
        needed: list[str] = []
        if kind in (DASHBOARD, ANALYSIS):
            version = asset
            if kind == DASHBOARD:
                number = asset.get("PublishedVersionNumber") or asset["LatestVersion"]
                version = self._store.version(kind, scope, asset[kind.id], number)
            needed = [*version["DataSetArns"], version.get("ThemeArn") or ""]
        elif kind == DATA_SET:
            tables = (asset.get("PhysicalTableMap") or {}).values()
            needed = [next(iter(table.values()))["DataSourceArn"] for table in tables]
            logical = (asset.get("LogicalTableMap") or {}).values()
            needed += [table["Source"].get("DataSetArn", "") for table in logical]
            steps = (asset.get("DataPrepConfiguration") or {}).get("SourceTableMap") or {}
            needed += [one.get("DataSet", {}).get("DataSetArn", "") for one in steps.values()]
            needed.append((asset.get("RowLevelPermissionDataSet") or {}).get("Arn", ""))
        elif kind == FOLDER:
            needed = [asset.get("ParentFolderArn", "")]
        # QuickSight's own themes are everywhere.
        return [self.named(scope, one) for one in needed if one and "::aws:" not in one]

    def _inside(self, scope: Scope, folder: str) -> list[tuple[Kind, str]]:
        words = {kind.word: kind for kind in IN_ORDER}
        found = [
            (words[one["Kind"]], one["MemberId"])
            for one in self._members.list(scope.key(folder, ""))
        ]
        return [(kind, name) for kind, name in found if self._store.get(kind, scope, name)]
