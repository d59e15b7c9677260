"""Columns of data sets, as their own definitions give them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any, Final

from rlm.quicksight.definitions.paths import mappings_of, value_at
from rlm.quicksight.expressions import ExpressionError, parse
from rlm.quicksight.expressions.functions import FUNCTIONS
from rlm.quicksight.expressions.tree import Call, Column, Expression, Literal, Operation
from rlm.quicksight.query import ColumnType

Columns = Mapping[str, ColumnType]

_TYPES: Final = {
    "STRING": ColumnType.STRING,
    "INTEGER": ColumnType.INTEGER,
    "DECIMAL": ColumnType.DECIMAL,
    "DATETIME": ColumnType.DATETIME,
    "BIT": ColumnType.BOOLEAN,
    "BOOLEAN": ColumnType.BOOLEAN,
    "JSON": ColumnType.STRING,
    "SEMISTRUCT": ColumnType.STRING,
}
_PHYSICAL: Final = ("RelationalTable", "CustomSql", "S3Source", "SaaSTable")


def column_type(name: Any) -> ColumnType:
    """The type that the API's word for one stands for; text where it is unknown."""
    return _TYPES.get(str(name), ColumnType.STRING)


def data_set_columns(data_set: Mapping[str, Any]) -> dict[str, ColumnType]:
    """The columns that a data set (keys as in CreateDataSet) offers, after its transforms."""
    physical = {
        name: _physical_columns(table)
        for name, table in (data_set.get("PhysicalTableMap") or {}).items()
    }
    logical = data_set.get("LogicalTableMap") or {}
    if not logical:
        return _merged(physical.values())
    done: dict[str, dict[str, ColumnType]] = {}
    used = {
        source
        for table in logical.values()
        for source in _logical_sources(table.get("Source") or {})
    }
    for name in logical:
        _logical_columns(name, logical, physical, done)
    return _merged(columns for name, columns in done.items() if name not in used)


def data_sets_by_identifier(
    definition: Mapping[str, Any], data_sets: Iterable[Mapping[str, Any]]
) -> dict[str, Mapping[str, Any]]:
    """Which of the data sets each identifier means: by the id in its ARN, else by its name."""
    known = list(data_sets)
    by_id = {str(one["DataSetId"]): one for one in known if isinstance(one.get("DataSetId"), str)}
    by_name = {str(one.get("Name")): one for one in known}
    found = {}
    for declared in mappings_of(definition.get("DataSetIdentifierDeclarations")):
        identifier = str(declared.get("Identifier"))
        arn_id = str(declared.get("DataSetArn")).rpartition("/")[2]
        one = by_id.get(arn_id) or by_name.get(identifier)
        if one is not None:
            found[identifier] = one
    return found


def known_columns(
    definition: Mapping[str, Any], data_sets: Iterable[Mapping[str, Any]] = ()
) -> dict[str, dict[str, ColumnType]]:
    """Columns by identifier, for those identifiers whose columns somebody wrote down.

    A template's definition has them itself, in DataSetConfigurations.
    """
    found = {
        identifier: data_set_columns(one)
        for identifier, one in data_sets_by_identifier(definition, data_sets).items()
    }
    for one in mappings_of(definition.get("DataSetConfigurations")):
        schema = value_at(one, ("DataSetSchema", "ColumnSchemaList"))
        columns = {str(c.get("Name")): column_type(c.get("DataType")) for c in mappings_of(schema)}
        if columns:
            found[str(one.get("Placeholder"))] = columns
    return found


def _physical_columns(table: Mapping[str, Any]) -> dict[str, ColumnType]:
    for kind in _PHYSICAL:
        if kind in table:
            columns = table[kind].get("InputColumns") or table[kind].get("Columns") or ()
            return {one["Name"]: column_type(one.get("Type")) for one in columns}
    return {}


def _logical_sources(source: Mapping[str, Any]) -> tuple[str, ...]:
    join = source.get("JoinInstruction") or {}
    return (join["LeftOperand"], join["RightOperand"]) if join else ()


def _logical_columns(
    name: str,
    logical: Mapping[str, Any],
    physical: Mapping[str, dict[str, ColumnType]],
    done: dict[str, dict[str, ColumnType]],
) -> dict[str, ColumnType]:
    if name in done:
        return done[name]
    table = logical.get(name) or {}
    source = table.get("Source") or {}
    columns: dict[str, ColumnType] = {}
    done[name] = columns
    if "PhysicalTableId" in source:
        columns.update(physical.get(source["PhysicalTableId"], {}))
    for operand in _logical_sources(source):
        joined = _logical_columns(operand, logical, physical, done)
        alias = (logical.get(operand) or {}).get("Alias", operand)
        for column, kind in joined.items():
            columns[f"{column}[{alias}]" if column in columns else column] = kind
    for transform in table.get("DataTransforms") or ():
        _apply(transform, columns)
    return columns


def _apply(transform: Mapping[str, Any], columns: dict[str, ColumnType]) -> None:
    for kind, how in transform.items():
        if kind == "ProjectOperation":
            kept = {c: columns[c] for c in how.get("ProjectedColumns") or () if c in columns}
            columns.clear()
            columns.update(kept)
        elif kind == "RenameColumnOperation" and how.get("ColumnName") in columns:
            columns[how["NewColumnName"]] = columns.pop(how["ColumnName"])
        elif kind == "CastColumnTypeOperation":
            columns[how["ColumnName"]] = column_type(how.get("NewColumnType"))
        elif kind == "CreateColumnsOperation":
            for one in how.get("Columns") or ():
                columns[one["ColumnName"]] = _formula_type(one.get("Expression"), columns)


def _formula_type(text: Any, columns: Columns) -> ColumnType:
    """Roughly: what the outermost function gives."""
    try:
        tree = parse(str(text))
    except ExpressionError:
        return ColumnType.STRING
    return tree_type(tree, columns) or ColumnType.STRING


def tree_type(tree: Expression, columns: Columns) -> ColumnType | None:
    """Roughly: the type of what an expression gives; None where it cannot be told."""
    match tree:
        case Literal(value):
            return literal_type(value)
        case Column(name):
            return columns.get(name)
        case Operation(operator, _):
            is_number = operator in ("+", "-", "*", "/", "%", "^", "negate")
            return ColumnType.DECIMAL if is_number else ColumnType.BOOLEAN
        case Call(function, arguments) if function in FUNCTIONS:
            result = FUNCTIONS[function].result
            if isinstance(result, ColumnType):
                return result
            values = arguments[1:] if function in ("ifelse", "switch") else arguments
            if isinstance(result, int):
                values = arguments[result:]
            types = (tree_type(one, columns) for one in values)
            skipped = ColumnType.BOOLEAN if function == "ifelse" else None
            return next((one for one in types if one and one is not skipped), None)
        case _:
            return None


def literal_type(value: Any) -> ColumnType | None:
    """The type of a constant; None of null."""
    if isinstance(value, bool):
        return ColumnType.BOOLEAN
    if isinstance(value, int):
        return ColumnType.INTEGER
    if value is None:
        return None
    if isinstance(value, dt.datetime):
        return ColumnType.DATETIME
    return ColumnType.STRING if isinstance(value, str) else ColumnType.DECIMAL


def _merged(tables: Iterable[Mapping[str, ColumnType]]) -> dict[str, ColumnType]:
    merged: dict[str, ColumnType] = {}
    for table in tables:
        merged |= table
    return merged
