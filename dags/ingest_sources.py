"""Loads what the sources delivered into the silver tables."""

from __future__ import annotations

import os
from datetime import timedelta

from airflow.providers.amazon.aws.operators.glue import GlueJobOperator
from airflow.providers.amazon.aws.operators.glue_crawler import GlueCrawlerRunOperator
from airflow.sdk import DAG, CronTriggerTimetable, Param

from rlm import names
from rlm.settings import load_settings
from rlm_plugin.new_deliveries import NewDeliveriesSensor
from rlm_plugin.run_identity import BUSINESS_DATE, RUN_ID, report_key
from rlm_plugin.run_report import ReconcileRunOperator, SourceVerdictOperator, loaded_tables
from rlm_plugin.silver_assets import silver_asset
from rlm_plugin.table_events import PublishTablesOperator
from rlm_plugin.task_defaults import DEFAULT_ARGS

SETTINGS = load_settings(os.environ)

SOURCES = "{{ params.sources | join(',') }}"
# A lone comma names no source: the argument must have a value.
ACCEPT_BROKEN = "{{ params.accept_broken | join(',') or ',' }}"

DOC = """
### Ingest sources

Finds the deliveries in landing that no run has loaded, cleans them with the Glue job
`clean_sources`, crawls landing and quarantine, checks that every row is accounted for,
and publishes an asset for each silver table that has new rows.

**Impact of failure.** The silver tables keep yesterday's rows, and so do the marts, dashboards and
recommendations that are made of them. A source whose `verdict_...` task alone is red was stopped
because too many of its rows broke its contract; the other sources were loaded.

**What a rerun does.** Only files that are not in the ledger are read, and rows are merged by key:
running again, for any business date, loads what is missing and changes nothing else.
With nothing new it is skipped and green.

**On demand.** `business_date`: deliveries up to this day (default: the day of the run).
`sources`: only these. `accept_broken`: load these sources although too many of their rows are
broken; the broken ones still go to quarantine.
A run by hand does not wait. A scheduled one waits until every source has delivered on its day, six
hours at most, and then goes on with what is there.
"""

with DAG(
    dag_id="ingest_sources",
    description="New deliveries in landing become rows in the silver tables.",
    doc_md=DOC,
    # No start date and not at once: the first scheduled run is the next morning's.
    schedule=CronTriggerTimetable("0 6 * * *", timezone="UTC", run_immediately=False),
    catchup=False,
    # A scheduled run may wait while one is asked for by hand.
    max_active_runs=4,
    dagrun_timeout=timedelta(hours=10),
    tags={"tier:1", "ingest"},
    default_args=DEFAULT_ARGS,
    params={
        "business_date": Param(
            None,
            type=["null", "string"],
            format="date",
            description="Take deliveries up to this day. Empty: the day of the run.",
        ),
        "sources": Param(
            list(names.SOURCES),
            type="array",
            items={"type": "string", "enum": list(names.SOURCES)},
            minItems=1,
            uniqueItems=True,
            description="The sources to ingest.",
        ),
        "accept_broken": Param(
            [],
            type="array",
            items={"type": "string", "enum": list(names.SOURCES)},
            uniqueItems=True,
            description="Sources to load although too many of their rows are broken.",
        ),
    },
) as dag:
    find_new_deliveries = NewDeliveriesSensor(
        task_id="find_new_deliveries",
        doc_md="waits for the day's deliveries, finds files that no run has loaded yet",
        landing=SETTINGS.landing_bucket,
        lake=SETTINGS.lake_bucket,
        ledger_prefix=names.LEDGER_PREFIX,
        sources=SOURCES,
        business_date=BUSINESS_DATE,
        waiting_run_types={"scheduled"},
        poke_interval=60,
        timeout=timedelta(hours=6),
        execution_timeout=timedelta(hours=7),
    )
    crawl_landing = GlueCrawlerRunOperator(
        task_id="crawl_landing",
        doc_md="enters what landed, as it landed, into the catalog",
        crawler_name=names.crawler(SETTINGS.env, "landing"),
        deferrable=True,
        poll_interval=5,
        execution_timeout=timedelta(minutes=35),
    )
    clean_sources = GlueJobOperator(
        task_id="clean_sources",
        doc_md="checks, deduplicates and types the new files, and merges them into silver",
        job_name=names.glue_job(SETTINGS.env, "clean_sources"),
        script_args={
            "--env": SETTINGS.env,
            "--run_id": RUN_ID,
            "--business_date": BUSINESS_DATE,
            "--sources": SOURCES,
            "--landing": SETTINGS.landing_uri,
            "--lake": SETTINGS.lake_uri,
            "--accept_broken": ACCEPT_BROKEN,
        },
        deferrable=True,
        waiter_delay=5,
        waiter_max_attempts=1440,
        # The job runs once at a time: the task of another run waits its turn, and costs no try.
        max_active_tis_per_dag=1,
        retry_delay=timedelta(minutes=1),
        stop_job_run_on_kill=True,
        execution_timeout=timedelta(hours=2),
    )
    crawl_quarantine = GlueCrawlerRunOperator(
        task_id="crawl_quarantine",
        doc_md="enters the rejected rows into the catalog, so that they can be queried",
        crawler_name=names.crawler(SETTINGS.env, "quarantine"),
        deferrable=True,
        poll_interval=5,
        execution_timeout=timedelta(minutes=35),
    )
    reconcile = ReconcileRunOperator(
        task_id="reconcile",
        doc_md="checks that every row in is loaded, quarantined or a duplicate",
        env=SETTINGS.env,
        bucket=SETTINGS.lake_bucket,
        report_key=report_key(names.RUNS_PREFIX, "clean_sources"),
        expected_sources=find_new_deliveries.output,
    )
    verdicts = [
        SourceVerdictOperator(
            task_id=f"verdict_{source}",
            doc_md=f"fails if too many rows of {source} were broken to load any",
            source=source,
            report=reconcile.output,
        )
        for source in names.SOURCES
    ]
    # Beside the verdicts and not after them: one stopped source must not hold up the others,
    # and its red task must stay an end of the graph, or the run would be green.
    publish = PublishTablesOperator(
        task_id="publish",
        doc_md="tells whoever waits for silver tables that they have new rows",
        assets={source: silver_asset(SETTINGS.env, source) for source in names.SOURCES},
        alias=names.database(SETTINGS.env, "silver"),
        report=reconcile.output,
        changes=loaded_tables,
    )

    find_new_deliveries >> [crawl_landing, clean_sources]
    clean_sources >> [crawl_quarantine, reconcile]
    reconcile >> [*verdicts, publish]
