"""The graph of load_serving_tables: what starts it, with which arguments, what it reports."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from airflow.sdk.exceptions import AirflowException, AirflowFailException, TaskDeferred

from rlm import names
from rlm.domain.serving_feeds import FEEDS
from rlm.serving.queries import load_query
from rlm_plugin import serving
from rlm_plugin.serving import (
    FindServingChangesOperator,
    LoadServingFeedOperator,
    ReportServingLoadsOperator,
    serving_report,
)
from rlm_plugin.serving_assets import serving_asset

if TYPE_CHECKING:
    from airflow.dag_processing.dagbag import DagBag


@pytest.fixture
def dag(dag_bag: DagBag) -> Any:
    return dag_bag.dags["load_serving_tables"]


def context(dag: Any, **params: Any) -> dict[str, Any]:
    return {
        "params": {**dag.params.dump(), **params},
        "run_id": "asset_triggered__2026-06-02T23:59:00+00:00_x1",
    }


def test_order_of_tasks(dag: Any) -> None:
    assert {task.task_id: set(task.downstream_task_ids) for task in dag.tasks} == {
        "find_changes": {"load", "report"},
        "load": {"report"},
        "report": set(),
    }
    assert dag.get_task("report").trigger_rule == "all_done"


def test_it_starts_when_any_table_that_a_query_reads_changed(dag: Any) -> None:
    from airflow.sdk import AssetAny

    # Any: all of them would wait for a mart that its checks hold back.
    assert isinstance(dag.schedule, AssetAny)
    inputs = {pair for feed in FEEDS for pair in load_query(feed).inputs}
    assert {asset.name for asset in dag.schedule.objects} == {
        f"{names.database('dev', layer)}.{table}" for layer, table in inputs
    }


def test_arguments_are_text(dag: Any) -> None:
    find = dag.get_task("find_changes")
    values = context(dag, tables=["Artists", "Trends"], force=True)
    assert find.render_template(find.tables, values) == "Artists,Trends"
    assert find.render_template(find.force, values) == "True"
    load = dag.get_task("load").partial_kwargs
    assert find.render_template(load["force"], context(dag)) == "False"
    assert find.render_template(load["accept_deletions"], context(dag)) == "False"
    assert load["workgroup"] == "rlm-dev"
    run = "asset_triggered__2026-06-02T23-59-00-00-00_x1"
    assert find.render_template(load["run_name"], values) == run
    report = dag.get_task("report")
    key = report.render_template(report.report_key, values)
    assert key == f"runs/load_serving_tables/{run}.json"


@pytest.mark.parametrize(
    "params",
    [{"tables": []}, {"tables": ["artists"]}, {"force": "yes"}, {"accept_deletions": 1}],
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

    again = DagSerialization.from_dict(json.loads(json.dumps(DagSerialization.to_dict(dag))))
    assert set(again.task_dict) == set(dag.task_dict)


class Loader:
    """A lake in which some feeds changed."""

    states: dict[str, str] = {}  # noqa: RUF012 - a test sets it
    loaded: list[dict[str, Any]] = []  # noqa: RUF012

    def changed(self, feeds: list[str], force: bool) -> dict[str, dict[str, Any]]:
        return {
            feed: {"status": "load" if force else self.states.get(feed, "unchanged"), "items": 7}
            for feed in feeds
        }

    def pin(self, feed: str) -> serving.PinnedQuery:
        return serving.PinnedQuery(feed, f"SELECT '{feed}'", "f", {"rlm_dev_gold.x": 12}, 99)

    def load(self, pinned: Any, uri: str, run_id: str, **options: bool) -> Any:
        self.loaded.append({"pinned": pinned, "uri": uri, "run_id": run_id, **options})
        from rlm.serving.load import LoadResult

        return LoadResult(pinned.feed, "Trends", "loaded", version=99, written=3)


class Athena:
    """The provider's hook on a query that runs through these states."""

    TERMINAL_STATES = ("SUCCEEDED", "FAILED", "CANCELLED")
    SUCCESS_STATES = ("SUCCEEDED",)
    states: list[str] = []  # noqa: RUF012

    def __init__(self, aws_conn_id: str | None) -> None:
        assert aws_conn_id == "aws_default"

    def run_query(self, sql: str, where: Any, result: Any, workgroup: str) -> str:
        assert (sql, where["Database"], workgroup) == ("SELECT 'Trends'", "rlm_dev_gold", "rlm-dev")
        return "q1"

    def check_query_status(self, query_id: str) -> str:
        return self.states.pop(0) if len(self.states) > 1 else self.states[0]

    def get_query_info(self, query_id: str) -> dict[str, Any]:
        status = {"State": self.states[-1], "StateChangeReason": "TABLE_NOT_FOUND: line 1:15"}
        return {"QueryExecution": {"Status": status}}

    def get_output_location(self, query_id: str) -> str:
        return f"s3://rlm-dev-lake/athena-results/{query_id}.csv"


@pytest.fixture
def lake(monkeypatch: pytest.MonkeyPatch) -> Loader:
    loader = Loader()
    monkeypatch.setattr(Loader, "states", {"Trends": "load", "Events": "waiting_for_inputs"})
    monkeypatch.setattr(Loader, "loaded", [])
    monkeypatch.setattr(serving, "_loader", lambda *_: loader)
    monkeypatch.setattr(serving, "AthenaHook", Athena)
    return loader


def find(tables: str, force: str = "False") -> tuple[list[str], dict[str, Any]]:
    pushed: dict[str, Any] = {}
    operator = FindServingChangesOperator(task_id="f", env="dev", tables=tables, force=force)
    ti = SimpleNamespace(xcom_push=lambda key, value: pushed.update({key: value}))
    return operator.execute({"ti": ti}), pushed["states"]  # type: ignore[typeddict-item]


def test_only_feeds_that_changed_are_loaded(lake: Loader) -> None:
    feeds, states = find("Trends,Events,Artists")
    assert feeds == ["Trends"]
    assert {feed: state["status"] for feed, state in states.items()} == {
        "Artists": "unchanged",
        "Events": "waiting_for_inputs",
        "Trends": "load",
    }
    assert find("EventAnalytics", "True")[0] == [
        f.name for f in FEEDS if f.entity == "EventAnalytics"
    ]


def test_unknown_table_fails_without_retry(lake: Loader) -> None:
    with pytest.raises(AirflowFailException, match=r"no serving table \['Fans'\]"):
        find("Fans")


def load_operator(patience_seconds: float = 5.0) -> LoadServingFeedOperator:
    return LoadServingFeedOperator(
        task_id="load",
        env="dev",
        feed="Trends",
        run_name="r1",
        force="True",
        accept_deletions="False",
        workgroup="rlm-dev",
        patience_seconds=patience_seconds,
    )


def test_answer_that_is_there_soon_is_loaded_at_once(
    lake: Loader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Athena, "states", ["QUEUED", "RUNNING", "SUCCEEDED"])
    result = load_operator().execute({})
    assert (result["status"], result["written"]) == ("loaded", 3)
    (call,) = lake.loaded
    assert call == {
        "pinned": lake.pin("Trends"),
        "uri": "s3://rlm-dev-lake/athena-results/q1.csv",
        "run_id": "r1",
        "force": True,
        "accept_deletions": False,
    }


def test_long_answer_is_waited_for_without_a_worker(
    lake: Loader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Athena, "states", ["RUNNING"])
    with pytest.raises(TaskDeferred) as deferred:
        load_operator(patience_seconds=0).execute({})
    kwargs = json.loads(json.dumps(deferred.value.kwargs))
    assert deferred.value.method_name == "resume"
    assert not lake.loaded
    monkeypatch.setattr(Athena, "states", ["SUCCEEDED"])
    load_operator().resume({}, {"status": "success", "value": "q1"}, **kwargs)
    assert lake.loaded[0]["pinned"] == lake.pin("Trends")


@pytest.mark.parametrize("state", ["FAILED", "CANCELLED"])
def test_query_that_failed_says_why(
    lake: Loader, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    monkeypatch.setattr(Athena, "states", [state])
    with pytest.raises(AirflowException, match=f"Trends: .* q1 is {state}: TABLE_NOT_FOUND"):
        load_operator().execute({})
    assert not lake.loaded


STATES = {
    "EventAnalytics_sales": {"status": "load", "items": 90},
    "EventAnalytics_summary": {"status": "unchanged", "items": 10},
    "Trends": {"status": "load", "items": 4},
}
SALES = {
    "feed": "EventAnalytics_sales",
    "status": "loaded",
    "items": 95,
    "written": 9,
    "deleted": 4,
}
TRENDS = {"feed": "Trends", "status": "loaded", "items": 4, "written": 1, "skipped": 3}


def test_report_sums_the_feeds_of_a_table() -> None:
    report = serving_report("r1", ["EventAnalytics_sales", "Trends"], STATES, [SALES, TRENDS])
    analytics = report["tables"]["EventAnalytics"]
    assert (analytics["items"], analytics["written"], analytics["deleted"]) == (105, 9, 4)
    assert report["tables"]["Trends"]["skipped"] == 3
    assert report["feeds"]["EventAnalytics_summary"]["status"] == "unchanged"
    assert report["failed"] == []


class S3:
    """Keeps what was written."""

    written: dict[str, str] = {}  # noqa: RUF012

    def __init__(self, aws_conn_id: str | None) -> None: ...

    def load_string(self, text: str, key: str, bucket: str, replace: bool) -> None:
        assert replace
        self.written[f"{bucket}/{key}"] = text


def report_operator(feeds: Any, states: Any, results: Any) -> ReportServingLoadsOperator:
    return ReportServingLoadsOperator(
        task_id="report",
        bucket="lake",
        asset=serving_asset("dev"),
        report_key="runs/r1.json",
        run_name="r1",
        feeds=feeds,
        states=states,
        results=results,
    )


def test_failed_feed_is_reported_and_fails_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(S3, "written", {})
    monkeypatch.setattr(serving, "S3Hook", S3)
    operator = report_operator(["EventAnalytics_sales", "Trends"], STATES, [SALES])
    with pytest.raises(AirflowFailException, match="not loaded: Trends; "):
        operator.execute({})
    report = json.loads(S3.written["lake/runs/r1.json"])
    assert report["feeds"]["Trends"]["status"] == "failed"
    assert report["feeds"]["EventAnalytics_sales"]["written"] == 9


def test_a_run_that_wrote_something_tells_who_waits_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(S3, "written", {})
    monkeypatch.setattr(serving, "S3Hook", S3)
    operator = report_operator(["EventAnalytics_sales", "Trends"], STATES, [SALES, TRENDS])
    added: list[Any] = []
    events = SimpleNamespace(add=lambda asset, extra: added.append((asset.name, extra)))
    operator.execute({"outlet_events": {operator.alias: events}})  # type: ignore[typeddict-item]
    assert added == [("rlm_dev_serving.tables", {"run_id": "r1", "written": 14})]


def test_report_of_nothing_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(S3, "written", {})
    monkeypatch.setattr(serving, "S3Hook", S3)
    unchanged = {"Trends": {"status": "unchanged", "items": 4}}
    report = report_operator([], unchanged, None).execute({})
    assert report["tables"]["Trends"]["items"] == 4
    assert report["tables"]["Trends"]["written"] == 0
    assert S3.written


def test_run_that_could_not_look_fails() -> None:
    with pytest.raises(AirflowFailException, match="nobody found out"):
        report_operator(None, None, None).execute({})
