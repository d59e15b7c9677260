"""Glue job `maintain_lake`: compacts the lake's tables, forgets old snapshots and lost files."""

from __future__ import annotations

import argparse
import datetime as dt
import re

from pyspark.sql import SparkSession

from rlm.aws.storage import storage_for
from rlm.jobs.maintain_lake.job import MaintainLake, maintain_lake
from rlm.jobs.maintain_lake.upkeep import Keeping
from rlm.jobs.sql_files import load_gold
from rlm.names import database


def names(text: str) -> tuple[str, ...] | None:
    """Table names such as `silver.events`, separated by commas; None for `all`."""
    return None if text == "all" else tuple(n for n in re.split(r"[,\s]+", text) if n)


def days(text: str) -> dt.timedelta:
    return dt.timedelta(days=float(text))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--env", required=True, help="environment: dev or prod")
    parser.add_argument(
        "--run_id", required=True, help="names the run report; a rerun may reuse it"
    )
    parser.add_argument("--lake", required=True, help="s3://bucket of the lake")
    parser.add_argument("--tables", default="all", type=names, help="all, or names with commas")
    parser.add_argument(
        "--keep_days", default="7", type=days, help="readers can go back in time so far"
    )
    parser.add_argument(
        "--orphan_days",
        default="3",
        type=days,
        help="age at which a file that no snapshot knows is removed; longer than any run takes",
    )
    # Glue passes options of its own, such as --JOB_NAME.
    return parser.parse_known_args()[0]


def main() -> None:
    given = arguments()
    spark = SparkSession.builder.appName("maintain_lake").getOrCreate()
    maintain_lake(
        spark,
        MaintainLake(
            run_id=given.run_id,
            lake=given.lake.rstrip("/"),
            silver=database(given.env, "silver"),
            gold=database(given.env, "gold"),
            keeping=Keeping(dt.datetime.now(dt.UTC), given.keep_days, given.orphan_days),
            tables=given.tables,
        ),
        load_gold(),
        storage_for(given.lake),
        # Glue shows what a job prints in its output log.
        report=lambda line: print(line, flush=True),  # noqa: T201
    )


if __name__ == "__main__":
    main()
