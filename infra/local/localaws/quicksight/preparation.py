"""A data set's tables and transforms as one SELECT of DuckDB's.

Each relation carries a column beside its own that says whether its row is broken: whether a value
of it could not become its type. SPICE leaves such rows out and counts them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from localaws.quicksight import calculated, columns
from localaws.quicksight.columns import Column
from localaws.quicksight.failures import invalid, not_served
from localaws.quicksight.sql_tables import quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from localaws.operations import Document

BROKEN = '"__broken"'
_ON = re.compile(r"^\s*(?:{([^}]+)}|([^\s={}]+))\s*=\s*(?:{([^}]+)}|([^\s={}]+))\s*$")
_JOINS = {"INNER": "INNER", "LEFT": "LEFT", "RIGHT": "RIGHT", "OUTER": "FULL OUTER"}
_WITHOUT_EFFECT = ("TagColumnOperation", "UntagColumnOperation")


@dataclass(frozen=True)
class Base:
    """What stands below: a physical table, or another data set's SPICE copy."""

    relation: str
    physical: Document | None
    data_set_arn: str | None
    columns: tuple[Column, ...]


@dataclass(frozen=True)
class Prepared:
    """The rows of a data set, over the relations of its bases."""

    sql: str
    columns: tuple[Column, ...]
    bases: tuple[Base, ...]
    has_one_plain_base: bool
    """Whether rows come from one database table whose columns kept their names and types."""


@dataclass(frozen=True)
class _Relation:
    sql: str
    columns: tuple[Column, ...]

    def column(self, name: str) -> Column:
        for one in self.columns:
            if one.name == name:
                return one
        raise invalid(f"There is no column {name}; there are {self._names()}.")

    def _names(self) -> str:
        return ", ".join(one.name for one in self.columns)

    def select(self, expressions: Mapping[str, str], made: tuple[Column, ...]) -> _Relation:
        """The same rows with these columns; those that are not named stay as they are."""
        chosen = ", ".join(
            f"{expressions.get(one.name, quoted(one.name))} AS {quoted(one.name)}" for one in made
        )
        return _Relation(f"SELECT {chosen}, {BROKEN} FROM ({self.sql})", made)  # noqa: S608


def prepare(data_set: Document, parent: Callable[[str], list[Document]]) -> Prepared:
    """Compile a data set; AWS's error for what cannot be.

    `parent(arn)` gives the output columns of the data set that another is made from.
    """
    return _Preparation(data_set, parent).prepared()


class _Preparation:
    def __init__(self, data_set: Document, parent: Callable[[str], list[Document]]) -> None:
        self._physical: Document = data_set.get("PhysicalTableMap") or {}
        self._logical: Document = data_set.get("LogicalTableMap") or {}
        self._parent = parent
        self._bases: dict[str, Base] = {}

    def prepared(self) -> Prepared:
        if not self._logical:
            if len(self._physical) != 1:
                raise invalid("A data set without LogicalTableMap has exactly one physical table.")
            (only,) = self._physical
            relation = self._read(only, None)
        else:
            relation = self._table(self._output(), ())
        _refuse_repeated(relation.columns)
        bases = tuple(self._bases.values())
        plain = (
            len(bases) == 1
            and bases[0].physical is not None
            and all(one in bases[0].columns for one in relation.columns)
        )
        return Prepared(relation.sql, relation.columns, bases, plain)

    def _output(self) -> str:
        """The logical table that no other is made from."""
        used = set()
        for table in self._logical.values():
            join = table["Source"].get("JoinInstruction") or {}
            used |= {join.get("LeftOperand"), join.get("RightOperand")}
        left = sorted(self._logical.keys() - used)
        if len(left) != 1:
            found = ", ".join(left) or "none"
            raise invalid(
                f"One logical table must be the result, joined into no other; found {found}."
            )
        return left[0]

    def _table(self, name: str, above: tuple[str, ...]) -> _Relation:
        if name not in self._logical:
            raise invalid(f"There is no logical table {name}.")
        if name in above:
            raise invalid(f"The logical table {name} is made from itself.")
        table = self._logical[name]
        source = table["Source"]
        if "PhysicalTableId" in source:
            relation = self._read(source["PhysicalTableId"], None)
        elif "DataSetArn" in source:
            relation = self._read(None, source["DataSetArn"])
        else:
            relation = self._join(source["JoinInstruction"], (*above, name))
        for transform in table.get("DataTransforms") or []:
            relation = _transformed(relation, transform)
        return relation

    def _read(self, physical_id: str | None, data_set_arn: str | None) -> _Relation:
        key = str(physical_id or data_set_arn)
        if key not in self._bases:
            if physical_id is not None:
                table = self._physical.get(physical_id)
                if table is None:
                    raise invalid(f"There is no physical table {physical_id}.")
                found = tuple(Column.of(one) for one in input_columns(table))
            else:
                table, found = None, tuple(Column.of(one) for one in self._parent(key))
            _refuse_repeated(found)
            relation = f"base_{len(self._bases)}"
            self._bases[key] = Base(relation, table, data_set_arn, found)
        base = self._bases[key]
        return _Relation(f"SELECT * FROM {base.relation}", base.columns)  # noqa: S608

    def _join(self, join: Document, above: tuple[str, ...]) -> _Relation:
        left, right = (
            self._table(join["LeftOperand"], above),
            self._table(join["RightOperand"], above),
        )
        # A name that is on both sides is the left one's; the right one's says whose it is.
        taken = {one.name for one in left.columns}
        alias = self._logical[join["RightOperand"]]["Alias"]
        named = {
            one.name: f"{one.name}[{alias}]" if one.name in taken else one.name
            for one in right.columns
        }
        plain = {new: old for old, new in named.items()}
        conditions = []
        for part in re.split(r"(?i)\s+and\s+", join["OnClause"]):
            found = _ON.match(part)
            if not found:
                raise not_served(f"the join condition {join['OnClause']}; write {{a}} = {{b}}")
            one, other = found[1] or found[2], found[3] or found[4]
            if not any(column.name == one for column in left.columns):
                one, other = other, one
            left.column(one)
            other = plain.get(other, other)
            right.column(other)
            conditions.append(f"l.{quoted(one)} = r.{quoted(other)}")
        both = (*left.columns, *(one.renamed(named[one.name]) for one in right.columns))
        _refuse_repeated(both)
        chosen = [f"l.{quoted(one.name)}" for one in left.columns]
        chosen += [f"r.{quoted(one.name)} AS {quoted(named[one.name])}" for one in right.columns]
        broken = f"coalesce(l.{BROKEN}, false) OR coalesce(r.{BROKEN}, false) AS {BROKEN}"
        return _Relation(
            f"SELECT {', '.join(chosen)}, {broken} FROM ({left.sql}) AS l"  # noqa: S608
            f" {_JOINS[join['Type']]} JOIN ({right.sql}) AS r ON {' AND '.join(conditions)}",
            both,
        )


def input_columns(table: Document) -> list[Document]:
    """The columns that a physical table says it has."""
    if "CustomSql" in table:
        found: list[Document] = table["CustomSql"].get("Columns") or []
        if not found:
            raise invalid("A CustomSql needs Columns.")
    elif "RelationalTable" in table or "S3Source" in table:
        found = next(iter(table.values()))["InputColumns"]
    else:
        raise not_served(f"physical tables of kind {next(iter(table))}")
    for one in found:
        if one["Type"] == "SEMISTRUCT":
            raise not_served(f"columns of type SEMISTRUCT ({one['Name']})")
    return found


def _transformed(relation: _Relation, transform: Document) -> _Relation:
    ((kind, operation),) = transform.items()
    if kind in ("ProjectOperation", "CreateColumnsOperation") and operation.get("Source"):
        raise not_served(f"{kind} with Source")
    if kind == "ProjectOperation":
        # AWS leaves out what is named there and is not.
        named = {one.name: one for one in relation.columns}
        wanted = operation["ProjectedColumns"]
        kept = tuple(named[name] for name in wanted if name in named)
        if not kept:
            raise invalid(f"ProjectOperation keeps no column of {', '.join(named)}.")
        return relation.select({}, kept)
    if kind == "RenameColumnOperation":
        return _renamed(relation, operation["ColumnName"], operation["NewColumnName"])
    if kind == "CastColumnTypeOperation":
        return _cast(relation, operation)
    if kind == "CreateColumnsOperation":
        for one in operation["Columns"]:
            relation = _with_calculated(relation, one["ColumnName"], one["Expression"])
        return relation
    if kind == "FilterOperation":
        condition = operation.get("ConditionExpression")
        if not condition:
            raise not_served("FilterOperation without ConditionExpression")
        sql, _ = calculated.translate(condition, relation.columns, "the filter", is_condition=True)
        return replace(relation, sql=f"SELECT * FROM ({relation.sql}) WHERE {sql}")  # noqa: S608
    if kind in _WITHOUT_EFFECT:
        return _tagged(relation, operation)
    raise not_served(kind)


def _renamed(relation: _Relation, name: str, new: str) -> _Relation:
    relation.column(name)
    made = tuple(one.renamed(new) if one.name == name else one for one in relation.columns)
    _refuse_repeated(made)
    return relation.select({new: quoted(name)}, made)


def _cast(relation: _Relation, operation: Document) -> _Relation:
    name, to = operation["ColumnName"], operation["NewColumnType"]
    subtype = operation.get("SubType")
    column = relation.column(name)
    value = columns.cast(column, quoted(name), to, subtype, operation.get("Format"))
    made = tuple(
        replace(one, type=to, subtype=subtype) if one.name == name else one
        for one in relation.columns
    )
    chosen = ", ".join(
        f"{value if one.name == name else quoted(one.name)} AS {quoted(one.name)}" for one in made
    )
    broken = f"{BROKEN} OR ({quoted(name)} IS NOT NULL AND ({value}) IS NULL) AS {BROKEN}"
    return _Relation(f"SELECT {chosen}, {broken} FROM ({relation.sql})", made)  # noqa: S608


def _with_calculated(relation: _Relation, name: str, expression: str) -> _Relation:
    sql, kind = calculated.translate(expression, relation.columns, name)
    made = (*(one for one in relation.columns if one.name != name), Column(name, kind))
    return relation.select({name: f"({sql})"}, made)


def _tagged(relation: _Relation, operation: Document) -> _Relation:
    """Only a description is seen in what comes out; geography concerns maps alone."""
    name = operation["ColumnName"]
    relation.column(name)
    text = None
    for tag in operation.get("Tags") or []:
        text = (tag.get("ColumnDescription") or {}).get("Text") or text
    made = tuple(
        replace(one, description=text) if one.name == name and text else one
        for one in relation.columns
    )
    return replace(relation, columns=made)


def _refuse_repeated(found: tuple[Column, ...]) -> None:
    names = [one.name for one in found]
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise invalid(f"There are several columns {', '.join(repeated)}; rename them before.")
