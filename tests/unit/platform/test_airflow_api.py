"""How a slow Airflow is asked."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import pytest

from bringup import airflow_api
from bringup.airflow_api import MOST_LATE_ANSWERS, AirflowApi
from bringup.failures import PlatformError

if TYPE_CHECKING:
    import urllib.request

RUN = {"state": "running", "duration": 2.0}


class SlowAirflow:
    """Lets so many calls but those for a token time out, then answers."""

    def __init__(self, late: int) -> None:
        self.late = late
        self.asked: list[str] = []

    def open(self, request: urllib.request.Request, timeout: float) -> io.BytesIO:
        if request.full_url.endswith("/auth/token"):
            return io.BytesIO(b'{"access_token": "t"}')
        self.asked.append(request.get_method())
        if len(self.asked) <= self.late:
            raise TimeoutError
        return io.BytesIO(json.dumps(RUN).encode())


def api(monkeypatch: pytest.MonkeyPatch, late: int) -> tuple[Any, SlowAirflow]:
    airflow = SlowAirflow(late)
    monkeypatch.setattr(airflow_api, "OPENER", airflow)
    return AirflowApi("http://127.0.0.1:1"), airflow


def test_a_question_that_times_out_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    asking, airflow = api(monkeypatch, MOST_LATE_ANSWERS - 1)
    assert asking.run_state("build_marts", "run")[0] == "running"
    assert airflow.asked == ["GET"] * MOST_LATE_ANSWERS


def test_an_airflow_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    asking, _ = api(monkeypatch, MOST_LATE_ANSWERS)
    with pytest.raises(PlatformError, match=r"did not answer GET .* in 30 s, 5 times"):
        asking.run_state("build_marts", "run")


def test_an_order_is_given_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asking, airflow = api(monkeypatch, 1)
    with pytest.raises(PlatformError, match="did not answer POST /api/orders in 30 s;"):
        asking._send("POST", "/api/orders", {})
    assert airflow.asked == ["POST"]
