"""What a gold table is made of, what must hold for it, and what a run made of it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

Severity = Literal["fail", "warn"]
Status = Literal["built", "unchanged", "failed", "blocked"]
Mode = Literal["full", "incremental"]


class GoldSqlError(ValueError):
    """A SQL file of a gold table that cannot be used; a bug in the file, not in the rows."""


@dataclass(frozen=True)
class Touched:
    """Answers the partitions that changed rows of some inputs touch."""

    sql: str
    changed: frozenset[str]
    """Inputs whose changed rows it reads."""


@dataclass(frozen=True)
class Reads:
    """Which rows of one input a partition needs: fewer to read, never another result."""

    input: str
    condition: str
    """SQL over the input's columns; `<partition>` stands for the value of one partition."""


@dataclass(frozen=True)
class Check:
    """Something that holds for every row of a table."""

    name: str
    severity: Severity
    message: str
    sql: str
    """Answers the rows that offend."""
    by_partition: bool = False
    """What it says of a partition follows from the table's rows of that partition alone: those
    that a build did not touch need not be asked again."""


@dataclass(frozen=True)
class GoldTable:
    """One gold table as its SQL file describes it.

    Inputs are named as in the SQL: `silver.ticket_sales`, `gold.ticket_sales_daily`.
    """

    name: str
    key: tuple[str, ...]
    partition: str | None
    """Column by whose values the table is recomputed; None: always the whole table."""
    select: str
    inputs: frozenset[str]
    touched: tuple[Touched, ...] = ()
    reads: tuple[Reads, ...] = ()
    checks: tuple[Check, ...] = ()
    words: frozenset[str] = frozenset()
    """Every name in the SQL and the touched lines, in small letters: columns are among them."""
    read_whole: frozenset[str] = frozenset()
    """Inputs of which the SQL or a touched line takes every column, as `*`."""
    fingerprint: str = field(init=False)
    """Changes with anything that decides what the table holds."""
    checks_fingerprint: str = field(init=False)

    def __post_init__(self) -> None:
        touched = [t.sql for t in self.touched]
        decides = (self.key, self.partition, self.select, touched, self.reads)
        object.__setattr__(self, "fingerprint", _fingerprint(repr(decides)))
        object.__setattr__(self, "checks_fingerprint", _fingerprint(repr(self.checks)))
        if not self.key:
            raise GoldSqlError(f"gold.{self.name}: its header names no key")
        if self.touched and self.partition is None:
            raise GoldSqlError(f"gold.{self.name}: touched partitions of a table that has none")
        strangers = {i for t in self.touched for i in t.changed} - self.inputs
        strangers |= {r.input for r in self.reads} - self.inputs
        if strangers:
            raise GoldSqlError(
                f"gold.{self.name}: its header speaks of {sorted(strangers)}, its SELECT reads "
                f"{sorted(self.inputs)}"
            )

    @property
    def upstream(self) -> frozenset[str]:
        """Names of the gold tables that it reads."""
        return frozenset(i.removeprefix("gold.") for i in self.inputs if i.startswith("gold."))

    def may_read(self, name: str, column: str) -> bool:
        """Whether the table can depend on this column of an input; never false where it does."""
        return name in self.read_whole or column.lower() in self.words

    def follows_changes_of(self, name: str) -> bool:
        """Whether the header says which partitions a change of this input touches."""
        return any(name in t.changed for t in self.touched)


@dataclass(frozen=True)
class CheckResult:
    name: str
    severity: Severity
    message: str
    rows: int
    """Offending rows."""
    sample: tuple[str, ...] = ()
    """The first of them, as JSON."""


@dataclass(frozen=True)
class TableResult:
    """What a run did to one table; `reason` says why where it is not obvious."""

    status: Status
    mode: Mode | None = None
    partitions: int = 0
    """How many were computed anew."""
    rows: int = 0
    """Rows in the table after the run, as readers see it."""
    reason: str | None = None
    checks: tuple[CheckResult, ...] = ()
    seconds: float = 0.0


def in_dependency_order(
    tables: Mapping[str, GoldTable], sources: Collection[str]
) -> tuple[GoldTable, ...]:
    """Tables so that each comes after those that it reads.

    Raises `GoldSqlError` for a circle, and for an input that is neither one of `sources` nor of
    the tables.
    """
    known = {f"silver.{s}" for s in sources} | {f"gold.{t}" for t in tables}
    for table in tables.values():
        if unknown := table.inputs - known:
            raise GoldSqlError(
                f"gold.{table.name} reads {sorted(unknown)}; there are {sorted(known)}"
            )
    ordered: list[GoldTable] = []
    waiting = dict(tables)
    while waiting:
        ready = [t for t in waiting.values() if not t.upstream & waiting.keys()]
        if not ready:
            raise GoldSqlError(f"gold tables read each other in a circle: {sorted(waiting)}")
        ordered += ready
        for table in ready:
            del waiting[table.name]
    return tuple(ordered)


def _fingerprint(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
