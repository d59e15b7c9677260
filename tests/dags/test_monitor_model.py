"""The graph of monitor_model, what its job is given, and when it asks for a new model."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from airflow.sdk.exceptions import AirflowSkipException
from airflow.sdk.execution_time import macros

from rlm import names
from rlm_plugin import model_monitoring
from rlm_plugin.cost_tags import cost_tags
from rlm_plugin.gold_assets import gold_asset
from rlm_plugin.model_monitoring import (
    PAUSE_DAYS,
    AskForRetrainingOperator,
    JudgeAnswersOperator,
    ListAnswersOperator,
    UnloadDeedsOperator,
)
from rlm_plugin.recommender_assets import requests, retraining_asset
from rlm_plugin.recommender_training import UnloadChannelOperator

if TYPE_CHECKING:
    from airflow.dag_processing.dagbag import DagBag

CHANNELS = ("first_deeds", "days", "artists", "fans")
FOLDER = f"endpoint-capture/{names.endpoint('dev')}/live/"
FOUND = {
    "is_crossed": True, "reason": "no lead beyond noise", "live_version": "v1",
    "business_date": "2026-06-15", "page": "s3://page", "run_id": "r1",
}  # fmt: skip


@pytest.fixture
def dag(dag_bag: DagBag) -> Any:
    return dag_bag.dags["monitor_model"]


def test_order_of_tasks(dag: Any) -> None:
    assert {task.task_id: set(task.downstream_task_ids) for task in dag.tasks} == {
        **{f"unload_{channel}": {"judge"} for channel in CHANNELS},
        "list_answers": {"judge"},
        "judge": {"report"},
        "report": {"publish_metrics", "ask_for_retraining"},
        "publish_metrics": set(),
        "ask_for_retraining": set(),
    }


def test_one_page_is_written_at_a_time(dag: Any) -> None:
    assert dag.max_active_runs == 1


def test_channels_are_unloaded_where_the_job_looks_for_them(dag: Any) -> None:
    inputs = dag.get_task("judge").config["ProcessingInputs"]
    (lake,) = [one["S3Input"]["S3Uri"] for one in inputs]
    for channel in CHANNELS:
        unload = dag.get_task(f"unload_{channel}")
        assert f"s3://{unload.bucket}/{unload.prefix}" == f"{lake}{channel}/"
        assert f"TO '{lake}{channel}/'" in unload.query
        assert "rlm_dev_" in unload.query
    listing = dag.get_task("list_answers")
    assert f"s3://{names.bucket('dev', 'lake')}/{listing.prefix}/lake/" == lake


def test_a_name_fits_sagemaker(dag: Any) -> None:
    name = dag.get_task("judge").config["ProcessingJobName"]
    begin, _, _ = name.partition("{{")
    assert begin == f"{names.endpoint('dev')}-monitor-"
    # In prod, with a time in the place of the template, and what a second try adds.
    begin = begin.replace(names.endpoint("dev"), names.endpoint("prod"))
    assert len(f"{begin}20261123-055555-1795412345") <= 63


@pytest.mark.parametrize("task_id", ["unload_first_deeds", "unload_days", "list_answers", "judge"])
def test_a_run_is_for_the_day_before_its_own_which_is_not_over(dag: Any, task_id: str) -> None:
    task = dag.get_task(task_id)
    scheduled = SimpleNamespace(
        logical_date=datetime(2026, 3, 1, 9, tzinfo=UTC), run_after=datetime(2026, 3, 1, tzinfo=UTC)
    )
    by_hand = SimpleNamespace(logical_date=None, run_after=datetime(2026, 6, 2, 0, 1, tzinfo=UTC))
    template = (
        task.config["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3Uri"].rpartition("/")[2]
        if task_id == "judge"
        else task.business_date
    )

    def day(run: Any, asked: str | None = None) -> str:
        context: Any = {"dag_run": run, "params": {"business_date": asked}, "macros": macros}
        return str(task.render_template(template, context))

    assert day(scheduled) == "2026-02-28"
    assert day(by_hand) == "2026-06-01"
    assert day(scheduled, "2026-06-15") == "2026-06-15"


def test_days_follow_from_the_business_date(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(
        UnloadChannelOperator, "execute", lambda self, context: asked.append(self.query)
    )
    for channel in ("first_deeds", "days"):
        UnloadDeedsOperator(
            task_id="t", env="dev", channel=channel, prefix="p",
            business_date="2026-06-15", window_days="7",
        ).execute({})  # type: ignore[arg-type]  # fmt: skip
    deeds, days = asked
    assert "activity_week < DATE '2026-06-01'" in deeds
    assert "listened_on <= DATE '2026-06-15'" in deeds
    assert "listened_on >= DATE '2026-06-02'" in days
    assert ":" not in deeds.replace("s3://", "")


class Lake:
    """S3Hook over a dictionary."""

    def __init__(self, objects: dict[str, str]) -> None:
        self.objects = objects

    def list_keys(self, bucket: str, prefix: str) -> list[str]:
        assert bucket == names.bucket("dev", "lake")
        return sorted(key for key in self.objects if key.startswith(prefix))

    def read_key(self, key: str, bucket: str) -> str:
        return self.objects[key]

    def load_string(self, text: str, key: str, bucket: str, replace: bool) -> None:
        assert replace
        self.objects[key] = text


def line(version: str, **metadata: str) -> str:
    """One question and its answer, as SageMaker captures them."""
    answer = {"source": "popularity", "recommendations": []}
    sides = {
        "endpointInput": {"questions": [{"fan_id": "f1"}]},
        "endpointOutput": {"model_version": version, "answers": [answer]},
    }
    captured = {
        side: {"encoding": "JSON", "data": json.dumps(body)} for side, body in sides.items()
    }
    known = {"eventId": "e1", "inferenceTime": "2026-06-02T10:00:00Z"}
    return json.dumps({"captureData": captured, "eventMetadata": known | metadata})


def list_answers(monkeypatch: pytest.MonkeyPatch, objects: dict[str, str]) -> tuple[Any, Any]:
    """What the task returned, and the request that it wrote."""
    lake = Lake(objects)
    hook = SimpleNamespace(
        list_keys=lake.list_keys, read_key=lake.read_key, load_string=lake.load_string
    )
    made = type("Hook", (), {
        "__new__": lambda cls, **_: hook,
        "parse_s3_url": staticmethod(lambda uri: ("b", uri.removeprefix("s3://b/"))),
    })  # fmt: skip
    monkeypatch.setattr(model_monitoring, "S3Hook", made)
    monkeypatch.setattr(model_monitoring, "registry", lambda _: None)
    package = {
        "CustomerMetadataProperties": {"model_version": "v2"},
        "ModelMetrics": {"ModelQuality": {"Statistics": {"S3Uri": "s3://b/evaluation.json"}}},
    }
    monkeypatch.setattr(model_monitoring, "packages", lambda *_: [package])
    objects["evaluation.json"] = json.dumps(
        {"population": {"place": {"Graz, AT": 3}}, "held_out_weeks": 2}
    )
    operator = ListAnswersOperator(
        task_id="t", env="dev", prefix="monitoring/runs/r1",
        business_date="2026-06-15", window_days="7",
    )  # fmt: skip
    returned = operator.execute({})  # type: ignore[arg-type]
    return returned, json.loads(objects["monitoring/runs/r1/lake/request.json"])


def test_the_days_answers_are_listed_with_whom_their_model_was_judged_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    objects = {
        f"{FOLDER}2026/06/01/10/early.jsonl": line("v0"),
        f"{FOLDER}2026/06/02/10/a.jsonl": line("v1"),
        f"{FOLDER}2026/06/15/10/b.jsonl": line("v2"),
        f"{FOLDER}2026/06/15/23/batch.jsonl": line("v3", inferenceId=names.UNATTENDED_INFERENCE),
        f"{FOLDER}2026/06/16/10/late.jsonl": line("v4"),
    }
    manifest, request = list_answers(monkeypatch, objects)
    assert manifest == f"s3://{names.bucket('dev', 'lake')}/monitoring/runs/r1/answers.manifest"
    assert json.loads(objects["monitoring/runs/r1/answers.manifest"]) == [
        {"prefix": f"s3://{names.bucket('dev', 'lake')}/{FOLDER}"},
        "2026/06/02/10/a.jsonl",
        "2026/06/15/10/b.jsonl",
        "2026/06/15/23/batch.jsonl",
    ]
    # The model whose answer somebody saw last, which the file of the batch is not.
    assert request == {
        "business_date": "2026-06-15",
        "window_days": 7,
        "population": {"place": {"Graz, AT": 3}},
        "held_out_weeks": 2,
    }


def test_without_answers_there_is_no_manifest(monkeypatch: pytest.MonkeyPatch) -> None:
    manifest, request = list_answers(monkeypatch, {})
    assert (manifest, request["population"], request["held_out_weeks"]) == (None, None, None)


def without_output(whole: str) -> str:
    captured = json.loads(whole)
    del captured["captureData"]["endpointOutput"]
    return json.dumps(captured)


@pytest.mark.parametrize(
    "bad",
    [
        line("v3")[:-20],
        "",
        "null",
        without_output(line("v3", inferenceTime="2026-06-02T11:00:00Z")),
        line("v3", inferenceTime="2026-06-02T11:00:00Z", inferenceId=names.UNATTENDED_INFERENCE),
    ],
    ids=["torn", "empty", "nothing", "without output", "unattended"],
)
def test_a_line_without_a_readable_answer_is_passed_over(
    monkeypatch: pytest.MonkeyPatch, bad: str
) -> None:
    """Also where a file has nothing else: the one before it tells."""
    objects = {
        f"{FOLDER}2026/06/02/09/a.jsonl": f"{line('v2', inferenceId='api-1')}\n{bad}\n",
        f"{FOLDER}2026/06/02/10/b.jsonl": f"{bad}\n",
    }
    _, request = list_answers(monkeypatch, objects)
    assert request["population"] == {"place": {"Graz, AT": 3}}


def test_the_last_answer_is_the_one_of_the_latest_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    late = line("v2", inferenceTime="2026-06-02T10:00:01Z")
    _, request = list_answers(
        monkeypatch, {f"{FOLDER}2026/06/02/10/a.jsonl": f"{late}\n{line('v1')}\n"}
    )
    assert request["population"] == {"place": {"Graz, AT": 3}}


@pytest.mark.parametrize("manifest", [None, "s3://b/answers.manifest"])
def test_the_job_is_given_answers_where_there_are_any(
    monkeypatch: pytest.MonkeyPatch, manifest: str | None
) -> None:
    monkeypatch.setattr(model_monitoring, "image_uri", lambda *_: "image:current")
    parent = model_monitoring.SageMakerProcessingOperator
    monkeypatch.setattr(parent, "execute", lambda self, context: self.config)
    config = JudgeAnswersOperator(
        task_id="t", env="dev", prefix="p", business_date="2026-06-15", job_name="j",
        manifest=manifest, instance_type="ml.t3.medium", volume_gigabytes=10, deferrable=True,
    ).execute({})  # type: ignore[arg-type]  # fmt: skip
    assert config["AppSpecification"]["ImageUri"] == "image:current"
    kinds = {one["InputName"]: one["S3Input"]["S3DataType"] for one in config["ProcessingInputs"]}
    answers = {"answers": "ManifestFile"} if manifest else {}
    assert kinds == {"lake": "S3Prefix", **answers}
    assert config["Tags"] == cost_tags("dev")


class Events:
    """What an alias was told, as Airflow's accessor takes it."""

    def __init__(self) -> None:
        self.added: list[tuple[Any, dict[str, Any]]] = []

    def add(self, asset: Any, extra: dict[str, Any]) -> None:
        self.added.append((asset, extra))


def ask(*before: str, found: dict[str, Any] = FOUND, waiting: int = 0) -> Events:
    """Run the task where requests of these business dates were made before."""
    operator = AskForRetrainingOperator(task_id="t", env="dev", found=found, alias="a")
    events = Events()
    context = {
        "ti": SimpleNamespace(get_dr_count=lambda dag_id, states: waiting),
        "inlet_events": {
            operator.asset: [SimpleNamespace(extra={"business_date": day}) for day in before]
        },
        "outlet_events": {operator.alias: events},
    }
    operator.execute(context)  # type: ignore[arg-type]
    return events


def test_a_crossed_gate_asks_with_its_reason() -> None:
    ((asset, extra),) = ask("2026-05-01").added
    assert asset == retraining_asset("dev")
    assert extra == {name: value for name, value in FOUND.items() if name != "is_crossed"}


def test_nothing_is_asked_for_where_the_model_stays() -> None:
    with pytest.raises(AirflowSkipException, match="no new model is wanted: no lead"):
        ask(found=FOUND | {"is_crossed": False})


@pytest.mark.parametrize("day", ["2026-06-15", "2026-06-02", "2026-06-20"])
def test_a_request_is_given_time_and_a_rerun_asks_no_second_time(day: str) -> None:
    with pytest.raises(AirflowSkipException, match=f"asked for on {day}"):
        ask("2026-01-01", day)


def test_after_the_pause_it_asks_again() -> None:
    assert PAUSE_DAYS == 14
    assert ask("2026-06-01").added


def test_a_training_under_way_is_waited_for() -> None:
    with pytest.raises(AirflowSkipException, match="train_recommender is under way"):
        ask(waiting=1)


def test_training_listens_and_says_who_asked(dag_bag: DagBag) -> None:
    condition = dag_bag.dags["train_recommender"].timetable.asset_condition
    # Either of them starts it.
    assert type(condition).__name__ == "AssetAny"
    listened = {asset.name for asset in condition.objects}
    assert listened == {"rlm_dev_gold.fan_artist_affinity", retraining_asset("dev").name}
    event = SimpleNamespace(extra=FOUND)
    asset, other = retraining_asset("dev"), gold_asset("dev", "fan_artist_affinity")
    context: Any = {"triggering_asset_events": {other: [SimpleNamespace(extra={})], asset: [event]}}
    assert requests(context, asset.name) == [FOUND]
    assert requests({}, asset.name) == []  # type: ignore[arg-type]
