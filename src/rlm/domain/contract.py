"""What a source promises to deliver, and what its silver table holds."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

ColumnType = Literal["string", "integer", "number", "boolean", "date", "timestamp", "array"]

_REFERENCE = re.compile(r"\{(\w+)\.(\w+)\}")


class ContractError(ValueError):
    """A contract file that cannot be used; a bug in the contract, not in a delivery."""


@dataclass(frozen=True)
class Field:
    """One member of the objects in an array column."""

    name: str
    type: ColumnType
    required: bool


@dataclass(frozen=True)
class LandingColumn:
    """One column as it is delivered, with every rule that a single value must keep."""

    name: str
    type: ColumnType
    required: bool = False
    references: tuple[str, str] | None = None
    """(source, column) whose silver table must know the value."""
    minimum: float | None = None
    maximum: float | None = None
    scale: int | None = None
    """Digits after the decimal point of a number; None where any number is fine."""
    max_length: int | None = None
    pattern: str | None = None
    choices: tuple[str, ...] = ()
    is_time_zone: bool = False
    is_local_time: bool = False
    separator: str | None = None
    """Between the items of an array in a text cell; None where the format has arrays."""
    fields: tuple[Field, ...] = ()
    """Members of each item of an array of objects; empty for an array of strings."""


@dataclass(frozen=True)
class RowRule:
    """A condition over a whole row: SQL over the typed landing columns, true for a good row.

    `{source.column}` in it stands for that column of the row that a foreign key points to,
    `delivery_date` for the day of the row's delivery.
    """

    name: str
    description: str
    condition: str

    @property
    def references(self) -> tuple[tuple[str, str], ...]:
        return tuple(dict.fromkeys(_REFERENCE.findall(self.condition)))

    @property
    def heals(self) -> bool:
        """Whether a later delivery of another source can make a broken row good."""
        return bool(self.references)

    def sql(self) -> str:
        return _REFERENCE.sub(r"`\1.\2`", self.condition)


@dataclass(frozen=True)
class SilverColumn:
    name: str
    type: str
    """Spark SQL type."""
    expression: str
    """Spark SQL over the typed landing columns."""
    merges_greatest: bool = False
    """Keeps the greatest value of all versions delivered, not that of the latest version."""


@dataclass(frozen=True)
class Contract:
    source: str
    version: str
    file_format: Literal["csv", "jsonl"]
    key: tuple[str, ...]
    quarantine_threshold: float
    quarantine_allowance: int
    landing: tuple[LandingColumn, ...]
    row_rules: tuple[RowRule, ...]
    silver: tuple[SilverColumn, ...]
    partitioned_by: str | None = None
    foreign_keys: tuple[LandingColumn, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "foreign_keys", tuple(c for c in self.landing if c.references))
        self._check()

    @property
    def referenced_sources(self) -> frozenset[str]:
        return frozenset(c.references[0] for c in self.foreign_keys if c.references)

    def stops_at(self, broken: int, rows: int) -> bool:
        """Whether a file with `broken` of its `rows` rows broken must not be loaded."""
        return broken > max(self.quarantine_allowance, self.quarantine_threshold * rows)

    @property
    def healing_rules(self) -> tuple[str, ...]:
        """Names of the rules whose broken rows are tried again when their references grow."""
        return ("reference", *(rule.name for rule in self.row_rules if rule.heals))

    def _check(self) -> None:
        delivered = {c.name for c in self.landing}
        written = {c.name for c in self.silver}
        missing = [k for k in self.key if k not in delivered or k not in written]
        if missing or not self.key:
            raise ContractError(f"{self.source}: key {missing or '()'} is not delivered and kept")
        if "updated_at" not in delivered & written:
            raise ContractError(f"{self.source}: needs updated_at, by which versions are ordered")
        for rule in self.row_rules:
            for source, _ in rule.references:
                if source not in self.referenced_sources:
                    raise ContractError(
                        f"{self.source}.{rule.name} reads {source}, to which no column refers"
                    )


def in_dependency_order(contracts: dict[str, Contract]) -> list[str]:
    """Sources so that each comes after the sources that it refers to.

    Raises `ContractError` on a cycle.
    """
    ordered: list[str] = []
    waiting = dict(contracts)
    while waiting:
        ready = [s for s, c in waiting.items() if not c.referenced_sources & waiting.keys()]
        if not ready:
            raise ContractError(f"contracts refer to each other in a circle: {sorted(waiting)}")
        ordered += ready
        for source in ready:
            del waiting[source]
    return ordered
