"""The job `build_marts`: gold tables in the order in which they read each other."""

from __future__ import annotations

import datetime as dt
import json
import time
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING

from py4j.protocol import Py4JJavaError
from pyspark.errors import AnalysisException, PySparkException

from rlm.domain.gold import GoldSqlError, TableResult, in_dependency_order
from rlm.jobs.build_marts.audit import audit
from rlm.jobs.build_marts.inputs import Inputs
from rlm.jobs.build_marts.plan import Dates, Plan, Planner
from rlm.jobs.build_marts.published import Origin, PublishedTable
from rlm.jobs.build_marts.statement import statement
from rlm.names import SOURCES

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from pyspark.sql import DataFrame, SparkSession

    from rlm.aws.storage import Storage
    from rlm.domain.gold import Check, CheckResult, GoldTable, Mode

    _Relation = Callable[[Check, str], str]

# Somebody who compacts a table publishes at about the same time; a third time is no accident.
_ATTEMPTS = 3


@dataclass(frozen=True)
class BuildMarts:
    """What one run does, and where."""

    run_id: str
    business_date: dt.date
    """For the report; what is computed follows from the tables alone."""
    lake: str
    """URI without a slash at its end."""
    silver: str
    """Database of the inputs; `gold` is that of the results."""
    gold: str
    tables: Collection[str] | None = None
    """None for all. A table that is not named is read as it is published."""
    dates: Dates | None = None
    """Computes what these business dates touch, whatever changed."""
    is_full: bool = False
    catalog: str = "glue_catalog"


@dataclass(frozen=True)
class RunReport:
    run_id: str
    business_date: str
    tables: dict[str, TableResult] = field(default_factory=dict)

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=2)


def build_marts(
    spark: SparkSession,
    run: BuildMarts,
    tables: Mapping[str, GoldTable],
    storage: Storage,
    report: Callable[[str], None] = print,
) -> RunReport:
    """Builds what changed of the tables of `run` and writes the run report to
    `<lake>/runs/build_marts/<run_id>.json`.

    A table whose check fails stays as it was published and blocks those that read it, no others.
    A rerun builds what a killed run had not published, and a retry of the same run reports what
    that had as built. Raises `GoldSqlError`, before anything is
    built, for tables that cannot be put in order, `ValueError` for a name that is none.
    """
    ordered = in_dependency_order(tables, SOURCES)
    if unknown := sorted(set(run.tables or ()) - tables.keys()):
        raise ValueError(f"no gold table {unknown}; there are {sorted(tables)}")
    spark.sql(f"CREATE NAMESPACE IF NOT EXISTS {run.catalog}.{run.gold}")
    inputs = Inputs(spark, run.catalog, {"silver": run.silver, "gold": run.gold})
    wanted = [t for t in ordered if run.tables is None or t.name in run.tables]
    for name in sorted({i for t in wanted for i in t.inputs if i.startswith("silver.")}):
        inputs[name]
    finished = RunReport(run.run_id, run.business_date.isoformat())
    for gold in wanted:
        started = time.monotonic()
        result = _Build(spark, gold, inputs, run).result(finished.tables)
        inputs.forget(f"gold.{gold.name}")
        finished.tables[gold.name] = replace(result, seconds=round(time.monotonic() - started, 3))
        for line in _lines(gold.name, finished.tables[gold.name]):
            report(line)
    uri = f"{run.lake}/runs/build_marts/{run.run_id}.json"
    storage.write(uri, finished.to_json().encode())
    report(f"run report: {uri}")
    return finished


@dataclass(frozen=True)
class _Build:
    spark: SparkSession
    gold: GoldTable
    inputs: Inputs
    run: BuildMarts

    def result(self, before: Mapping[str, TableResult]) -> TableResult:
        """Builds the table, unless one that it reads was not."""
        name = self.inputs.qualified(f"gold.{self.gold.name}")
        published = PublishedTable(self.spark, self.gold, name)
        missing = [t for t in sorted(self.gold.upstream) if _is_missing(before.get(t))]
        if missing:
            why = f"{', '.join(missing)} not built"
            return TableResult("blocked", rows=published.rows(), reason=why)
        try:
            return self._attempts(published)
        except (GoldSqlError, AnalysisException) as error:
            return TableResult("failed", rows=published.rows(), reason=str(error)[:2000])

    def _attempts(self, published: PublishedTable) -> TableResult:
        planner = Planner(self.spark, self.gold, self.inputs)
        for _ in range(_ATTEMPTS):
            origin = published.origin()
            plan = planner.plan(origin, is_full=self.run.is_full, dates=self.run.dates)
            if not plan.is_needed:
                if origin and origin.run_id == self.run.run_id:
                    # Whoever waits for the table has not heard of it: the try that built it died.
                    why = "by an earlier try of this run"
                    return TableResult("built", rows=published.rows(), reason=why)
                return TableResult("unchanged", rows=published.rows())
            result = self._build(published, plan)
            if result is not None:
                return result
            self.inputs.forget(f"gold.{self.gold.name}")
        raise RuntimeError(
            f"{published.name} was changed by somebody else during each of {_ATTEMPTS} builds; "
            "is another build_marts running?"
        )

    def _build(self, published: PublishedTable, plan: Plan) -> TableResult | None:
        """None where somebody else has published before us, or dropped our branch."""
        mode: Mode = "full" if plan.partitions is None else "incremental"
        with ExitStack() as stack:
            rows = self._rows(published, plan, stack)
            if rows is not None:
                published.make(rows)
            branch = published.open_branch()
            try:
                if rows is None:
                    published.write_nothing(branch, self._origin())
                else:
                    published.write(rows, branch, plan.partitions, self._origin())
            except (Py4JJavaError, PySparkException):
                # A branch on an old snapshot may be taken for one that was left behind.
                if published.has_branch(branch):
                    raise
                return None
        checks = audit(self.spark, self.gold.checks, self._audited(published, branch, plan))
        partitions = (
            published.partitions(branch) if plan.partitions is None else len(plan.partitions)
        )
        result = TableResult("built", mode, partitions, published.rows(branch), plan.reason, checks)
        if failing := [c for c in checks if c.severity == "fail" and c.rows]:
            why = f"{', '.join(c.name for c in failing)}; look at it VERSION AS OF '{branch}'"
            return replace(result, status="failed", rows=published.rows(), reason=why)
        return result if published.publish(branch, rows) else None

    def _rows(self, published: PublishedTable, plan: Plan, stack: ExitStack) -> DataFrame | None:
        """What the table shall hold, or what the plan's partitions shall; None where no partition
        is touched. What it needs is kept until `stack` is closed."""
        if plan.partitions == []:
            return None

        def relation(name: str) -> str:
            conditions = [r.condition for r in self.gold.reads if r.input == name]
            if plan.partitions is None or not conditions:
                return self.inputs[name].relation()
            return self.inputs[name].relation(_for_each(conditions, plan.partitions))

        rows = stack.enter_context(statement(self.spark, self.gold, relation))
        return rows if plan.partitions is None else rows.where(published.is_in(plan.partitions))

    def _audited(self, published: PublishedTable, branch: str, plan: Plan) -> _Relation:
        """Checks read the table itself on its branch, and all others as the build did."""
        version = f"{published.name} VERSION AS OF '{branch}'"
        partitions = plan.partitions or []
        among = ", ".join(_literal(p) for p in partitions if p is not None) or "NULL"
        anew = f"{self.gold.partition} IN ({among})"
        if None in partitions:
            anew += f" OR {self.gold.partition} IS NULL"

        def relation(check: Check, name: str) -> str:
            if name != f"gold.{self.gold.name}":
                return self.inputs[name].relation()
            if check.by_partition and not plan.is_audit_whole:
                return f"(SELECT * FROM {version} WHERE {anew})"
            return version

        return relation

    def _origin(self) -> Origin:
        snapshots = {name: self.inputs[name].snapshot_id for name in self.gold.inputs}
        gold = self.gold
        return Origin(snapshots, gold.fingerprint, gold.checks_fingerprint, self.run.run_id)


def _is_missing(result: TableResult | None) -> bool:
    return result is not None and result.status in ("failed", "blocked")


def _for_each(conditions: list[str], partitions: list[object]) -> str:
    """`conditions`, for any of these partitions."""
    each = " AND ".join(f"({c})" for c in conditions)
    return " OR ".join(f"({each.replace('<partition>', _literal(p))})" for p in partitions)


def _literal(value: object) -> str:
    """A partition's value in Spark SQL."""
    match value:
        case None:
            return "NULL"
        case dt.datetime():
            return f"TIMESTAMP '{value.isoformat(sep=' ')}'"
        case dt.date():
            return f"DATE '{value.isoformat()}'"
        case bool() | int():
            return str(value)
        case str():
            escaped = value.replace("\\", "\\\\").replace("'", "\\'")
            return f"'{escaped}'"
    raise GoldSqlError(f"partitions by {type(value).__name__} cannot be written in reads")


def _lines(name: str, result: TableResult) -> list[str]:
    """What a run says of a table to people."""
    done = f"{result.status} in {result.seconds:.1f} s"
    if result.mode:
        done += f", {result.mode}, {result.partitions} partitions, {result.rows} rows in all"
    lines = [f"{name}: {done}" + (f": {result.reason}" if result.reason else "")]
    for check in result.checks:
        lines += _complaint(check) if check.rows else []
    return lines


def _complaint(check: CheckResult) -> list[str]:
    head = f"  {check.severity} {check.name}: {check.rows} rows: {check.message}"
    return [head, *(f"    {row}" for row in check.sample)]
