"""A data set's tables and transforms as one SELECT of DuckDB's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from localaws.quicksight.columns import Column
from localaws.quicksight.data_prep import Steps
from localaws.quicksight.failures import invalid, not_served
from localaws.quicksight.relations import (
    Relation,
    joined,
    names_beside,
    refuse_repeated,
    transformed,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from localaws.operations import Document


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

    def comes_from_source(self, name: str) -> bool:
        """Whether a column is the only source's own, which can then choose rows by it."""
        if len(self.bases) != 1 or self.bases[0].physical is None:
            return False
        return any(one.name == name and one.is_original for one in self.columns)


def prepare(data_set: Document, parent: Callable[[str], list[Document]]) -> Prepared:
    """Compile a data set; AWS's error for what cannot be.

    `parent(arn)` gives the output columns of the data set that another is made from.
    """
    return _Preparation(data_set, parent).prepared()


class _Preparation:
    def __init__(self, data_set: Document, parent: Callable[[str], list[Document]]) -> None:
        self._physical: Document = data_set.get("PhysicalTableMap") or {}
        self._logical: Document = data_set.get("LogicalTableMap") or {}
        self._steps: Document = data_set.get("DataPrepConfiguration") or {}
        self._parent = parent
        self._bases: dict[str, Base] = {}

    def prepared(self) -> Prepared:
        if self._steps:
            if self._logical:
                raise invalid("Give either LogicalTableMap or DataPrepConfiguration.")
            relation = Steps(self._steps, self._read).result()
        elif not self._logical:
            if len(self._physical) != 1:
                raise invalid("A data set without LogicalTableMap has exactly one physical table.")
            (only,) = self._physical
            relation = self._read(only, None)
        else:
            relation = self._table(self._output(), ())
        refuse_repeated(relation.columns)
        return Prepared(relation.sql, relation.columns, tuple(self._bases.values()))

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

    def _table(self, name: str, above: tuple[str, ...]) -> Relation:
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
            relation = transformed(relation, transform)
        return relation

    def _read(self, physical_id: str | None, data_set_arn: str | None) -> Relation:
        key = str(physical_id or data_set_arn)
        if key not in self._bases:
            if physical_id is not None:
                table = self._physical.get(physical_id)
                if table is None:
                    raise invalid(f"There is no physical table {physical_id}.")
                found = tuple(Column.of(one) for one in input_columns(table))
            else:
                table, found = None, tuple(Column.of(one) for one in self._parent(key))
            refuse_repeated(found)
            relation = f"base_{len(self._bases)}"
            self._bases[key] = Base(relation, table, data_set_arn, found)
        base = self._bases[key]
        return Relation(f"SELECT * FROM {base.relation}", base.columns)  # noqa: S608

    def _join(self, join: Document, above: tuple[str, ...]) -> Relation:
        left = self._table(join["LeftOperand"], above)
        right = self._table(join["RightOperand"], above)
        alias = self._logical[join["RightOperand"]]["Alias"]
        return joined(left, right, join, names_beside(left, right, alias))


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
