"""What a day costs: `build_marts` after one more day of deliveries, against a build of everything.

A generated world of a year is loaded by clean_sources and built whole; then one more day comes,
with its late rows, refunds and corrections, and is built on top; then everything is built whole
again, which must give the same rows. One session on two cores; shares are of the faster full build.

    make bench                                  10 million ticket sales
    .venv/glue/bin/python bench/build_marts.py --ticket-sales 100000
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "infra/local")]

from clean_sources import (  # noqa: E402 - the benchmark beside this one
    CATALOG,
    FIRST_DAY,
    HEAP,
    NEXT_DAY,
    Jvm,
    Measured,
    Meter,
    clean,
    say,
    start_spark,
)

from rlm.aws.storage import FileStorage  # noqa: E402
from rlm.domain.gold import TableResult  # noqa: E402
from rlm.jobs.build_marts.job import BuildMarts, build_marts  # noqa: E402
from rlm.jobs.sql_files import load_gold  # noqa: E402
from rlm.names import SOURCES  # noqa: E402

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

SILVER, GOLD = "bench", "bench_gold"
# As long as the generator's own world of 10 million sales.
HISTORY_DAYS = 364


def generate(folder: Path, ticket_sales: int) -> None:
    days = ["--days", "2", "--history-days", str(HISTORY_DAYS), "--start", FIRST_DAY]
    options = ["--ticket-sales", str(ticket_sales), *days, "--out", str(folder)]
    command = [str(ROOT / ".venv/dev/bin/rlm"), "generate", *options]
    # What it says of the files is for programs; this one's own answer is on stdout.
    subprocess.run(command, check=True, stdout=sys.stderr)


def build(spark: SparkSession, work: Path, *, is_full: bool = False) -> dict[str, TableResult]:
    run = BuildMarts(
        run_id=f"bench-{time.monotonic_ns()}",
        business_date=dt.date.fromisoformat(NEXT_DAY),
        lake=f"file://{work / 'lake'}",
        silver=SILVER,
        gold=GOLD,
        is_full=is_full,
    )
    return build_marts(spark, run, load_gold(), FileStorage(), say).tables


def described(measured: Measured, results: dict[str, TableResult]) -> dict[str, object]:
    return {
        **asdict(measured),
        "tables": {
            name: {
                "status": r.status,
                "mode": r.mode,
                "partitions": r.partitions,
                "rows": r.rows,
                "seconds": r.seconds,
            }
            for name, r in results.items()
        },
    }


def differing_rows(spark: SparkSession, table: str) -> int:
    """Rows by which the last build of a table differs from the one before it."""
    name = f"{CATALOG}.{GOLD}.{table}"
    snapshots = spark.sql(f"SELECT snapshot_id FROM {name}.history ORDER BY made_current_at")  # noqa: S608
    before, after = (
        spark.read.option("snapshot-id", row.snapshot_id).table(name)
        for row in snapshots.collect()[-2:]
    )
    return before.exceptAll(after).count() + after.exceptAll(before).count()


def measure(ticket_sales: int) -> dict[str, object]:
    work = Path(tempfile.mkdtemp(prefix="bench-", dir=ROOT / ".local"))
    try:
        landing = work / "landing"
        generate(landing, ticket_sales)
        spark = start_spark(work)
        jvm = Jvm()
        spark.sql(f"CREATE NAMESPACE IF NOT EXISTS {CATALOG}.{SILVER}")
        clean(spark, work, landing, FIRST_DAY, *SOURCES)
        with Meter(jvm) as meter:
            results = build(spark, work)
        first_build = described(meter.measured, results)
        say("one more day")
        clean(spark, work, landing, NEXT_DAY, *SOURCES)
        with Meter(jvm) as meter:
            results = build(spark, work)
        day, daily = meter.measured, described(meter.measured, results)
        with Meter(jvm) as meter:
            results = build(spark, work)
        unchanged = described(meter.measured, results)
        with Meter(jvm) as meter:
            results = build(spark, work, is_full=True)
        full, second_build = meter.measured, described(meter.measured, results)
        different = {name: differing_rows(spark, name) for name in results}
        spark.stop()
        if any(different.values()):
            raise SystemExit(f"the day's build differs from a full build: {different}")
        full_seconds = min(float(str(first_build["wall_seconds"])), full.wall_seconds)
        return {
            "ticket_sales": ticket_sales,
            "heap_limit": HEAP,
            "full": first_build,
            "day": daily,
            "nothing_new": unchanged,
            "full_again": second_build,
            "rows_different_from_full": different,
            "day_share_of_full": round(day.wall_seconds / full_seconds, 3),
        }
    finally:
        shutil.rmtree(work, ignore_errors=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ticket-sales", type=int, help="measure this size here and print it")
    given = parser.parse_args()
    if given.ticket_sales:
        print(json.dumps(measure(given.ticket_sales), indent=2))
        return
    result = measure(10_000_000)
    folder = ROOT / "bench/results"
    folder.mkdir(exist_ok=True)
    out = folder / "build_marts.json"
    measured_at = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    out.write_text(json.dumps({"measured_at": measured_at, "cores": 2, **result}, indent=2) + "\n")
    say(f"a day costs {result['day_share_of_full']:.1%} of a full build")
    say(f"written to {out.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
