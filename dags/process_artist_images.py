"""Makes pictures and profiles of artists from what the sources delivered."""

from __future__ import annotations

import os
from datetime import timedelta

from airflow.providers.amazon.aws.operators.glue import GlueJobOperator
from airflow.sdk import DAG, AssetOrTimeSchedule, CronTriggerTimetable, Param

from rlm import names
from rlm.settings import load_settings
from rlm_plugin.gold_assets import gold_asset
from rlm_plugin.job_report import BalanceReportOperator
from rlm_plugin.run_identity import BUSINESS_DATE, RUN_ID, report_key
from rlm_plugin.silver_assets import silver_asset
from rlm_plugin.task_defaults import DEFAULT_ARGS

SETTINGS = load_settings(os.environ)

DOC = """
### Process artist images

Checks the pictures that came with deliveries of artists, scales the good ones, stores them beside
each artist's profile document, and writes `gold.artist_profiles`, from which the API's artists get
the keys of their pictures.
Runs whenever silver's artists have new rows, and once a day for pictures that came alone.

**Impact of failure.** Artists keep the pictures and profiles that they had; new ones show none.
Nothing else waits for this. A broken picture fails nothing: it goes to quarantine with its reason.

**What a rerun does.** The job's ledger knows which pictures it has seen: running again, for any
business date, takes those that are missing and writes only profiles that changed. Pictures are
stored under their content's name and never overwritten.

**On demand.** `business_date`: deliveries up to this day.
"""

with DAG(
    dag_id="process_artist_images",
    description="Delivered pictures become scaled pictures and profiles of artists.",
    doc_md=DOC,
    schedule=AssetOrTimeSchedule(
        timetable=CronTriggerTimetable("0 8 * * *", timezone="UTC", run_immediately=False),
        assets=[silver_asset(SETTINGS.env, "artists")],
    ),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=6),
    tags={"tier:3", "artists"},
    default_args=DEFAULT_ARGS,
    params={
        "business_date": Param(
            None,
            type=["null", "string"],
            format="date",
            description="Take deliveries up to this day. Empty: the day of the run.",
        ),
    },
) as dag:
    process_artist_images = GlueJobOperator(
        task_id="process_artist_images",
        doc_md="checks and scales delivered pictures, writes profiles",
        job_name=names.glue_job(SETTINGS.env, "process_artist_images"),
        script_args={
            "--env": SETTINGS.env,
            "--run_id": RUN_ID,
            "--business_date": BUSINESS_DATE,
            "--landing": SETTINGS.landing_uri,
            "--lake": SETTINGS.lake_uri,
            "--artist_data": f"s3://{SETTINGS.artist_data_bucket}",
        },
        deferrable=True,
        waiter_delay=5,
        waiter_max_attempts=1440,
        retry_delay=timedelta(minutes=1),
        stop_job_run_on_kill=True,
        execution_timeout=timedelta(hours=2),
    )
    reconcile = BalanceReportOperator(
        task_id="reconcile",
        doc_md="checks that every picture is stored, there already or in quarantine",
        bucket=SETTINGS.lake_bucket,
        report_key=report_key(names.RUNS_PREFIX, "process_artist_images"),
        comes_in=("images_in", "images_released"),
        goes_out=("images_stored", "images_unchanged", "images_quarantined"),
        runbook="docs/runbooks/process_artist_images.md",
        asset=gold_asset(SETTINGS.env, "artist_profiles"),
        alias=names.database(SETTINGS.env, "gold"),
        changed="profiles_written",
    )

    process_artist_images >> reconcile
