"""A gateway whose hours pass in a minute, with somebody who listens to its topics."""

from __future__ import annotations

import http.server
import json
import threading
import time
import urllib.request
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

SPEED = 60
OPTIONS = ("--monitoring-speed", str(SPEED))
_WAIT_SECONDS = 20.0


class Heard(NamedTuple):
    """One request that a subscriber got."""

    headers: dict[str, str]
    body: str

    @property
    def kind(self) -> str:
        return self.headers["x-amz-sns-message-type"]

    @property
    def envelope(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found


class Subscriber:
    """An HTTP server on this machine; it answers with the statuses it is told, then with 200."""

    def __init__(self) -> None:
        self.heard: list[Heard] = []
        self.statuses: list[int] = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"])).decode()
                headers = {name.lower(): value for name, value in self.headers.items()}
                outer.heard.append(Heard(headers, body))
                self.send_response(outer.statuses.pop(0) if outer.statuses else 200)
                self.end_headers()

            def log_message(self, *_: Any) -> None: ...

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/alarms"

    def confirm(self) -> str:
        """Visit the URL that the last confirmation names; its body."""
        asked = wait_for(lambda: [h for h in self.heard if h.kind == "SubscriptionConfirmation"])
        return visit(asked[-1].envelope["SubscribeURL"])

    def visit(self, url: str) -> str:
        """What a URL that the local AWS named answers."""
        return visit(url)

    def notifications(self) -> list[Heard]:
        return [one for one in self.heard if one.kind == "Notification"]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def visit(url: str) -> str:
    """What a URL of the local AWS answers."""
    assert url.startswith("http://127.0.0.1:")
    with urllib.request.urlopen(url) as answer:  # noqa: S310 - see above
        return str(answer.read().decode())


def wait_for(look: Callable[[], Any]) -> Any:
    """The first true thing that is seen."""
    deadline = time.monotonic() + _WAIT_SECONDS
    while not (found := look()):
        assert time.monotonic() < deadline, f"still {found!r}"
        time.sleep(0.05)
    return found


class World:
    """The gateway, and what tests of monitoring do with it."""

    def __init__(self, gateway: Any) -> None:
        self.gateway = gateway
        self.cloudwatch = gateway.client("cloudwatch")
        self.logs = gateway.client("logs")
        self.sns = gateway.client("sns")

    def put(self, name: str, *values: float, **dimensions: str) -> None:
        by = [{"Name": key, "Value": value} for key, value in dimensions.items()]
        data = [{"MetricName": name, "Dimensions": by, "Value": value} for value in values]
        self.cloudwatch.put_metric_data(Namespace="Test", MetricData=data)

    def alarm(self, name: str, **more: Any) -> None:
        """An alarm that goes off when the sum of its own metric is above 0 in an hour.

        The hour is a minute here: long enough for a busy machine to look at what was just put.
        """
        definition = {
            "AlarmName": name,
            "Namespace": "Test",
            "MetricName": name,
            "Statistic": "Sum",
            "Period": 3600,
            "EvaluationPeriods": 1,
            "Threshold": 0,
            "ComparisonOperator": "GreaterThanThreshold",
            "TreatMissingData": "notBreaching",
        }
        if "Metrics" in more:
            for key in ("Namespace", "MetricName", "Statistic", "Period"):
                del definition[key]
        self.cloudwatch.put_metric_alarm(**(definition | more))

    def described(self, name: str) -> dict[str, Any]:
        found = self.cloudwatch.describe_alarms(
            AlarmNames=[name], AlarmTypes=["MetricAlarm", "CompositeAlarm"]
        )
        (alarm,) = found["MetricAlarms"] + found["CompositeAlarms"]
        return dict(alarm)

    def state(self, name: str) -> str:
        return str(self.described(name)["StateValue"])

    def wait_for_state(self, name: str, state: str) -> None:
        wait_for(lambda: self.state(name) == state)

    def inbox(self, topic: str) -> list[dict[str, Any]]:
        """What was sent of one topic, newest first."""
        status, body = self.gateway.get("/inbox/messages")
        assert status == 200
        return [one for one in json.loads(body)["messages"] if one["topic"] == topic]
