"""Each invocation leaves one line, a JSON document, with the ids of the request that it was."""

from __future__ import annotations

import io
import json
import logging
from typing import TYPE_CHECKING, Any, cast

import pytest

from rlm.recommend.server.log import JsonLines, request_ids
from rlm.recommend.server.messages import Answers
from rlm.recommend.server.web import application

if TYPE_CHECKING:
    from collections.abc import Iterator

ASKED = b'{"questions":[{"fan_id":"fan-1"}]}'
IDS = {"request_id": "a-request", "correlation_id": "a-caller:22"}


class Answering:
    """A model that answers nothing, or fails."""

    model_version = "model-7"
    fault: Exception | None = None

    def answers(self, _body: object) -> Answers:
        if self.fault is not None:
            raise self.fault
        return Answers(self.model_version, ())


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(JsonLines())
    log = logging.getLogger("rlm.recommend.server")
    level, log.level = log.level, logging.INFO
    log.addHandler(handler)
    yield written
    log.removeHandler(handler)
    log.setLevel(level)


def ask(answering: Answering, path: str = "/invocations", attributes: str = "") -> None:
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "POST" if path == "/invocations" else "GET",
        "PATH_INFO": path,
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(ASKED)),
        "wsgi.input": io.BytesIO(ASKED),
        "HTTP_X_AMZN_SAGEMAKER_CUSTOM_ATTRIBUTES": attributes,
    }
    application(cast("Any", answering))(environ, cast("Any", lambda *_: None))


def told(lines: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines.getvalue().splitlines()]


def test_an_answer_is_a_line_with_the_callers_ids(lines: io.StringIO) -> None:
    ask(Answering(), attributes="request_id=a-request;correlation_id=a-caller:22")
    (line,) = told(lines)
    assert line.pop("milliseconds") >= 0
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "level": "INFO",
        "message": "answered",
        "status": 200,
        "model_version": "model-7",
        **IDS,
    }


def test_a_failure_is_told_with_its_trace_and_then_answered(lines: io.StringIO) -> None:
    answering = Answering()
    answering.fault = RuntimeError("the model is gone")
    ask(answering, attributes="request_id=a-request;correlation_id=a-caller:22")
    failure, answered = told(lines)
    assert failure | IDS == failure
    assert "RuntimeError: the model is gone" in failure["exception"]
    assert (answered["message"], answered["status"]) == ("answered", 500)


def test_health_checks_leave_no_line(lines: io.StringIO) -> None:
    ask(Answering(), path="/ping")
    assert told(lines) == []


@pytest.mark.parametrize(
    ("attributes", "found"),
    [
        ("", {}),
        ("request_id=one", {"request_id": "one"}),
        ("request_id=one; level=FATAL", {"request_id": "one"}),
        ('request_id=one","level":"x', {}),
        ("request_id=" + "x" * 65, {}),
        ("c000b4f9-df62-4c85-a0bf-7c525f9104a4", {}),
    ],
)
def test_only_ids_are_taken_from_what_a_caller_sends(
    attributes: str, found: dict[str, str]
) -> None:
    assert request_ids(attributes) == found
