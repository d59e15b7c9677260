"""Clicks on points: filter actions of visuals, and what they do to other visuals of the sheet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rlm.quicksight.queries.context import Context, NotSupportedError, Raw
from rlm.quicksight.queries.drills import drilled, equals
from rlm.quicksight.queries.fields import custom_labels, wells_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rlm.quicksight.expressions.tree import Expression
    from rlm.quicksight.queries.state import Selection


def cross_filters(
    context: Context, sheet_id: str, visual_id: str, data_set: str
) -> tuple[Expression, ...]:
    """What the clicks on other visuals of the sheet filter this one by."""
    made: list[Expression] = []
    for selection in context.state.selection:
        if selection.visual_id == visual_id:
            continue
        source = _visual_of(context.definition, sheet_id, selection.visual_id)
        if source is None:
            continue
        action = filter_action(source, selection.action_id)
        if action is not None and _is_target(action, visual_id):
            made += _conditions(context, source, action, selection, data_set)
    return tuple(made)


def filter_action(visual: Raw, action_id: str | None = None) -> Raw | None:
    """The FilterOperation of an action of the visual; of the first enabled one, without an id."""
    for action in visual.get("Actions") or ():
        if action.get("Status", "ENABLED") != "ENABLED":
            continue
        if action_id is not None and action["CustomActionId"] != action_id:
            continue
        for operation in action.get("ActionOperations") or ():
            if "FilterOperation" in operation:
                found: Raw = operation["FilterOperation"]
                return found
    return None


def _is_target(action: Raw, visual_id: str) -> bool:
    targets = action["TargetVisualsConfiguration"].get("SameSheetTargetVisualConfiguration") or {}
    if targets.get("TargetVisualOptions") == "ALL_VISUALS":
        return True
    return visual_id in (targets.get("TargetVisuals") or ())


def _conditions(
    context: Context, source: Raw, action: Raw, selection: Selection, data_set: str
) -> Iterator[Expression]:
    chosen = action["SelectedFieldsConfiguration"]
    wells = (source.get("ChartConfiguration") or {}).get("FieldWells") or {}
    for inner in list(wells.values()):
        if isinstance(inner, dict):
            wells = inner
    try:
        made = wells_of(context, wells, custom_labels(source))
        made, _ = drilled(context, source, selection.visual_id, made)
    except NotSupportedError:
        return
    columns = {one["ColumnName"] for one in chosen.get("SelectedColumns") or ()}
    for fields in made.values():
        for field in fields:
            if field.is_measure or field.field_id not in selection.values:
                continue
            is_chosen = (
                chosen.get("SelectedFieldOptions") == "ALL_FIELDS"
                or field.field_id in (chosen.get("SelectedFields") or ())
                or field.column in columns
            )
            same_column = field.column is not None and context.has_column(data_set, field.column)
            if is_chosen and same_column:
                value = selection.values[field.field_id]
                yield equals(field, value, context.week_starts_on)


def _visual_of(definition: Raw, sheet_id: str, visual_id: str) -> Raw | None:
    for sheet in definition.get("Sheets") or ():
        if sheet["SheetId"] != sheet_id:
            continue
        for one in sheet.get("Visuals") or ():
            for visual in one.values():
                if visual["VisualId"] == visual_id:
                    found: Raw = visual
                    return found
    return None
