"""What QuickSight would refuse, or show wrongly, in one definition."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rlm.quicksight.definitions.columns import known_columns
from rlm.quicksight.definitions.findings import Finding, Severity, warning
from rlm.quicksight.definitions.formulas import formula_findings
from rlm.quicksight.definitions.index import index_of
from rlm.quicksight.definitions.layouts import layout_findings
from rlm.quicksight.definitions.paths import path_text, walk
from rlm.quicksight.definitions.references import reference_findings
from rlm.quicksight.definitions.shapes import Shapes, definition_shape, shape_findings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from rlm.quicksight.definitions.files import Assembled

_COLOR_KEYS: Final = frozenset({"Color", "BackgroundColor", "Colors"})


def lint(
    definition: Mapping[str, Any],
    shapes: Shapes,
    data_sets: Iterable[Mapping[str, Any]] = (),
    theme: Mapping[str, Any] | None = None,
) -> tuple[Finding, ...]:
    """All findings, errors first, then in the order of the definition.

    `data_sets` (keys as in CreateDataSet) tell which columns there are; of a data set that is not
    among them no column is checked. `theme` (keys as in CreateTheme) tells which colours the
    dashboard should keep to.
    """
    # Everything else reads the definition as it should be: first things first.
    shape = list(shape_findings(definition, definition_shape(definition), shapes))
    found = [*shape, *_meaning(definition, data_sets, theme)]
    return tuple(sorted(dict.fromkeys(found), key=lambda one: one.severity is not Severity.ERROR))


def lint_files(
    dashboard: Assembled,
    shapes: Shapes,
    data_sets: Iterable[Mapping[str, Any]] = (),
    theme: Mapping[str, Any] | None = None,
) -> tuple[Finding, ...]:
    """As `lint`, each finding with file and line."""
    found = lint(dashboard.definition, shapes, data_sets, theme)
    return tuple(dashboard.located(one) for one in found)


def _meaning(
    definition: Mapping[str, Any],
    data_sets: Iterable[Mapping[str, Any]],
    theme: Mapping[str, Any] | None,
) -> Iterator[Finding]:
    index = index_of(definition)
    columns = known_columns(definition, data_sets)
    yield from reference_findings(index, columns)
    yield from formula_findings(index, columns)
    yield from layout_findings(index)
    if theme is not None:
        yield from _colors(definition, theme)


def _colors(definition: Mapping[str, Any], theme: Mapping[str, Any]) -> Iterator[Finding]:
    """Colours that the theme does not have, each once, where it is met first."""
    known = {
        value.upper()
        for _, value in walk(theme.get("Configuration") or {})
        if isinstance(value, str) and value.startswith("#")
    }
    seen: set[str] = set()
    for path, value in walk(definition):
        names = {part for part in path[-2:] if isinstance(part, str)}
        if not isinstance(value, str) or not value.startswith("#") or not names & _COLOR_KEYS:
            continue
        if value.upper() not in known | seen:
            seen.add(value.upper())
            yield warning(
                "color",
                path_text(path),
                f"the theme has no colour {value}",
                "take one of the theme's, or add it there",
            )
