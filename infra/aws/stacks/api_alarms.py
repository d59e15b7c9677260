"""Alarms of the API; docs/runbooks/api.md says what to do about each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch

from rlm import names
from rlm.api.operations import FUNCTION_TIMEOUT_SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aws_cdk import aws_apigateway as apigateway

    from environments import Environment

RUNBOOK: Final = "docs/runbooks/api.md"
NAMESPACE: Final = "RLM/Api"
_MINUTE: Final = cdk.Duration.minutes(1)
# A caller gives up after about a second.
_SLOW_MILLISECONDS: Final = 1000
_SERVER_ERROR_RATE: Final = 0.01
_STALE_RATE: Final = 0.1
_FALLBACK_RATE: Final = 0.05


@dataclass(frozen=True)
class Watched:
    """A metric, and from where on it is too much in two of three minutes."""

    subject: str
    description: str
    metric: cloudwatch.Metric
    threshold: float


def api_alarms(
    stack: cdk.Stack,
    environment: Environment,
    stage: apigateway.Stage,
    functions: Iterable[str],
) -> None:
    """No data is no alarm: nobody asks at night."""
    watched = [*_of_api(environment, stage), _fallbacks(environment)]
    for function in functions:
        watched += _of_function(environment, function)
    for one in watched:
        cloudwatch.Alarm(
            stack,
            f"{one.subject.title().replace('-', '')}Alarm",
            alarm_name=names.api_alarm(environment.name, one.subject),
            alarm_description=f"{one.description}; {RUNBOOK}",
            metric=one.metric,
            threshold=one.threshold,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            evaluation_periods=3,
            datapoints_to_alarm=2,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )


def _of_api(environment: Environment, stage: apigateway.Stage) -> list[Watched]:
    def metric(name: str, statistic: str) -> cloudwatch.Metric:
        return _metric(
            "AWS/ApiGateway",
            name,
            statistic,
            ApiName=names.rest_api(environment.name),
            Stage=stage.stage_name,
        )

    return [
        Watched(
            "5xx",
            f"More than {_SERVER_ERROR_RATE:.0%} of requests failed on our side",
            # 1 for a request that failed, 0 for one that did not: the average is the rate.
            metric("5XXError", "Average"),
            _SERVER_ERROR_RATE,
        ),
        Watched(
            "latency",
            f"A request in a hundred took longer than {_SLOW_MILLISECONDS} ms",
            metric("Latency", "p99"),
            _SLOW_MILLISECONDS,
        ),
    ]


def _fallbacks(environment: Environment) -> Watched:
    """Nobody sees an error when the model is gone: this is how it is noticed."""
    by = {"environment": environment.name, "service": "RecommendArtist"}
    return Watched(
        "RecommendArtist-fallbacks",
        f"More than {_FALLBACK_RATE:.0%} of recommendations were made without the model",
        _metric(NAMESPACE, "Fallbacks", "Average", **by),
        _FALLBACK_RATE,
    )


def _of_function(environment: Environment, function: str) -> list[Watched]:
    named = names.lambda_function(environment.name, function)

    def of_lambda(name: str, statistic: str) -> cloudwatch.Metric:
        return _metric("AWS/Lambda", name, statistic, FunctionName=named)

    def of_ours(name: str) -> cloudwatch.Metric:
        by = {"environment": environment.name, "service": function}
        return _metric(NAMESPACE, name, "Average", **by)

    return [
        Watched(
            f"{function}-errors",
            f"{function} raised, was ended, or could not be loaded",
            of_lambda("Errors", "Sum"),
            0,
        ),
        Watched(
            f"{function}-throttles",
            f"{function} was refused for lack of concurrency",
            of_lambda("Throttles", "Sum"),
            0,
        ),
        Watched(
            f"{function}-duration",
            f"{function} comes near its limit of {FUNCTION_TIMEOUT_SECONDS} s",
            of_lambda("Duration", "p99"),
            FUNCTION_TIMEOUT_SECONDS * 1000 * 0.8,
        ),
        Watched(
            f"{function}-stale",
            f"More than {_STALE_RATE:.0%} of {function}'s answers were of data kept from before",
            of_ours("StaleAnswers"),
            _STALE_RATE,
        ),
    ]


def _metric(namespace: str, name: str, statistic: str, **by: str) -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace=namespace,
        metric_name=name,
        dimensions_map=by,
        statistic=statistic,
        period=_MINUTE,
    )
