"""What `make run` says of the recommender: which model is live, and how good it was found."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from .console import table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# In an evaluation, the registered model goes by the first name.
_MODELS = {"live": "candidate", "popularity": "popularity"}
_METRICS = ("ndcg", "recall", "map", "hit_rate")
_TITLES = {"live": "the live model", "popularity": "popularity"}
_HEADER = ("on the same held-out fans", "nDCG", "recall", "MAP", "hit rate", "coverage")


def recommender_summary(
    sagemaker: Any,
    s3: Any,
    endpoint: str,
    url: str,
    reports: Sequence[Mapping[str, Any]],
    monitored: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """The live model's evaluation from the registry, what became of the last training, and what
    the live model was worth to fans.

    Without `endpoint`, `url` and `metrics` while no model is live; empty if none was ever trained.
    """
    found: dict[str, Any] = {}
    if reports:
        found["last_training"] = {
            name: reports[-1][name] for name in ("model_version", "is_approved", "reason")
        }
    if monitored:
        last = monitored[-1]
        found["last_monitoring"] = {name: last[name] for name in ("joined_answers", "page")} | {
            "reason": last["verdict"]["reason"]
        }
    package = _live_package(sagemaker, endpoint)
    if package is None:
        return found
    evaluation = _evaluation(s3, package)
    return {
        "endpoint": endpoint,
        "url": f"{url}/endpoints/{endpoint}/invocations",
        "registry_version": package["ModelPackageVersion"],
        "model_version": evaluation["model_version"],
        "kind": evaluation["kind"],
        "held_out_fans": evaluation["fans"],
        "metrics": {name: _metrics(evaluation["models"][key]) for name, key in _MODELS.items()},
        **found,
    }


def recommender_text(summary: Mapping[str, Any]) -> str:
    """The same for people; empty where there is nothing to say."""
    parts = []
    if "endpoint" in summary:
        rows = [
            [_TITLES[name], *(f"{value:.4f}" for value in metrics.values())]
            for name, metrics in summary["metrics"].items()
        ]
        parts.append(
            f"Recommender: version {summary['registry_version']} ({summary['model_version']},"
            f" {summary['kind']}) is live, judged on {summary['held_out_fans']} fans\n\n"
            + table(_HEADER, rows)
        )
    if "last_training" in summary:
        last = summary["last_training"]
        word = "approved" if last["is_approved"] else "rejected"
        parts.append(
            f"The last model trained, {last['model_version']}, was {word}: {last['reason']}"
        )
    if "last_monitoring" in summary:
        last = summary["last_monitoring"]
        parts.append(
            f"What fans did after {last['joined_answers']:,} of its answers: {last['reason']}"
        )
    return "\n\n".join(parts)


def _live_package(sagemaker: Any, endpoint: str) -> dict[str, Any] | None:
    try:
        live = sagemaker.describe_endpoint(EndpointName=endpoint)
    except ClientError as error:
        if "Could not find" not in str(error):
            raise
        return None
    config = sagemaker.describe_endpoint_config(EndpointConfigName=live["EndpointConfigName"])
    model = sagemaker.describe_model(ModelName=config["ProductionVariants"][0]["ModelName"])
    name = model["PrimaryContainer"]["ModelPackageName"]
    package: dict[str, Any] = sagemaker.describe_model_package(ModelPackageName=name)
    return package


def _evaluation(s3: Any, package: Mapping[str, Any]) -> dict[str, Any]:
    uri = package["ModelMetrics"]["ModelQuality"]["Statistics"]["S3Uri"]
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    read: dict[str, Any] = json.load(s3.get_object(Bucket=bucket, Key=key)["Body"])
    return read


def _metrics(judged: Mapping[str, Any]) -> dict[str, float]:
    means = {name: float(judged["metrics"][name]["mean"]) for name in _METRICS}
    return means | {"coverage": float(judged["coverage"])}
