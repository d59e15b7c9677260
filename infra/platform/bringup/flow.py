"""Sends deliveries through the DAGs, from ingestion to what people and programs read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rlm import names

from .airflow_api import AirflowApi
from .chain import Chain, EndedRun
from .dashboards import dashboards_summary
from .job_output import JobOutput, TrainingOutput
from .people import groups_of_rules, register_people
from .progress import failure_text
from .recommender import recommender_summary
from .summary import (
    Summary,
    gold_rows,
    item_counts,
    last_counts,
    read_reports,
    report_count,
    table_rows,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from .console import Console
    from .landing import Landed
    from .platform import Platform

FIRST = "ingest_sources"
# In an order in which each may set off those behind it.
FOLLOWERS = (
    "build_marts",
    "process_artist_images",
    "load_serving_tables",
    "publish_event_reports",
    "train_recommender",
    "monitor_model",
)
# After all of them: it reads what several of them write.
LAST = "refresh_dashboards"
# Whose Glue jobs print what is worth seeing while Airflow waits for them.
JOBS = {
    FIRST: "clean_sources",
    "build_marts": "build_marts",
    "process_artist_images": "process_artist_images",
    "publish_event_reports": "publish_event_reports",
}
DAG_TIMEOUT_SECONDS = 60.0
RUN_TIMEOUT_SECONDS = 4 * 3600.0


def run_dags(platform: Platform, landed: Landed, console: Console) -> tuple[bool, Summary]:
    """Ingest what landed and wait for all that follows; whether every DAG succeeded.

    A DAG that nothing set off is run if its last run did not succeed: what a killed or failed
    `make run` left undone is done now.
    """
    api = AirflowApi(platform.airflow.url)
    before = len(_reports(platform, "clean_sources"))
    chain = Chain(api, console, (FIRST, *FOLLOWERS), _job_outputs(platform))
    ended: list[EndedRun] = []
    with console.phase("ingest", f"running {FIRST} for {landed.business_date}, and what follows"):
        for dag_id in (*chain.dag_ids, LAST):
            api.wait_for_dag(dag_id, DAG_TIMEOUT_SECONDS)
        # The first gold table would start it, long before the serving tables are filled.
        api.pause(LAST)
        unfinished = {dag_id: _unfinished_run(api, dag_id) for dag_id in FOLLOWERS}
        for dag_id in FOLLOWERS:
            # Assets start no run of a DAG that is paused.
            api.unpause(dag_id)
        conf = {"business_date": landed.business_date}
        run_id = api.trigger(FIRST, conf)
        ended += chain.follow(FIRST, run_id, RUN_TIMEOUT_SECONDS)
        for dag_id, (is_unfinished, going_on) in unfinished.items():
            if is_unfinished and dag_id not in {run.dag_id for run in ended}:
                run_id = going_on or api.trigger(dag_id, conf)
                ended += chain.follow(dag_id, run_id, RUN_TIMEOUT_SECONDS)
    ended += _refresh_dashboards(platform, api, console, ended)
    for run in ended:
        if run.state != "success":
            console.write(failure_text(api, run.dag_id, run.run_id))
    summary = _summary(platform, landed, console, ended, before)
    return all(run.state == "success" for run in ended), summary


def _refresh_dashboards(
    platform: Platform, api: AirflowApi, console: Console, ended: Sequence[EndedRun]
) -> list[EndedRun]:
    """Run the last DAG if its files, or what it reads, may have changed since it succeeded."""
    files = platform.dashboards.files
    is_unfinished, _ = _unfinished_run(api, LAST)
    if {run.dag_id for run in ended} <= {FIRST} and not is_unfinished and files.are_deployed():
        api.unpause(LAST)
        return []
    with console.phase("dashboards", f"running {LAST}"):
        run_id = api.trigger(LAST, {})
        ran = Chain(api, console, (LAST,)).follow(LAST, run_id, RUN_TIMEOUT_SECONDS)
    if all(run.state == "success" for run in ran):
        files.remember()
        account = platform.client("sts").get_caller_identity()["Account"]
        groups = groups_of_rules(platform.aws.url, account, platform.env)
        users = register_people(platform.client("quicksight"), account, groups)
        console.say(f"dashboards: {len(users)} users, one a group of the access rules")
    return ran


def _unfinished_run(api: AirflowApi, dag_id: str) -> tuple[bool, str]:
    """Whether the DAG's last run did not succeed or never was, and its id if it still goes on."""
    last = api.last_run(dag_id)
    if last is None:
        return True, ""
    run_id, state = last
    return state != "success", run_id if state in ("queued", "running") else ""


def _summary(
    platform: Platform, landed: Landed, console: Console, ended: Sequence[EndedRun], before: int
) -> Summary:
    cleaned = _reports(platform, "clean_sources")
    tables = {
        entity: names.dynamodb_table(platform.env, entity) for entity in names.DYNAMODB_TABLES
    }
    reports = report_count(platform.client("s3"), names.bucket(platform.env, "event-reports"))
    return Summary(
        urls=platform.urls(),
        dags={
            run.dag_id: {
                "state": run.state,
                "seconds": round(run.seconds, 2),
                "run_id": run.run_id,
            }
            for run in ended
        },
        sources=last_counts(cleaned),
        tables=table_rows(cleaned) | gold_rows(_reports(platform, "build_marts")),
        items=item_counts(platform.client("dynamodb"), tables),
        reports={"count": reports, "index": platform.urls()["event reports"]},
        recommender=recommender_summary(
            platform.client("sagemaker"),
            platform.client("s3"),
            names.endpoint(platform.env),
            platform.aws.url,
            _reports(platform, "train_recommender"),
            _reports(platform, "monitor_model"),
        ),
        dashboards=dashboards_summary(
            platform.client("quicksight"),
            platform.client("sts").get_caller_identity()["Account"],
            platform.env,
            platform.dashboards.url,
            _reports(platform, LAST),
        ),
        seconds={**console.phase_seconds, "total": console.seconds()},
        new_deliveries=len(cleaned) > before,
        business_date=landed.business_date,
    )


def _reports(platform: Platform, job: str) -> list[dict[str, object]]:
    bucket = names.bucket(platform.env, "lake")
    return read_reports(platform.client("s3"), bucket, f"{names.RUNS_PREFIX}/{job}/")


def _job_outputs(platform: Platform) -> Mapping[str, Callable[[], Sequence[str]]]:
    glue, logs = platform.client("glue"), platform.client("logs")
    training = TrainingOutput(
        platform.client("sagemaker"), logs, names.TRAINING_LOG_GROUP, names.endpoint(platform.env)
    )
    return {
        dag_id: JobOutput(glue, logs, names.glue_job(platform.env, job)).new_lines
        for dag_id, job in JOBS.items()
    } | {"train_recommender": training.new_lines}
