"""Glue job `process_artist_images`: checks and scales delivered pictures, writes profiles."""

from __future__ import annotations

import argparse
import datetime as dt

from rlm.aws.athena import Athena
from rlm.aws.published import published_storage_for
from rlm.aws.storage import storage_for
from rlm.jobs.artist_images.job import ProcessArtistImages, process_artist_images
from rlm.names import ATHENA_RESULTS_PREFIX, athena_workgroup, database


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
    parser.add_argument("--landing", required=True, help="s3://bucket of the deliveries")
    parser.add_argument("--lake", required=True, help="s3://bucket of the lake")
    parser.add_argument("--artist_data", required=True, help="s3://bucket of pictures, profiles")
    # Glue passes options of its own, such as --JOB_NAME.
    return parser.parse_known_args()[0]


def main() -> None:
    given = arguments()
    lake = given.lake.rstrip("/")
    process_artist_images(
        ProcessArtistImages(
            run_id=given.run_id,
            business_date=given.business_date,
            landing=given.landing.rstrip("/"),
            lake=lake,
            artist_data=given.artist_data.rstrip("/"),
            silver=database(given.env, "silver"),
        ),
        Athena.of(athena_workgroup(given.env), f"{lake}/{ATHENA_RESULTS_PREFIX}/"),
        storage_for(lake),
        published_storage_for(given.artist_data),
        # Glue shows what a job prints in its output log.
        report=lambda line: print(line, flush=True),  # noqa: T201
    )


if __name__ == "__main__":
    main()
