"""Alarms of the API and its functions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rlm import names
from rlm.api.operations import FUNCTION_TIMEOUT_SECONDS
from rlm.monitoring import metrics
from rlm.monitoring.alarm import any_in_five_minutes, reading, two_of_three_minutes

if TYPE_CHECKING:
    from rlm.monitoring.alarm import Alarm, Reading

GROUP: Final = "api"
# A caller gives up after about a second.
SLOW_MILLISECONDS: Final = 1000
SERVER_ERROR_RATE: Final = 0.01
STALE_RATE: Final = 0.1


def api_alarms(env: str) -> list[Alarm]:
    """No data raises no alarm: nobody asks at night."""
    alarms = [_server_errors(env), _latency(env)]
    for function in names.LAMBDA_FUNCTIONS:
        alarms += _of_function(env, function)
    return alarms


def _server_errors(env: str) -> Alarm:
    return two_of_three_minutes(
        names.api_alarm(env, "5xx"),
        "api-5xx",
        "page",
        f"More than {SERVER_ERROR_RATE:.0%} of requests failed on our side",
        # 1 for a request that failed, 0 for one that did not: the average is the rate.
        (_of_stage(env, metrics.API_SERVER_ERRORS, "Average"),),
        SERVER_ERROR_RATE,
        group=GROUP,
    )


def _latency(env: str) -> Alarm:
    return two_of_three_minutes(
        names.api_alarm(env, "latency"),
        "api-latency",
        "ticket",
        f"A request in a hundred took longer than {SLOW_MILLISECONDS} ms",
        (_of_stage(env, metrics.API_LATENCY, "p99"),),
        SLOW_MILLISECONDS,
        group=GROUP,
        explained_by=GROUP,
    )


def _of_stage(env: str, metric: metrics.Metric, statistic: str) -> Reading:
    return reading(metric, statistic, ApiName=names.rest_api(env), Stage=names.API_STAGE)


def _of_function(env: str, function: str) -> list[Alarm]:
    named = names.lambda_function(env, function)

    def of_lambda(metric: metrics.Metric, statistic: str) -> Reading:
        return reading(metric, statistic, FunctionName=named)

    def of_ours(metric: metrics.Metric, statistic: str) -> Reading:
        return reading(metric, statistic, environment=env, service=function)

    return [
        two_of_three_minutes(
            names.api_alarm(env, f"{function}-errors"),
            "function-errors",
            "page",
            f"{function} raised, was ended, or could not be loaded",
            (of_lambda(metrics.LAMBDA_ERRORS, "Sum"),),
            0,
            group=GROUP,
        ),
        two_of_three_minutes(
            names.api_alarm(env, f"{function}-throttles"),
            "function-throttles",
            "page",
            f"{function} was refused for lack of concurrency",
            (of_lambda(metrics.LAMBDA_THROTTLES, "Sum"),),
            0,
            group=GROUP,
        ),
        two_of_three_minutes(
            names.api_alarm(env, f"{function}-duration"),
            "function-duration",
            "ticket",
            f"{function} comes near its limit of {FUNCTION_TIMEOUT_SECONDS} s",
            (of_lambda(metrics.LAMBDA_DURATION, "p99"),),
            FUNCTION_TIMEOUT_SECONDS * 1000 * 0.8,
            group=GROUP,
            explained_by=GROUP,
        ),
        two_of_three_minutes(
            names.api_alarm(env, f"{function}-stale"),
            "function-stale",
            # Callers are spared for an hour, then they get errors.
            "page",
            f"More than {STALE_RATE:.0%} of {function}'s answers were of data kept from before",
            (of_ours(metrics.STALE_ANSWERS, "Average"),),
            STALE_RATE,
            group=GROUP,
        ),
        _logged_errors(env, function, of_ours(metrics.LOGGED_ERRORS, "Sum")),
    ]


def _logged_errors(env: str, function: str, read: Reading) -> Alarm:
    """A bug that one request in ten thousand meets is no rate, and is a bug."""
    return any_in_five_minutes(
        names.api_alarm(env, f"{function}-logged-errors"),
        "function-logged-errors",
        f"{function} met a bug and logged it",
        read,
        group=GROUP,
        explained_by=GROUP,
    )
