"""A dashboard's metric widgets as queries of GetMetricData; pure.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Document = dict[str, Any]

_RANGES = {"1h": 1, "3h": 3, "12h": 12, "1d": 24, "1w": 168}
# From how many hours on a period, where the widget does not say.
_PERIODS = ((168, 3600), (12, 300), (0, 60))
_LOOKS = ("color", "yAxis")


def hours_of(name: str) -> int:
    """The hours of a range's name; of three hours for one that is not offered."""
    return _RANGES.get(name, 3)


def alarm_names(arns: object) -> list[str]:
    """The names of alarms that a widget gives as ARNs."""
    found = arns if isinstance(arns, list) else []
    return [str(arn).partition(":alarm:")[2] or str(arn) for arn in found]


def metric_queries(
    properties: Mapping[str, Any], hours: int, alarms: Sequence[Mapping[str, Any]] = ()
) -> tuple[list[Document], dict[str, Document]]:
    """The queries of a widget and, by their ids, how their lines look.

    A widget of an alarm draws what the alarm looks at.
    """
    queries: list[Document] = []
    looks: dict[str, Document] = {}
    before: list[str] = []
    default = next(seconds for least, seconds in _PERIODS if hours >= least)
    for number, entry in enumerate(properties.get("metrics") or ()):
        options: Document = dict(entry[-1]) if isinstance(entry[-1], dict) else {}
        identifier = options.get("id") or f"line{number}"
        query: Document = {"Id": identifier, "ReturnData": options.get("visible", True)}
        if options.get("label"):
            query["Label"] = options["label"]
        period = int(options.get("period") or properties.get("period") or default)
        if options.get("expression"):
            query |= {"Expression": options["expression"], "Period": period}
        else:
            words = [str(word) for word in entry if not isinstance(word, dict)]
            before = _written_out(words, before)
            query["MetricStat"] = {
                "Metric": _metric(before),
                "Period": period,
                "Stat": options.get("stat") or properties.get("stat") or "Average",
            }
        queries.append(query)
        looks[identifier] = {key: options[key] for key in _LOOKS if key in options}
    for number, alarm in enumerate(alarms):
        queries += _of_alarm(alarm, f"alarm{number}")
    return queries, looks


def _written_out(words: Sequence[str], before: Sequence[str]) -> list[str]:
    """A metric whose repeated parts are dots: one a part, three for all that is not said."""
    if words and words[0] == "...":
        rest = list(words[1:])
        return [*before[: len(before) - len(rest)], *rest]
    return [before[at] if word == "." else word for at, word in enumerate(words)]


def _metric(words: Sequence[str]) -> Document:
    namespace, name, *by = words
    return {
        "Namespace": namespace,
        "MetricName": name,
        "Dimensions": [
            {"Name": key, "Value": value} for key, value in zip(by[::2], by[1::2], strict=True)
        ],
    }


def _of_alarm(alarm: Mapping[str, Any], prefix: str) -> list[Document]:
    if alarm.get("Metrics"):
        # Ids of several alarms must differ; expressions name them, so one alarm keeps its own.
        return [dict(query) for query in alarm["Metrics"]] if prefix == "alarm0" else []
    if not alarm.get("MetricName"):
        return []
    metric = {key: alarm[key] for key in ("Namespace", "MetricName", "Dimensions") if key in alarm}
    stat = alarm.get("ExtendedStatistic") or alarm.get("Statistic") or "Average"
    period = int(alarm.get("Period") or 60)
    return [{"Id": prefix, "MetricStat": {"Metric": metric, "Period": period, "Stat": stat}}]
