"""The graph of train_recommender, which model it serves, and what it holds the endpoint to."""

from __future__ import annotations

import copy
import io
import json
import tarfile
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from airflow.providers.amazon.aws.hooks.s3 import S3Hook
from airflow.providers.amazon.aws.operators.sagemaker import SageMakerTrainingOperator
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException
from botocore.exceptions import ClientError

from rlm import names
from rlm_plugin import recommender_registry, recommender_rollout, recommender_training
from rlm_plugin.recommender_registry import ChooseModelOperator, RegisterModelOperator, live_package
from rlm_plugin.recommender_rollout import RollOutModelOperator, find_differences
from rlm_plugin.recommender_training import TrainRecommenderOperator

if TYPE_CHECKING:
    from airflow.dag_processing.dagbag import DagBag

TAGS = [{"Key": "project", "Value": "rlm"}, {"Key": "environment", "Value": "dev"}]
CHANNELS = ("activity", "artists", "concerts", "fans")


@pytest.fixture
def dag(dag_bag: DagBag) -> Any:
    return dag_bag.dags["train_recommender"]


class Registry:
    """SageMaker as far as choosing goes: packages 1 to 4 and an endpoint that serves one."""

    exceptions = SimpleNamespace(ClientError=ClientError)

    def __init__(self, live: int | None, **states: str) -> None:
        self.live = live
        self.states = {n: states.get(f"v{n}", "Approved") for n in range(1, 5)}

    def describe_endpoint(self, EndpointName: str) -> dict[str, Any]:  # noqa: N803
        if self.live is None:
            problem = {"Error": {"Code": "ValidationException", "Message": "Could not find it"}}
            raise ClientError(problem, "DescribeEndpoint")
        return {"EndpointConfigName": f"config-{self.live}"}

    def describe_endpoint_config(self, EndpointConfigName: str) -> dict[str, Any]:  # noqa: N803
        return {"ProductionVariants": [{"ModelName": EndpointConfigName}]}

    def describe_model(self, ModelName: str) -> dict[str, Any]:  # noqa: N803
        return {"PrimaryContainer": {"ModelPackageName": f"arn:{ModelName[-1]}"}}

    def describe_model_package(self, ModelPackageName: str) -> dict[str, Any]:  # noqa: N803
        number = int(ModelPackageName[-1])
        return {
            "ModelPackageArn": f"arn:{number}",
            "ModelPackageVersion": number,
            "ModelApprovalStatus": self.states[number],
        }

    def update_model_package(self, **request: str) -> None:
        self.states[int(request["ModelPackageArn"][-1])] = request["ModelApprovalStatus"]
        self.told = request["ApprovalDescription"]

    def get_paginator(self, operation: str) -> Any:
        assert operation == "list_model_packages"
        pages = [
            {
                "ModelPackageSummaryList": [
                    {"ModelPackageArn": "arn:4"},
                    {"ModelPackageArn": "arn:3"},
                ]
            },
            {
                "ModelPackageSummaryList": [
                    {"ModelPackageArn": "arn:2"},
                    {"ModelPackageArn": "arn:1"},
                ]
            },
        ]
        return SimpleNamespace(paginate=lambda **_: pages)


def choose(monkeypatch: pytest.MonkeyPatch, registry: Registry, **asked: Any) -> str:
    monkeypatch.setattr(recommender_registry, "registry", lambda _: registry)
    given = {"registered": None, "version": "None", "rollback": "False", "force": "False"}
    return ChooseModelOperator(task_id="t", env="dev", **{**given, **asked}).execute(
        {"run_id": "manual__1"}  # type: ignore[arg-type]
    )


def registered(*, is_approved: bool) -> dict[str, Any]:
    return {"package": "arn:4", "is_approved": is_approved, "reason": "0.1 against 0.2"}


def test_order_of_tasks(dag: Any) -> None:
    unloads = {f"unload_{channel}" for channel in CHANNELS}
    assert {task.task_id: set(task.downstream_task_ids) for task in dag.tasks} == {
        "is_training": unloads,
        **{unload: {"train"} for unload in unloads},
        "train": {"register"},
        "register": {"choose_model"},
        "choose_model": {"roll_out", "verify"},
        "roll_out": {"verify"},
        "verify": {"recommend_for_all"},
        "recommend_for_all": set(),
    }
    # Both go on where training, or a rollout, was passed by; neither after a failure.
    assert dag.get_task("choose_model").trigger_rule == "none_failed"
    assert dag.get_task("recommend_for_all").trigger_rule == "none_failed"


def test_one_rollout_at_a_time(dag: Any) -> None:
    assert dag.max_active_runs == 1


def test_channels_are_unloaded_where_training_looks_for_them(dag: Any) -> None:
    train = dag.get_task("train")
    assert train.config["Tags"] == TAGS
    channels = {
        channel["ChannelName"]: channel["DataSource"]["S3DataSource"]["S3Uri"]
        for channel in train.config["InputDataConfig"]
    }
    assert set(channels) == set(CHANNELS)
    for channel, uri in channels.items():
        unload = dag.get_task(f"unload_{channel}")
        assert uri == f"s3://{unload.bucket}/{unload.prefix}"
        assert f"TO '{uri}'" in unload.query
        assert "rlm_dev_" in unload.query
        assert " silver." not in unload.query


def test_a_channel_without_a_row_is_left_out_of_the_job(monkeypatch: pytest.MonkeyPatch) -> None:
    """Athena writes no file for none, and SageMaker refuses a folder without one."""
    monkeypatch.setattr(recommender_training, "registry", lambda _: Registry(None))
    monkeypatch.setattr(recommender_training, "image_uri", lambda *_: "image")
    monkeypatch.setattr(SageMakerTrainingOperator, "execute", lambda self, _: self.config)
    monkeypatch.setattr(
        S3Hook,
        "list_keys",
        lambda _, bucket, prefix, **__: [] if "concerts" in prefix else [f"{prefix}part"],
    )
    train = TrainRecommenderOperator(
        task_id="t", env="dev", prefix="training/r1", job_name="j", channels=CHANNELS,
        hyperparameters={}, instance_type="ml.m5.large",
    )  # fmt: skip
    config = train.execute({})  # type: ignore[arg-type]
    found = [channel["ChannelName"] for channel in config["InputDataConfig"]]
    assert found == ["activity", "artists", "fans"]


def test_a_name_fits_sagemaker(dag: Any) -> None:
    name = dag.get_task("roll_out").name
    assert name == dag.get_task("train").config["TrainingJobName"]
    assert name.startswith(f"{names.endpoint('dev')}-{{{{")
    # With a time in the place of the template, and what a second try adds, or a rollout.
    assert len(f"{names.endpoint('prod')}-20261123-055555-1795412345") <= 63
    assert len(f"{names.endpoint('prod')}-20261123-055555-v1000000") <= 63


def test_an_approved_model_is_served(monkeypatch: pytest.MonkeyPatch) -> None:
    assert choose(monkeypatch, Registry(3), registered=registered(is_approved=True)) == "arn:4"


def test_a_rejected_model_is_skipped_and_the_reason_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(AirflowSkipException, match=r"0\.1 against 0\.2"):
        choose(monkeypatch, Registry(3), registered=registered(is_approved=False))


def test_a_rejected_model_is_served_by_force_in_the_name_of_who_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given, registry = registered(is_approved=False), Registry(3, v4="Rejected")
    assert choose(monkeypatch, registry, registered=given, force="True") == "arn:4"
    assert registry.states[4] == "Approved"
    assert registry.told.startswith("asked for by manual__1, although:")


def test_a_version_is_pinned(monkeypatch: pytest.MonkeyPatch) -> None:
    assert choose(monkeypatch, Registry(4), version="2") == "arn:2"
    with pytest.raises(AirflowFailException, match=r"no version 9 .* there are 4, 3, 2, 1"):
        choose(monkeypatch, Registry(4), version="9")


def test_the_way_back_is_the_approved_model_before_the_live_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert choose(monkeypatch, Registry(4, v3="Rejected"), rollback="True") == "arn:2"
    with pytest.raises(AirflowFailException, match="no approved model is older"):
        choose(monkeypatch, Registry(1), rollback="True")
    with pytest.raises(AirflowFailException, match="nothing is served"):
        choose(monkeypatch, Registry(None), rollback="True")


class Registered:
    """A registry of which a call may be refused, and what was made and decided there."""

    def __init__(self) -> None:
        self.packages: list[dict[str, Any]] = []
        self.refuses = ""

    def create_model_package(self, **request: Any) -> dict[str, str]:
        arn = f"arn:package/rlm/{len(self.packages) + 1}"
        version = len(self.packages) + 1
        self.packages.append({**request, "ModelPackageArn": arn, "ModelPackageVersion": version})
        return {"ModelPackageArn": arn}

    def update_model_package(self, ModelPackageArn: str, **request: str) -> None:  # noqa: N803
        if self.refuses:
            raise ClientError({"Error": {"Code": self.refuses}}, "UpdateModelPackage")
        self.packages[int(ModelPackageArn[-1]) - 1] |= request

    def describe_model_package(self, ModelPackageName: str) -> dict[str, Any]:  # noqa: N803
        return self.packages[int(ModelPackageName[-1]) - 1]

    def get_paginator(self, operation: str) -> Any:
        assert operation == "list_model_packages"
        pages = [{"ModelPackageSummaryList": self.packages}]
        return SimpleNamespace(paginate=lambda **_: pages)


def register(monkeypatch: pytest.MonkeyPatch, registry: Registered) -> dict[str, Any]:
    """What the task returns for a training whose gate approved."""
    evaluation = {
        "model_version": "job-1",
        "kind": "item-item",
        "verdict": {"is_approved": True, "reason": "0.2 against 0.1"},
        "models": {"candidate": {"metrics": {"ndcg": {"mean": 0.2}}}},
    }
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w:gz") as archive:
        member = tarfile.TarInfo("evaluation.json")
        body = json.dumps(evaluation).encode()
        member.size = len(body)
        archive.addfile(member, io.BytesIO(body))
    packed = SimpleNamespace(get=lambda: {"Body": io.BytesIO(written.getvalue())})
    for name, answer in {
        "get_key": packed,
        "load_bytes": None,
        "load_string": None,
        "read_key": json.dumps(evaluation),
    }.items():
        monkeypatch.setattr(S3Hook, name, lambda *_, answer=answer, **__: answer)
    monkeypatch.setattr(recommender_registry, "registry", lambda _: registry)
    monkeypatch.setattr(recommender_registry, "requests", lambda *_: [])
    training = {
        "Training": {
            "ModelArtifacts": {"S3ModelArtifacts": "s3://lake/models/job-1/output/model.tar.gz"},
            "AlgorithmSpecification": {"TrainingImage": "image"},
        }
    }
    return RegisterModelOperator(
        task_id="t", env="dev", training=training, report_key="report.json"
    ).execute({"run_id": "manual__1"})  # type: ignore[arg-type]


def test_a_second_try_decides_on_the_package_that_the_first_one_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    registry = Registered()
    registry.refuses = "ThrottlingException"
    with pytest.raises(ClientError):
        register(monkeypatch, registry)
    registry.refuses = ""
    assert register(monkeypatch, registry)["package"] == "arn:package/rlm/1"
    states = [(p["ModelApprovalStatus"], p["ApprovalDescription"]) for p in registry.packages]
    assert states == [("Approved", "0.2 against 0.1")]


def test_what_people_decided_since_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    registry = Registered()
    register(monkeypatch, registry)
    registry.packages[0]["ModelApprovalStatus"] = "Rejected"
    register(monkeypatch, registry)
    assert [p["ModelApprovalStatus"] for p in registry.packages] == ["Rejected"]


def test_the_champion_is_what_the_endpoint_serves() -> None:
    assert live_package(Registry(None), "dev") is None
    found = live_package(Registry(2), "dev")
    assert found is not None
    assert found["ModelPackageVersion"] == 2


class Endpoint:
    """An endpoint whose update ends as told."""

    exceptions = SimpleNamespace(ClientError=ClientError)

    def __init__(self, *ends: dict[str, Any] | None) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self._ends = list(ends)

    def describe_endpoint(self, EndpointName: str) -> dict[str, Any]:  # noqa: N803
        found = self._ends.pop(0) if len(self._ends) > 1 else self._ends[0]
        if found is None:
            problem = {"Error": {"Code": "ValidationException", "Message": "Could not find it"}}
            raise ClientError(problem, "DescribeEndpoint")
        return found

    def __getattr__(self, operation: str) -> Any:
        return lambda **request: self.calls.append((operation, request))


def status(status: str, config: str, **more: str) -> dict[str, Any]:
    found = {"EndpointStatus": status, "EndpointConfigName": config, "EndpointArn": "arn:endpoint"}
    return {**found, **more}


def roll_out(
    monkeypatch: pytest.MonkeyPatch, endpoint: Endpoint, package: str = "arn:package/rlm/4"
) -> str:
    monkeypatch.setattr(recommender_rollout, "registry", lambda _: endpoint)
    hook = SimpleNamespace(expand_role=lambda role: f"arn:{role}")
    monkeypatch.setattr(recommender_rollout, "AwsBaseHook", lambda **_: hook)
    operator = RollOutModelOperator(
        task_id="t", env="dev", package=package, name="new",
        instance_type="ml.t2.large", instances=2, canary_seconds=7, poll_seconds=0,
    )  # fmt: skip
    return operator.execute({})  # type: ignore[arg-type]


def test_the_first_model_makes_the_endpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    endpoint = Endpoint(None, status("Creating", "new-v4"), status("InService", "new-v4"))
    assert roll_out(monkeypatch, endpoint) == "new-v4"
    called = [operation for operation, _ in endpoint.calls]
    assert called == ["create_model", "create_endpoint_config", "create_endpoint"]
    # The budget counts by tags: an endpoint without them would seem to cost nothing.
    assert [request["Tags"] for _, request in endpoint.calls] == [TAGS] * 3


def test_an_update_is_a_canary_that_alarms_take_back(monkeypatch: pytest.MonkeyPatch) -> None:
    live, moving = status("InService", "old"), status("Updating", "old")
    endpoint = Endpoint(live, moving, status("InService", "new-v4"))
    assert roll_out(monkeypatch, endpoint) == "new-v4"
    calls = dict(endpoint.calls)
    assert calls["add_tags"] == {"ResourceArn": "arn:endpoint", "Tags": TAGS}
    deployment = calls["update_endpoint"]["DeploymentConfig"]
    routing = deployment["BlueGreenUpdatePolicy"]["TrafficRoutingConfiguration"]
    assert (routing["Type"], routing["WaitIntervalInSeconds"]) == ("CANARY", 7)
    assert deployment["AutoRollbackConfiguration"]["Alarms"] == [
        {"AlarmName": names.endpoint_alarm("dev", alarm)} for alarm in names.ENDPOINT_ALARMS
    ]


def test_a_rolled_back_update_fails_the_task(monkeypatch: pytest.MonkeyPatch) -> None:
    back = status("InService", "old", FailureReason="alarm rlm-dev-recommender-5xx went off")
    with pytest.raises(AirflowFailException, match="rolled back to old: alarm rlm-dev"):
        roll_out(monkeypatch, Endpoint(status("InService", "old"), back))


def test_a_second_try_goes_on_with_the_update_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    endpoint = Endpoint(status("Updating", "old"), status("InService", "new-v4"))
    assert roll_out(monkeypatch, endpoint) == "new-v4"
    assert "update_endpoint" not in dict(endpoint.calls)


class KeptNames(Endpoint):
    """SageMaker keeps what it made: a second model of a name is refused."""

    def __init__(self) -> None:
        super().__init__(None)
        self.packages: dict[str, str] = {}
        self.live: str | None = None

    def describe_endpoint(self, EndpointName: str) -> dict[str, Any]:  # noqa: N803
        if self.live is None:
            return super().describe_endpoint(EndpointName)
        return status("InService", self.live)

    def create_model(self, **request: Any) -> None:
        if request["ModelName"] in self.packages:
            problem = {"Error": {"Code": "ValidationException", "Message": "already existing"}}
            raise ClientError(problem, "CreateModel")
        self.packages[request["ModelName"]] = request["PrimaryContainer"]["ModelPackageName"]

    def create_endpoint(self, **request: Any) -> None:
        self.live = request["EndpointConfigName"]

    update_endpoint = create_endpoint


def test_a_cleared_run_serves_what_it_trained_the_second_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    endpoint = KeptNames()
    first = roll_out(monkeypatch, endpoint, "arn:package/rlm/2")
    assert endpoint.packages == {first: "arn:package/rlm/2"}
    # The run's name is the same.
    second = roll_out(monkeypatch, endpoint, "arn:package/rlm/3")
    assert endpoint.live == second
    assert endpoint.packages[second] == "arn:package/rlm/3"
    # A third try of the same package makes nothing new.
    assert roll_out(monkeypatch, endpoint, "arn:package/rlm/3") == second
    assert len(endpoint.packages) == 2


def test_an_endpoint_that_failed_is_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    endpoint = Endpoint(
        status("Failed", "old"), None, status("Creating", "new-v4"), status("InService", "new-v4")
    )
    assert roll_out(monkeypatch, endpoint) == "new-v4"
    assert {"delete_endpoint", "create_endpoint"} <= dict(endpoint.calls).keys()


GOLDEN = {
    "model_version": "job-1",
    "answers": [{"source": "history", "recommendations": [{"artist_id": "a", "score": 2.0}]}],
}


def test_golden_answers_may_differ_in_their_last_digits_only() -> None:
    answer = copy.deepcopy(GOLDEN)
    assert find_differences(GOLDEN, answer) == []
    answer["answers"][0]["recommendations"][0]["score"] = 2.0001  # type: ignore[index]
    assert find_differences(GOLDEN, answer) == []
    answer["answers"][0]["recommendations"][0]["score"] = 2.1  # type: ignore[index]
    assert find_differences(GOLDEN, answer) == ["answer 0 has the scores [2.1], expected [2.0]"]


def test_another_version_is_told_first() -> None:
    other = GOLDEN | {"model_version": "job-0"}
    assert find_differences(GOLDEN, other) == ["job-0 answers, expected job-1"]
