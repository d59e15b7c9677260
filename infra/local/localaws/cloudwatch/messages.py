"""What CloudWatch tells a topic when an alarm changes its state; pure."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from localaws.cloudwatch.requests import BASIC_STATISTICS, alarm_period

if TYPE_CHECKING:
    from collections.abc import Mapping

    from localaws.scope import Scope

_REGIONS = {
    "us-east-1": "US East (N. Virginia)",
    "us-east-2": "US East (Ohio)",
    "us-west-1": "US West (N. California)",
    "us-west-2": "US West (Oregon)",
    "ca-central-1": "Canada (Central)",
    "eu-central-1": "EU (Frankfurt)",
    "eu-west-1": "EU (Ireland)",
    "eu-west-2": "EU (London)",
    "eu-west-3": "EU (Paris)",
    "eu-north-1": "EU (Stockholm)",
    "ap-northeast-1": "Asia Pacific (Tokyo)",
    "ap-southeast-1": "Asia Pacific (Singapore)",
    "ap-southeast-2": "Asia Pacific (Sydney)",
}
_SUBJECT_LENGTH = 100


def subject(alarm: Mapping[str, Any], state: str, region: str) -> str:
    """The subject of the message, as an e-mail shows it."""
    return f'{state}: "{alarm["AlarmName"]}" in {region_name(region)}'[:_SUBJECT_LENGTH]


def message(
    alarm: Mapping[str, Any], old: str, new: str, reason: str, at: float, scope: Scope
) -> str:
    """The JSON text that subscribers get, of a metric alarm or a composite one."""
    told: dict[str, Any] = {
        "AlarmName": alarm["AlarmName"],
        "AlarmDescription": alarm.get("AlarmDescription") or None,
        "AWSAccountId": scope.account,
        "AlarmConfigurationUpdatedTimestamp": moment(
            alarm.get("AlarmConfigurationUpdatedTimestamp") or at
        ),
        "NewStateValue": new,
        "NewStateReason": reason,
        "StateChangeTime": moment(at),
        "Region": region_name(scope.region),
        "AlarmArn": alarm["AlarmArn"],
        "OldStateValue": old,
        "OKActions": alarm.get("OKActions") or [],
        "AlarmActions": alarm.get("AlarmActions") or [],
        "InsufficientDataActions": alarm.get("InsufficientDataActions") or [],
    }
    if "AlarmRule" in alarm:
        told["AlarmRule"] = alarm["AlarmRule"]
        told["TriggeringChildren"] = _children(alarm)
    else:
        told["Trigger"] = _trigger(alarm)
    return json.dumps(told)


def region_name(region: str) -> str:
    return _REGIONS.get(region, region)


def moment(at: float) -> str:
    """A time as CloudWatch's messages have it."""
    text = datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "+0000")


def _trigger(alarm: Mapping[str, Any]) -> dict[str, Any]:
    compared = {
        "Period": alarm_period(alarm),
        "EvaluationPeriods": int(alarm.get("EvaluationPeriods") or 1),
        "DatapointsToAlarm": int(
            alarm.get("DatapointsToAlarm") or alarm.get("EvaluationPeriods") or 1
        ),
        "ComparisonOperator": alarm.get("ComparisonOperator"),
        "Threshold": alarm.get("Threshold"),
        "TreatMissingData": alarm.get("TreatMissingData") or "missing",
        "EvaluateLowSampleCountPercentile": alarm.get("EvaluateLowSampleCountPercentile") or "",
    }
    if queries := alarm.get("Metrics"):
        return compared | {"Metrics": [_query(query) for query in queries]}
    extended = alarm.get("ExtendedStatistic")
    statistic = (
        {"StatisticType": "ExtendedStatistic", "ExtendedStatistic": extended}
        if extended
        else {"StatisticType": "Statistic", "Statistic": _spelled(str(alarm.get("Statistic")))}
    )
    return {
        "MetricName": alarm.get("MetricName"),
        "Namespace": alarm.get("Namespace"),
        **statistic,
        "Unit": alarm.get("Unit"),
        "Dimensions": _dimensions(alarm.get("Dimensions")),
        **compared,
    }


def _query(query: Mapping[str, Any]) -> dict[str, Any]:
    told = {key: query[key] for key in ("Id", "Label", "Expression") if query.get(key)}
    told["ReturnData"] = query.get("ReturnData") is not False
    if stat := query.get("MetricStat"):
        metric = stat["Metric"]
        told["MetricStat"] = {
            "Metric": {
                "Dimensions": _dimensions(metric.get("Dimensions")),
                "MetricName": metric.get("MetricName"),
                "Namespace": metric.get("Namespace"),
            },
            "Period": stat["Period"],
            "Stat": stat["Stat"],
        }
    return told


def _children(alarm: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = json.loads(alarm.get("StateReasonData") or "{}").get("triggeringAlarms") or []
    return [
        {
            "Arn": child["arn"],
            "State": {"Value": child["state"]["value"], "Timestamp": child["state"]["timestamp"]},
        }
        for child in found
    ]


def _dimensions(dimensions: object) -> list[dict[str, str]]:
    found = dimensions if isinstance(dimensions, list) else []
    return [{"value": one["Value"], "name": one["Name"]} for one in found]


def _spelled(statistic: str) -> str:
    """`Average` is `AVERAGE` here, `SampleCount` is `SAMPLE_COUNT`."""
    if statistic not in BASIC_STATISTICS:
        return statistic
    return "SAMPLE_COUNT" if statistic == "SampleCount" else statistic.upper()
