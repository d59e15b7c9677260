"""Themes: colours, fonts and spacing of dashboards, in versions."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from localaws.quicksight.aliases import chosen_version
from localaws.quicksight.failures import conflict, not_found
from localaws.quicksight.kinds import THEME
from localaws.quicksight.paging import listed
from localaws.quicksight.state import QuickSightStore, arn, name_in, tags_of
from localaws.scope import Scope

if TYPE_CHECKING:
    from localaws.operations import Call, Document
    from localaws.quicksight.protocol import Handler

# QuickSight's own, which every account has and can base its themes on.
BUILT_IN = ("CLASSIC", "MIDNIGHT", "RAINIER", "SEASIDE")
_BUILT_IN_ARN = "arn:aws:quicksight::aws:theme/"


class Themes:
    """The operations on themes."""

    def __init__(self, store: QuickSightStore) -> None:
        self._store = store

    def handlers(self) -> dict[str, Handler]:
        return {
            "CreateTheme": self.create,
            "UpdateTheme": self.update,
            "DescribeTheme": self.describe,
            "ListThemes": self.list_all,
            "ListThemeVersions": self.list_versions,
            "DeleteTheme": self.delete,
        }

    def check_exists(self, scope: Scope, theme_arn: str) -> None:
        """AWS's error for the ARN of no theme."""
        if theme_arn.removeprefix(_BUILT_IN_ARN) not in BUILT_IN:
            self._store.existing(THEME, scope, name_in(THEME, scope, theme_arn))

    def create(self, request: Document, call: Call) -> Document:
        scope, name, now = Scope.of(call), request["ThemeId"], time.time()
        version = self._version(scope, request, 1, {})
        theme: Document = {
            "ThemeId": name,
            "Arn": arn(THEME, scope, name),
            "Name": request["Name"],
            "Type": "CUSTOM",
            "CreatedTime": now,
            "LastUpdatedTime": now,
            "LatestVersion": 1,
            "Permissions": request.get("Permissions", []),
        }
        with self._store.transaction():
            self._store.add(THEME, scope, theme, tags_of(request))
            self._store.put_version(THEME, scope, name, version)
        return _made(theme, version)

    def update(self, request: Document, call: Call) -> Document:
        """Make another version, which is at once what dashboards with this theme look like."""
        scope, name = Scope.of(call), request["ThemeId"]
        with self._store.transaction():
            theme = self._store.existing(THEME, scope, name)
            before = self._store.version(THEME, scope, name, theme["LatestVersion"])
            version = self._version(scope, request, theme["LatestVersion"] + 1, before)
            self._store.put_version(THEME, scope, name, version)
            changed = {
                "Name": request.get("Name") or theme["Name"],
                "LatestVersion": version["VersionNumber"],
                "LastUpdatedTime": time.time(),
            }
            self._store.change(THEME, scope, name, lambda _: changed)
        return _made(theme, version)

    def describe(self, request: Document, call: Call) -> Document:
        if request["ThemeId"] in BUILT_IN:
            return {"Theme": _built_in(request["ThemeId"])}
        theme, version = chosen_version(self._store, THEME, Scope.of(call), request)
        return {"Theme": theme | {"Version": version}}

    def list_all(self, request: Document, call: Call) -> Document:
        wanted = request.get("Type") or "ALL"
        found = []
        if wanted in ("ALL", "QUICKSIGHT"):
            found += [_built_in(name) for name in BUILT_IN]
        if wanted in ("ALL", "CUSTOM"):
            found += [
                one | {"LatestVersionNumber": one["LatestVersion"]}
                for one in self._store.all(THEME, Scope.of(call))
            ]
        return listed("ThemeSummaryList", found, request)

    def list_versions(self, request: Document, call: Call) -> Document:
        scope, name = Scope.of(call), request["ThemeId"]
        self._store.existing(THEME, scope, name)
        found = self._store.versions(THEME, scope, name)
        return listed("ThemeVersionSummaryList", found[::-1], request)

    def delete(self, request: Document, call: Call) -> Document:
        """Delete a theme or one of its versions; what uses it falls back to the classic one."""
        scope, name = Scope.of(call), request["ThemeId"]
        number = request.get("VersionNumber")
        if number is None:
            self._store.delete(THEME, scope, name)
        else:
            theme = self._store.existing(THEME, scope, name)
            self._store.version(THEME, scope, name, number)
            if number == theme["LatestVersion"]:
                raise conflict(f"Version {number} of theme {name} is its latest.")
            self._store.delete_version(THEME, scope, name, number)
        return {"Arn": arn(THEME, scope, name), "ThemeId": name}

    def _version(self, scope: Scope, request: Document, number: int, before: Document) -> Document:
        base = request["BaseThemeId"]
        if base not in BUILT_IN and self._store.get(THEME, scope, base) is None:
            raise not_found("Theme", base)
        version: Document = {
            "VersionNumber": number,
            "Arn": f"{arn(THEME, scope, request['ThemeId'])}/version/{number}",
            "BaseThemeId": base,
            "CreatedTime": time.time(),
            "Configuration": request.get("Configuration") or before.get("Configuration", {}),
            "Status": "CREATION_SUCCESSFUL",
            "Errors": [],
        }
        if "VersionDescription" in request:
            version["Description"] = request["VersionDescription"]
        return version


def _built_in(name: str) -> Document:
    return {
        "ThemeId": name,
        "Arn": f"{_BUILT_IN_ARN}{name}",
        "Name": name.capitalize(),
        "Type": "QUICKSIGHT",
        "LatestVersionNumber": 1,
        "Version": {
            "VersionNumber": 1,
            "Arn": f"{_BUILT_IN_ARN}{name}/version/1",
            "Status": "CREATION_SUCCESSFUL",
        },
    }


def _made(theme: Document, version: Document) -> Document:
    return {
        "Arn": theme["Arn"],
        "VersionArn": version["Arn"],
        "ThemeId": theme["ThemeId"],
        "CreationStatus": "CREATION_IN_PROGRESS",
    }
