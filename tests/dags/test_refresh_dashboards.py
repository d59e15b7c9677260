"""The graph of refresh_dashboards: what starts it, what waits for what, how it fails."""

from __future__ import annotations

import asyncio
import json
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from airflow.sdk.exceptions import AirflowException, AirflowFailException, TaskDeferred

from rlm import names
from rlm.quicksight.deployment.plan import Action, Plan, Step
from rlm.quicksight.deployment.resources import Kind
from rlm.quicksight.deployment.service import ServiceError
from rlm_plugin import dashboards, quicksight_ingestion, spice_check
from rlm_plugin.dashboards import (
    DeployDashboardsOperator,
    PublishDashboardsOperator,
    ReportDashboardsOperator,
    dashboards_report,
    lake_tables,
)
from rlm_plugin.quicksight_ingestion import (
    QuickSightIngestionOperator,
    QuickSightIngestionTrigger,
    ingestion_name,
)
from rlm_plugin.spice_check import VerifySpiceOperator

if TYPE_CHECKING:
    from airflow.dag_processing.dagbag import DagBag

REFRESH = {
    "data_set_id": "rlm-dev-ticket-sales",
    "name": "ticket_sales",
    "ingestion_type": "INCREMENTAL_REFRESH",
    "ingestion_id": None,
    "count_sql": "SELECT count(*) AS counted_rows FROM t",
}


@pytest.fixture
def dag(dag_bag: DagBag) -> Any:
    return dag_bag.dags["refresh_dashboards"]


def context(dag: Any = None, **params: Any) -> Any:
    pushed: dict[str, Any] = {}
    ti = SimpleNamespace(try_number=1, xcom_push=lambda key, value: pushed.update({key: value}))
    given = {**dag.params.dump(), **params} if dag else params
    return {"params": given, "run_id": "manual__1", "ti": ti, "pushed": pushed}


def test_order_of_tasks(dag: Any) -> None:
    assert {task.task_id: set(task.downstream_task_ids) for task in dag.tasks} == {
        "deploy": {"copy", "report"},
        "copy": {"verify", "report"},
        "verify": {"publish", "report"},
        "publish": {"report"},
        "report": set(),
    }
    # Published only after rows were counted, also where there was nothing to copy.
    assert dag.get_task("publish").trigger_rule == "none_failed"
    assert dag.get_task("report").trigger_rule == "all_done"


def test_it_starts_when_any_gold_table_or_the_serving_tables_changed(dag: Any) -> None:
    from airflow.sdk import AssetAny

    assert isinstance(dag.schedule, AssetAny)
    assert {asset.name for asset in dag.schedule.objects} == {
        *(f"{names.database('dev', 'gold')}.{table}" for table in names.GOLD_TABLES),
        "rlm_dev_serving.tables",
    }


def test_arguments_are_text(dag: Any) -> None:
    deploy = dag.get_task("deploy")
    events = {
        name: [SimpleNamespace(asset=SimpleNamespace(name=f"rlm_dev_gold.{name}"))] * 2
        for name in ("trending_artists", "event_performance")
    }
    values = {
        **context(dag, data_sets=["ticket_sales", "trending_artists"], force=True),
        "triggering_asset_events": events,
    }
    assert deploy.render_template(deploy.data_sets, values) == "ticket_sales,trending_artists"
    assert deploy.render_template(deploy.force, values) == "True"
    assert deploy.render_template(deploy.full, values) == "False"
    tables = deploy.render_template(deploy.tables, values)
    assert lake_tables(tables) == ["gold.trending_artists", "gold.event_performance"]
    by_hand = {**context(dag), "triggering_asset_events": {}}
    assert deploy.render_template(deploy.data_sets, by_hand) == ""
    assert lake_tables(deploy.render_template(deploy.tables, by_hand)) == []


@pytest.mark.parametrize("params", [{"data_sets": "x"}, {"publish": "yes"}, {"full": 1}])
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


class Deployer:
    """An account on which something is done, or refused."""

    def __init__(self, problem: Exception | None = None) -> None:
        self.problem = problem
        self.asked: dict[str, Any] = {}
        step = Step(Action.UPDATE, Kind.DASHBOARD, "rlm-dev-sales", "sales", ("Name",))
        self.result = Plan("dev", (step,))

    def plan(self, **options: Any) -> Plan:
        self.asked |= options
        return self.result

    def deploy(self, plan: Plan) -> dict[str, str]:
        assert plan is self.result
        if self.problem:
            raise self.problem
        return {"rlm-dev-ticket-sales": "auto-1"}

    def refreshes(self, asked: list[str], **options: Any) -> list[Any]:
        self.asked |= {"names": asked, **options}
        return [SimpleNamespace(to_json=lambda: REFRESH)]

    def publish_all(self) -> dict[str, int]:
        return {"sales": 2}


def deploy_task(**options: Any) -> DeployDashboardsOperator:
    given = {"data_sets": "", "tables": "", "force": "False", "full": "False", **options}
    return DeployDashboardsOperator(task_id="deploy", env="dev", **given)


def test_deploy_returns_what_to_copy_and_pushes_its_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    deployer = Deployer()
    monkeypatch.setattr(dashboards, "deployer_for", lambda operator: deployer)
    values = context()
    task = deploy_task(
        data_sets="ticket_sales", tables="rlm_dev_gold.event_performance", force="True"
    )
    assert task.execute(values) == [REFRESH]
    assert deployer.asked == {
        "overwrite": True,
        "names": ["ticket_sales"],
        "tables": ["gold.event_performance"],
        "started": {"rlm-dev-ticket-sales": "auto-1"},
        "full": False,
    }
    assert values["pushed"]["plan"]["steps"][0]["name"] == "sales"


def test_a_deployment_that_fails_says_what_quicksight_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    deployer = Deployer(ServiceError("dashboard sales: CREATION_FAILED: COLUMN_NOT_FOUND: gross"))
    monkeypatch.setattr(dashboards, "deployer_for", lambda operator: deployer)
    with pytest.raises(AirflowException, match="COLUMN_NOT_FOUND: gross; docs/runbooks/refresh"):
        deploy_task().execute(context())


def test_nothing_is_published_where_the_run_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dashboards, "deployer_for", lambda operator: Deployer())
    publish = PublishDashboardsOperator(task_id="p", env="dev", publish="True")
    assert publish.execute(context()) == {"sales": 2}
    publish = PublishDashboardsOperator(task_id="p", env="dev", publish="False")
    assert publish.execute(context()) == {}


class QuickSight:
    """boto3's client on ingestions that go through these states."""

    class exceptions:  # noqa: N801 - as botocore has it
        class ClientError(Exception):
            """Any error of the service."""

        class ResourceExistsException(ClientError):  # noqa: N818 - as botocore has it
            """There is one of that id."""

    def __init__(self, *states: Any) -> None:
        self.states = list(states)
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def create_ingestion(self, **request: Any) -> None:
        self.calls.append(("create", request))

    def cancel_ingestion(self, **request: Any) -> None:
        self.calls.append(("cancel", request))

    def describe_ingestion(self, **request: Any) -> dict[str, Any]:
        self.calls.append(("describe", request))
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        if isinstance(state, Exception):
            raise state
        rows = {"RowsIngested": 2, "RowsDropped": 0, "TotalRowsInDataset": 7}
        found = {"IngestionStatus": state, "RowInfo": rows}
        if state == "FAILED":
            found["ErrorInfo"] = {"Type": "SQL_EXCEPTION", "Message": "line 1:15: no column x"}
        return {"Ingestion": found}


def hook_of(client: QuickSight) -> Any:
    return lambda aws_conn_id: SimpleNamespace(conn=client, account_id="1")


def copy_task(
    client: QuickSight, monkeypatch: Any, patience_seconds: float = 0, **refresh: Any
) -> QuickSightIngestionOperator:
    monkeypatch.setattr(quicksight_ingestion, "quicksight_hook", hook_of(client))
    return QuickSightIngestionOperator(
        task_id="copy",
        refresh={**REFRESH, **refresh},
        run_name="manual__1",
        patience_seconds=patience_seconds,
    )


def test_an_ingestion_is_waited_for_without_a_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    client = QuickSight("RUNNING", "COMPLETED")
    task = copy_task(client, monkeypatch)
    with pytest.raises(TaskDeferred) as deferred:
        task.execute(context())
    name, request = client.calls[0]
    assert (name, request["IngestionType"]) == ("create", "INCREMENTAL_REFRESH")
    assert request["IngestionId"] == "manual__1-ticket_sales-1"
    assert deferred.value.method_name == "resume"
    trigger = deferred.value.trigger
    path, arguments = trigger.serialize()
    assert path == "rlm_plugin.quicksight_ingestion.QuickSightIngestionTrigger"
    assert QuickSightIngestionTrigger(**arguments).serialize() == trigger.serialize()
    event = quicksight_ingestion.look(hook_of(client)(None), "x", "y")
    result = task.resume(context(), event, **deferred.value.kwargs)
    assert (result["rows"], result["total_rows"]) == (2, 7)
    assert (result["name"], result["ingestion_id"]) == ("ticket_sales", "manual__1-ticket_sales-1")


def test_a_short_ingestion_is_not_handed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quicksight_ingestion, "_GLANCE_SECONDS", 0)
    task = copy_task(QuickSight("QUEUED", "RUNNING", "COMPLETED"), monkeypatch, 30)
    assert task.execute(context())["rows"] == 2


def test_what_the_deployment_started_is_not_started_again(monkeypatch: pytest.MonkeyPatch) -> None:
    client = QuickSight("COMPLETED")
    task = copy_task(client, monkeypatch, ingestion_id="auto-1")
    assert task.execute(context())["ingestion_id"] == "auto-1"
    assert [name for name, _ in client.calls] == ["describe"]


def test_a_retry_starts_an_ingestion_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    client = QuickSight("COMPLETED")
    values = context()
    values["ti"].try_number = 2
    task = copy_task(client, monkeypatch, ingestion_id="auto-1")
    assert task.execute(values)["ingestion_id"] == "manual__1-ticket_sales-2"


@pytest.mark.parametrize(
    ("state", "message"),
    [
        ("FAILED", "is FAILED: SQL_EXCEPTION: line 1:15: no column x; docs/runbooks/refresh_dash"),
        ("CANCELLED", "is CANCELLED: no reason given"),
    ],
)
def test_it_fails_with_the_error_of_the_ingestion(
    monkeypatch: pytest.MonkeyPatch, state: str, message: str
) -> None:
    with pytest.raises(AirflowException, match=message):
        copy_task(QuickSight(state), monkeypatch).execute(context())


def test_an_ingestion_that_nobody_waits_for_is_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    client = QuickSight("RUNNING")
    task = copy_task(client, monkeypatch)
    with pytest.raises(TaskDeferred):
        task.execute(context())
    task.on_kill()
    assert client.calls[-1][0] == "cancel"


@pytest.mark.parametrize("name", ["asset_triggered__2026-06-02T23-59-00-00-00_x1", "a" * 300])
def test_ids_of_ingestions_are_as_quicksight_takes_them(name: str) -> None:
    found = ingestion_name(name, "ticket_sales", 3)
    assert found.endswith("ticket_sales-3")
    assert len(found) <= 128
    assert set(found) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")


class AsyncClient(QuickSight):
    """The same client as the triggerer has it."""

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(self, *problem: object) -> None:
        return None

    async def describe_ingestion(self, **request: Any) -> dict[str, Any]:  # type: ignore[override]
        return super().describe_ingestion(**request)


def fired(client: AsyncClient, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    async def connection() -> AsyncClient:
        return client

    monkeypatch.setattr(
        quicksight_ingestion,
        "quicksight_hook",
        lambda aws_conn_id: SimpleNamespace(get_async_conn=connection),
    )

    async def first() -> dict[str, Any]:
        trigger = QuickSightIngestionTrigger("1", "d", "i", poll_seconds=0)
        async for event in trigger.run():
            payload: dict[str, Any] = event.payload
            return payload
        raise AssertionError("no event")

    return asyncio.run(first())


def test_the_trigger_fires_when_the_ingestion_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    throttled = QuickSight.exceptions.ClientError("Rate exceeded")
    client = AsyncClient("QUEUED", throttled, "RUNNING", "FAILED")
    event = fired(client, monkeypatch)
    assert len(client.calls) == 4
    assert event["error"] == "SQL_EXCEPTION: line 1:15: no column x"


def test_the_trigger_gives_up_where_it_never_gets_an_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    event = fired(AsyncClient(QuickSight.exceptions.ClientError("gone")), monkeypatch)
    assert event == {"status": "lost", "error": "gone"}


class Athena:
    """The provider's hook; counts what the test says."""

    SUCCESS_STATES = ("SUCCEEDED",)
    TERMINAL_STATES = ("SUCCEEDED", "FAILED", "CANCELLED")
    count = 7
    state = "SUCCEEDED"

    def __init__(self, aws_conn_id: str | None) -> None:
        assert aws_conn_id == "aws_default"

    def run_query(self, sql: str, where: Any, result: Any, workgroup: str) -> str:
        assert (sql, where["Database"], workgroup) == (
            "SELECT count(*) AS counted_rows FROM t",
            "rlm_dev_gold",
            "rlm-dev",
        )
        return "q1"

    def check_query_status(self, query_id: str) -> str:
        return self.state

    def get_query_info(self, query_id: str) -> dict[str, Any]:
        assert query_id == "q1"
        status = {"State": self.state, "StateChangeReason": "TABLE_NOT_FOUND: line 1:15"}
        return {"QueryExecution": {"Status": status}}

    def get_query_results(self, query_id: str) -> dict[str, Any]:
        rows = [{"Data": [{"VarCharValue": value}]} for value in ("rows", str(self.count))]
        return {"ResultSet": {"Rows": rows}}


def verify_task(
    monkeypatch: pytest.MonkeyPatch, patience_seconds: float = 0, **copied: Any
) -> VerifySpiceOperator:
    monkeypatch.setattr(spice_check, "AthenaHook", Athena)
    given = {**REFRESH, "rows": 2, "rows_dropped": 0, "total_rows": 7, **copied}
    return VerifySpiceOperator(
        task_id="verify",
        env="dev",
        copied=given,
        run_name="manual__1",
        workgroup="rlm-dev",
        patience_seconds=patience_seconds,
    )


def count(task: VerifySpiceOperator) -> dict[str, Any]:
    """Have it count and wait; the arguments with which it goes on."""
    with pytest.raises(TaskDeferred) as deferred:
        task.execute(context())
    assert deferred.value.method_name == "counted"
    kwargs: dict[str, Any] = deferred.value.kwargs
    return kwargs


ANSWERED = {"status": "success", "value": "q1"}


def test_rows_in_spice_are_held_against_athenas(monkeypatch: pytest.MonkeyPatch) -> None:
    task = verify_task(monkeypatch)
    assert task.counted(context(), ANSWERED, **count(task)) == {
        "name": "ticket_sales", "rows": 7, "counted": 7, "copied_again": False,
    }  # fmt: skip


def test_a_short_count_is_not_handed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    assert verify_task(monkeypatch, 30).execute(context())["counted"] == 7


def test_a_difference_is_mended_by_a_full_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    task = verify_task(monkeypatch)
    client = QuickSight("RUNNING")
    monkeypatch.setattr(spice_check, "quicksight_hook", hook_of(client))
    monkeypatch.setattr(Athena, "count", 9)
    with pytest.raises(TaskDeferred) as deferred:
        task.counted(context(), ANSWERED, **count(task))
    assert deferred.value.method_name == "copied_in_full"
    name, request = client.calls[0]
    assert (name, request["IngestionType"]) == ("create", "FULL_REFRESH")
    event = {"status": "COMPLETED", "rows": 9, "rows_dropped": 0, "total_rows": 9}
    with pytest.raises(TaskDeferred) as again:
        task.copied_in_full(context(), event, **deferred.value.kwargs)
    assert task.counted(context(), ANSWERED, **again.value.kwargs)["copied_again"] is True


def test_a_difference_after_a_full_copy_fails_with_both_numbers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    task = verify_task(monkeypatch)
    monkeypatch.setattr(Athena, "count", 9)
    with pytest.raises(AirflowException, match="SPICE holds 7 rows after a full copy, Athena cou"):
        task.counted(context(), ANSWERED, rows=7, copied_again=True)


def test_rows_that_spice_dropped_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(AirflowException, match="SPICE dropped 3 rows"):
        verify_task(monkeypatch, rows_dropped=3).execute(context())


def test_a_count_that_fails_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    task = verify_task(monkeypatch)
    monkeypatch.setattr(Athena, "state", "FAILED")
    with pytest.raises(AirflowException, match="is FAILED: TABLE_NOT_FOUND"):
        task.counted(context(), ANSWERED, rows=7, copied_again=False)


def test_what_athena_cannot_count_is_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    assert verify_task(monkeypatch, count_sql=None).execute(context()) == {
        "name": "ticket_sales", "rows": 7, "counted": None, "copied_again": False,
    }  # fmt: skip


PLAN = {
    "steps": [
        {"action": "unchanged", "name": "lake"},
        {"action": "update", "name": "sales"},
    ]
}


def test_the_report_names_what_was_not_verified() -> None:
    copied = [{**REFRESH, "total_rows": 7}]
    refreshes = [REFRESH, {**REFRESH, "name": "lost"}]
    report = dashboards_report("r1", PLAN, refreshes, copied, [], None)
    assert report["failed"] == ["ticket_sales", "lost", "publish"]
    assert report["data_sets"]["ticket_sales"]["status"] == "copied"
    verified = [{"name": "ticket_sales", "rows": 7, "counted": 7, "copied_again": False}]
    assert dashboards_report("r1", PLAN, [REFRESH], copied, verified, {"sales": 2}) == {
        "run_id": "r1",
        "changes": [{"action": "update", "name": "sales"}],
        "data_sets": {
            "ticket_sales": {
                "status": "verified", "rows": 7, "counted": 7, "copied_again": False,
            }
        },
        "published": {"sales": 2},
        "failed": [],
    }  # fmt: skip


def test_the_report_is_written_and_fails_where_something_failed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    written: dict[str, str] = {}

    class S3:
        def __init__(self, aws_conn_id: str | None) -> None: ...

        def load_string(self, text: str, key: str, bucket: str, replace: bool) -> None:
            written[f"{bucket}/{key}"] = text

    monkeypatch.setattr(dashboards, "S3Hook", S3)
    report = ReportDashboardsOperator(
        task_id="report", bucket="b", report_key="k", run_name="r1", plan=PLAN,
        refreshes=[REFRESH], copied=[], verified=[], published={},
    )  # fmt: skip
    with pytest.raises(AirflowFailException, match="not as they should be: ticket_sales"):
        report.execute(context())
    assert json.loads(written["b/k"])["failed"] == ["ticket_sales"]
