"""Carries an asset bundle in: creates or updates each of its assets, as any caller would."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from localaws.errors import AwsError
from localaws.quicksight.bundle_files import BundledAsset
from localaws.quicksight.exporting import Exporting
from localaws.quicksight.kinds import (
    ANALYSIS,
    DASHBOARD,
    DATA_SET,
    DATA_SOURCE,
    FOLDER,
    THEME,
    Kind,
)
from localaws.quicksight.state import QuickSightStore, arn, resource_arn

if TYPE_CHECKING:
    from collections.abc import Callable

    from localaws.operations import Document
    from localaws.scope import Scope

    Ask = Callable[[str, Document], Document]

_ARN = re.compile(
    r"^arn:aws[^:]*:quicksight:[^:]*:\d*:(?P<word>datasource|dataset|theme|analysis|dashboard"
    r"|folder)/(?P<id>.+)$"
)
_OVERRIDES = {
    DATA_SOURCE: "DataSources",
    DATA_SET: "DataSets",
    THEME: "Themes",
    ANALYSIS: "Analyses",
    DASHBOARD: "Dashboards",
    FOLDER: "Folders",
}
_MEMBER_TYPES = {
    "dashboard": "DASHBOARD",
    "analysis": "ANALYSIS",
    "dataset": "DATASET",
    "datasource": "DATASOURCE",
}
# What only the creating operation takes.
_CREATE_ONLY = ("Permissions", "Tags", "Type", "FolderType", "SharingModel", "ParentFolderArn",
                "LinkEntities", "UseAs", "FolderArns")  # fmt: skip


class ImportFailedError(Exception):
    """An asset could not be made; `arn` says which."""

    def __init__(self, asset_arn: str, type_: str, message: str) -> None:
        super().__init__(message)
        self.arn = asset_arn
        self.type = type_
        self.message = message


class Importing:
    """One import: in order, with a way back."""

    def __init__(self, store: QuickSightStore, ask: Ask, scope: Scope, overrides: Document) -> None:
        self._store = store
        self._ask = ask
        self._scope = scope
        self._overrides = overrides
        rule = overrides.get("ResourceIdOverrideConfiguration") or {}
        self._prefix = str(rule.get("PrefixForAllResources") or "")
        # Newest first: what undoes each step.
        self._undo: list[Callable[[], object]] = []

    def run(self, assets: list[BundledAsset]) -> None:
        """Make all assets; ImportFailedError at the first that cannot be."""
        inside = {(asset.kind.word, asset.id) for asset in assets}
        for asset in assets:
            moved = BundledAsset(
                asset.kind,
                self._overridden(asset, self._moved(asset.request, inside)),
                self._moved(asset.extras, inside),
            )
            try:
                self._make(moved)
            except AwsError as error:
                failed = arn(asset.kind, self._scope, moved.id)
                raise ImportFailedError(failed, error.code, error.message) from error

    def roll_back(self) -> list[Document]:
        """Undo what was made; the errors of what could not be undone."""
        errors = []
        while self._undo:
            try:
                self._undo.pop()()
            except AwsError as error:
                errors.append({"Type": error.code, "Message": error.message})
        return errors

    def _make(self, asset: BundledAsset) -> None:
        kind, name = asset.kind, asset.id
        before = self._store.get(kind, self._scope, name)
        named = {kind.id: name}
        if before is None:
            self._ask(f"Create{kind.noun}", asset.request)
            force = {"ForceDeleteWithoutRecovery": True} if kind == ANALYSIS else {}
            self._undo.append(lambda: self._ask(f"Delete{kind.noun}", named | force))
        else:
            job = {"ResourceArns": [before["Arn"]]}
            (old,) = Exporting(self._store).gather(self._scope, job)
            published = before.get("PublishedVersionNumber")
            self._update(asset)
            if kind == DASHBOARD and published:
                back = named | {"VersionNumber": published}
                self._undo.append(lambda: self._ask("UpdateDashboardPublishedVersion", back))
            else:
                self._undo.append(lambda: self._update(old))
        self._check(kind, name)
        self._make_extras(asset)

    def _update(self, asset: BundledAsset) -> None:
        kind = asset.kind
        request = {key: value for key, value in asset.request.items() if key not in _CREATE_ONLY}
        made = self._ask(f"Update{kind.noun}", request)
        if kind == DASHBOARD:
            number = int(made["VersionArn"].rpartition("/")[2])
            self._check(kind, asset.id, number)
            named = {"DashboardId": asset.id, "VersionNumber": number}
            self._ask("UpdateDashboardPublishedVersion", named)
        if asset.request.get("Permissions"):
            grants = {kind.id: asset.id, "GrantPermissions": asset.request["Permissions"]}
            self._ask(f"Update{kind.noun}Permissions", grants)
        if asset.request.get("Tags"):
            tags = {"ResourceArn": arn(kind, self._scope, asset.id), "Tags": asset.request["Tags"]}
            self._ask("TagResource", tags)

    def _check(self, kind: Kind, name: str, number: int | None = None) -> None:
        """Fail for what was accepted and then could not be made."""
        asset = self._store.existing(kind, self._scope, name)
        status, errors = asset.get("Status", ""), asset.get("Errors") or []
        if kind == DASHBOARD:
            version = self._store.version(kind, self._scope, name, number or asset["LatestVersion"])
            status, errors = version["Status"], version["Errors"]
        if status.endswith("_FAILED"):
            errors = errors or [asset.get("ErrorInfo") or {"Type": "UNKNOWN", "Message": status}]
            raise ImportFailedError(asset["Arn"], errors[0]["Type"], errors[0]["Message"])

    def _make_extras(self, asset: BundledAsset) -> None:
        extras = asset.extras
        named = {asset.kind.id: asset.id}
        if "refreshProperties" in extras:
            given = {"DataSetRefreshProperties": extras["refreshProperties"]}
            self._ask("PutDataSetRefreshProperties", named | given)
        if "refreshSchedules" in extras:
            kept = self._ask("ListRefreshSchedules", named)["RefreshSchedules"]
            known = {one["ScheduleId"] for one in kept}
            for schedule in extras["refreshSchedules"]:
                verb = "Update" if schedule["ScheduleId"] in known else "Create"
                self._ask(f"{verb}RefreshSchedule", named | {"Schedule": schedule})
        for word, name in extras.get("members") or []:
            member = {"MemberType": _MEMBER_TYPES[word], "MemberId": f"{self._prefix}{name}"}
            self._ask("CreateFolderMembership", named | member)

    def _moved(self, value: Any, inside: set[tuple[str, str]]) -> Any:
        """With the ARNs of QuickSight's assets of this account, and new ids in front of them."""
        if isinstance(value, dict):
            return {key: self._moved(item, inside) for key, item in value.items()}
        if isinstance(value, list):
            return [self._moved(item, inside) for item in value]
        if isinstance(value, str) and (found := _ARN.match(value)):
            prefix = self._prefix if (found["word"], found["id"]) in inside else ""
            return resource_arn(self._scope, f"{found['word']}/{prefix}{found['id']}")
        return value

    def _overridden(self, asset: BundledAsset, request: Document) -> Document:
        given = self._overrides.get(_OVERRIDES[asset.kind]) or []
        new: Document = {asset.kind.id: f"{self._prefix}{asset.id}"}
        for one in given:
            if one[asset.kind.id] == asset.id:
                for key in ("Name", "DataSourceParameters", "Credentials", "SslProperties"):
                    if key in one:
                        new[key] = one[key]
        return request | new
