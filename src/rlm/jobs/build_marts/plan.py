"""What of a gold table has to be computed anew, and why."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

from pyspark.sql import DataFrame
from pyspark.sql.types import DateType, TimestampNTZType, TimestampType

from rlm.jobs.build_marts.changes import BALANCE, UnknownChangesError, net_changes
from rlm.jobs.sql_files import renamed

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from rlm.domain.gold import GoldTable
    from rlm.jobs.build_marts.inputs import Input, Inputs
    from rlm.jobs.build_marts.published import Origin


@dataclass(frozen=True)
class Dates:
    """Business dates, both included."""

    first: dt.date
    last: dt.date


@dataclass(frozen=True)
class Plan:
    """`partitions` to compute anew, None for all; `is_needed` is false where nothing changed.

    `is_audit_whole`: every check is asked of every partition, not only of those."""

    partitions: list[object] | None = None
    reason: str | None = None
    is_needed: bool = True
    is_audit_whole: bool = True


UNCHANGED = Plan(partitions=[], is_needed=False)


@dataclass(frozen=True)
class Planner:
    spark: SparkSession
    gold: GoldTable
    inputs: Inputs

    def plan(self, origin: Origin | None, *, is_full: bool, dates: Dates | None) -> Plan:
        """Compares the inputs with those of the last build; starts a Spark job only if they
        differ and the header says which partitions that touches."""
        if is_full:
            return Plan(reason="asked for")
        if origin is None:
            return Plan(reason="never built")
        if origin.sql != self.gold.fingerprint:
            return Plan(reason="its SQL changed")
        changed: dict[str, list[DataFrame]] = {}
        try:
            for name in sorted(self.gold.inputs):
                rows = self.inputs.changed_since(name, origin.inputs[name])
                if rows is not None:
                    changed[name] = [net_changes(rows, self._columns(name, rows))]
        except UnknownChangesError as error:
            return Plan(reason=str(error))
        if self.gold.partition is None:
            if changed or dates:
                return Plan(reason=f"{', '.join(sorted(changed)) or 'dates'}: it has no partitions")
        elif strangers := [n for n in sorted(changed) if not self.gold.follows_changes_of(n)]:
            return Plan(
                reason=f"{', '.join(strangers)} changed; no touched line says what that touches"
            )
        for name in sorted(self.gold.inputs) if dates and self.gold.partition else []:
            rows = _of_dates(self.inputs[name], dates) if dates else None
            if rows is not None and self.gold.follows_changes_of(name):
                rows = rows.select(*self._columns(name, rows))
                changed.setdefault(name, []).append(rows)
        other_checks = origin.checks != self.gold.checks_fingerprint
        if changed:
            return Plan(self._touched(changed), is_audit_whole=other_checks)
        if other_checks:
            return Plan([], reason="its checks changed")
        return UNCHANGED

    def _columns(self, name: str, rows: DataFrame) -> list[str]:
        """Those columns of an input on which the table can depend."""
        return [c for c in rows.columns if c != BALANCE and self.gold.may_read(name, c)]

    def _touched(self, changed: dict[str, list[DataFrame]]) -> list[object]:
        """The partitions that the header finds in the changed rows, in order."""
        views = {}
        for name, rows in changed.items():
            view = views[name] = f"changed_{self.gold.name}_{name.replace('.', '_')}"
            reduce(DataFrame.unionByName, rows).createOrReplaceTempView(view)

        def relation(name: str) -> str:
            layer, _, table = name.partition(".")
            if layer != "changed":
                return self.inputs[name].relation()
            return next((v for n, v in views.items() if n.endswith(f".{table}")), "")

        # A line may read several inputs of which only some changed: the others' changes are none.
        for touched in self.gold.touched:
            for name in touched.changed - views.keys() if touched.changed & views.keys() else ():
                view = views[name] = f"changed_{self.gold.name}_{name.replace('.', '_')}"
                nothing = self.spark.table(self.inputs[name].table.name).limit(0)
                nothing.createOrReplaceTempView(view)
        statements = [
            renamed(t.sql, relation, f"touched of gold.{self.gold.name}")
            for t in self.gold.touched
            if t.changed & changed.keys()
        ]
        found = self.spark.sql(
            "SELECT DISTINCT * FROM (" + " UNION ALL ".join(f"({s})" for s in statements) + ")"
        ).collect()
        for view in views.values():
            self.spark.catalog.dropTempView(view)
        return sorted((row[0] for row in found), key=lambda v: (v is not None, v))


def _of_dates(table: Input, dates: Dates) -> DataFrame | None:
    """Rows of these business dates; None for a table that has no date by which it is divided."""
    if table.snapshot_id is None:
        return None
    rows = table.table.spark.read.option("snapshot-id", table.snapshot_id).table(table.table.name)
    for column in table.table.partition_columns():
        match rows.schema[column].dataType:
            case DateType():
                return rows.where(rows[column].between(dates.first, dates.last))
            case TimestampType() | TimestampNTZType():
                # Somewhere on earth a business date begins and ends most of a day away from UTC.
                first = dt.datetime.combine(dates.first, dt.time()) - dt.timedelta(days=1)
                end = dt.datetime.combine(dates.last, dt.time()) + dt.timedelta(days=2)
                return rows.where((rows[column] >= first) & (rows[column] < end))
    return None
