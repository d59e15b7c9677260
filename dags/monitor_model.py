"""Judges the live model by what fans did after its answers."""

from __future__ import annotations

import os
from datetime import timedelta

from airflow.sdk import DAG, CronTriggerTimetable, Param

from rlm import names
from rlm.recommend.monitoring.span import LONGEST_WINDOW_DAYS, WINDOW_DAYS
from rlm.settings import load_settings
from rlm_plugin.model_monitoring import (
    AskForRetrainingOperator,
    JudgeAnswersOperator,
    ListAnswersOperator,
    PublishMetricsOperator,
    ReportMonitoringOperator,
    UnloadDeedsOperator,
)
from rlm_plugin.recommender_training import UnloadChannelOperator
from rlm_plugin.run_identity import DAY_BEFORE, RUN_ID, report_key
from rlm_plugin.task_defaults import DEFAULT_ARGS

SETTINGS = load_settings(os.environ)
IS_PROD = SETTINGS.env == "prod"

PREFIX = f"{names.MONITORING_PREFIX}/runs/{RUN_ID}"
REPORT = report_key(names.RUNS_PREFIX, "monitor_model")
WINDOW = "{{ params.window_days }}"
JOB = (
    f"{names.endpoint(SETTINGS.env)}-monitor-{{{{ dag_run.run_after.strftime('%Y%m%d-%H%M%S') }}}}"
)

DOC = """
### Monitor model

Joins what the endpoint answered, as SageMaker captured it, with what each fan did in the days
after: a hit is an artist of the list whom the fan then heard or bought a ticket for, and not
before. Beside it stands what popularity would have hit for the same fans. Measures by model
version, by new and known fans and by place in the list, how much of the catalogue was shown, and
whether others ask than the model was judged on. Writes a page and a report, tells CloudWatch, and
asks for a new model when the live one leads popularity by nothing beyond noise, or others ask than
before.

Answers that the API gave without the endpoint are no captures: they are not judged here.

**Impact of failure.** None for fans. Nobody notices if the model grows worse, and the alarm
`model-unjudged` says so after two days.

**What a rerun does.** It judges the days of its business date again: the same lake and the same
captured answers give the same page, and no second request for a new model. Captured answers are
kept for some weeks; a rerun for a day before that finds none, and overwrites the page of that day.

**On demand.** `business_date`: another day (default: the day before the run's, which is over).
`window_days`: how long a fan has to follow a recommendation; only answers that are that old are
judged.
"""

with DAG(
    dag_id="monitor_model",
    description="What the live model's recommendations were worth to fans.",
    doc_md=DOC,
    # After the night's deliveries were loaded and built.
    schedule=CronTriggerTimetable("0 9 * * *", timezone="UTC", run_immediately=False),
    catchup=False,
    # Two runs for one business date would write the same page.
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=4),
    tags={"tier:2", "recommender"},
    default_args=DEFAULT_ARGS,
    params={
        "business_date": Param(
            None,
            type=["null", "string"],
            format="date",
            description="The last day of which deeds count. Empty: the day before the run's.",
        ),
        "window_days": Param(
            WINDOW_DAYS,
            type="integer",
            minimum=1,
            maximum=LONGEST_WINDOW_DAYS,
            description="Days that a fan has to follow a recommendation.",
        ),
    },
) as dag:
    deeds = [
        UnloadDeedsOperator(
            task_id=f"unload_{channel}",
            doc_md=says,
            env=SETTINGS.env,
            channel=channel,
            prefix=f"{PREFIX}/lake",
            business_date=DAY_BEFORE,
            window_days=WINDOW,
            deferrable=True,
            sleep_time=3,
        )
        for channel, says in (
            ("first_deeds", "copies when each fan first turned to each artist"),
            ("days", "copies of which days the lake has listens"),
        )
    ]
    catalogue = [
        UnloadChannelOperator(
            task_id=f"unload_{channel}",
            doc_md=f"copies {channel} out of the lake, as training does",
            env=SETTINGS.env,
            channel=channel,
            prefix=f"{PREFIX}/lake",
            deferrable=True,
            sleep_time=3,
        )
        for channel in ("artists", "fans")
    ]
    list_answers = ListAnswersOperator(
        task_id="list_answers",
        doc_md="lists the captured answers, and whom the model was judged on",
        env=SETTINGS.env,
        prefix=PREFIX,
        business_date=DAY_BEFORE,
        window_days=WINDOW,
    )
    judge = JudgeAnswersOperator(
        task_id="judge",
        doc_md="joins answers with what fans did, and measures",
        env=SETTINGS.env,
        prefix=PREFIX,
        business_date=DAY_BEFORE,
        job_name=JOB,
        manifest=list_answers.output,
        instance_type="ml.m5.2xlarge" if IS_PROD else "ml.t3.medium",
        # Two weeks of captured answers, most of them asked in advance for every fan.
        volume_gigabytes=500 if IS_PROD else 30,
        deferrable=True,
        check_interval=3,
        max_attempts=3 * 1200,
        print_log=False,
        execution_timeout=timedelta(hours=2),
    )
    report = ReportMonitoringOperator(
        task_id="report",
        doc_md="writes the run's report and says where its page is",
        env=SETTINGS.env,
        business_date=DAY_BEFORE,
        report_key=REPORT,
    )
    publish_metrics = PublishMetricsOperator(
        task_id="publish_metrics",
        doc_md="tells CloudWatch what was found",
        env=SETTINGS.env,
        report_key=REPORT,
    )
    ask_for_retraining = AskForRetrainingOperator(
        task_id="ask_for_retraining",
        doc_md="asks for a new model where one is wanted; skipped otherwise",
        env=SETTINGS.env,
        found=report.output,
        alias=f"{names.endpoint(SETTINGS.env)}.retraining_requests",
    )

    [*deeds, *catalogue, list_answers] >> judge >> report >> [publish_metrics, ask_for_retraining]
