"""Columns that a dashboard uses, and of which types: read from how it uses them.

A column in a NumericalMeasureField is a number, so is what `sum` takes, and so is each branch of
an `ifelse` that is summed, through as many calculated fields as there are in between.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from rlm.quicksight.definitions.columns import known_columns, literal_type, tree_type
from rlm.quicksight.definitions.paths import mappings_of, mappings_with, walk
from rlm.quicksight.expressions import ExpressionError, parse
from rlm.quicksight.expressions.functions import FUNCTIONS
from rlm.quicksight.expressions.tree import (
    Call,
    Column,
    Expression,
    Literal,
    Names,
    Operation,
    Parameter,
    Sorted,
)
from rlm.quicksight.query import ColumnType

_BY_USE: Final = {
    "DateDimensionField": ColumnType.DATETIME,
    "DateMeasureField": ColumnType.DATETIME,
    "TimeRangeFilter": ColumnType.DATETIME,
    "TimeEqualityFilter": ColumnType.DATETIME,
    "RelativeDatesFilter": ColumnType.DATETIME,
    "NumericalDimensionField": ColumnType.DECIMAL,
    "NumericalMeasureField": ColumnType.DECIMAL,
    "NumericRangeFilter": ColumnType.DECIMAL,
    "NumericEqualityFilter": ColumnType.DECIMAL,
    "CategoricalDimensionField": ColumnType.STRING,
    "CategoricalMeasureField": ColumnType.STRING,
}
# Said less surely: by a filter that also takes numbers, or a format.
_BY_HINT: Final = {
    "CategoryFilter": ColumnType.STRING,
    "CategoryInnerFilter": ColumnType.STRING,
    "NumberFormatConfiguration": ColumnType.DECIMAL,
    "DateTimeFormatConfiguration": ColumnType.DATETIME,
}
_PARAMETERS: Final = {
    "StringParameterDeclaration": ColumnType.STRING,
    "IntegerParameterDeclaration": ColumnType.INTEGER,
    "DecimalParameterDeclaration": ColumnType.DECIMAL,
    "DateTimeParameterDeclaration": ColumnType.DATETIME,
}
# How sure a use is; of equally sure uses the most count.
_FIELD, _FUNCTION, _COMPARISON, _HINT = 1000, 30, 10, 3
_NUMBERS: Final = frozenset({ColumnType.INTEGER, ColumnType.DECIMAL})


def all_columns(
    definition: Mapping[str, Any], data_sets: Iterable[Mapping[str, Any]] = ()
) -> dict[str, dict[str, ColumnType]]:
    """Columns of every identifier: the known ones, then those that the definition uses beside them.

    The latter in the order in which they are met, of the type that most of their uses want; text
    where nothing says otherwise.
    """
    found = {name: dict(columns) for name, columns in known_columns(definition, data_sets).items()}
    for identifier in _identifiers(definition):
        found.setdefault(identifier, {})
    for data_set, columns in found.items():
        usage = _usage(definition, data_set, columns)
        told = _elected(usage)
        # A column that is only compared with others is like them.
        like = _elected(_usage(definition, data_set, told | columns))
        for name in usage.votes:
            if name not in usage.calculated:
                columns.setdefault(name, told.get(name) or like.get(name) or ColumnType.STRING)
    return found


def _elected(usage: _Usage) -> dict[str, ColumnType]:
    """Columns with votes, and the type with the most of them."""
    return {
        name: max(votes, key=lambda kind: votes[kind])
        for name, votes in usage.votes.items()
        if votes and name not in usage.calculated
    }


def _identifiers(definition: Mapping[str, Any]) -> Iterator[str]:
    """Data sets that are declared, by a template's placeholders too, then those that are named."""
    for key, name in (
        ("DataSetIdentifierDeclarations", "Identifier"),
        ("DataSetConfigurations", "Placeholder"),
    ):
        for declared in mappings_of(definition.get(key)):
            if isinstance(declared.get(name), str):
                yield declared[name]
    for _, one in mappings_with(definition, "DataSetIdentifier"):
        if isinstance(one["DataSetIdentifier"], str):
            yield one["DataSetIdentifier"]


@dataclass
class _Usage:
    """Votes on the types of one data set's columns."""

    calculated: Mapping[str, Expression]
    parameters: Mapping[str, ColumnType]
    known: Mapping[str, ColumnType]
    votes: dict[str, dict[ColumnType, int]] = field(default_factory=dict)
    _seen: set[tuple[str, ColumnType | None, int]] = field(default_factory=set)

    def expect(self, tree: Expression, kind: ColumnType | None, weight: int) -> None:
        """The value of the tree is used as one of the type; None: no matter which."""
        match tree:
            case Column(name):
                self._column(name, kind, weight)
            case Call():
                self._call(tree, kind, weight)
            case Operation():
                self._operation(tree)
            case Names(items):
                for one in items:
                    self.expect(one, kind, weight)
            case Sorted(inner):
                self.expect(inner, None, weight)
            case _:
                pass

    def _column(self, name: str, kind: ColumnType | None, weight: int) -> None:
        votes = self.votes.setdefault(name, defaultdict(int))
        if kind is not None:
            votes[kind] += weight
        if name in self.calculated and (name, kind, weight) not in self._seen:
            # Once for each type and weight: circles end, and long chains stay short.
            self._seen.add((name, kind, weight))
            self.expect(self.calculated[name], kind, weight)

    def _call(self, call: Call, kind: ColumnType | None, weight: int) -> None:
        function = FUNCTIONS[call.function]
        count = len(call.arguments)
        passed: set[int] = set()
        if isinstance(function.result, int):
            passed = {function.result}
        elif function.result is None and function.common:
            passed = set(function.common(count))
        shared = kind
        if len(passed) > 1:
            types = (self.type(call.arguments[i]) for i in passed if i < count)
            told = next((one for one in types if one is not None), None)
            # A constant among the branches is surer than what is done with the result.
            if told is not None and not {told, kind} <= _NUMBERS:
                shared = told
        for index, one in enumerate(call.arguments):
            wanted = _one_type(function.argument(index, count).types)
            if index in passed:
                # What the function says about an argument is surer than what is done with it.
                self.expect(one, wanted or shared, _FUNCTION if wanted else weight)
            elif call.function in ("in", "notIn", "switch") and index == 0:
                types = (self._list_type(other) for other in call.arguments[1:2])
                self.expect(one, next(types, None), _COMPARISON)
            else:
                self.expect(one, wanted, _FUNCTION)

    def _operation(self, tree: Operation) -> None:
        # Down the left side without recursion: chains of hundreds of ORs are common.
        node: Expression = tree
        while isinstance(node, Operation):
            operands = node.operands
            if node.operator in ("and", "or", "not"):
                wanted: list[ColumnType | None] = [None] * len(operands)
            elif node.operator in ("+", "-", "*", "/", "%", "^", "negate"):
                wanted = [ColumnType.DECIMAL] * len(operands)
            else:
                left, right = (self.type(one) for one in operands)
                wanted = [right, left]
            for one, kind in zip(operands[1:], wanted[1:], strict=True):
                self.expect(one, kind, _COMPARISON)
            if not isinstance(operands[0], Operation):
                self.expect(operands[0], wanted[0], _COMPARISON)
            node = operands[0]

    def type(self, tree: Expression) -> ColumnType | None:
        """The type of an expression, as far as constants and known columns tell."""
        match tree:
            case Literal(value):
                return literal_type(value)
            case Parameter(name):
                return self.parameters.get(name)
            case Column(name) if name in self.calculated and name not in self.known:
                return tree_type(self.calculated[name], self.known)
            case _:
                return tree_type(tree, self.known)

    def _list_type(self, tree: Expression) -> ColumnType | None:
        items = tree.items if isinstance(tree, Names) else (tree,)
        types = (self.type(one) for one in items)
        return next((one for one in types if one is not None), None)


def _usage(definition: Mapping[str, Any], data_set: str, known: Mapping[str, ColumnType]) -> _Usage:
    calculated = {}
    for one in definition.get("CalculatedFields") or ():
        if one.get("DataSetIdentifier") == data_set:
            tree = _parsed(one.get("Expression"))
            # A field that does not parse is a field all the same.
            calculated[one.get("Name")] = Literal(None) if tree is None else tree
    parameters = {
        body.get("Name"): _PARAMETERS[kind]
        for one in definition.get("ParameterDeclarations") or ()
        for kind, body in one.items()
        if kind in _PARAMETERS
    }
    usage = _Usage(calculated, parameters, known)
    for name, kind, weight in _field_uses(definition, data_set):
        usage.expect(Column(name), kind, weight)
    for tree in calculated.values():
        usage.expect(tree, None, _HINT)
    for tree in _measures(definition, data_set):
        usage.expect(tree, ColumnType.DECIMAL, _FUNCTION)
    return usage


def _field_uses(
    definition: Mapping[str, Any], data_set: str
) -> Iterator[tuple[str, ColumnType | None, int]]:
    for path, value in walk(definition):
        if not isinstance(value, Mapping) or value.get("DataSetIdentifier") != data_set:
            continue
        name = value.get("ColumnName")
        if not isinstance(name, str):
            continue
        # What is just around the column counts: a TopBottomFilter sorts by columns of any type.
        around = path[-2] if len(path) > 1 and path[-1] == "Column" else None
        kind = _BY_USE.get(str(around))
        weight = _FIELD
        if kind is None:
            kind, weight = _BY_HINT.get(str(around)), _HINT
        yield name, kind, weight
    for one in definition.get("ColumnConfigurations") or ():
        column = one.get("Column") or {}
        if column.get("DataSetIdentifier") == data_set:
            for key in one.get("FormatConfiguration") or ():
                if key in _BY_HINT:
                    yield str(column.get("ColumnName")), _BY_HINT[key], _HINT


def _measures(definition: Mapping[str, Any], data_set: str) -> Iterator[Expression]:
    """Expressions in field wells of visuals on the data set."""
    for sheet in definition.get("Sheets") or ():
        for visual in sheet.get("Visuals") or ():
            found, is_ours = [], False
            for _, value in walk(visual):
                if isinstance(value, Mapping):
                    is_ours = is_ours or value.get("DataSetIdentifier") == data_set
                    if "FieldId" in value and "Expression" in value:
                        found.append(value["Expression"])
            for text in found if is_ours else ():
                tree = _parsed(text)
                if tree is not None:
                    yield tree


def _parsed(text: Any) -> Expression | None:
    try:
        return parse(str(text))
    except ExpressionError:
        return None


def _one_type(types: frozenset[ColumnType]) -> ColumnType | None:
    if len(types) == 1:
        return next(iter(types))
    return ColumnType.DECIMAL if types == _NUMBERS else None
