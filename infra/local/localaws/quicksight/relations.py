"""Relations: rows as SQL with their columns, and what transforms and joins make of them.

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
    from collections.abc import Mapping

    from localaws.operations import Document

BROKEN = '"__broken"'
_ON = re.compile(r"^\s*(?:{([^}]+)}|([^\s={}]+))\s*=\s*(?:{([^}]+)}|([^\s={}]+))\s*$")
_JOINS = {"INNER": "INNER", "LEFT": "LEFT", "RIGHT": "RIGHT", "OUTER": "FULL OUTER"}
_WITHOUT_EFFECT = ("TagColumnOperation", "UntagColumnOperation")


@dataclass(frozen=True)
class Relation:
    """Rows, and what their columns are."""

    sql: str
    columns: tuple[Column, ...]

    def column(self, name: str) -> Column:
        for one in self.columns:
            if one.name == name:
                return one
        raise invalid(f"There is no column {name}; there are {self._names()}.")

    def _names(self) -> str:
        return ", ".join(one.name for one in self.columns)

    def select(self, expressions: Mapping[str, str], made: tuple[Column, ...]) -> Relation:
        """The same rows with these columns; those that are not named stay as they are."""
        chosen = ", ".join(
            f"{expressions.get(one.name, quoted(one.name))} AS {quoted(one.name)}" for one in made
        )
        return Relation(f"SELECT {chosen}, {BROKEN} FROM ({self.sql})", made)  # noqa: S608


def transformed(relation: Relation, transform: Document) -> Relation:
    """What one of a logical table's transforms makes of a relation."""
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


def _renamed(relation: Relation, name: str, new: str) -> Relation:
    relation.column(name)
    made = tuple(one.renamed(new) if one.name == name else one for one in relation.columns)
    refuse_repeated(made)
    return relation.select({new: quoted(name)}, made)


def _cast(relation: Relation, operation: Document) -> Relation:
    name, to = operation["ColumnName"], operation["NewColumnType"]
    subtype = operation.get("SubType")
    column = relation.column(name)
    value = columns.cast(column, quoted(name), to, subtype, operation.get("Format"))
    made = tuple(
        replace(one, type=to, subtype=subtype, is_original=False) if one.name == name else one
        for one in relation.columns
    )
    chosen = ", ".join(
        f"{value if one.name == name else quoted(one.name)} AS {quoted(one.name)}" for one in made
    )
    broken = f"{BROKEN} OR ({quoted(name)} IS NOT NULL AND ({value}) IS NULL) AS {BROKEN}"
    return Relation(f"SELECT {chosen}, {broken} FROM ({relation.sql})", made)  # noqa: S608


def _with_calculated(relation: Relation, name: str, expression: str) -> Relation:
    sql, kind = calculated.translate(expression, relation.columns, name)
    made = (
        *(one for one in relation.columns if one.name != name),
        Column(name, kind, is_original=False),
    )
    return relation.select({name: f"({sql})"}, made)


def _tagged(relation: Relation, operation: Document) -> Relation:
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


def refuse_repeated(found: tuple[Column, ...]) -> None:
    """AWS's error for columns of one name."""
    names = [one.name for one in found]
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise invalid(f"There are several columns {', '.join(repeated)}; rename them before.")


def joined(left: Relation, right: Relation, join: Document, named: Mapping[str, str]) -> Relation:
    """Two relations by a condition; `named` is what the right one's columns are called then."""
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
    refuse_repeated(both)
    chosen = [f"l.{quoted(one.name)}" for one in left.columns]
    chosen += [f"r.{quoted(one.name)} AS {quoted(named[one.name])}" for one in right.columns]
    broken = f"coalesce(l.{BROKEN}, false) OR coalesce(r.{BROKEN}, false) AS {BROKEN}"
    return Relation(
        f"SELECT {', '.join(chosen)}, {broken} FROM ({left.sql}) AS l"  # noqa: S608
        f" {_JOINS[join['Type']]} JOIN ({right.sql}) AS r ON {' AND '.join(conditions)}",
        both,
    )


def names_beside(left: Relation, right: Relation, alias: str) -> dict[str, str]:
    """What a right relation's columns are called when joined.

    A name that is on both sides is the left one's; the right one's says whose it is.
    """
    taken = {one.name for one in left.columns}
    return {
        one.name: f"{one.name}[{alias}]" if one.name in taken else one.name for one in right.columns
    }
