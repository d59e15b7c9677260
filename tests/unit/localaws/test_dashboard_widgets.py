"""Metric widgets as queries: the short forms that dashboards are written in, written out."""

from __future__ import annotations

from typing import Any

import pytest

from localaws.cloudwatch_pages.widgets import alarm_names, hours_of, metric_queries


def metrics_of(*entries: Any, **properties: Any) -> list[dict[str, Any]]:
    return metric_queries({"metrics": list(entries), **properties}, 3)[0]


def test_dots_stand_for_what_stood_above() -> None:
    queries = metrics_of(
        ["App", "Errors", "env", "dev", "dag", "load"],
        [".", "Runs", ".", ".", ".", "."],
        ["...", "publish"],
        stat="Sum",
    )
    assert [query["MetricStat"]["Metric"]["MetricName"] for query in queries] == [
        *("Errors", "Runs", "Runs")
    ]
    assert queries[2]["MetricStat"]["Metric"]["Dimensions"] == [
        {"Name": "env", "Value": "dev"},
        {"Name": "dag", "Value": "publish"},
    ]
    assert {query["MetricStat"]["Stat"] for query in queries} == {"Sum"}


def test_options_of_a_line_win_over_the_widgets() -> None:
    queries, looks = metric_queries(
        {
            "period": 300,
            "metrics": [
                ["App", "Latency", {"id": "p", "stat": "p99", "period": 60, "visible": False}],
                [{"expression": "p / 1000", "label": "Seconds", "color": "#f00", "yAxis": "right"}],
            ],
        },
        3,
    )
    assert queries == [
        {
            "Id": "p",
            "ReturnData": False,
            "MetricStat": {
                "Metric": {"Namespace": "App", "MetricName": "Latency", "Dimensions": []},
                "Period": 60,
                "Stat": "p99",
            },
        },
        {
            "Id": "line1",
            "ReturnData": True,
            "Label": "Seconds",
            "Expression": "p / 1000",
            "Period": 300,
        },
    ]
    assert looks["line1"] == {"color": "#f00", "yAxis": "right"}


@pytest.mark.parametrize(
    ("hours", "seconds"), [(1, 60), (3, 60), (12, 300), (24, 300), (168, 3600)]
)
def test_longer_ranges_have_longer_periods(hours: int, seconds: int) -> None:
    ((query,), _) = metric_queries({"metrics": [["App", "Errors"]]}, hours)
    assert query["MetricStat"]["Period"] == seconds


def test_a_widget_of_an_alarm_draws_its_metric() -> None:
    alarm = {"AlarmName": "a", "Namespace": "App", "MetricName": "Errors", "Statistic": "Sum"}
    ((query,), _) = metric_queries({}, 3, [alarm | {"Period": 300, "Dimensions": []}])
    assert query["MetricStat"] == {
        "Metric": {"Namespace": "App", "MetricName": "Errors", "Dimensions": []},
        "Period": 300,
        "Stat": "Sum",
    }
    assert alarm_names(["arn:aws:cloudwatch:us-east-1:000000000000:alarm:a:b"]) == ["a:b"]
    assert hours_of("nonsense") == 3
