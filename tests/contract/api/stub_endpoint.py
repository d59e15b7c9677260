"""Stands for the recommender's endpoint on the wire: answers, or fails in the way a test says."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

ARTISTS = ("one", "two", "three")
# What is JSON to Python and no score.
SCORES = {
    "not a number": "NaN",
    "too large": "9" * 400,
    "nested": "[" * 100_000,
}


class StubEndpoint:
    """A server that speaks InvokeEndpoint; `mode` is how it behaves from now on."""

    def __init__(self) -> None:
        self.mode = "answers"
        self.asked: list[dict[str, Any]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(stub) -> type[BaseHTTPRequestHandler]:  # noqa: N805 - the handler's self is its own
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # Head and body leave together: a body on its own would wait for the caller's delayed
            # acknowledgement, 40 ms.
            wbufsize = -1

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                stub.asked.append(body["questions"][0])
                match stub.mode:
                    case "slow":
                        time.sleep(2)
                        self._answer(200, b"{}")
                    case "throttled":
                        self._answer(400, b'{"message":"slow down"}', "ThrottlingException")
                    case "gone":
                        self._answer(400, b'{"message":"no endpoint"}', "ValidationError")
                    case "failed":
                        self._answer(500, b'{"message":"oops"}', "ModelError")
                    case "garbage":
                        self._answer(200, b"<html>")
                    case "nonsense":
                        self._answer(200, b'{"model_version":"m","answers":[{"source":7}]}')
                    case "not a number" | "too large" | "nested":
                        self._answer(200, scored(SCORES[stub.mode]))
                    case "repeats":
                        again = ["one"] * 20
                        self._answer(200, json.dumps(ranked({"count": 20}, again)).encode())
                    case "trickles":
                        self._trickle(json.dumps(ranked(body["questions"][0])).encode())
                    case "closes":
                        self.close_connection = True
                        self.connection.close()
                    case _:
                        self._answer(200, json.dumps(ranked(body["questions"][0])).encode())

            def _answer(self, status: int, body: bytes, error: str = "") -> None:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                if error:
                    self.send_header("x-amzn-ErrorType", error)
                self.end_headers()
                try:
                    self.wfile.write(body)
                    self.wfile.flush()
                except OSError:
                    self.close_connection = True

            def _trickle(self, body: bytes) -> None:
                """Each byte in time, the whole in a minute."""
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.flush()
                try:
                    for byte in body:
                        self.wfile.write(bytes([byte]))
                        self.wfile.flush()
                        time.sleep(0.2)
                except OSError:
                    self.close_connection = True

            def log_message(self, *_args: Any) -> None:
                """Nobody reads it."""

        return Handler


def scored(score: str) -> bytes:
    """An answer with one score of this JSON."""
    answer = json.dumps(ranked({"count": 1}))
    return answer.replace("1.0", score, 1).encode()


def ranked(question: dict[str, Any], artists: Sequence[str] = ARTISTS) -> dict[str, Any]:
    """The candidates in the order of their ids, a reason for each."""
    candidates = question.get("candidate_ids") or artists
    return {
        "model_version": "stub-1",
        "answers": [
            {
                "source": "history",
                "recommendations": [
                    {
                        "artist_id": artist,
                        "score": 1.0 / (place + 1),
                        "is_known": False,
                        "evidence": "fans",
                        "reasons": [{"artist_id": "liked", "share": 0.5}],
                    }
                    for place, artist in enumerate(sorted(candidates)[: question["count"]])
                ],
            }
        ],
    }
