"""Fewer files and less history, the same rows."""

# ruff: noqa: S608 - the statements name tables of this world
from __future__ import annotations

import datetime as dt
import json
import os
import time
from pathlib import Path
from unittest import mock

import pytest
from build_marts.marts import GOLD, Marts
from pyspark.sql import SparkSession

from rlm.aws.storage import FileStorage
from rlm.jobs.maintain_lake.job import MaintainLake, maintain_lake
from rlm.jobs.maintain_lake.upkeep import Keeping, TableUpkeep

pytestmark = pytest.mark.slow

SALES = "silver.ticket_sales"


def maintain(marts: Marts, *tables: str, keep: dt.timedelta) -> dict[str, TableUpkeep]:
    keeping = Keeping(dt.datetime.now(dt.UTC), keep, dt.timedelta(days=3))
    lake = f"file://{marts.folder}/lake"
    run = MaintainLake("test", lake, marts.silver, marts.gold, keeping, tables or None)
    marts.said = []
    return maintain_lake(marts.spark, run, GOLD, FileStorage(), marts.said.append).tables


def test_upkeep_changes_no_row_and_keeps_what_others_need(
    spark: SparkSession, tmp_path: Path
) -> None:
    marts = Marts(spark, tmp_path)
    marts.events(e1="Europe/Berlin")
    for nth in range(6):
        marts.sales(
            (f"s{nth}", "e1", "2026-05-10T12:00:00", 1), ("same", "e1", "2026-05-11", nth + 1)
        )
    marts.build("daily")
    built_from = marts.spark.sql(
        f"SELECT snapshot_id FROM {marts.name('ticket_sales')}.snapshots ORDER BY committed_at"
    ).collect()[-1].snapshot_id  # fmt: skip
    marts.sales(("after", "e1", "2026-06-10T12:00:00", 3))
    rows = marts.rows("ticket_sales")
    older = marts.rows("ticket_sales", f"VERSION AS OF {built_from}")
    folder = table_folder(marts, "ticket_sales")
    lost, loading = folder / "data/lost.parquet", folder / "data/loading.parquet"
    for file in (lost, loading):
        file.write_bytes(b"nobody knows me")
    week_ago = time.time() - 7 * 86400
    os.utime(lost, (week_ago, week_ago))

    done = maintain(marts, SALES, keep=dt.timedelta(0))[SALES]
    assert done.status == "maintained"
    assert (done.before.data_files, done.after.data_files) == (7, 2)
    assert (done.before.delete_files > 0, done.after.delete_files) == (True, 0)
    assert done.steps["orphans_removed"] == 1
    assert (lost.exists(), loading.exists()) == (False, True)
    assert done.after.snapshots < done.before.snapshots
    assert marts.rows("ticket_sales") == rows
    # The next build asks what changed since this one, however little history is kept.
    assert marts.rows("ticket_sales", f"VERSION AS OF {built_from}") == older
    result = marts.build("daily")["daily"]
    assert (result.mode, result.partitions) == ("incremental", 1)
    report = json.loads((tmp_path / "lake/runs/maintain_lake/test.json").read_text())
    assert report["tables"][SALES]["after"]["data_files"] == 2

    again = maintain(marts, keep=dt.timedelta(days=1))
    assert set(again) >= {SALES, "silver.events", "gold.daily"}
    assert again[SALES].steps.get("data_files_rewritten") == 0
    assert "snapshots_expired" not in again[SALES].steps
    assert marts.build("daily")["daily"].status == "unchanged"
    assert marts.rows("ticket_sales") == rows

    # Built anew, gold needs the old files no longer.
    done = maintain(marts, SALES, keep=dt.timedelta(0))[SALES]
    kept = [f for f in (folder / "data").rglob("*.parquet") if f != loading]
    assert (done.after.data_files, len(kept)) == (2, 2)
    assert done.after.stored_bytes < done.before.stored_bytes
    assert marts.rows("ticket_sales") == rows
    assert marts.build("daily")["daily"].status == "unchanged"


@pytest.mark.parametrize(
    ("disturbances", "status", "files"), [(2, "maintained", 1), (3, "busy", 6)]
)
def test_step_that_somebody_elses_commit_spoils_is_done_again(
    spark: SparkSession, tmp_path: Path, disturbances: int, status: str, files: int
) -> None:
    marts = Marts(spark, tmp_path)
    for nth in range(6):
        marts.events(**{f"e{nth}": "UTC"})
    really = SparkSession.sql
    left = iter(range(disturbances))

    def spoiled(session: SparkSession, query: str, *args: object) -> object:
        if "rewrite_data_files" in query and next(left, None) is not None:
            # What Iceberg throws when rows of a file were deleted while it was rewritten.
            exceptions = session._jvm.org.apache.iceberg.exceptions
            exceptions.ValidationException.check(False, "found new delete", None)
        return really(session, query, *args)

    with mock.patch.object(SparkSession, "sql", spoiled):
        done = maintain(marts, "silver.events", keep=dt.timedelta(days=1))["silver.events"]
    assert (done.status, done.after.data_files) == (status, files)
    assert len(marts.rows("events")) == 6


def table_folder(marts: Marts, table: str) -> Path:
    warehouse = marts.spark.conf.get("spark.sql.catalog.glue_catalog.warehouse", "")
    return Path(str(warehouse).removeprefix("file://")) / marts.silver / table
