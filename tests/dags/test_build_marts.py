"""The graph of build_marts: what starts it, what its job is told, who hears of its tables."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from rlm import names

if TYPE_CHECKING:
    from airflow.dag_processing.dagbag import DagBag


@pytest.fixture
def dag(dag_bag: DagBag) -> Any:
    return dag_bag.dags["build_marts"]


def rendered_arguments(dag: Any, events: dict[str, Any], **params: Any) -> dict[str, str]:
    run = SimpleNamespace(logical_date=None, run_after=datetime(2026, 6, 2, 7, tzinfo=UTC))
    task = dag.get_task("build_marts")
    arguments: dict[str, str] = task.render_template(
        task.script_args,
        {
            "params": {**dag.params.dump(), **params},
            "dag_run": run,
            "run_id": "asset_triggered__2026-06-02T07:00:00+00:00_x1",
            "triggering_asset_events": events,
        },
    )
    return arguments


def event(**extra: str) -> SimpleNamespace:
    return SimpleNamespace(extra=extra)


def test_it_runs_as_soon_as_any_silver_table_has_new_rows(dag: Any) -> None:
    condition = dag.timetable.asset_condition
    assert type(condition).__name__ == "AssetAny"
    assert {asset.name for asset in condition.objects} == {
        f"rlm_dev_silver.{source}" for source in names.SOURCES
    }


def test_order_of_tasks(dag: Any) -> None:
    after = {task.task_id: set(task.downstream_task_ids) for task in dag.tasks}
    ends = {"publish", *(f"verdict_{table}" for table in names.GOLD_TABLES)}
    assert after == {
        "build_marts": {"read_report"},
        "read_report": ends,
        **{task_id: set() for task_id in ends},
    }


def test_job_is_told_everything_as_text(dag: Any) -> None:
    assert rendered_arguments(dag, {}) == {
        "--env": "dev",
        "--run_id": "asset_triggered__2026-06-02T07-00-00-00-00_x1",
        "--business_date": "2026-06-02",
        "--lake": "s3://rlm-dev-lake",
        "--tables": ",".join(names.GOLD_TABLES),
        "--dates": "all",
        "--full": "false",
    }


def test_its_day_is_that_of_the_newest_delivery_behind_it(dag: Any) -> None:
    events = {
        "artists": [event(business_date="2026-05-30"), event(business_date="2026-06-01")],
        "venues": [event(business_date="2026-05-31"), event()],
    }
    assert rendered_arguments(dag, events)["--business_date"] == "2026-06-01"


def test_a_day_that_is_asked_for_wins(dag: Any) -> None:
    events = {"artists": [event(business_date="2026-05-30")]}
    arguments = rendered_arguments(dag, events, business_date="2026-01-31")
    assert arguments["--business_date"] == "2026-01-31"


def test_some_tables_some_days_and_a_full_rebuild_reach_the_job(dag: Any) -> None:
    arguments = rendered_arguments(
        dag,
        {},
        tables=["trending_artists", "event_performance"],
        dates="2026-05-01..2026-05-31",
        full=True,
    )
    assert arguments["--tables"] == "trending_artists,event_performance"
    assert arguments["--dates"] == "2026-05-01..2026-05-31"
    assert arguments["--full"] == "true"


@pytest.mark.parametrize(
    "params",
    [
        {"tables": []},
        {"tables": ["silver"]},
        {"dates": "2026-05"},
        {"dates": "2026-05-01..31"},
        {"full": "yes"},
        {"business_date": "yesterday"},
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


def test_one_task_publishes_every_gold_table(dag: Any) -> None:
    publish = dag.get_task("publish")
    assert [outlet.name for outlet in publish.outlets] == ["rlm_dev_gold"]
    assert {table: asset.name for table, asset in publish.assets.items()} == {
        table: f"rlm_dev_gold.{table}" for table in names.GOLD_TABLES
    }
