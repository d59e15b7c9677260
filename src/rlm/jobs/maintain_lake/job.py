"""The job `maintain_lake`: every Iceberg table of silver and gold, one after the other."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING

from rlm.jobs.build_marts.published import PublishedTable
from rlm.jobs.iceberg import IcebergTable
from rlm.jobs.maintain_lake.upkeep import Keeping, TableUpkeep, Upkeep

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from pyspark.sql import SparkSession

    from rlm.aws.storage import Storage
    from rlm.domain.gold import GoldTable


@dataclass(frozen=True)
class MaintainLake:
    """What one run does, and where."""

    run_id: str
    lake: str
    """URI without a slash at its end."""
    silver: str
    """Database of the inputs; `gold` is that of the results."""
    gold: str
    keeping: Keeping
    tables: Collection[str] | None = None
    """`silver.events`, `gold.event_performance`, ...; None for all."""
    catalog: str = "glue_catalog"


@dataclass(frozen=True)
class RunReport:
    run_id: str
    tables: dict[str, TableUpkeep] = field(default_factory=dict)

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=2)


def maintain_lake(
    spark: SparkSession,
    run: MaintainLake,
    gold: Mapping[str, GoldTable],
    storage: Storage,
    report: Callable[[str], None] = print,
) -> RunReport:
    """Compacts, expires and clears the tables of `run` and writes the run report to
    `<lake>/runs/maintain_lake/<run_id>.json`.

    Loads and builds may run beside it: whoever commits second begins that step again.
    A rerun finds little to do. Raises `ValueError` for a table that does not exist.
    """
    tables = _tables(spark, run)
    if unknown := sorted(set(run.tables or ()) - tables.keys()):
        raise ValueError(f"no table {unknown}; there are {sorted(tables)}")
    needed = _needed_snapshots(spark, run, gold)
    finished = RunReport(run.run_id)
    for name, qualified in tables.items():
        if run.tables is not None and name not in run.tables:
            continue
        started = time.monotonic()
        upkeep = Upkeep(spark, IcebergTable(spark, qualified), run.catalog, storage)
        result = upkeep.run(run.keeping, frozenset(needed.get(name, ())))
        result = replace(result, seconds=round(time.monotonic() - started, 3))
        finished.tables[name] = result
        report(_line(name, result))
    uri = f"{run.lake}/runs/maintain_lake/{run.run_id}.json"
    storage.write(uri, finished.to_json().encode())
    report(f"run report: {uri}")
    return finished


def _tables(spark: SparkSession, run: MaintainLake) -> dict[str, str]:
    """Every Iceberg table of the two layers: its name in the SQL and its name in Spark."""
    found = {}
    for layer, database in (("silver", run.silver), ("gold", run.gold)):
        if not spark.catalog.databaseExists(f"{run.catalog}.{database}"):
            continue
        for row in spark.sql(f"SHOW TABLES IN {run.catalog}.{database}").collect():
            found[f"{layer}.{row.tableName}"] = f"{run.catalog}.{database}.{row.tableName}"
    return found


def _needed_snapshots(
    spark: SparkSession, run: MaintainLake, gold: Mapping[str, GoldTable]
) -> dict[str, set[int]]:
    """The snapshots that gold tables were built from: the next build asks what changed since."""
    needed: dict[str, set[int]] = {}
    for table in gold.values():
        name = f"{run.catalog}.{run.gold}.{table.name}"
        origin = PublishedTable(spark, table, name).origin()
        for source, snapshot_id in (origin.inputs if origin else {}).items():
            if snapshot_id is not None:
                needed.setdefault(source, set()).add(snapshot_id)
    return needed


def _line(name: str, result: TableUpkeep) -> str:
    """What a run says of a table to people."""
    before, after = result.before, result.after
    done = ", ".join(f"{n} {step.replace('_', ' ')}" for step, n in result.steps.items() if n)
    return (
        f"{name}: {result.status} in {result.seconds:.1f} s: {done or 'nothing to do'}; "
        f"files {before.data_files} + {before.delete_files} deletes -> "
        f"{after.data_files} + {after.delete_files}, stored "
        f"{before.stored_bytes / 1e6:.1f} -> {after.stored_bytes / 1e6:.1f} MB"
    )
