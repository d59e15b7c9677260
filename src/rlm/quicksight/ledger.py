"""The ledger: what of QuickSight's API is honoured, approximated or ignored here.

Functions come from the compiler's registry, notes from what modules declare (`support`), and for
everything else the code is watched: the definition that has everything is asked and drawn, and
what nobody reads is ignored.
`python -m rlm.quicksight.ledger --write` writes docs/quicksight-coverage.md.
"""

from __future__ import annotations

import datetime as dt
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import duckdb

from rlm.aws.quicksight_shapes import quicksight_shapes
from rlm.quicksight.coverage import Covered, Outcome, cover_rows
from rlm.quicksight.definitions.shapes import DASHBOARD, Shapes
from rlm.quicksight.definitions.titles import kind_label
from rlm.quicksight.drawing import look_of
from rlm.quicksight.drawing.controls import control_json
from rlm.quicksight.drawing.sheets import sheet_outline, sheet_texts, still_drawings
from rlm.quicksight.expressions.functions import GROUPS
from rlm.quicksight.queries.board import Board
from rlm.quicksight.queries.cross_filters import filter_action
from rlm.quicksight.queries.state import Selection, State
from rlm.quicksight.reads import watched
from rlm.quicksight.samples import sample_data_sets
from rlm.quicksight.samples.everything import COLUMNS, DATA_SET, everything
from rlm.quicksight.sql import documented_functions
from rlm.quicksight.support import Status, Support, declared, support_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

COMMITTED: Final = Path(__file__).parents[3] / "docs/quicksight-coverage.md"
# Any moment: what is read does not depend on it.
_NOW: Final = dt.datetime(2026, 6, 15, 10, 30)  # noqa: DTZ001 - UTC, without a zone
_KINDS: Final = {
    "Visual": "Visuals",
    "Filter": "Filters",
    "FilterControl": "Controls of filters",
    "ParameterControl": "Controls of parameters",
    "LayoutConfiguration": "Layouts",
    "ParameterDeclaration": "Parameters",
    "VisualCustomActionOperation": "Actions",
    "Computation": "Computations of insights",
}
_HEAD: Final = """\
# What of QuickSight is honoured

Written by `python -m rlm.quicksight.ledger --write`; a test holds it against the code.

- **honoured**: it does here what it does on QuickSight.
- **approximated**: it does something near to it; the note says what.
- **ignored**: nothing reads it.
  Where that could make a number wrong, the visual is a box that names it.

A dashboard with every option of the API is asked and drawn, and the code is watched.
What it reads counts as honoured, unless a note says otherwise.
"""


@dataclass(frozen=True)
class Evidence:
    """What was seen when everything was drawn."""

    reads: frozenset[str]
    """`<shape>.<member>` of all that was read."""
    boxed: Mapping[str, str]
    """Kinds of visual, and of filter, of which there is never but a box, and why."""


def evidence(shapes: Shapes) -> Evidence:
    """Draws the definition that has everything, and watches."""
    definition = everything(shapes)
    reads: set[str] = set()
    seen = watched(definition, DASHBOARD, shapes, reads)
    with duckdb.connect(config={"threads": 1}) as connection:
        data_sets = sample_data_sets(definition, {DATA_SET: COLUMNS}, connection, _NOW)
        coverage = cover_rows(seen, data_sets, connection, _NOW)
        board = Board(seen, data_sets, connection, _NOW)
        look = look_of(seen)
        for position, sheet in enumerate(seen["Sheets"]):
            _click(board, sheet)
            sheet_outline(sheet, position)
            sheet_texts(sheet, look)
            still_drawings(sheet, look)
            if sheet.get("ParameterControls") or sheet.get("FilterControls"):
                for control in board.draw_plan(sheet["SheetId"]).controls:
                    control_json(control)
    drawn = {_shown(one) for one in coverage.visuals if one.outcome is Outcome.DRAWN}
    boxed = {_shown(one): one.reason for one in coverage.visuals if _shown(one) not in drawn}
    return Evidence(frozenset(reads), boxed)


def _click(board: Board, sheet: Mapping[str, Any]) -> None:
    """Clicks a visual of the sheet that filters; the others are asked again."""
    for one in sheet.get("Visuals") or ():
        for visual in one.values():
            if filter_action(visual) is not None:
                clicked = Selection(visual["VisualId"], {"field-1": "Berlin"})
                board.draw_plan(sheet["SheetId"], State(selection=(clicked,)))
                return


def _shown(visual: Covered) -> str:
    """What a visual is there for: its own kind, or the filter that acts on it."""
    _, is_filtered, name = visual.visual_id.partition("chart-")
    return f"Filter.{name.partition('-')[0]}" if is_filtered else f"Visual.{visual.kind}"


def ledger(shapes: Shapes) -> str:
    """The whole document."""
    seen = evidence(shapes)
    notes = declared()
    options = {path: _option(path, seen, notes) for path in _paths(shapes)}
    functions = documented_functions()
    parts = [_HEAD, *_summary(shapes, options)]
    parts += ["\n## Functions\n", *_functions(functions)]
    for shape, title in _KINDS.items():
        parts += [f"\n## {title}\n", *_kinds(shape, shapes, options)]
    parts += ["\n## Options\n"]
    for title, names in _groups(shapes):
        parts += [f"\n### {title}\n", *_options(names, shapes, options)]
    return "\n".join(parts) + "\n"


def _option(path: str, seen: Evidence, notes: Mapping[str, Support]) -> Support:
    shape = path.partition(".")[0]
    if path in notes or f"{shape}.*" in notes:
        return support_of(path, notes)
    if path in seen.boxed:
        return Support(path, Status.IGNORED, f"a box says: {seen.boxed[path]}")
    return Support(path, Status.HONOURED if path in seen.reads else Status.IGNORED)


def _paths(shapes: Shapes) -> Iterator[str]:
    for shape in _reachable(DASHBOARD, shapes):
        for member in shapes.members(shape):
            yield f"{shape}.{member}"


def _reachable(root: str, shapes: Shapes) -> list[str]:
    """Every structure below a shape, itself too, each once."""
    found: dict[str, None] = {}
    waiting = [root]
    while waiting:
        shape = waiting.pop(0)
        if shape in found:
            continue
        found[shape] = None
        model = shapes.by_name[shape]
        inner = [*shapes.members(shape).values()]
        inner += [model[key] for key in ("member", "value") if key in model]
        waiting.extend(inner)
    return [one for one in found if shapes.by_name[one]["type"] == "structure"]


def _summary(shapes: Shapes, options: Mapping[str, Support]) -> Iterator[str]:
    yield "| | honoured | approximated | ignored |"
    yield "|---|---|---|---|"
    known = documented_functions().values()
    counts = Counter("ignored" if one.status == "missing" else one.status for one in known)
    yield _counts("Functions", counts)
    for shape, title in _KINDS.items():
        members = shapes.members(shape)
        counted = Counter(options[f"{shape}.{member}"].status.value for member in members)
        yield _counts(title, counted)
    yield _counts("All members of the API", Counter(one.status.value for one in options.values()))


def _counts(title: str, counts: Mapping[Any, int]) -> str:
    return f"| {title} | {' | '.join(str(counts.get(one.value, 0)) for one in Status)} |"


def _functions(functions: Mapping[str, Any]) -> Iterator[str]:
    yield "| function | | note |"
    yield "|---|---|---|"
    for group in GROUPS.values():
        for name in group:
            one = functions[name]
            status = "ignored" if one.status == "missing" else one.status
            yield f"| `{name}` | {status} | {one.reason} |"


def _kinds(shape: str, shapes: Shapes, options: Mapping[str, Support]) -> Iterator[str]:
    yield "| kind | | note |"
    yield "|---|---|---|"
    for member in shapes.members(shape):
        one = options[f"{shape}.{member}"]
        yield f"| `{member}` | {one.status} | {_in_cell(one.note)} |"


def _groups(shapes: Shapes) -> Iterator[tuple[str, list[str]]]:
    """Shapes by the kind of visual that alone has them, then those that several have."""
    users: dict[str, list[str]] = {}
    visuals = shapes.members("Visual")
    for kind, shape in visuals.items():
        for name in _reachable(shape, shapes):
            users.setdefault(name, []).append(kind)
    for kind in visuals:
        own = [name for name, kinds in users.items() if kinds == [kind]]
        yield _capitalised(kind_label(kind)), own
    yield "Of several visuals", [name for name, kinds in users.items() if len(kinds) > 1]
    rest = [one for one in _reachable(DASHBOARD, shapes) if one not in users and one not in _KINDS]
    yield "Of dashboards, sheets, filters, controls and parameters", rest


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]


def _options(names: Iterable[str], shapes: Shapes, options: Mapping[str, Support]) -> Iterator[str]:
    yield "| structure | honoured | approximated | ignored |"
    yield "|---|---|---|---|"
    for shape in sorted(names):
        if not shapes.members(shape):
            continue
        by_status: dict[Status, list[str]] = {status: [] for status in Status}
        for member in shapes.members(shape):
            one = options[f"{shape}.{member}"]
            note = f" ({_in_cell(one.note)})" if one.note else ""
            by_status[one.status].append(f"{member}{note}")
        cells = " | ".join(", ".join(by_status[status]) for status in Status)
        yield f"| `{shape}` | {cells} |"


def _in_cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def main(arguments: list[str]) -> int:
    text = ledger(Shapes(quicksight_shapes()))
    if arguments == ["--write"]:
        COMMITTED.write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
