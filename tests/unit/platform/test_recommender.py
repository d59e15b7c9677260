"""The summary's part on the recommender: what is live, beside popularity."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from bringup.recommender import recommender_summary, recommender_text

if TYPE_CHECKING:
    from collections.abc import Mapping

ENDPOINT = "rlm-dev-recommender"
URL = "http://127.0.0.1:4566"
REPORT = {
    "model_version": "rlm-dev-recommender-2",
    "is_approved": False,
    "reason": "nDCG@20 0.2000 against 0.3000 of live",
    "evaluation": {},
}


def judged(ndcg: float) -> dict[str, Any]:
    metrics = {"ndcg": ndcg, "recall": 0.4, "map": 0.1, "hit_rate": 0.8}
    return {
        "metrics": {name: {"mean": mean, "low": 0, "high": 1} for name, mean in metrics.items()},
        "coverage": 0.25,
    }


class SageMaker:
    """An endpoint that serves the first version; the evaluation lies where the registry says."""

    def __init__(self, config: str | None = "first") -> None:
        self.config = config

    def describe_endpoint(self, EndpointName: str) -> Mapping[str, Any]:  # noqa: N803 - AWS's name
        if self.config is None:
            error = {"Code": "ValidationException", "Message": f'Could not find "{EndpointName}".'}
            raise ClientError({"Error": error}, "DescribeEndpoint")
        return {"EndpointConfigName": self.config}

    def describe_endpoint_config(self, EndpointConfigName: str) -> Mapping[str, Any]:  # noqa: N803
        return {"ProductionVariants": [{"ModelName": f"model-{EndpointConfigName}"}]}

    def describe_model(self, ModelName: str) -> Mapping[str, Any]:  # noqa: N803
        return {"PrimaryContainer": {"ModelPackageName": f"package-of-{ModelName}"}}

    def describe_model_package(self, ModelPackageName: str) -> Mapping[str, Any]:  # noqa: N803
        assert ModelPackageName == "package-of-model-first"
        statistics = {"S3Uri": "s3://lake/models/first/evaluation.json"}
        return {
            "ModelPackageVersion": 1,
            "ModelMetrics": {"ModelQuality": {"Statistics": statistics}},
        }


class S3:
    def get_object(self, Bucket: str, Key: str) -> Mapping[str, Any]:  # noqa: N803
        assert (Bucket, Key) == ("lake", "models/first/evaluation.json")
        evaluation = {
            "model_version": "rlm-dev-recommender-1",
            "kind": "ensemble",
            "fans": 120,
            "models": {"candidate": judged(0.3), "popularity": judged(0.1)},
        }
        return {"Body": io.BytesIO(json.dumps(evaluation).encode())}


def test_live_model_stands_beside_popularity() -> None:
    found = recommender_summary(SageMaker(), S3(), ENDPOINT, URL, [], [])
    assert found["url"] == f"{URL}/endpoints/{ENDPOINT}/invocations"
    assert (found["registry_version"], found["model_version"]) == (1, "rlm-dev-recommender-1")
    shared = {"recall": 0.4, "map": 0.1, "hit_rate": 0.8, "coverage": 0.25}
    assert found["metrics"] == {
        "live": {"ndcg": 0.3, **shared},
        "popularity": {"ndcg": 0.1, **shared},
    }
    text = recommender_text(found)
    assert "version 1 (rlm-dev-recommender-1, ensemble) is live, judged on 120 fans" in text
    assert ["the", "live", "model", "0.3000"] in [line.split()[:4] for line in text.splitlines()]


def test_rejected_model_is_told_of_beside_the_live_one() -> None:
    found = recommender_summary(SageMaker(), S3(), ENDPOINT, URL, [{}, REPORT], [])
    assert found["model_version"] == "rlm-dev-recommender-1"
    assert recommender_text(found).endswith(
        "rlm-dev-recommender-2, was rejected: nDCG@20 0.2000 against 0.3000 of live"
    )


def test_before_the_first_approved_model_there_is_only_a_verdict() -> None:
    found = recommender_summary(SageMaker(None), S3(), ENDPOINT, URL, [REPORT], [])
    assert set(found) == {"last_training"}
    assert recommender_summary(SageMaker(None), S3(), ENDPOINT, URL, [], []) == {}
    assert recommender_text({}) == ""


def test_what_fans_did_afterwards_is_told_of_the_last_run() -> None:
    monitored = {
        "joined_answers": 1200, "page": "s3://lake/monitoring.html",
        "verdict": {"reason": "too few answers to judge: no answer at all has a whole window"},
    }  # fmt: skip
    found = recommender_summary(SageMaker(None), S3(), ENDPOINT, URL, [], [{}, monitored])
    assert found["last_monitoring"]["joined_answers"] == 1200
    assert recommender_text(found) == (
        "What fans did after 1,200 of its answers: too few answers to judge: no answer at all has "
        "a whole window"
    )
