"""Lines and values on their way to CloudWatch: streams take turns, nothing is left over."""

from __future__ import annotations

from collections import Counter
from typing import Any

from localaws.scope import Scope
from localaws.telemetry import Stream, Telemetry

SCOPE = Scope("000000000000", "us-east-1")


def test_every_line_and_value_is_sent() -> None:
    sent: Counter[str] = Counter()
    values: list[tuple[float, float]] = []

    def call(_service: str, operation: str, request: dict[str, Any], **_scope: str) -> None:
        if operation == "PutLogEvents":
            sent.update({request["logStreamName"]: len(request["logEvents"])})
        if operation == "PutMetricData":
            (datum,) = request["MetricData"]
            values.extend(zip(datum["Values"], datum["Counts"], strict=True))

    telemetry = Telemetry(call, "test")  # type: ignore[arg-type]
    telemetry.start()
    for _ in range(3):
        for number in range(45):
            telemetry.log(Stream(SCOPE, "group", f"stream-{number}"), ["one", "two"])
    for value in (1.0, 1.0, 2.0):
        telemetry.measure(SCOPE, "Space", "Metric", value, "Count", By="x")
    telemetry.stop()

    assert sent == {f"stream-{number}": 6 for number in range(45)}
    assert sorted(values) == [(1.0, 2.0), (2.0, 1.0)]
