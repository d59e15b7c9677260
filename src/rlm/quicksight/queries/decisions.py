"""Conditional formatting: conditions over the values of a row, decided without another query.

Conditions name fields (`SUM({Net sales}) > 0`). What the visual shows is looked up in its rows;
what it does not is asked for beside it, as helper measures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from rlm.quicksight.expressions import ExpressionError, parse
from rlm.quicksight.expressions.tree import (
    Call,
    Column,
    Expression,
    Literal,
    Names,
    Operation,
    Parameter,
)
from rlm.quicksight.queries.colors import extremes, gradient, icon_of_set
from rlm.quicksight.queries.context import NotSupportedError
from rlm.quicksight.queries.derivations import as_aggregate
from rlm.quicksight.queries.fields import WellField
from rlm.quicksight.query import Aggregate
from rlm.quicksight.results import CellFormat

if TYPE_CHECKING:
    from rlm.quicksight.queries.context import Answer, Context, Raw, Steps
    from rlm.quicksight.query import Query

LookUp: TypeAlias = Callable[[Expression], Any]
"""The value of a field or aggregate in the row that is looked at."""

_AGGREGATES: Final = {
    "sum": "SUM",
    "avg": "AVERAGE",
    "min": "MIN",
    "max": "MAX",
    "count": "COUNT",
    "distinct_count": "DISTINCT_COUNT",
    "median": "MEDIAN",
    "stdev": "STDEV",
    "stdevp": "STDEVP",
    "var": "VAR",
    "varp": "VARP",
}
_SCALARS: Final = ("in", "notIn", "isNull", "isNotNull", "abs")


@dataclass(frozen=True)
class Rule:
    """One rule: where it acts, when, and what it makes of it."""

    field_id: str | None
    condition: Expression
    style: str
    """`background`, `color` or `icon`."""
    told: Raw
    """Solid or Gradient colour, IconSet or CustomCondition."""
    kind: str
    roles: tuple[str, ...] = ("FIELD",)
    """Of pivots: FIELD, FIELD_TOTAL, GRAND_TOTAL."""


def rules_of(definition: Raw, ignored: list[str]) -> tuple[Rule, ...]:
    """The rules of a visual; conditions that do not parse are told in `ignored`."""
    found: list[Rule] = []
    formatting = definition.get("ConditionalFormatting") or {}
    for option in formatting.get("ConditionalFormattingOptions") or ():
        for part, told in option.items():
            if part == "Cell":
                roles = [told["Scope"]] if "Scope" in told else list(told.get("Scopes") or ())
                names = tuple(one.get("Role", "FIELD") for one in roles) or ("FIELD",)
                made = _styles(told["FieldId"], told.get("TextFormat") or {}, ignored)
                found += [replace(one, roles=names) for one in made]
            elif part == "Row":
                found += _styles(None, told, ignored)
            elif part == "Shape":
                found += _styles(told["FieldId"], told.get("Format") or {}, ignored)
            else:
                found += _styles(_PARTS.get(part, part), told, ignored)
    return tuple(found)


_PARTS: Final = {
    "PrimaryValue": "primary",
    "ActualValue": "primary",
    "ComparisonValue": "comparison",
    "ProgressBar": "progress",
    "Arc": "arc",
}
_STYLES: Final = {
    "BackgroundColor": "background",
    "ForegroundColor": "background",
    "TextColor": "color",
    "Icon": "icon",
}


def _styles(field_id: str | None, told: Raw, ignored: list[str]) -> list[Rule]:
    made = []
    for name, style in _STYLES.items():
        for kind, one in (told.get(name) or {}).items():
            try:
                condition = parse(one["Expression"])
            except ExpressionError as problem:
                ignored.append(f"a conditional format: {problem}")
                continue
            made.append(Rule(field_id, condition, style, one, kind))
    return made


def leaves(expression: Expression) -> Iterator[Expression]:
    """The fields and aggregates whose values a condition is about."""
    match expression:
        case Literal() | Parameter():
            return
        case Operation(_, parts) | Names(parts):
            for part in parts:
                yield from leaves(part)
        case Call(function, arguments) if function in _SCALARS:
            for part in arguments:
                yield from leaves(part)
        case _:
            yield expression


def matches(field: WellField, leaf: Expression) -> bool:
    """Whether a shown field has the leaf's value."""
    match leaf:
        case Column(name):
            return field.column == name and not (field.is_date and field.granularity)
        case Call(function, (Column(name),)) if function in _AGGREGATES:
            if not field.is_measure or field.column != name:
                return False
            return (
                field.is_calculated
                or field.aggregate is None
                or field.aggregate.function == _AGGREGATES[function]
            )
    return field.expression == leaf and field.aggregate is None


@dataclass(frozen=True)
class Helper(WellField):
    """A measure that a condition needs and the visual does not show."""

    leaf: Expression | None = None
    """What stands in the condition."""


def helpers(
    context: Context, data_set: str, rules: Sequence[Rule], fields: Sequence[WellField]
) -> tuple[Helper, ...]:
    """Measures that the rules need and the visual does not show."""
    made: dict[Expression, Helper] = {}
    for rule in rules:
        for leaf in leaves(rule.condition):
            if leaf in made or any(matches(field, leaf) for field in fields):
                continue
            try:
                is_of_rows = context.is_of_rows(data_set, leaf)
            except ExpressionError:
                continue
            inner, aggregate = as_aggregate(leaf, context.fields(data_set))
            made[leaf] = Helper(
                field_id=f"helper:{len(made)}",
                well="",
                data_set=data_set,
                column=None,
                expression=inner,
                is_measure=True,
                aggregate=Aggregate("ATTRIBUTE") if is_of_rows else aggregate,
                leaf=leaf,
            )
    return tuple(made.values())


def with_helpers(
    extra: tuple[Helper, ...],
    query: Callable[[tuple[Helper, ...]], Query],
    ignored: list[str],
) -> Steps[tuple[Answer, tuple[Helper, ...]]]:
    """The answer, with the helpers if they can be asked for; they never cost the visual."""
    try:
        (answer,) = yield (query(extra),)
    except NotSupportedError as problem:
        if not extra:
            raise
        (answer,) = yield (query(()),)
        ignored.append(f"conditional formats: {problem}")
        return answer, ()
    return answer, extra


def decide(
    rules: Sequence[Rule],
    fields: Sequence[WellField],
    rows: Sequence[Sequence[Any]],
    parameters: Mapping[str, tuple[Any, ...]],
    kept: tuple[str, ...] | None = None,
) -> Iterator[CellFormat]:
    """The formats of a table's rows; `fields` are its columns, helpers too."""
    for rule in rules:
        evaluated = [value_of(rule.condition, _in_row(fields, row), parameters) for row in rows]
        ends = extremes(evaluated)
        for place, value in enumerate(evaluated):
            made = styled(rule, value, ends)
            if made is not None:
                yield replace(made, row=place, kept=kept)


def _in_row(fields: Sequence[WellField], row: Sequence[Any]) -> LookUp:
    def look_up(leaf: Expression) -> Any:
        for place, field in enumerate(fields):
            found = field.leaf == leaf if isinstance(field, Helper) else matches(field, leaf)
            if found:
                return row[place]
        return None

    return look_up


def styled(rule: Rule, value: Any, values: Sequence[Any]) -> CellFormat | None:
    """What a rule makes of its value; `values` are those of all rows, or their `extremes`."""
    empty = CellFormat(0, rule.field_id)
    match rule.kind:
        case "Solid":
            if value is not True or "Color" not in rule.told:
                return None
            return _painted(empty, rule.style, str(rule.told["Color"]))
        case "Gradient":
            color = gradient(rule.told["Color"].get("Stops") or (), value, values)
            return None if color is None else _painted(empty, rule.style, color)
        case "CustomCondition":
            if value is not True:
                return None
            options = rule.told["IconOptions"]
            display = rule.told.get("DisplayConfiguration") or {}
            return replace(
                empty,
                icon=options.get("Icon") or options.get("UnicodeIcon"),
                icon_color=rule.told.get("Color"),
                is_icon_only=display.get("IconDisplayOption") == "ICON_ONLY",
            )
        case "IconSet":
            found = icon_of_set(rule.told.get("IconSetType", "THREE_COLOR_ARROW"), value, values)
            return None if found is None else replace(empty, icon=found[0], icon_color=found[1])
    return None


def _painted(format_: CellFormat, style: str, color: str) -> CellFormat:
    if style == "background":
        return replace(format_, background=color)
    return replace(format_, color=color)


def value_of(
    expression: Expression, look_up: LookUp, parameters: Mapping[str, tuple[Any, ...]]
) -> Any:
    """A condition's value in one row; null where it cannot be known."""
    match expression:
        case Literal(value):
            return value
        case Parameter(name):
            values = parameters.get(name, ())
            return values[0] if values else None
        case Operation(operator, operands):
            return _operated(operator, [value_of(one, look_up, parameters) for one in operands])
        case Call(function, arguments) if function in _SCALARS:
            return _called(function, arguments, look_up, parameters)
    return look_up(expression)


def _called(
    function: str,
    arguments: Sequence[Expression],
    look_up: LookUp,
    parameters: Mapping[str, tuple[Any, ...]],
) -> Any:
    value = value_of(arguments[0], look_up, parameters)
    match function:
        case "isNull":
            return value is None
        case "isNotNull":
            return value is not None
        case "abs":
            return None if value is None else abs(value)
    listed: list[Any] = []
    for one in arguments[1:]:
        if isinstance(one, Parameter):
            listed += parameters.get(one.name, ())
        elif isinstance(one, Names):
            listed += [value_of(item, look_up, parameters) for item in one.items]
        else:
            listed.append(value_of(one, look_up, parameters))
    return (value in listed) is (function == "in")


def _operated(operator: str, values: Sequence[Any]) -> Any:
    if operator == "and":
        return False if False in values else None if None in values else True
    if operator == "or":
        return True if True in values else None if None in values else False
    if any(one is None for one in values):
        return None
    if operator == "not":
        return not values[0]
    if operator == "negate":
        return -values[0]
    left, right = values
    try:
        return _BINARY[operator](left, right)
    except (TypeError, ZeroDivisionError, OverflowError):
        return None


_BINARY: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": lambda left, right: left / right,
    "%": lambda left, right: left % right,
    "^": lambda left, right: left**right,
    "=": lambda left, right: left == right,
    "<>": lambda left, right: left != right,
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}
