"""Which ids a request goes by: API Gateway's always, and the caller's where it is one."""

from __future__ import annotations

import pytest

from rlm.api.correlation import RequestIds, request_ids

TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.mark.parametrize(
    ("headers", "correlation_id"),
    [
        (None, "request-1"),
        ({"x-correlation-id": "caller-22"}, "caller-22"),
        ({"X-Correlation-ID": "caller-22"}, "caller-22"),
        ({"x-correlation-id": TRACEPARENT}, TRACEPARENT),
        ({"x-correlation-id": "seven-7"}, "request-1"),
        ({"x-correlation-id": "x" * 65}, "request-1"),
        ({"x-correlation-id": "caller-22\n"}, "request-1"),
        ({"x-correlation-id": "caller;request_id=22"}, "request-1"),
    ],
)
def test_an_id_is_taken_only_if_it_can_be_written_anywhere(
    headers: dict[str, str] | None, correlation_id: str
) -> None:
    event = {"requestContext": {"requestId": "request-1"}, "headers": headers}
    assert request_ids(event) == RequestIds("request-1", correlation_id)
