"""A build may be killed anywhere: readers never see half of it, and the rerun ends as if nothing
had happened."""

# ruff: noqa: S608 - the statements name tables of this world
from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest
from branches import first_branch_dropped
from build_marts.marts import Marts

from rlm.aws.storage import FileStorage
from rlm.jobs.build_marts import job
from rlm.jobs.build_marts.published import PublishedTable
from rlm.jobs.iceberg import IcebergTable
from rlm.jobs.sql_files import load_gold
from rlm.names import database

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import SparkSession

pytestmark = pytest.mark.slow

ENTRY = Path(__file__).parents[3] / "include/glue/build_marts.py"


class Killed(BaseException):
    """Nothing that a program could catch and go on after."""


@contextmanager
def dying(owner: object, name: str, *, after: bool = False) -> Iterator[None]:
    """Kills the run instead of this call, or after it."""
    really = getattr(owner, name)

    def killed(*args: Any, **kwargs: Any) -> Any:
        if after:
            really(*args, **kwargs)
        raise Killed

    with mock.patch.object(owner, name, killed):
        yield


def assert_only_main(marts: Marts, table: str) -> None:
    refs = marts.spark.sql(f"SELECT name FROM {marts.name(table)}.refs").collect()
    assert [r.name for r in refs] == ["main"]


def test_killed_builds_leave_no_trace_after_their_rerun(marts: Marts) -> None:
    marts.events(e1="Europe/Berlin")
    marts.sales(("s1", "e1", "2026-05-10T12:00:00", 1), ("s2", "e1", "2026-06-10T12:00:00", 2))
    # The very first build has nothing to begin from.
    with dying(PublishedTable, "write"), pytest.raises(Killed):
        marts.build("daily")
    assert marts.rows("daily") == []
    marts.build("daily", "monthly")
    before = marts.rows("daily")
    marts.sales(("s1", "e1", "2026-06-10T12:00:00", 1))
    for place in (
        dying(IcebergTable, "create_branch", after=True),
        dying(PublishedTable, "write", after=True),
        dying(job, "audit"),
        dying(PublishedTable, "publish"),
    ):
        with place, pytest.raises(Killed):
            marts.build("daily")
        assert marts.rows("daily") == before
    # Published, but what reads it was not yet built and nothing was reported.
    with dying(PublishedTable, "publish", after=True), pytest.raises(Killed):
        marts.build(run_id="tried")
    with dying(FileStorage, "write"), pytest.raises(Killed):
        marts.build(run_id="tried")
    # A retry tells of what the tries before it published, another run of nothing.
    results = marts.build(run_id="tried")
    assert set(marts.statuses(results).values()) == {"built"}
    assert {r["status"] for r in marts.reported().values()} == {"built"}
    assert set(marts.statuses(marts.build()).values()) == {"unchanged"}
    assert [r[2] for r in marts.rows("daily")] == [3]
    assert [r[2] for r in marts.rows("monthly")] == [3]
    assert_only_main(marts, "daily")


def test_a_build_begins_again_when_its_branch_was_taken_for_an_old_one(marts: Marts) -> None:
    """Until something is written to it, a branch stands where the last publication did."""
    marts.events(e1="Europe/Berlin")
    marts.sales(("s1", "e1", "2026-05-10T12:00:00", 1))
    marts.build("daily")
    marts.sales(("s1", "e1", "2026-05-10T12:00:00", 2))
    with first_branch_dropped():
        results = marts.build("daily")
    assert marts.statuses(results) == {"daily": "built"}
    assert [r[2] for r in marts.rows("daily")] == [2]
    assert_only_main(marts, "daily")


def test_killed_process_is_made_good_by_the_next_run(spark: SparkSession, tmp_path: Path) -> None:
    marts = Marts(spark, tmp_path, (database("dev", "silver"), database("dev", "gold")))
    marts.put(
        "events", "event_id", [{"event_id": "e1", "timezone": "Europe/Berlin", "status": "on"}]
    )
    marts.sales(("s1", "e1", "2026-05-10T12:00:00", 1))
    marts.spark.sql(
        f"UPDATE {marts.name('ticket_sales')} SET kind = 'sale', currency = 'EUR', order_id = 'o',"
        " unit_price_cents = 100, is_simulated = false"
    )
    command = [sys.executable, str(ENTRY), "--env", "dev", "--run_id", "killed"]
    command += ["--business_date", "2026-06-01", "--lake", f"file://{tmp_path}/lake"]
    command += ["--tables", "ticket_sales_daily"]
    warehouse = Path(spark.conf.get("spark.sql.catalog.glue_catalog.warehouse", "")[7:])
    written = warehouse / marts.gold / "ticket_sales_daily/data"
    log = tmp_path / "log"
    with log.open("wb") as out:
        build = subprocess.Popen(command, start_new_session=True, stdout=out, stderr=out)
    try:
        deadline = time.monotonic() + 120
        while not list(written.rglob("*.parquet")):
            assert build.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.002)
    finally:
        # With its JVM: both are in the session that was started for it.
        os.killpg(build.pid, signal.SIGKILL)
    assert build.wait() == -signal.SIGKILL
    assert marts.rows("ticket_sales_daily") == []
    assert not (tmp_path / "lake/runs").exists()
    results = marts.build("ticket_sales_daily", gold=load_gold())
    assert marts.statuses(results) == {"ticket_sales_daily": "built"}
    assert len(marts.rows("ticket_sales_daily")) == 1
    assert_only_main(marts, "ticket_sales_daily")
