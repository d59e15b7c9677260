"""Keeps the lake's tables small and quick, once a week."""

from __future__ import annotations

import os
from datetime import timedelta

from airflow.providers.amazon.aws.operators.glue import GlueJobOperator
from airflow.sdk import DAG, CronTriggerTimetable, Param

from rlm import names
from rlm.settings import load_settings
from rlm_plugin.run_identity import RUN_ID, report_key
from rlm_plugin.task_defaults import DEFAULT_ARGS
from rlm_plugin.upkeep_report import CheckUpkeepOperator

SETTINGS = load_settings(os.environ)

TABLES = [
    *(f"silver.{source}" for source in names.SOURCES),
    *(f"gold.{table}" for table in names.GOLD_TABLES),
]

DOC = """
### Maintain lake

Compacts, with the Glue job `maintain_lake`, the tables of silver and gold, forgets snapshots that
nobody can go back to any more, and removes files that no table has. Deliveries, quarantined rows,
run reports and query results are S3's to expire, by the rules of their buckets.

**Impact of failure.** None at first: no row depends on it. After weeks, queries and builds read
more and smaller files, and storage is paid for what nobody can read.

**What a rerun does.** It does what is left to do; no row changes, and tables that were maintained
are left alone. It may run beside loads and builds: who commits second begins that step again.
There is no business date: what is kept depends on how old it is today.

**On demand.** `tables`: only these. `keep_days`: how far back readers can go. `orphan_days`: how
old a file without a table must be before it goes; longer than any run takes.
"""

with DAG(
    dag_id="maintain_lake",
    description="Compacts the lake's tables and removes what none of them needs.",
    doc_md=DOC,
    # Before the morning's deliveries, when least is read.
    schedule=CronTriggerTimetable("0 2 * * 0", timezone="UTC", run_immediately=False),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=8),
    tags={"tier:3", "maintenance"},
    default_args={**DEFAULT_ARGS, "retries": 2},
    params={
        "tables": Param(
            TABLES,
            type="array",
            items={"type": "string", "enum": TABLES},
            minItems=1,
            uniqueItems=True,
            description="The tables to maintain. All of them: those that exist.",
        ),
        "keep_days": Param(
            7,
            type="integer",
            minimum=1,
            maximum=365,
            description="Readers can go back in time so far.",
        ),
        "orphan_days": Param(
            3,
            type="integer",
            minimum=1,
            maximum=365,
            description="Files that no table has are removed at this age.",
        ),
    },
) as dag:
    maintain_lake = GlueJobOperator(
        task_id="maintain_lake",
        doc_md="compacts, expires snapshots, removes lost files",
        job_name=names.glue_job(SETTINGS.env, "maintain_lake"),
        script_args={
            "--env": SETTINGS.env,
            "--run_id": RUN_ID,
            "--lake": SETTINGS.lake_uri,
            # A table that is named must exist; all are those that do.
            "--tables": (
                "{{ 'all' if params.tables | length == "
                f"{len(TABLES)}"
                " else params.tables | join(',') }}"
            ),
            "--keep_days": "{{ params.keep_days }}",
            "--orphan_days": "{{ params.orphan_days }}",
        },
        deferrable=True,
        waiter_delay=15,
        waiter_max_attempts=1440,
        retry_delay=timedelta(minutes=1),
        stop_job_run_on_kill=True,
        execution_timeout=timedelta(hours=3),
    )
    check = CheckUpkeepOperator(
        task_id="check",
        doc_md="says what was done to each table, and fails if none was looked at",
        bucket=SETTINGS.lake_bucket,
        report_key=report_key(names.RUNS_PREFIX, "maintain_lake"),
    )

    maintain_lake >> check
