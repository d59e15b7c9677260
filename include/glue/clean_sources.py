"""Glue job `clean_sources`: cleans new deliveries of landing into the silver tables."""

from __future__ import annotations

import argparse
import datetime as dt
import re

from pyspark.sql import SparkSession

from rlm.aws.storage import storage_for
from rlm.jobs.clean_sources.job import CleanSources, clean_sources
from rlm.jobs.contract_files import load_contracts
from rlm.names import SOURCES, database


def names(text: str) -> tuple[str, ...]:
    """Source names separated by commas; `all` for every source, empty for none."""
    return SOURCES if text == "all" else tuple(n for n in re.split(r"[,\s]+", text) if n)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--env", required=True, help="environment: dev or prod")
    parser.add_argument(
        "--run_id", required=True, help="names the run report; a rerun may reuse it"
    )
    parser.add_argument(
        "--business_date",
        required=True,
        type=dt.date.fromisoformat,
        help="take deliveries up to this day, YYYY-MM-DD",
    )
    parser.add_argument("--sources", default="all", type=names, help="all, or names with commas")
    parser.add_argument("--landing", required=True, help="s3://bucket of the deliveries")
    parser.add_argument("--lake", required=True, help="s3://bucket of the lake")
    parser.add_argument(
        "--accept_broken",
        default="",
        type=names,
        help="sources to load although a file passes its quarantine threshold",
    )
    # Glue passes options of its own, such as --JOB_NAME.
    return parser.parse_known_args()[0]


def main() -> None:
    given = arguments()
    spark = SparkSession.builder.appName("clean_sources").getOrCreate()
    clean_sources(
        spark,
        CleanSources(
            run_id=given.run_id,
            business_date=given.business_date,
            sources=given.sources,
            landing=given.landing.rstrip("/"),
            lake=given.lake.rstrip("/"),
            database=database(given.env, "silver"),
            accept_broken=given.accept_broken,
        ),
        load_contracts(),
        storage_for(given.landing),
        # Glue shows what a job prints in its output log.
        report=lambda line: print(line, flush=True),  # noqa: T201
    )


if __name__ == "__main__":
    main()
