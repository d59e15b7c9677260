"""The graph of ingest_sources: what waits for what, with which arguments, for which tables."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from rlm import names

if TYPE_CHECKING:
    from airflow.dag_processing.dagbag import DagBag


@pytest.fixture
def dag(dag_bag: DagBag) -> Any:
    return dag_bag.dags["ingest_sources"]


def context(dag: Any, **params: Any) -> dict[str, Any]:
    run = SimpleNamespace(
        logical_date=None, run_after=datetime(2026, 6, 2, 23, 59, tzinfo=UTC), run_type="manual"
    )
    given = {**dag.params.dump(), **params}
    return {
        "params": given,
        "dag_run": run,
        "run_id": "manual__2026-06-02T23:59:00+00:00_x1",
        "triggering_asset_events": {},
    }


def rendered_arguments(dag: Any, **params: Any) -> dict[str, str]:
    task = dag.get_task("clean_sources")
    arguments: dict[str, str] = task.render_template(task.script_args, context(dag, **params))
    return arguments


def test_order_of_tasks(dag: Any) -> None:
    after = {task.task_id: set(task.downstream_task_ids) for task in dag.tasks}
    ends = {"publish", *(f"verdict_{source}" for source in names.SOURCES)}
    assert after == {
        "find_new_deliveries": {"crawl_landing", "clean_sources", "reconcile"},
        "crawl_landing": set(),
        "clean_sources": {"crawl_quarantine", "reconcile"},
        "crawl_quarantine": set(),
        "reconcile": ends,
        **{task_id: set() for task_id in ends},
    }


def test_job_gets_its_arguments_as_text(dag: Any) -> None:
    arguments = rendered_arguments(dag, business_date="2026-06-01")
    assert arguments == {
        "--env": "dev",
        "--run_id": "manual__2026-06-02T23-59-00-00-00_x1",
        "--business_date": "2026-06-01",
        "--sources": ",".join(names.SOURCES),
        "--landing": "s3://rlm-dev-landing",
        "--lake": "s3://rlm-dev-lake",
        "--accept_broken": ",",
    }


def test_a_run_without_a_date_is_for_the_day_it_was_asked_for(dag: Any) -> None:
    assert rendered_arguments(dag)["--business_date"] == "2026-06-02"


def test_a_scheduled_run_is_for_its_logical_date(dag: Any) -> None:
    task = dag.get_task("find_new_deliveries")
    values = context(dag)
    values["dag_run"].logical_date = datetime(2026, 6, 1, 6, tzinfo=UTC)
    assert task.render_template(task.business_date, values) == "2026-06-01"


def test_some_sources_and_accepted_ones_reach_the_job(dag: Any) -> None:
    arguments = rendered_arguments(dag, sources=["artists", "venues"], accept_broken=["venues"])
    assert arguments["--sources"] == "artists,venues"
    assert arguments["--accept_broken"] == "venues"


def test_reconcile_reads_the_report_of_this_run(dag: Any) -> None:
    task = dag.get_task("reconcile")
    key = task.render_template(task.report_key, context(dag))
    assert key == "runs/clean_sources/manual__2026-06-02T23-59-00-00-00_x1.json"


def test_one_task_publishes_every_silver_table(dag: Any) -> None:
    publish = dag.get_task("publish")
    assert [outlet.name for outlet in publish.outlets] == ["rlm_dev_silver"]
    assert {source: asset.name for source, asset in publish.assets.items()} == {
        source: f"rlm_dev_silver.{source}" for source in names.SOURCES
    }
    assert [task.task_id for task in dag.tasks if task.outlets] == ["publish"]


@pytest.mark.parametrize(
    "params",
    [
        {"business_date": "01.06.2026"},
        {"business_date": 20260601},
        {"sources": []},
        {"sources": ["artist"]},
        {"sources": ["artists", "artists"]},
        {"accept_broken": ["everything"]},
    ],
)
def test_params_that_make_no_sense_are_refused(dag: Any, params: dict[str, Any]) -> None:
    from airflow.sdk.definitions.param import Param, ParamsDict
    from airflow.sdk.exceptions import ParamValidationError

    given = {name: dag.params.get_param(name) for name in dag.params}
    for name, value in params.items():
        given[name] = Param(value, **given[name].schema)
    with pytest.raises(ParamValidationError):
        ParamsDict(given).validate()


def test_the_dag_is_the_same_when_serialized(dag: Any) -> None:
    from airflow.serialization.serialized_objects import DagSerialization

    text = json.dumps(DagSerialization.to_dict(dag))
    again = DagSerialization.from_dict(json.loads(text))
    assert set(again.task_dict) == set(dag.task_dict)
