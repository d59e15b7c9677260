"""What a run tells CloudWatch: nothing that rests on too few answers, and how many there were."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Final

from rlm.aws.metrics import put_metrics
from rlm.monitoring import metrics

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# CloudWatch takes no older values.
OLDEST: Final = dt.timedelta(days=14)


def publish(client: Any, env: str, found: Mapping[str, Any], now: dt.datetime) -> int:
    """Publish the findings of `run.monitor` for their business date; returns how many values.

    None of a day that is two weeks gone: a rerun for it changes its report alone.
    """
    at = moment_of(found, now)
    if now - at >= OLDEST:
        return 0
    data = [datum | {"Timestamp": at} for datum in measurements(env, found)]
    put_metrics(client, metrics.MODEL_NAMESPACE, data)
    return len(data)


def moment_of(found: Mapping[str, Any], now: dt.datetime) -> dt.datetime:
    """The end of the day on which a scheduled run tells of the business date, or now.

    That is the day after it. Of the date itself nothing is known until that morning, and an alarm
    that asks whether a day is missing would be bad every night.
    """
    day = dt.date.fromisoformat(found["business_date"]) + dt.timedelta(days=1)
    last = dt.datetime.combine(day, dt.time(23, 59), dt.UTC)
    return min(last, now)


def measurements(env: str, found: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Values as CloudWatch takes them."""
    yield metrics.JOINED_ANSWERS.datum(found["joined_answers"], environment=env)
    told = found["told"]
    if told["lead"]:
        measured = found["model_versions"][found["live_version"]]
        model, popular = _hit_rates(measured)
        yield metrics.HIT_RATE.datum(model, environment=env)
        yield metrics.POPULARITY_HIT_RATE.datum(popular, environment=env)
        yield metrics.HIT_RATE_LIFT.datum(measured["lift"]["hit_rate_10"]["mean"], environment=env)
    for segment in told["segments"]:
        model, popular = _hit_rates(found["segments"][segment])
        by = {"environment": env, "segment": segment}
        yield metrics.HIT_RATE_OF_SEGMENT.datum(model, **by)
        yield metrics.POPULARITY_HIT_RATE_OF_SEGMENT.datum(popular, **by)
    for version in told["model_versions"]:
        model, popular = _hit_rates(found["model_versions"][version])
        by = {"environment": env, "model_version": version}
        yield metrics.HIT_RATE_OF_VERSION.datum(model, **by)
        yield metrics.POPULARITY_HIT_RATE_OF_VERSION.datum(popular, **by)
    if told["drift"] is not None:
        yield metrics.INPUT_DRIFT.datum(told["drift"], environment=env)
    if told["coverage"]:
        yield metrics.COVERAGE.datum(found["shown"]["share"], environment=env)


def _hit_rates(measured: Mapping[str, Any]) -> tuple[float, float]:
    model, popular = (measured[name]["hit_rate_10"]["mean"] for name in ("model", "popularity"))
    return float(model), float(popular)
