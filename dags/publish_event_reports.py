"""Publishes a report for each event that ended or crossed a milestone."""

from __future__ import annotations

import os
from datetime import timedelta

from airflow.providers.amazon.aws.operators.glue import GlueJobOperator
from airflow.sdk import DAG, AssetAny

from rlm import names
from rlm.settings import load_settings
from rlm_plugin.gold_assets import gold_asset
from rlm_plugin.job_report import BalanceReportOperator
from rlm_plugin.run_identity import RUN_ID, report_key
from rlm_plugin.task_defaults import DEFAULT_ARGS

SETTINGS = load_settings(os.environ)

DOC = """
### Publish event reports

Writes, with the Glue job `publish_event_reports`, a page with charts and a CSV file for each event
that ended or crossed a milestone (on sale, a share of its tickets sold, days to go), and the index
page. Runs whenever `build_marts` has published events or sales.

**Impact of failure.** Bookers and promoters read the reports of the run before; new milestones show
late. A report is replaced whole or not at all, and the index comes last.

**What a rerun does.** A report whose content did not change is not written again: running again,
for any business date, writes what is missing. Every version of a report is kept.

**On demand.** No day to choose: what is due follows from the gold tables as they are. To report on
a day again, build its marts again.
"""

with DAG(
    dag_id="publish_event_reports",
    description="Events that ended or crossed a milestone get a report.",
    doc_md=DOC,
    schedule=AssetAny(
        gold_asset(SETTINGS.env, "event_performance"),
        gold_asset(SETTINGS.env, "ticket_sales_daily"),
    ),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=6),
    tags={"tier:2", "reports"},
    default_args=DEFAULT_ARGS,
) as dag:
    publish_event_reports = GlueJobOperator(
        task_id="publish_event_reports",
        doc_md="writes the reports that are new or changed, and the index page",
        job_name=names.glue_job(SETTINGS.env, "publish_event_reports"),
        script_args={
            "--env": SETTINGS.env,
            "--run_id": RUN_ID,
            "--lake": SETTINGS.lake_uri,
            "--event_reports": f"s3://{SETTINGS.event_reports_bucket}",
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
        doc_md="checks that every event that is due has its report",
        bucket=SETTINGS.lake_bucket,
        report_key=report_key(names.RUNS_PREFIX, "publish_event_reports"),
        comes_in=("reports_due",),
        goes_out=("reports_written", "reports_unchanged", "reports_left"),
        runbook="docs/runbooks/publish_event_reports.md",
    )

    publish_event_reports >> reconcile
