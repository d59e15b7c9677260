"""Data sets of the newer kind: steps that are made from each other, up to a destination table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from localaws.quicksight.columns import DECIMAL, INTEGER, STRING, Column
from localaws.quicksight.failures import invalid, not_served
from localaws.quicksight.relations import (
    BROKEN,
    Relation,
    joined,
    names_beside,
    refuse_repeated,
    transformed,
)
from localaws.quicksight.sql_tables import literal, quoted

if TYPE_CHECKING:
    from collections.abc import Callable

    from localaws.operations import Document

    # (physical table's id, data set's ARN), one of which is None
    Read = Callable[[str | None, str | None], Relation]

_AGGREGATES = {
    "COUNT": "count({0})",
    "DISTINCT_COUNT": "count(DISTINCT {0})",
    "SUM": "sum({0})",
    "AVERAGE": "avg({0})",
    "MAX": "max({0})",
    "MIN": "min({0})",
}


class Steps:
    """The relations of a DataPrepConfiguration."""

    def __init__(self, configuration: Document, read: Read) -> None:
        self._sources: Document = configuration["SourceTableMap"]
        self._steps: Document = configuration["TransformStepMap"]
        self._destinations: Document = configuration["DestinationTableMap"]
        self._read = read

    def result(self) -> Relation:
        """What the one destination table holds."""
        if len(self._destinations) != 1:
            raise not_served("data sets with more than one destination table")
        (destination,) = self._destinations.values()
        return self._step(destination["Source"]["TransformOperationId"], ())

    def _step(self, name: str, above: tuple[str, ...]) -> Relation:
        if name not in self._steps:
            raise invalid(f"There is no transform step {name}.")
        if name in above:
            raise invalid(f"The transform step {name} is made from itself.")
        ((kind, step),) = self._steps[name].items()
        inside = (*above, name)

        def source(member: str = "Source") -> Relation:
            return self._step(step[member]["TransformOperationId"], inside)

        if kind == "ImportTableStep":
            return self._imported(step)
        if kind == "ProjectStep":
            projected = {"ProjectedColumns": step["ProjectedColumns"]}
            return transformed(source(), {"ProjectOperation": projected})
        if kind == "FiltersStep":
            return _each(source(), "FilterOperation", step["FilterOperations"])
        if kind == "CreateColumnsStep":
            created = {"Columns": step["Columns"]}
            return transformed(source(), {"CreateColumnsOperation": created})
        if kind == "RenameColumnsStep":
            return _each(source(), "RenameColumnOperation", step["RenameColumnOperations"])
        if kind == "CastColumnTypesStep":
            return _each(source(), "CastColumnTypeOperation", step["CastColumnTypeOperations"])
        if kind == "JoinStep":
            return self._joined(step, source("LeftOperand"), source("RightOperand"))
        if kind == "AggregateStep":
            return _aggregated(source(), step)
        if kind == "AppendStep":
            return _appended(source("FirstSource"), source("SecondSource"), step)
        raise not_served(f"transform steps of kind {kind}")

    def _imported(self, step: Document) -> Relation:
        name = step["Source"]["SourceTableId"]
        if name not in self._sources:
            raise invalid(f"There is no source table {name}.")
        table = self._sources[name]
        if "PhysicalTableId" in table:
            return self._read(table["PhysicalTableId"], None)
        return self._read(None, table["DataSet"]["DataSetArn"])

    def _joined(self, step: Document, left: Relation, right: Relation) -> Relation:
        other = self._steps[step["RightOperand"]["TransformOperationId"]]
        ((_, inside),) = other.items()
        named = names_beside(left, right, inside.get("Alias") or "")
        named |= _overrides(step.get("RightOperandProperties"))
        for old, new in _overrides(step.get("LeftOperandProperties")).items():
            rename = {"ColumnName": old, "NewColumnName": new}
            left = transformed(left, {"RenameColumnOperation": rename})
        return joined(left, right, step, named)


def _each(relation: Relation, kind: str, operations: list[Document]) -> Relation:
    for operation in operations:
        relation = transformed(relation, {kind: operation})
    return relation


def _overrides(properties: Document | None) -> dict[str, str]:
    return {
        one["SourceColumnName"]: one["OutputColumnName"]
        for one in (properties or {}).get("OutputColumnNameOverrides") or []
        if "SourceColumnName" in one
    }


def _aggregated(relation: Relation, step: Document) -> Relation:
    """Rows of groups; broken rows stand apart, so that they are counted and not added up."""
    groups = [relation.column(name) for name in step.get("GroupByColumnNames") or []]
    made, chosen = list(groups), [quoted(one.name) for one in groups]
    for aggregation in step["Aggregations"]:
        ((kind, function),) = aggregation["AggregationFunction"].items()
        name = function.get("InputColumnName")
        column = relation.column(name) if name else None
        value = quoted(column.name) if column else "1"
        if kind == "ListAggregation":
            distinct = "DISTINCT " if function["Distinct"] else ""
            separator = literal(function["Separator"])
            sql, type_ = f"string_agg({distinct}{value}::VARCHAR, {separator})", STRING
        else:
            sql = _AGGREGATES[function["FunctionType"]].format(value)
            type_ = _type_of(function["FunctionType"], column)
            if type_ == INTEGER:
                sql = f"({sql})::BIGINT"
        made.append(Column(aggregation["NewColumnName"], type_, is_original=False))
        chosen.append(f"{sql} AS {quoted(aggregation['NewColumnName'])}")
    refuse_repeated(tuple(made))
    keys = ", ".join([*(quoted(one.name) for one in groups), BROKEN])
    return Relation(
        f"SELECT {', '.join(chosen)}, {BROKEN} FROM ({relation.sql}) GROUP BY {keys}",  # noqa: S608
        tuple(made),
    )


def _type_of(function: str, column: Column | None) -> str:
    if function in ("COUNT", "DISTINCT_COUNT") or column is None:
        return INTEGER
    return DECIMAL if function == "AVERAGE" else column.type


def _appended(first: Relation, second: Relation, step: Document) -> Relation:
    """The rows of both; a column that one has not is null there."""
    made: list[Column] = []
    ones: list[str] = []
    others: list[str] = []
    for wanted in step["AppendedColumns"]:
        name = wanted["ColumnName"]
        sides = [
            next((one for one in relation.columns if one.name == name), None)
            for relation in (first, second)
        ]
        column = sides[0] or sides[1]
        if column is None:
            raise invalid(f"There is no column {name} to append.")
        if sides[0] and sides[1] and sides[0].type != sides[1].type:
            raise invalid(f"The column {name} is {sides[0].type} and {sides[1].type}.")
        made.append(column.renamed(name))
        for chosen, side in ((ones, sides[0]), (others, sides[1])):
            chosen.append(f"{quoted(name) if side else 'NULL'} AS {quoted(name)}")
    return Relation(
        f"SELECT {', '.join(ones)}, {BROKEN} FROM ({first.sql})"  # noqa: S608
        f" UNION ALL SELECT {', '.join(others)}, {BROKEN} FROM ({second.sql})",
        tuple(made),
    )
