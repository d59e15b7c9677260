"""Glue job `build_marts`: builds what changed of the gold tables, audited before published."""

from __future__ import annotations

import argparse
import datetime as dt
import re

from pyspark.sql import SparkSession

from rlm.aws.storage import storage_for
from rlm.jobs.build_marts.job import BuildMarts, build_marts
from rlm.jobs.build_marts.plan import Dates
from rlm.jobs.sql_files import load_gold
from rlm.names import database


def names(text: str) -> tuple[str, ...] | None:
    """Table names separated by commas; None for `all`."""
    return None if text == "all" else tuple(n for n in re.split(r"[,\s]+", text) if n)


def dates(text: str) -> Dates | None:
    """`2026-06-01..2026-06-07`, or one day; None, for what has changed, for `all`."""
    if text in ("", "all"):
        return None
    first, _, last = text.partition("..")
    days = Dates(dt.date.fromisoformat(first), dt.date.fromisoformat(last or first))
    if days.last < days.first:
        raise ValueError(f"expected the earlier day first, found {text}")
    return days


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--env", required=True, help="environment: dev or prod")
    parser.add_argument(
        "--run_id", required=True, help="names the run report; a rerun may reuse it"
    )
    parser.add_argument(
        "--business_date", required=True, type=dt.date.fromisoformat, help="YYYY-MM-DD, reported"
    )
    parser.add_argument("--lake", required=True, help="s3://bucket of the lake")
    parser.add_argument("--tables", default="all", type=names, help="all, or names with commas")
    parser.add_argument(
        "--dates",
        default="all",
        type=dates,
        help="compute what these business dates touch, whatever changed: YYYY-MM-DD..YYYY-MM-DD",
    )
    parser.add_argument(
        "--full",
        default="false",
        choices=("true", "false"),
        help="compute whole tables, whatever changed",
    )
    # Glue passes options of its own, such as --JOB_NAME.
    return parser.parse_known_args()[0]


def main() -> None:
    given = arguments()
    spark = SparkSession.builder.appName("build_marts").getOrCreate()
    build_marts(
        spark,
        BuildMarts(
            run_id=given.run_id,
            business_date=given.business_date,
            lake=given.lake.rstrip("/"),
            silver=database(given.env, "silver"),
            gold=database(given.env, "gold"),
            tables=given.tables,
            dates=given.dates,
            is_full=given.full == "true",
        ),
        load_gold(),
        storage_for(given.lake),
        # Glue shows what a job prints in its output log.
        report=lambda line: print(line, flush=True),  # noqa: T201
    )


if __name__ == "__main__":
    main()
