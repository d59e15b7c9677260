"""Builds the gold tables of what is new in silver."""

from __future__ import annotations

import os
from datetime import timedelta

from airflow.providers.amazon.aws.operators.glue import GlueJobOperator
from airflow.sdk import DAG, AssetAny, Param

from rlm import names
from rlm.settings import load_settings
from rlm_plugin.gold_assets import gold_asset
from rlm_plugin.marts_report import (
    GoldTableVerdictOperator,
    ReadMartsReportOperator,
    built_tables,
)
from rlm_plugin.run_identity import BUSINESS_DATE, RUN_ID, report_key
from rlm_plugin.silver_assets import silver_asset
from rlm_plugin.table_events import PublishTablesOperator
from rlm_plugin.task_defaults import DEFAULT_ARGS

SETTINGS = load_settings(os.environ)

TABLES = "{{ params.tables | join(',') }}"
# `all`: whatever changed, of any day. Glue takes no argument without a value.
DATES = "{{ params.dates or 'all' }}"
FULL = "{{ 'true' if params.full else 'false' }}"

DOC = """
### Build marts

Recomputes, with the Glue job `build_marts`, the partitions of the gold tables that new rows of
silver touch, audits them by their checks, and publishes each table in one step.
Runs whenever `ingest_sources` has loaded something.

**Impact of failure.** A gold table whose `verdict_...` task is red keeps what it had before this
run, and so does everything that reads it: dashboards, the API's tables, event reports. Nobody
reads half a table. Tables that do not depend on it were published.

**What a rerun does.** The tables themselves know what they were built from: running again, for any
business date, builds what is missing and changes nothing else. A table that a check refused is
built and audited anew.

**On demand.** `tables`: only these. `dates`: recompute what these business days touch, although
nothing changed (`2026-06-01` or `2026-06-01..2026-06-07`). `full`: rebuild the tables whole.
`business_date`: the day that the report is for.
"""

with DAG(
    dag_id="build_marts",
    description="New rows in silver become rows in the gold tables.",
    doc_md=DOC,
    schedule=AssetAny(*(silver_asset(SETTINGS.env, source) for source in names.SOURCES)),
    catchup=False,
    # The Glue job runs one at a time; the tables of a second run would wait for it.
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=8),
    tags={"tier:1", "marts"},
    default_args=DEFAULT_ARGS,
    params={
        "business_date": Param(
            None,
            type=["null", "string"],
            format="date",
            description="The day that the run is for. Empty: that of the deliveries behind it.",
        ),
        "tables": Param(
            list(names.GOLD_TABLES),
            type="array",
            items={"type": "string", "enum": list(names.GOLD_TABLES)},
            minItems=1,
            uniqueItems=True,
            description="The tables to build.",
        ),
        "dates": Param(
            None,
            type=["null", "string"],
            pattern=r"^\d{4}-\d{2}-\d{2}(\.\.\d{4}-\d{2}-\d{2})?$",
            description="Business days to recompute, one or first..last. Empty: what has changed.",
        ),
        "full": Param(
            default=False,
            type="boolean",
            description="Rebuild the tables whole.",
        ),
    },
) as dag:
    build_marts = GlueJobOperator(
        task_id="build_marts",
        doc_md="recomputes, audits and publishes what new silver rows touch",
        job_name=names.glue_job(SETTINGS.env, "build_marts"),
        script_args={
            "--env": SETTINGS.env,
            "--run_id": RUN_ID,
            "--business_date": BUSINESS_DATE,
            "--lake": SETTINGS.lake_uri,
            "--tables": TABLES,
            "--dates": DATES,
            "--full": FULL,
        },
        deferrable=True,
        waiter_delay=5,
        waiter_max_attempts=2160,
        # A run that somebody started in Glue may be at work on the job, which runs once at a time.
        retry_delay=timedelta(minutes=1),
        stop_job_run_on_kill=True,
        execution_timeout=timedelta(hours=3),
    )
    read_report = ReadMartsReportOperator(
        task_id="read_report",
        doc_md="reads what the job did with each table",
        bucket=SETTINGS.lake_bucket,
        report_key=report_key(names.RUNS_PREFIX, "build_marts"),
        tables=TABLES,
    )
    verdicts = [
        GoldTableVerdictOperator(
            task_id=f"verdict_{table}",
            doc_md=f"fails if a check refused {table} or what it is made of",
            table=table,
            report=read_report.output,
        )
        for table in names.GOLD_TABLES
    ]
    # Beside the verdicts and not after them: a refused table must not hold up the others, and its
    # red task must stay an end of the graph, or the run would be green.
    publish = PublishTablesOperator(
        task_id="publish",
        doc_md="tells whoever waits for gold tables which were published anew",
        assets={table: gold_asset(SETTINGS.env, table) for table in names.GOLD_TABLES},
        alias=names.database(SETTINGS.env, "gold"),
        report=read_report.output,
        changes=built_tables,
    )

    build_marts >> read_report >> [*verdicts, publish]
