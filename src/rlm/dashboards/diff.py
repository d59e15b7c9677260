"""Before and after of dashboards: a picture of each sheet beside the other, and what reads anew."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rlm.dashboards.deployed import EVERYTHING, Rows, Viewer, declared_ids, digest, sheets_of
from rlm.dashboards.rows import Warehouse
from rlm.quicksight.definitions.inference import all_columns
from rlm.quicksight.definitions.reviewers_text import reviewers_diff
from rlm.quicksight.queries.board import Board
from rlm.quicksight.samples import sample_data_sets
from rlm.quicksight.server.running import running
from rlm.quicksight.server.source import Listing, NotThereError, Opened

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from rlm.dashboards.camera import Camera, Comparison, Picture
    from rlm.quicksight.server.running import Running


@dataclass(frozen=True)
class Part:
    """One dashboard on one side: what it is, without rows."""

    name: str
    definition: Mapping[str, Any]
    theme: Mapping[str, Any] | None = None
    base_theme: str = "CLASSIC"


@dataclass(frozen=True)
class SheetDiff:
    """One sheet; a side is None where it has no such sheet."""

    name: str
    before: Picture | None
    after: Picture | None
    comparison: Comparison | None
    """None where there is only one side."""

    @property
    def verdict(self) -> str:
        """`added`, `removed`, `changed` or `same`: as it is seen, not as it is written."""
        if self.comparison is None:
            return "added" if self.before is None else "removed"
        return "same" if self.comparison.is_same else "changed"


@dataclass(frozen=True)
class DashboardDiff:
    """One dashboard."""

    name: str
    verdict: str
    text: str
    """Unified diff without internal ids; empty where both sides read the same."""
    sheets: tuple[SheetDiff, ...]


class PartsSource:
    """Dashboards that are there already; nobody waits for them to change."""

    is_live = False

    def __init__(self, opened: Mapping[str, Opened]) -> None:
        self._opened = dict(opened)

    def listings(self, user: str) -> Sequence[Listing]:
        return [
            Listing(one.dashboard_id, one.name, sheets=sheets_of(one.definition))
            for one in self._opened.values()
        ]

    def users(self) -> Sequence[str]:
        return [EVERYTHING]

    def stamp(self, dashboard_id: str, user: str) -> str:
        return digest([dashboard_id, self.open(dashboard_id, user).version])

    def open(self, dashboard_id: str, user: str) -> Opened:
        if dashboard_id not in self._opened:
            raise NotThereError(f"there is no dashboard {dashboard_id}")
        return self._opened[dashboard_id]

    def static_file(self, dashboard_id: str, user: str, file_id: str) -> tuple[bytes, str]:
        raise NotThereError(f"{dashboard_id}: the file {file_id} is not kept here")


def compare_dashboards(
    name: str,
    before: Part | None,
    after: Part | None,
    boards: Callable[[Sequence[Part]], Sequence[Board]],
    camera: Camera,
    say: Callable[[str], None],
) -> DashboardDiff:
    """Draw both sides and compare them sheet by sheet, by the sheets' ids."""
    parts = [part for part in (before, after) if part is not None]
    opened = {
        side: _opened(f"{name}-{side}", part, board)
        for (side, part), board in zip(
            [(s, p) for s, p in (("before", before), ("after", after)) if p is not None],
            boards(parts),
            strict=True,
        )
    }
    with running(PartsSource({one.dashboard_id: one for one in opened.values()})) as page:
        pictures = {
            side: {one.sheet_id: one for one in _pictures(page, found, camera, say)}
            for side, found in opened.items()
        }
    was, now = pictures.get("before", {}), pictures.get("after", {})
    order = [*now, *(sheet for sheet in was if sheet not in now)]
    sheets = tuple(_sheet(was.get(sheet_id), now.get(sheet_id), camera) for sheet_id in order)
    text = reviewers_diff(
        before.definition if before else {}, after.definition if after else {}
    )  # fmt: skip
    verdict = "added" if before is None else "removed" if after is None else "changed"
    is_same = verdict == "changed" and not text and all(one.verdict == "same" for one in sheets)
    return DashboardDiff(name, "same" if is_same else verdict, text, sheets)


def boards_of_rows(rows: Rows, now: dt.datetime) -> Callable[[Sequence[Part]], list[Board]]:
    """Both sides over what stands in SPICE."""

    def boards(parts: Sequence[Part]) -> list[Board]:
        viewer = Viewer(EVERYTHING)
        return [
            rows.board(one.definition, declared_ids(one.definition), viewer, now)[0]
            for one in parts
        ]

    return boards


def boards_of_samples(
    data_sets: Iterable[Mapping[str, Any]], now: dt.datetime
) -> Callable[[Sequence[Part]], list[Board]]:
    """Both sides over the same rows, made for the last of them."""
    known = list(data_sets)

    def boards(parts: Sequence[Part]) -> list[Board]:
        columns: dict[str, dict[str, Any]] = {}
        for part in parts:
            for identifier, of_set in all_columns(part.definition, known).items():
                columns.setdefault(identifier, {}).update(of_set)
        warehouse = Warehouse()
        made = sample_data_sets(parts[-1].definition, columns, warehouse.cursor(), now)
        return [Board(one.definition, made, warehouse.cursor(), now) for one in parts]

    return boards


def text_diff(before: str, after: str, file: str) -> str:
    """Of a file that is no dashboard's: SQL, a data set, a theme."""
    lines = difflib.unified_diff(
        before.splitlines(), after.splitlines(), f"before/{file}", f"after/{file}", lineterm=""
    )
    return "\n".join(lines)


def _opened(dashboard_id: str, part: Part, board: Board) -> Opened:
    return Opened(
        dashboard_id, part.name, part.definition, board, part.theme, part.base_theme, dashboard_id
    )


def _pictures(
    page: Running, opened: Opened, camera: Camera, say: Callable[[str], None]
) -> Iterable[Picture]:
    for picture in camera.sheets(page, opened.dashboard_id, sheets_of(opened.definition)):
        say(f"{opened.dashboard_id}: {picture.name}")
        yield picture


def _sheet(before: Picture | None, after: Picture | None, camera: Camera) -> SheetDiff:
    comparison = camera.compare(before.png, after.png) if before and after else None
    one = after or before
    return SheetDiff(one.name if one else "", before, after, comparison)
