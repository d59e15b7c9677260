"""What the page draws of an account: published versions, rows in SPICE, a user's rights."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from rlm.aws.storage import S3Storage
from rlm.dashboards.images import image_of
from rlm.dashboards.rows import SpiceCopy, SpiceReader, Warehouse
from rlm.quicksight.definitions.columns import data_set_columns
from rlm.quicksight.deployment.resources import Kind
from rlm.quicksight.queries.board import Board
from rlm.quicksight.queries.row_level_security import rule_filter
from rlm.quicksight.server.source import Listing, NotThereError, Opened

if TYPE_CHECKING:
    from pathlib import Path

    from rlm.aws.quicksight import QuickSight
    from rlm.quicksight.expressions.tree import Expression
    from rlm.quicksight.query import DataSet

Clock = Callable[[], dt.datetime]

# Who looks without being a user: all rows, all dashboards.
EVERYTHING: Final = "(all rows)"
# The page asks for stamps twice a second; QuickSight is asked this seldom.
_STAMP_SECONDS: Final = 2.0


def clock(now: dt.datetime | None = None) -> Clock:
    """Now, UTC without a zone; always the same moment where one is given."""
    return lambda: now or dt.datetime.now(dt.UTC).replace(tzinfo=None)


@dataclass(frozen=True)
class Viewer:
    """Who looks, and the groups that count."""

    user: str
    groups: tuple[str, ...] = ()

    @property
    def sees_everything(self) -> bool:
        return self.user in ("", EVERYTHING)


@dataclass(frozen=True)
class Rows:
    """Rows of deployed data sets, restricted to what a viewer may see."""

    service: QuickSight
    reader: SpiceReader
    warehouse: Warehouse = field(default_factory=Warehouse)

    @classmethod
    def of(cls, service: QuickSight, folder: Path) -> Rows:
        """Copies of an account's rows, kept below a folder."""
        reader = SpiceReader(service.endpoint, service.account, service.region, folder)
        return cls(service, reader)

    def board(
        self, definition: Mapping[str, Any], data_set_ids: Mapping[str, str], viewer: Viewer,
        now: dt.datetime,
    ) -> tuple[Board, dt.datetime | None]:  # fmt: skip
        """A board over data sets by identifier, and when the oldest of them was refreshed."""
        data_sets: dict[str, DataSet] = {}
        security: dict[str, Expression | None] = {}
        refreshed: list[dt.datetime] = []
        for identifier, data_set_id in data_set_ids.items():
            described = self.service.data_set(data_set_id)
            if described is None:
                raise NotThereError(
                    f"{identifier}: the data set {data_set_id} is not deployed; `rlm dashboards"
                    " deploy` makes it, and --samples draws without it"
                )
            copy = self.reader.fetch(data_set_id)
            if copy is None:
                columns = data_set_columns(described)
                data_sets[identifier] = self.warehouse.empty(identifier, columns)
                continue
            data_sets[identifier] = self.warehouse.data_set(identifier, copy)
            if copy.refreshed_at:
                refreshed.append(copy.refreshed_at)
            security[identifier] = self._security(described, data_sets[identifier], viewer)
        board = Board(
            definition, data_sets, self.warehouse.cursor(), now, security,
            user=viewer.user, groups=viewer.groups,
        )  # fmt: skip
        return board, min(refreshed, default=None)

    def stamp(self, data_set_ids: Iterable[str]) -> list[str]:
        """Changes when any of the copies does."""
        return [self.reader.ingestion_id(one) or "" for one in sorted(set(data_set_ids))]

    def _security(
        self, described: Mapping[str, Any], data_set: DataSet, viewer: Viewer
    ) -> Expression | None:
        rules = described.get("RowLevelPermissionDataSet") or {}
        if viewer.sees_everything or not rules or rules.get("Status") == "DISABLED":
            return None
        rules_id = str(rules["Arn"]).rpartition("/")[2]
        copy: SpiceCopy | None = self.reader.fetch(rules_id)
        rows = [] if copy is None else self.warehouse.rows(self.warehouse.data_set("rules", copy))
        return rule_filter(rows, viewer.user, viewer.groups, data_set.columns)


def declared_ids(definition: Mapping[str, Any]) -> dict[str, str]:
    """Data set ids by identifier."""
    return {
        str(one["Identifier"]): str(one["DataSetArn"]).rpartition("/")[2]
        for one in definition.get("DataSetIdentifierDeclarations") or ()
    }


def sheets_of(definition: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Id and name of each sheet."""
    return tuple(
        (str(sheet["SheetId"]), str(sheet.get("Name") or sheet["SheetId"]))
        for sheet in definition.get("Sheets") or ()
    )


class DeployedSource:
    """What readers see: published versions, the rows in SPICE, as a chosen user."""

    is_live = True

    def __init__(self, service: QuickSight, rows: Rows, now: Clock, prefix: str = "rlm-") -> None:
        self._service = service
        self._rows = rows
        self._now = now
        self._prefix = prefix
        self._stamps: dict[tuple[str, str], tuple[float, str]] = {}

    @property
    def endpoint(self) -> str:
        """Of the QuickSight that the dashboards are from."""
        return self._service.endpoint

    def listings(self, user: str) -> Sequence[Listing]:
        """The dashboards of this account that the user may see."""
        viewer = self._viewer(user)
        found = []
        for dashboard_id, _ in self._service.found(Kind.DASHBOARD):
            if dashboard_id.startswith(self._prefix) and self._may_see(dashboard_id, viewer):
                found.append(self._listing(dashboard_id))
        return sorted(found, key=lambda one: one.name)

    def users(self) -> Sequence[str]:
        """Everything first, then QuickSight's users."""
        return [EVERYTHING, *self._service.users()]

    def stamp(self, dashboard_id: str, user: str) -> str:
        """Of the published version, its theme, and every copy of rows."""
        known = self._stamps.get((dashboard_id, user))
        if known and known[0] > time.monotonic():
            return known[1]
        viewer = self._viewer(user)
        shown = self._shown(dashboard_id, viewer)
        theme = shown.get("ThemeArn")
        said = [
            shown["VersionNumber"],
            self._service.theme(theme)["VersionNumber"] if theme else None,
            self._rows.stamp(declared_ids(shown["Definition"]).values()),
            viewer.groups,
            # Filters by relative dates move with the day.
            str(self._now().date()),
        ]
        stamp = digest(said)
        self._stamps[dashboard_id, user] = (time.monotonic() + _STAMP_SECONDS, stamp)
        return stamp

    def open(self, dashboard_id: str, user: str) -> Opened:
        """The published version over the rows that the user may see."""
        viewer = self._viewer(user)
        shown = self._shown(dashboard_id, viewer)
        definition = shown["Definition"]
        board, refreshed = self._rows.board(
            definition, declared_ids(definition), viewer, self._now()
        )
        theme = self._service.theme(shown["ThemeArn"]) if shown.get("ThemeArn") else {}
        return Opened(
            dashboard_id,
            shown["Name"],
            definition,
            board,
            theme=theme.get("Configuration"),
            base_theme=str(theme.get("BaseThemeId") or "CLASSIC"),
            version=f"version {shown['VersionNumber']}",
            refreshed_at=refreshed,
            options=shown.get("DashboardPublishOptions") or {},
        )

    def static_file(self, dashboard_id: str, user: str, file_id: str) -> tuple[bytes, str]:
        """An image of the version that is published, to those who may see it."""
        definition = self._shown(dashboard_id, self._viewer(user))["Definition"]
        return image_of(definition, file_id, S3Storage())

    def _viewer(self, user: str) -> Viewer:
        if user in ("", EVERYTHING):
            return Viewer(EVERYTHING)
        return Viewer(user, tuple(self._service.groups_of(user)))

    def _shown(self, dashboard_id: str, viewer: Viewer) -> dict[str, Any]:
        shown = self._service.published_definition(dashboard_id)
        if shown is None or not self._may_see(dashboard_id, viewer):
            raise NotThereError(f"there is no dashboard {dashboard_id} that {viewer.user} may see")
        return shown

    def _may_see(self, dashboard_id: str, viewer: Viewer) -> bool:
        if viewer.sees_everything:
            return True
        rights = self._service.readers(Kind.DASHBOARD, dashboard_id)
        mine = {f"user/default/{viewer.user}", "namespace/default"}
        mine |= {f"group/default/{group}" for group in viewer.groups}
        return any(principal.partition(":quicksight:")[2].split(":", 2)[-1] in mine
                   for principal in rights)  # fmt: skip

    def _listing(self, dashboard_id: str) -> Listing:
        shown = self._service.published_definition(dashboard_id)
        if shown is None:
            return Listing(dashboard_id, dashboard_id, problem="no version of it is published")
        return Listing(
            dashboard_id,
            shown["Name"],
            sheets=sheets_of(shown["Definition"]),
            version=f"version {shown['VersionNumber']}",
        )


def digest(said: Any) -> str:
    """A short name for exactly this."""
    text = json.dumps(said, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
