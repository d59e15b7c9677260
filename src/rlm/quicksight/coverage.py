"""How much of a dashboard runs and draws here: every visual, on rows made for it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from rlm.quicksight.drawing import Look, draw, look_of
from rlm.quicksight.queries.board import Board
from rlm.quicksight.queries.state import State
from rlm.quicksight.samples import sample_data_sets

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    import duckdb

    from rlm.quicksight.query import ColumnType, DataSet


class Outcome(StrEnum):
    """What became of a visual."""

    DRAWN = "drawn"
    EMPTY = "empty"
    """It ran, and there was nothing to show."""
    BOXED = "boxed"
    """A box says what of it is not supported."""
    FAILED = "failed"
    """An error that nobody foresaw."""


@dataclass(frozen=True)
class Covered:
    """One visual."""

    sheet_id: str
    visual_id: str
    kind: str
    outcome: Outcome
    reason: str = ""
    ignored: tuple[str, ...] = ()
    """Options that are not honoured."""


@dataclass(frozen=True)
class Coverage:
    """All visuals of one or several dashboards."""

    visuals: tuple[Covered, ...]

    def __add__(self, other: Coverage) -> Coverage:
        return Coverage(self.visuals + other.visuals)

    def count(self, outcome: Outcome) -> int:
        return sum(one.outcome is outcome for one in self.visuals)

    def share(self, *outcomes: Outcome) -> float:
        """Of all visuals, those with one of the outcomes; of no visuals all."""
        found = sum(self.count(one) for one in outcomes)
        return found / len(self.visuals) if self.visuals else 1.0

    def reasons(self) -> list[tuple[str, int]]:
        """Why visuals were boxed or failed, the most frequent first."""
        counted = Counter(f"{one.kind}: {one.reason}" for one in self.visuals if one.reason)
        return sorted(counted.items(), key=lambda one: (-one[1], one[0]))

    def report(self) -> str:
        """One line of counts, then a line a reason."""
        parts = [f"{self.count(one)} {one.value}" for one in Outcome]
        lines = [f"{len(self.visuals)} visuals: {', '.join(parts)}"]
        lines += [f"{count:5d}  {reason}" for reason, count in self.reasons()]
        return "\n".join(lines)


def cover(
    definition: Mapping[str, Any],
    columns: Mapping[str, Mapping[str, ColumnType]],
    connection: duckdb.DuckDBPyConnection,
    now: dt.datetime,
    *,
    seed: int = 0,
) -> Coverage:
    """Every visual on sample rows; `columns` by identifier, as `definitions.inference` gives them.

    `now` is UTC without a zone.
    """
    data_sets = sample_data_sets(definition, columns, connection, now, seed=seed)
    return cover_rows(definition, data_sets, connection, now)


def cover_rows(
    definition: Mapping[str, Any],
    data_sets: Mapping[str, DataSet],
    connection: duckdb.DuckDBPyConnection,
    now: dt.datetime,
) -> Coverage:
    """Every visual on the rows that there are, as the dashboard opens."""
    board = Board(definition, data_sets, connection, now)
    look = look_of(definition, None, board.context(State()).parameters)
    found: list[Covered] = []
    for sheet in definition.get("Sheets") or ():
        for visual in sheet.get("Visuals") or ():
            for kind, body in visual.items():
                found.append(_covered(board, look, sheet["SheetId"], body["VisualId"], kind))
    return Coverage(tuple(found))


def _covered(board: Board, look: Look, sheet_id: str, visual_id: str, kind: str) -> Covered:
    try:
        result = board.visual(sheet_id, visual_id)
        drawing = draw(result, look)
    except Exception as error:  # noqa: BLE001 - what fails is counted, and the next one is tried
        reason = f"{type(error).__name__}: {error}".partition("\n")[0]
        return Covered(sheet_id, visual_id, kind, Outcome.FAILED, reason)
    if drawing.kind == "box":
        return Covered(sheet_id, visual_id, kind, Outcome.BOXED, "; ".join(drawing.missing))
    rows = result.table.rows if result.table is not None else None
    # Nothing but nulls is an empty picture too.
    is_empty = rows is not None and all(value is None for row in rows for value in row)
    if (drawing.kind == "empty" and kind != "EmptyVisual") or is_empty:
        return Covered(sheet_id, visual_id, kind, Outcome.EMPTY, "", result.ignored)
    return Covered(sheet_id, visual_id, kind, Outcome.DRAWN, "", result.ignored)
