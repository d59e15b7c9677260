"""CloudWatch's dashboards at `/cloudwatch/`, drawn as they were put, with the alarms beside them.

Of the default account and region; a bucket called `cloudwatch` is out of reach for requests
without a signature, and for those alone. Charts need ECharts, at `/docs/echarts/` if it is there.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from localaws import wire
from localaws.cloudwatch_pages.widgets import alarm_names, hours_of, metric_queries
from localaws.errors import AwsError
from localaws.operations import RestCall, Route

if TYPE_CHECKING:
    from collections.abc import Callable

    from localaws.host import Host, InProcessCall
    from localaws.operations import Document

_PATH = re.compile(r"/cloudwatch(?P<file>/[a-z.]*)?")
_PAGE = Path(__file__).with_name("page")
_FILES = {
    "": ("index.html", "text/html; charset=utf-8"),
    "dashboards.css": ("dashboards.css", "text/css; charset=utf-8"),
    "dashboards.js": ("dashboards.js", "text/javascript; charset=utf-8"),
    "text.js": ("text.js", "text/javascript; charset=utf-8"),
}


def register(host: Host) -> None:
    pages = Dashboards(host.call)
    host.operations.add_routes("", [Route("Dashboards", "GET", _PATH, pages.get)])


class Dashboards:
    """The page, its parts, and what it asks for as JSON."""

    def __init__(self, call: InProcessCall) -> None:
        self._call = call
        self._answers: dict[str, Callable[[wire.Request], Any]] = {
            "names": self._names,
            "board": self._board,
            "widget": self._widget,
            "alarms": self._alarms,
        }

    async def get(self, request: wire.Request, called: RestCall, body: bytes) -> wire.Response:
        asked = called.parameters["file"]
        if not asked:
            return wire.Response(308, {"location": "/cloudwatch/"}, b"")
        name = asked.strip("/")
        if answer := self._answers.get(name):
            document = await asyncio.to_thread(answer, request)
            text = json.dumps(document, default=lambda moment: moment.timestamp())
            return wire.Response(200, {"content-type": "application/json"}, text.encode())
        if name not in _FILES:
            raise AwsError("NoSuchKey", f"There is no page {asked}.", 404)
        file, kind = _FILES[name]
        headers = {"content-type": kind, "cache-control": "no-cache"}
        return wire.Response(200, headers, (_PAGE / file).read_bytes())

    def _names(self, request: wire.Request) -> list[str]:
        entries = self._call("cloudwatch", "ListDashboards", {})["DashboardEntries"]
        return sorted(entry["DashboardName"] for entry in entries)

    def _board(self, request: wire.Request) -> Document:
        answer = self._call(
            "cloudwatch", "GetDashboard", {"DashboardName": _asked(request, "name")}
        )
        try:
            board: Document = json.loads(answer["DashboardBody"])
        except ValueError as error:
            raise AwsError(
                "InvalidParameterInput", f"The dashboard is not JSON: {error}"
            ) from error
        return board

    def _widget(self, request: wire.Request) -> Document:
        """A widget's lines, or why they cannot be drawn."""
        widget = self._board(request).get("widgets", [])[int(_asked(request, "number"))]
        properties = widget.get("properties") or {}
        hours = hours_of(_asked(request, "range"))
        alarms = [
            self._metric_alarm(name)
            for name in alarm_names((properties.get("annotations") or {}).get("alarms"))
        ]
        queries, looks = metric_queries(properties, hours, alarms)
        now = time.time()
        since = now - hours * 3600
        asked: Document = {
            "MetricDataQueries": queries,
            "StartTime": since,
            "EndTime": now,
            "ScanBy": "TimestampAscending",
        }
        try:
            found = self._call("cloudwatch", "GetMetricData", asked)["MetricDataResults"]
        except AwsError as error:
            return {"lines": [], "problem": error.message}
        lines = [
            {
                "label": one["Label"],
                "points": [
                    [at.timestamp() * 1000, value]
                    for at, value in zip(one["Timestamps"], one["Values"], strict=True)
                ],
                **looks.get(one["Id"], {}),
            }
            for one in found
        ]
        thresholds = [
            {"value": alarm["Threshold"], "label": alarm["AlarmName"]}
            for alarm in alarms
            if "Threshold" in alarm
        ]
        return {"lines": lines, "thresholds": thresholds, "since": since * 1000}

    def _alarms(self, request: wire.Request) -> list[Document]:
        asked: Document = {"AlarmTypes": ["CompositeAlarm", "MetricAlarm"], "MaxRecords": 100}
        found: list[Document] = []
        while True:
            answer = self._call("cloudwatch", "DescribeAlarms", asked)
            for kind in ("CompositeAlarms", "MetricAlarms"):
                found += [
                    {
                        "name": one["AlarmName"],
                        "arn": one["AlarmArn"],
                        "state": one["StateValue"],
                        "reason": one.get("StateReason", ""),
                        "means": one.get("AlarmDescription", ""),
                        "since": one["StateUpdatedTimestamp"].timestamp() * 1000,
                        "is_composite": kind == "CompositeAlarms",
                    }
                    for one in answer.get(kind, [])
                ]
            if not answer.get("NextToken"):
                return found
            asked["NextToken"] = answer["NextToken"]

    def _metric_alarm(self, name: str) -> Document:
        answer = self._call("cloudwatch", "DescribeAlarms", {"AlarmNames": [name]})
        return dict(next(iter(answer.get("MetricAlarms", [])), {"AlarmName": name}))


def _asked(request: wire.Request, name: str) -> str:
    found = request.query.get(name)
    if not found:
        raise AwsError("InvalidParameterValue", f"{name} is required.")
    return found[0]
