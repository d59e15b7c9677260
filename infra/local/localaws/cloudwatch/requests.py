"""What PutMetricAlarm and PutCompositeAlarm are asked for: checked before anything is kept.

An alarm that could never be judged must not be made: it would be OK for ever.
"""

from __future__ import annotations

import json
import re
from functools import cache
from typing import TYPE_CHECKING, Any

import botocore.session

from localaws import model_constraints
from localaws.alarms import COMPARISONS
from localaws.cloudwatch.metric_math import MathError, Series, Window, evaluate
from localaws.errors import AwsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from localaws.operations import Document

BASIC_STATISTICS = ("SampleCount", "Average", "Sum", "Minimum", "Maximum")
_PERCENTILE = re.compile(r"p(\d{1,2}(\.\d{1,10})?|100)")
_QUERY_ID = re.compile(r"[a-z][A-Za-z0-9_]*")
_ACTIONS = ("AlarmActions", "OKActions", "InsufficientDataActions")
_METRIC_MEMBERS = (
    "MetricName",
    "Namespace",
    "Statistic",
    "ExtendedStatistic",
    "Dimensions",
    "Unit",
)
_NOT_SERVED = ("ThresholdMetricId", "EvaluationCriteria", "EvaluationInterval")
DEFAULT_PERIOD = 60


def invalid(message: str) -> AwsError:
    return AwsError("ValidationError", message)


def check_model(operation: str, document: Document) -> None:
    """Raise what AWS says of a request that its own model forbids."""
    if broken := list(model_constraints.broken(_input_shape(operation), document)):
        raise invalid(model_constraints.message(broken))


def check_metric_alarm(request: Document) -> None:
    """Raise for an alarm that cannot be judged."""
    check_model("PutMetricAlarm", request)
    for member in _NOT_SERVED:
        if request.get(member):
            raise invalid(f"The local AWS does not serve alarms with {member}.")
    comparison = request.get("ComparisonOperator")
    if comparison not in COMPARISONS:
        raise invalid(f"The local AWS has no bands of anomalies to compare with by {comparison}.")
    if request.get("Threshold") is None:
        raise invalid("Threshold is required.")
    periods = int(request["EvaluationPeriods"])
    if int(request.get("DatapointsToAlarm") or periods) > periods:
        raise invalid("DatapointsToAlarm must not be greater than EvaluationPeriods.")
    treatments = ("breaching", "notBreaching", "ignore", "missing")
    if request.get("TreatMissingData") not in (None, "", *treatments):
        raise invalid(f"TreatMissingData must be one of {', '.join(treatments)}.")
    _check_actions(request)
    if queries := request.get("Metrics"):
        if mixed := [name for name in (*_METRIC_MEMBERS, "Period") if request.get(name)]:
            raise invalid(f"{mixed[0]} cannot be set together with Metrics.")
        _check_alarm_queries(queries)
        return
    if not request.get("MetricName") or not request.get("Namespace"):
        raise invalid("MetricName and Namespace, or Metrics, are required.")
    if bool(request.get("Statistic")) == bool(request.get("ExtendedStatistic")):
        raise invalid("Exactly one of Statistic and ExtendedStatistic is required.")
    check_statistic(str(request.get("Statistic") or request.get("ExtendedStatistic")))


def check_composite_alarm(request: Document) -> None:
    """Raise for what the rule's own parser does not look at."""
    check_model("PutCompositeAlarm", request)
    _check_actions(request)
    periods = ("ActionsSuppressorWaitPeriod", "ActionsSuppressorExtensionPeriod")
    given = [request.get(name) is not None for name in periods]
    if request.get("ActionsSuppressor") and not all(given):
        raise invalid(f"{' and '.join(periods)} are required with ActionsSuppressor.")
    if not request.get("ActionsSuppressor") and any(given):
        raise invalid(f"ActionsSuppressor is required with {' and '.join(periods)}.")


def check_dashboard(body: str) -> None:
    """Raise for a body that no page could draw."""
    try:
        found = json.loads(body)
    except ValueError as error:
        raise AwsError("InvalidParameterInput", f"DashboardBody is not JSON: {error}.") from error
    if not isinstance(found, dict) or not isinstance(found.get("widgets"), list):
        raise AwsError("InvalidParameterInput", "DashboardBody must have a list of widgets.")


def check_statistic(statistic: str) -> None:
    if statistic not in BASIC_STATISTICS and not _PERCENTILE.fullmatch(statistic):
        raise invalid(
            f"The local AWS does not serve the statistic {statistic}: there are "
            f"{', '.join(BASIC_STATISTICS)} and percentiles as p99."
        )


def check_queries(queries: Sequence[Mapping[str, Any]]) -> None:
    """Raise for queries whose ids or parts do not fit together."""
    seen: set[str] = set()
    for query in queries:
        identifier = str(query.get("Id", ""))
        if not _QUERY_ID.fullmatch(identifier):
            raise invalid(
                f"The value {identifier!r} for parameter Id is not matching the expected pattern "
                f"^[a-z][a-zA-Z0-9_]*$."
            )
        if identifier in seen:
            raise invalid(f"The Id {identifier!r} is used by more than one query.")
        seen.add(identifier)
        if bool(query.get("Expression")) == bool(query.get("MetricStat")):
            raise invalid(f"{identifier}: exactly one of Expression and MetricStat is required.")
        if stat := query.get("MetricStat"):
            check_statistic(str(stat["Stat"]))
            if int(stat["Period"]) < 1:
                raise invalid(f"{identifier}: the period must be at least a second.")


def returned(queries: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The queries whose results are asked for."""
    return [query for query in queries if query.get("ReturnData") is not False]


def alarm_period(alarm: Mapping[str, Any]) -> int:
    """The seconds of one of an alarm's periods."""
    for query in alarm.get("Metrics") or ():
        if query.get("MetricStat"):
            return int(query["MetricStat"]["Period"])
    return int(alarm.get("Period") or DEFAULT_PERIOD)


def _check_alarm_queries(queries: Sequence[Mapping[str, Any]]) -> None:
    check_queries(queries)
    wanted = returned(queries)
    if len(wanted) != 1:
        raise invalid("Exactly one element of Metrics must return data.")
    stats = {query["Id"]: query["MetricStat"] for query in queries if query.get("MetricStat")}
    expressions = {query["Id"]: query["Expression"] for query in queries if query.get("Expression")}
    # Empty series show of what kind each result is, and whether every function is known.
    nothing = {identifier: Series(DEFAULT_PERIOD) for identifier in stats}
    try:
        values = evaluate(expressions, nothing, Window(0, DEFAULT_PERIOD, DEFAULT_PERIOD))
    except MathError as error:
        raise invalid(f"Error in expression: {error}.") from error
    periods = sorted({int(stat["Period"]) for stat in stats.values()})
    if len(periods) != 1:
        raise invalid(f"The metrics of an alarm must have one period, not {periods}.")
    result = wanted[0]["Id"]
    if result in expressions and not isinstance(values[result], Series):
        raise invalid(f"The expression {result} must result in one time series.")


def _check_actions(request: Document) -> None:
    for member in _ACTIONS:
        for action in request.get(member) or ():
            if not str(action).startswith("arn:aws:sns:"):
                raise invalid(
                    f"The local AWS serves actions of SNS topics only, not {action!r} of {member}."
                )


@cache
def _input_shape(operation: str) -> Any:
    model = botocore.session.Session().get_service_model("cloudwatch")
    return model.operation_model(operation).input_shape
