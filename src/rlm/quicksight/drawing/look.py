"""How everything of one dashboard looks: its theme, its colours for values, its parameters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rlm.quicksight.drawing.themes import Theme, read_theme


@dataclass(frozen=True)
class Look:
    """What drawing needs besides a result."""

    theme: Theme = field(default_factory=lambda: read_theme(None))
    parameters: Mapping[str, Any] = field(default_factory=dict)
    """By name, what a text that refers to one shows."""
    column_colors: Mapping[tuple[str, str], Mapping[str, str]] = field(default_factory=dict)
    """By data set identifier and column: the colour of a value, the same in all visuals."""


def look_of(
    definition: Mapping[str, Any],
    theme: Theme | None = None,
    parameters: Mapping[str, Any] | None = None,
) -> Look:
    """The look of a dashboard's definition."""
    colors: dict[tuple[str, str], dict[str, str]] = {}
    for one in definition.get("ColumnConfigurations") or ():
        column = one.get("Column") or {}
        custom = (one.get("ColorsConfiguration") or {}).get("CustomColors") or ()
        for choice in custom:
            if choice.get("FieldValue") is not None and choice.get("Color"):
                key = (column.get("DataSetIdentifier", ""), column.get("ColumnName", ""))
                colors.setdefault(key, {})[str(choice["FieldValue"])] = choice["Color"]
    return Look(theme or read_theme(None), parameters or {}, colors)


@dataclass(frozen=True)
class Painter:
    """Gives the parts of one visual their colours; the same value always gets the same one."""

    look: Look
    chosen: Mapping[tuple[str, str], str]
    """ColorMap: by field id and value (empty for a whole measure)."""
    column_of: Mapping[str, tuple[str, str]]
    chart_color: str | None

    def of_value(self, field_id: str | None, value: Any, text: str, position: int) -> str:
        """The colour of a value of a dimension."""
        for one in (value, text):
            found = self.chosen.get((field_id or "", str(one)))
            if found:
                return found
        by_column = self.look.column_colors.get(self.column_of.get(field_id or "", ("", "")), {})
        for one in (value, text):
            if str(one) in by_column:
                return by_column[str(one)]
        return self.look.theme.colors[position % len(self.look.theme.colors)]

    def of_measure(self, field_id: str, position: int) -> str:
        """The colour of all of a measure."""
        found = self.chosen.get((field_id, "")) or self.chosen.get((field_id, field_id))
        if found:
            return found
        if self.chart_color and position == 0:
            return self.chart_color
        return self.look.theme.colors[position % len(self.look.theme.colors)]


def painter(definition: Mapping[str, Any], look: Look) -> Painter:
    """The colours that a visual's definition chooses."""
    palette = (definition.get("ChartConfiguration") or {}).get("VisualPalette") or {}
    chosen = {}
    for one in palette.get("ColorMap") or ():
        element = one.get("Element") or {}
        if one.get("Color"):
            key = (element.get("FieldId") or "", str(element.get("FieldValue") or ""))
            chosen[key] = one["Color"]
    return Painter(look, chosen, columns(definition), palette.get("ChartColor"))


def columns(definition: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """By field id, the data set identifier and column of the fields in the wells."""
    found = {}
    for leaf in leaves((definition.get("ChartConfiguration") or {}).get("FieldWells")):
        column = leaf.get("Column") or {}
        if "ColumnName" in column:
            found[leaf["FieldId"]] = (column.get("DataSetIdentifier", ""), column["ColumnName"])
    return found


def leaves(tree: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(tree, Mapping):
        if "FieldId" in tree:
            yield tree
        else:
            for value in tree.values():
                yield from leaves(value)
    elif isinstance(tree, Sequence) and not isinstance(tree, str):
        for value in tree:
            yield from leaves(value)
