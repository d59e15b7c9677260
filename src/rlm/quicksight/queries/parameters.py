"""Parameters: declared, by default, as chosen; and what stands for one that nobody set."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence  # noqa: TC003 - part of the public types
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rlm.quicksight.expressions import ExpressionError
from rlm.quicksight.queries.context import NotSupportedError, Raw
from rlm.quicksight.queries.periods import cut
from rlm.quicksight.query import ColumnType
from rlm.quicksight.sql.date_patterns import moment_written

if TYPE_CHECKING:
    from rlm.quicksight.expressions.tree import Value

_KINDS = {
    "StringParameterDeclaration": ColumnType.STRING,
    "IntegerParameterDeclaration": ColumnType.INTEGER,
    "DecimalParameterDeclaration": ColumnType.DECIMAL,
    "DateTimeParameterDeclaration": ColumnType.DATETIME,
}


@dataclass(frozen=True)
class Declared:
    """One parameter declaration."""

    name: str
    type: ColumnType
    is_multi_valued: bool
    declaration: Raw

    @property
    def granularity(self) -> str | None:
        """Of a moment: what it is cut to."""
        return self.declaration.get("TimeGranularity")

    def convert(self, value: Any) -> Value:
        """A value of a definition, a state or a form's text, as the parameter's type."""
        if value is None:
            return None
        try:
            return self._converted(value)
        except (TypeError, ValueError, OverflowError) as problem:
            raise ValueError(
                f"parameter {self.name}: {value!r} is no {self.type.value.lower()} value"
            ) from problem

    def _converted(self, value: Any) -> Value:
        match self.type:
            case ColumnType.INTEGER:
                return int(float(value))
            case ColumnType.DECIMAL:
                return float(value)
            case ColumnType.DATETIME:
                moment = as_moment(value)
                return cut(moment, self.granularity) if self.granularity else moment
            case _:
                return str(value)


@dataclass(frozen=True)
class ParameterValues:
    """Every parameter's values, and the names of those that nobody set."""

    values: Mapping[str, tuple[Value, ...]]
    unset: frozenset[str]


def declared_parameters(definition: Raw) -> tuple[Declared, ...]:
    """In the order of the definition."""
    found = []
    for one in definition.get("ParameterDeclarations") or ():
        ((kind, declaration),) = one.items()
        is_multi = declaration.get("ParameterValueType") == "MULTI_VALUED"
        found.append(Declared(declaration["Name"], _KINDS[kind], is_multi, declaration))
    return tuple(found)


def parameter_values(
    declared: Sequence[Declared],
    chosen: Mapping[str, tuple[Value, ...]],
    evaluate: Callable[[str], Value],
    look_up: Callable[[Raw], Sequence[Value]],
) -> ParameterValues:
    """Chosen values, else defaults of the user, else static or rolling ones, else none.

    `evaluate` computes a rolling date's expression, `look_up` answers a dynamic default's values
    for the viewer.
    """
    values: dict[str, tuple[Value, ...]] = {}
    unset = set()
    for one in declared:
        if one.name in chosen:
            found = tuple(one.convert(value) for value in chosen[one.name] if value != "")
        else:
            try:
                found = _defaults(one, evaluate, look_up)
            except (ExpressionError, ValueError):
                # A default that cannot be read is none; lint tells its author.
                found = ()
        if not one.is_multi_valued:
            found = found[:1]
        if not found:
            unset.add(one.name)
            found = _when_unset(one)
        values[one.name] = found
    return ParameterValues(values, frozenset(unset))


def _defaults(
    one: Declared,
    evaluate: Callable[[str], Value],
    look_up: Callable[[Raw], Sequence[Value]],
) -> tuple[Value, ...]:
    defaults = one.declaration.get("DefaultValues") or {}
    if "DynamicValue" in defaults:
        try:
            found = tuple(one.convert(value) for value in look_up(defaults["DynamicValue"]))
        except NotSupportedError:
            found = ()
        if found:
            return found
    if "RollingDate" in defaults:
        return (one.convert(evaluate(defaults["RollingDate"]["Expression"])),)
    return tuple(one.convert(value) for value in defaults.get("StaticValues") or ())


def _when_unset(one: Declared) -> tuple[Value, ...]:
    told = one.declaration.get("ValueWhenUnset") or {}
    if "CustomValue" in told:
        return (one.convert(told["CustomValue"]),)
    return (None,) if told.get("ValueWhenUnsetOption") == "NULL" else ()


def as_moment(value: Any) -> dt.datetime:
    """A timestamp as definitions write it: a text in a usual format, seconds since 1970, a date."""
    if isinstance(value, dt.datetime):
        moment = value
    elif isinstance(value, dt.date):
        return dt.datetime(value.year, value.month, value.day)  # noqa: DTZ001 - UTC, without a zone
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        moment = dt.datetime.fromtimestamp(value, dt.UTC)
    else:
        written = moment_written(str(value))
        moment = written if written is not None else dt.datetime.fromisoformat(str(value))
    return moment.astimezone(dt.UTC).replace(tzinfo=None) if moment.tzinfo else moment
