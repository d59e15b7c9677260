"""Glue job `publish_event_reports`: reports of events that ended or passed a milestone."""

from __future__ import annotations

import argparse

from rlm.aws.athena import Athena
from rlm.aws.published import published_storage_for
from rlm.aws.storage import storage_for
from rlm.jobs.event_reports.job import PublishEventReports, publish_event_reports
from rlm.names import ATHENA_RESULTS_PREFIX, athena_workgroup, database


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--env", required=True, help="environment: dev or prod")
    parser.add_argument(
        "--run_id", required=True, help="names the run report; a rerun may reuse it"
    )
    parser.add_argument("--lake", required=True, help="s3://bucket of the lake")
    parser.add_argument("--event_reports", required=True, help="s3://bucket of the reports")
    parser.add_argument(
        "--most", default="", help="so many reports, the latest events first; all if empty"
    )
    # Glue passes options of its own, such as --JOB_NAME; what is told comes from the data,
    # so that a business date changes nothing.
    return parser.parse_known_args()[0]


def main() -> None:
    given = arguments()
    lake = given.lake.rstrip("/")
    publish_event_reports(
        PublishEventReports(
            run_id=given.run_id,
            lake=lake,
            event_reports=given.event_reports.rstrip("/"),
            gold=database(given.env, "gold"),
            silver=database(given.env, "silver"),
            most=int(given.most) if given.most else None,
        ),
        Athena.of(athena_workgroup(given.env), f"{lake}/{ATHENA_RESULTS_PREFIX}/"),
        storage_for(lake),
        published_storage_for(given.event_reports),
        # Glue shows what a job prints in its output log.
        report=lambda line: print(line, flush=True),  # noqa: T201
    )


if __name__ == "__main__":
    main()
