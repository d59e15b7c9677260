"""Controls of a sheet: what each shows, what can be chosen, and what a choice changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from rlm.quicksight.queries.building import among
from rlm.quicksight.queries.conditions import convert
from rlm.quicksight.queries.context import Context, NotSupportedError, Raw, Steps
from rlm.quicksight.queries.fields import aggregate_of, as_measure, column_field
from rlm.quicksight.queries.filters import is_in_scope
from rlm.quicksight.queries.parameters import declared_parameters
from rlm.quicksight.queries.state import FilterChoice
from rlm.quicksight.queries.time_conditions import relative_period, time_bounds
from rlm.quicksight.query import Dimension, Order, Ordered, Query
from rlm.quicksight.reads import joined

if TYPE_CHECKING:
    from rlm.quicksight.expressions.tree import Expression, Value

MOST_OPTIONS: Final = 1_000
"""Options that a list shows; a viewer types what is not among them."""

_DEFAULTS: Final = {
    "DefaultDateTimePickerOptions": "DateTimePicker",
    "DefaultListOptions": "List",
    "DefaultDropdownOptions": "Dropdown",
    "DefaultTextFieldOptions": "TextField",
    "DefaultTextAreaOptions": "TextArea",
    "DefaultSliderOptions": "Slider",
    "DefaultRelativeDateTimeOptions": "RelativeDateTime",
    "DefaultHierarchyList": "HierarchyList",
    "DefaultHierarchyDropdown": "HierarchyDropdown",
}


@dataclass(frozen=True)
class ControlResult:
    """One control, not yet drawn."""

    control_id: str
    kind: str
    """Dropdown, List, TextField, TextArea, Slider, DateTimePicker, RelativeDateTime."""
    label: str
    changes: str
    """`parameters` or `filters`: the part of the state that a choice changes."""
    name: str
    """The parameter's name or the filter's id: the key in that part."""
    definition: Raw
    """The control's own options, those of its filter's default control where it has none."""
    options: tuple[Value, ...] = ()
    """What can be chosen, in order; empty for controls that are typed or dragged."""
    chosen: tuple[Value, ...] = ()
    """What is chosen now; empty: everything, or nothing yet."""
    is_all: bool = True
    """Whether nothing is left out."""
    is_multi_select: bool = False
    minimum: Value = None
    """Of a range: its chosen lower end."""
    maximum: Value = None
    """Of a range: its chosen upper end."""
    relative: Mapping[str, Any] | None = None
    """Of relative dates: RelativeDateType, RelativeDateValue, TimeGranularity."""
    place: str = "above"
    """`above` the sheet, or `sheet`: an element of its layout."""
    is_cut: bool = False
    """Whether there are more options."""
    unsupported: tuple[str, ...] = field(default=())


@dataclass(frozen=True)
class _Control:
    """A control of a definition, whichever its kind."""

    control_id: str
    kind: str
    told: Raw
    group: Raw | None = None
    """The filter group of a filter control."""
    filter_kind: str = ""
    filter: Raw | None = None


def controls_of(context: Context, sheet_id: str) -> list[tuple[str, Steps[ControlResult]]]:
    """The steps of every control of a sheet, by id; parameters' first, in their own order."""
    sheet = _sheet(context.definition, sheet_id)
    on_sheet = set(_elements(sheet.get("Layouts") or ()))
    known = {one.control_id: one for one in _all_controls(context.definition)}
    made = []
    for one in _sheet_controls(context.definition, sheet):
        place = "sheet" if one.control_id in on_sheet else "above"
        made.append((one.control_id, _shown(context, one, place, known)))
    return made


def _shown(
    context: Context, control: _Control, place: str, known: Mapping[str, _Control]
) -> Steps[ControlResult]:
    try:
        if control.filter is None:
            return (yield from _of_parameter(context, control, place, known))
        return (yield from _of_filter(context, control, place, known))
    except NotSupportedError as problem:
        name = control.told.get("SourceParameterName") or control.told.get("SourceFilterId", "")
        return ControlResult(
            control.control_id,
            control.kind,
            _label(control, str(name)),
            "filters" if control.filter is not None else "parameters",
            str(name),
            control.told,
            place=place,
            unsupported=(str(problem),),
        )


def _of_parameter(
    context: Context, control: _Control, place: str, known: Mapping[str, _Control]
) -> Steps[ControlResult]:
    name = control.told["SourceParameterName"]
    declared = {one.name: one for one in declared_parameters(context.definition)}
    if name not in declared:
        raise NotSupportedError(f"there is no parameter {name!r}")
    chosen = () if name in context.unset else context.parameters.get(name, ())
    options: tuple[Value, ...] = ()
    is_cut = False
    selectable = control.told.get("SelectableValues") or {}
    if "LinkToDataSetColumn" in selectable:
        options, is_cut = yield from _column_options(
            context, control, selectable["LinkToDataSetColumn"], known
        )
    elif selectable.get("Values"):
        options = tuple(declared[name].convert(one) for one in selectable["Values"])
    return ControlResult(
        control_id=control.control_id,
        kind=control.kind,
        label=_label(control, name),
        changes="parameters",
        name=name,
        definition=control.told,
        options=options,
        chosen=chosen,
        is_all=not chosen,
        is_multi_select=_is_multi(control, declared[name].is_multi_valued),
        place=place,
        is_cut=is_cut,
    )


def _is_multi(control: _Control, by_default: bool) -> bool:
    told = control.told.get("Type")
    if control.kind == "TextArea":
        return True
    return told == "MULTI_SELECT" if told in ("MULTI_SELECT", "SINGLE_SELECT") else by_default


def _of_filter(
    context: Context, control: _Control, place: str, known: Mapping[str, _Control]
) -> Steps[ControlResult]:
    assert control.filter is not None  # noqa: S101 - for the type checker
    filter_id = control.filter["FilterId"]
    options: tuple[Value, ...] = ()
    is_cut = False
    if control.kind in ("Dropdown", "List"):
        values = (control.told.get("SelectableValues") or {}).get("Values")
        if values:
            options = tuple(values)
        else:
            options, is_cut = yield from _column_options(
                context, control, control.filter["Column"], known
            )
    chosen = _chosen(context, control)
    return ControlResult(
        control_id=control.control_id,
        kind=control.kind,
        label=_label(control, control.filter["Column"]["ColumnName"]),
        changes="filters",
        name=filter_id,
        definition=control.told,
        options=options,
        chosen=chosen.values or (),
        is_all=chosen.is_all,
        is_multi_select=_is_multi(control, control.kind in ("List", "Dropdown")),
        minimum=chosen.minimum,
        maximum=chosen.maximum,
        relative=chosen.relative,
        place=place,
        is_cut=is_cut,
    )


def _chosen(context: Context, control: _Control) -> FilterChoice:
    """What the filter lets through now: as chosen, else by its definition."""
    told = control.filter or {}
    choice = context.state.filters.get(told["FilterId"])
    if choice is not None:
        if choice.relative is not None:
            period = relative_period(context, told, choice)
            if period is not None:
                return FilterChoice(
                    minimum=period.start, maximum=period.end, relative=choice.relative
                )
        return choice
    match control.filter_kind:
        case "CategoryFilter":
            return _category_choice(context, told)
        case "NumericRangeFilter":
            low = _number(context, told.get("RangeMinimum"))
            high = _number(context, told.get("RangeMaximum"))
            return FilterChoice(minimum=low, maximum=high, is_all=low is None and high is None)
        case "TimeRangeFilter":
            start, end = time_bounds(context, told)
            return FilterChoice(minimum=start, maximum=end, is_all=start is None and end is None)
        case "NumericEqualityFilter" | "TimeEqualityFilter":
            name = told.get("ParameterName")
            values = context.parameters.get(name, ()) if name else (told.get("Value"),)
            found = tuple(one for one in values if one is not None)
            return FilterChoice(values=found, is_all=not found)
        case "RelativeDatesFilter":
            period = relative_period(context, told, FilterChoice())
            keys = ("RelativeDateType", "RelativeDateValue", "TimeGranularity")
            return FilterChoice(
                minimum=period.start if period else None,
                maximum=period.end if period else None,
                is_all=period is None,
                relative={key: told[key] for key in keys if key in told},
            )
    return FilterChoice(is_all=True)


def _category_choice(context: Context, told: Raw) -> FilterChoice:
    ((kind, how),) = told["Configuration"].items()
    if how.get("SelectAllOptions") == "FILTER_ALL_VALUES":
        return FilterChoice(is_all=True)
    if kind != "CustomFilterConfiguration":
        if how["MatchOperator"] in ("DOES_NOT_EQUAL", "DOES_NOT_CONTAIN"):
            return FilterChoice(values=(), is_all=not how.get("CategoryValues"))
        return FilterChoice(values=tuple(how.get("CategoryValues") or ()))
    name = how.get("ParameterName")
    if name:
        values = () if name in context.unset else context.parameters.get(name, ())
        return FilterChoice(values=values, is_all=not values)
    return FilterChoice(values=(how["CategoryValue"],) if "CategoryValue" in how else ())


def _number(context: Context, told: Raw | None) -> Value:
    if told and "Parameter" in told:
        values = context.parameters.get(told["Parameter"], ())
        return values[0] if values else None
    return (told or {}).get("StaticValue")


def _column_options(
    context: Context, control: _Control, column: Raw, known: Mapping[str, _Control]
) -> Steps[tuple[tuple[Value, ...], bool]]:
    """Distinct values of a column that the cascade and row-level security leave."""
    of_column = column_field(context, column, column.get("DataSetIdentifier", ""))
    data_set = of_column.data_set
    order: tuple[Order, ...] = ()
    for one in control.told.get("ControlSortConfigurations") or ():
        by = one.get("ControlColumnSort")
        if by:
            found = as_measure(
                context,
                column_field(context, by["Column"], data_set),
                aggregate_of(by.get("AggregationFunction")),
            )
            direction = by["SortDirection"]
            order = (Order(direction, by=Ordered(found.expression, found.aggregate, direction)),)
        elif (one.get("SelectableValuesSort") or {}).get("Direction") in ("ASC", "DESC"):
            order = (Order(one["SelectableValuesSort"]["Direction"], alias="d0"),)
    if not order or order[-1].alias != "d0":
        order = (*order, Order("ASC", alias="d0"))
    (answer,) = yield (
        Query(
            data_set,
            dimensions=(Dimension("d0", of_column.expression),),
            filters=tuple(_cascade(context, control, data_set, known)),
            order=order,
            limit=MOST_OPTIONS + 1,
            row_level_security=context.row_level_security.get(data_set),
        ),
    )
    values = [row[0] for row in answer.rows]
    shown = [one for one in values if one is not None][:MOST_OPTIONS]
    if None in values and control.filter is not None:
        shown.append(None)
    return tuple(shown), len(values) > MOST_OPTIONS


def _cascade(
    context: Context, control: _Control, data_set: str, known: Mapping[str, _Control]
) -> Iterator[Expression]:
    """What the source controls of a cascade have chosen, on the columns to match."""
    told = control.told.get("CascadingControlConfiguration") or {}
    for one in told.get("SourceControls") or ():
        source = known.get(one.get("SourceSheetControlId", ""))
        column = one.get("ColumnToMatch")
        if source is None or not column:
            continue
        identifier = {**column, "DataSetIdentifier": column.get("DataSetIdentifier", data_set)}
        if identifier["DataSetIdentifier"] != data_set:
            continue
        values = _control_values(context, source)
        if values:
            target = column_field(context, identifier, data_set)
            kind = context.column_type(data_set, identifier["ColumnName"])
            yield among(target.expression, [convert(value, kind) for value in values])


def _control_values(context: Context, control: _Control) -> Sequence[Value]:
    if control.filter is not None:
        chosen = _chosen(context, control)
        return () if chosen.is_all else chosen.values or ()
    name = control.told["SourceParameterName"]
    return () if name in context.unset else context.parameters.get(name, ())


def _label(control: _Control, by_default: str) -> str:
    told = control.told
    options = (told.get("DisplayOptions") or {}).get("TitleOptions") or {}
    return str(options.get("CustomLabel") or told.get("Title") or by_default)


def _all_controls(definition: Raw) -> Iterator[_Control]:
    for sheet in definition.get("Sheets") or ():
        yield from _sheet_controls(definition, sheet)


def _sheet_controls(definition: Raw, sheet: Raw) -> Iterator[_Control]:
    for one in sheet.get("ParameterControls") or ():
        ((kind, told),) = one.items()
        yield _Control(told["ParameterControlId"], kind, told)
    for one in sheet.get("FilterControls") or ():
        ((kind, told),) = one.items()
        group, filter_kind, source = _source(definition, told["SourceFilterId"])
        if source is None:
            continue
        if kind == "CrossSheet":
            kind, told = _cross_sheet(told, source)
        if group is not None and is_in_scope(group, sheet["SheetId"], None):
            yield _Control(told["FilterControlId"], kind, told, group, filter_kind, source)


def _cross_sheet(told: Raw, source: Raw) -> tuple[str, Raw]:
    """A control shared by sheets is what its filter's default control says."""
    default = source.get("DefaultFilterControlConfiguration") or {}
    for name, options in (default.get("ControlOptions") or {}).items():
        merged = joined(options, {"Title": default.get("Title")}, told)
        return _DEFAULTS.get(name, name), merged
    return "Dropdown", told


def _source(definition: Raw, filter_id: str) -> tuple[Raw | None, str, Raw | None]:
    for group in definition.get("FilterGroups") or ():
        for one in group.get("Filters") or ():
            for kind, told in one.items():
                if told["FilterId"] == filter_id:
                    return group, kind, told
    return None, "", None


def _sheet(definition: Raw, sheet_id: str) -> Raw:
    return next(one for one in definition["Sheets"] if one["SheetId"] == sheet_id)


def _elements(part: Any) -> Iterator[str]:
    """Ids of the elements of layouts."""
    if isinstance(part, Mapping):
        if "ElementId" in part:
            yield str(part["ElementId"])
        for inner in part.values():
            yield from _elements(inner)
    elif isinstance(part, Sequence) and not isinstance(part, str):
        for inner in part:
            yield from _elements(inner)
