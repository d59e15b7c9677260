"""Alarms of the endpoint, and of the model behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rlm import names
from rlm.monitoring import metrics
from rlm.monitoring.alarm import Alarm, reading, two_of_three_minutes

if TYPE_CHECKING:
    from rlm.monitoring.alarm import Comparison, MissingData, Reading

GROUP: Final = "recommender"
MODEL_GROUP: Final = "model"
# A canary of a tenth of the traffic may fail one of ten requests before it is taken back.
SERVER_ERROR_RATE: Final = 0.01
FALLBACK_RATE: Final = 0.05
# An endpoint that answers one request in ten is gone too.
GONE_RATE: Final = 0.9
# By custom: below 0.1 nothing moved, above 0.25 it is another population.
MOST_DRIFT: Final = 0.25
LEAST_COVERAGE: Final = 0.05
# Of answers: fewer are of fewer fans than those of whom monitor_model tells rates.
LEAST_JOINED: Final = 100
_DAY_SECONDS: Final = 86_400


def recommender_alarms(env: str, latency_p99_milliseconds: int) -> list[Alarm]:
    """The endpoint's; a rollout is rolled back by those of `names.ENDPOINT_ALARMS`."""
    return [
        _of_endpoint(
            env,
            "5xx",
            f"More than {SERVER_ERROR_RATE:.0%} of a minute's requests failed in the endpoint",
            # 1 for a request that failed, 0 for one that did not: the average is the rate.
            (metrics.ENDPOINT_SERVER_ERRORS, "Average"),
            SERVER_ERROR_RATE,
        ),
        _of_endpoint(
            env,
            "latency",
            f"A request in a hundred took the model longer than {latency_p99_milliseconds} ms",
            (metrics.MODEL_LATENCY, "p99"),
            latency_p99_milliseconds * 1000,
        ),
        two_of_three_minutes(
            names.alarm(env, "recommender-gone"),
            "recommender-gone",
            "page",
            f"More than {GONE_RATE:.0%} of recommendations were made without the model",
            (_fallbacks(env),),
            GONE_RATE,
            group=GROUP,
        ),
        # Nobody sees an error when the model is gone: this is how it is noticed.
        two_of_three_minutes(
            names.api_alarm(env, "RecommendArtist-fallbacks"),
            "recommender-fallbacks",
            "ticket",
            f"More than {FALLBACK_RATE:.0%} of recommendations were made without the model",
            (_fallbacks(env),),
            FALLBACK_RATE,
            group=GROUP,
            explained_by=GROUP,
        ),
    ]


def model_alarms(env: str) -> list[Alarm]:
    """Of what monitor_model finds once a day; a day without news leaves them as they are."""
    return [
        _of_model(
            env,
            "model-lift",
            "The live model hits no better than popularity would",
            (metrics.HIT_RATE_LIFT, "Average"),
            "LessThanOrEqualToThreshold",
            0,
        ),
        _of_model(
            env,
            "model-drift",
            "Other fans ask than those whom the model was judged on",
            (metrics.INPUT_DRIFT, "Average"),
            "GreaterThanThreshold",
            MOST_DRIFT,
        ),
        _of_model(
            env,
            "model-coverage",
            f"Fewer than {LEAST_COVERAGE:.0%} of the artists were shown to anybody in a week",
            (metrics.COVERAGE, "Average"),
            "LessThanThreshold",
            LEAST_COVERAGE,
        ),
        _of_model(
            env,
            "model-unjudged",
            f"Of fewer than {LEAST_JOINED} answers it is known what fans did: nobody can judge",
            (metrics.JOINED_ANSWERS, "Average"),
            "LessThanThreshold",
            LEAST_JOINED,
            # Answers that are not captured, and a DAG that does not run, look like peace.
            missing_data="breaching",
        ),
    ]


def _fallbacks(env: str) -> Reading:
    return reading(metrics.FALLBACKS, "Average", environment=env, service="RecommendArtist")


def _of_endpoint(
    env: str,
    subject: str,
    description: str,
    measure: tuple[metrics.Metric, str],
    threshold: float,
) -> Alarm:
    """One bad minute is enough to take a canary back; no traffic is no reason."""
    metric, statistic = measure
    return Alarm(
        name=names.endpoint_alarm(env, subject),
        kind=f"recommender-{subject}",
        group=GROUP,
        severity="ticket",
        description=description,
        readings=(
            reading(
                metric,
                statistic,
                EndpointName=names.endpoint(env),
                VariantName=names.ENDPOINT_VARIANT,
            ),
        ),
        threshold=threshold,
        comparison="GreaterThanThreshold",
        missing_data="notBreaching",
        period_seconds=60,
        evaluation_periods=1,
        datapoints_to_alarm=1,
        explained_by=GROUP,
    )


def _of_model(
    env: str,
    kind: str,
    description: str,
    measure: tuple[metrics.Metric, str],
    comparison: Comparison,
    threshold: float,
    missing_data: MissingData = "ignore",
) -> Alarm:
    """Two days in a row: one is an odd day."""
    metric, statistic = measure
    return Alarm(
        name=names.alarm(env, kind),
        kind=kind,
        group=MODEL_GROUP,
        severity="ticket",
        description=description,
        readings=(reading(metric, statistic, environment=env),),
        threshold=threshold,
        comparison=comparison,
        missing_data=missing_data,
        period_seconds=_DAY_SECONDS,
        evaluation_periods=2,
        datapoints_to_alarm=2,
        explained_by="pipeline" if missing_data == "breaching" else None,
    )
