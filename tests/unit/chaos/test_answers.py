"""Answers are compared only where they say something, and are asked for until the run's end."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, cast

import pytest

from chaos import api_load
from chaos.answers import require_answers, row_of
from chaos.api_load import Api, ApiLoad

if TYPE_CHECKING:
    from collections.abc import Iterator

GOOD = {
    "answers.recommend": [
        row_of("recommend?fan_id=a", 200, {"source": "model", "request_id": "1"}),
        row_of("recommend?fan_id=b", 200, {"source": "popular"}),
    ],
    "answers.analyze": [row_of("analyze?event_id=a", 404, {}), row_of("analyze?b", 200, {"a": 1})],
    "items.Venues": ["no answer"],
}


def test_row_leaves_out_what_differs_from_run_to_run() -> None:
    assert GOOD["answers.recommend"][0] == 'recommend?fan_id=a 200 {"source": "model"}'


def test_one_good_answer_of_each_kind_is_enough() -> None:
    assert require_answers(GOOD) == []


def test_refusals_prove_nothing() -> None:
    refused = [row_of("analyze?event_id=a", 404, {}), row_of("analyze?event_id=b", 0, {})]
    assert require_answers(GOOD | {"answers.analyze": refused}) == [
        "answers.analyze: no answer has status 200"
    ]
    assert require_answers(GOOD | {"answers.analyze": []}) == [
        "answers.analyze: no answer has status 200"
    ]


def test_recommendations_without_the_model_prove_nothing() -> None:
    fallbacks = [
        row_of("recommend?fan_id=a", 200, {"source": "popular"}),
        row_of("recommend?fan_id=b", 503, {"source": "model"}),
    ]
    assert require_answers(GOOD | {"answers.recommend": fallbacks}) == [
        "answers.recommend: no answer is the model's"
    ]


@pytest.fixture
def api() -> Iterator[Api]:
    """Answers with the document and the status that the path names."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, _, body = self.path.removeprefix("/").partition("/")
            self.send_response(int(status))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield Api(f"http://127.0.0.1:{server.server_address[1]}", "key")
    server.shutdown()
    server.server_close()


def test_what_is_no_document_is_no_answer(api: Api) -> None:
    assert api.ask('200/{"source":"model"}') == (200, {"source": "model"})
    assert api.ask('404/{"title":"gone"}') == (404, {"title": "gone"})
    for body in ("[]", "null", "html"):
        assert api.ask(f"200/{body}") == (0, {})
        assert api.ask(f"502/{body}") == (502, {})


class Broken:
    """An API whose second answer is a fault of ours."""

    def __init__(self) -> None:
        self.asked = 0

    def ask(self, _path: str) -> tuple[int, dict[str, Any]]:
        self.asked += 1
        if self.asked == 2:
            raise AttributeError("a bug of ours")
        return 200, json.loads('{"source": "model"}')


def test_load_that_dies_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_load, "PAUSE_SECONDS", 0.001)
    load = ApiLoad(cast("Api", Broken()))
    load.start()
    deadline = time.monotonic() + 10
    while not load.problem and time.monotonic() < deadline:
        time.sleep(0.005)
    load.stop()
    assert load.problem == "AttributeError: a bug of ours"
    assert [one.status for one in load.asked] == [200]


def test_load_that_is_stopped_has_no_problem(monkeypatch: pytest.MonkeyPatch, api: Api) -> None:
    monkeypatch.setattr(api_load, "PAUSE_SECONDS", 0.001)
    load = ApiLoad(api)
    monkeypatch.setattr(api_load, "PATHS", ("200/{}",))
    load.start()
    load.stop()
    load.stop()
    assert load.problem == ""
