"""The page of dashboards asks for what was deployed, and gets it."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import pytest

pytestmark = pytest.mark.slow


def ask(monitoring, path, **parameters):
    status, body = monitoring.gateway.get(f"/cloudwatch/{path}?{urlencode(parameters)}")
    assert status == 200, body
    return json.loads(body)


def test_a_dashboard_is_drawn_with_its_lines_alarms_and_problems(monitoring):
    monitoring.alarm("boarded", Threshold=5)
    monitoring.put("boarded", 2, 4)
    arn = "arn:aws:cloudwatch:us-east-1:000000000000:alarm:boarded"
    metrics = {
        "stat": "Sum",
        "metrics": [
            ["Test", "boarded", {"id": "m", "label": "Sum", "color": "#0a0"}],
            [{"expression": "m * 2", "label": "Twice"}],
        ],
    }
    widgets = [
        {"type": "metric", "properties": metrics},
        {"type": "metric", "properties": {"annotations": {"alarms": [arn]}}},
        {"type": "metric", "properties": {"metrics": [[{"expression": "SEARCH('x', 'Sum')"}]]}},
    ]
    monitoring.cloudwatch.put_dashboard(
        DashboardName="boarded", DashboardBody=json.dumps({"widgets": widgets})
    )
    assert "boarded" in ask(monitoring, "names")
    assert ask(monitoring, "board", name="boarded") == {"widgets": widgets}
    drawn = ask(monitoring, "widget", name="boarded", number=0, range="1h")
    shown = [(line["label"], sum(value for _, value in line["points"])) for line in drawn["lines"]]
    assert shown == [("Sum", 6.0), ("Twice", 12.0)]
    assert drawn["lines"][0]["color"] == "#0a0"
    of_alarm = ask(monitoring, "widget", name="boarded", number=1, range="1h")
    assert of_alarm["thresholds"] == [{"value": 5.0, "label": "boarded"}]
    assert len(of_alarm["lines"]) == 1
    problem = ask(monitoring, "widget", name="boarded", number=2, range="1h")["problem"]
    assert "SEARCH is not served" in problem
    (alarm,) = [one for one in ask(monitoring, "alarms") if one["name"] == "boarded"]
    assert alarm["state"] in ("ALARM", "OK")
    assert monitoring.gateway.get("/cloudwatch/")[0] == 200
    assert monitoring.gateway.get("/cloudwatch/nothing")[0] == 404
