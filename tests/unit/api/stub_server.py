"""A server on a socket that behaves as a test says, and keeps what it was asked."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Behaviour = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    """One connection; what it does with a request is its server's behaviour."""

    protocol_version = "HTTP/1.1"
    # Head and body leave together.
    wbufsize = -1
    server: StubServer

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        sent = {name.lower(): value for name, value in self.headers.items()}
        self.server.asked.append((self.path, sent, body))
        self.server.connections.add(self.client_address)
        self.server.behaviour(self)

    def write(self, content: bytes) -> None:
        self.wfile.write(content)
        self.wfile.flush()

    def log_message(self, *_args: Any) -> None:
        """Nobody reads it."""


class StubServer(ThreadingHTTPServer):
    """Listens on the loopback interface from when it is made."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.behaviour = answers()
        self.asked: list[tuple[str, dict[str, str], bytes]] = []
        self.connections: set[Any] = set()
        # Who waits is let go with the test.
        self.is_over = threading.Event()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def forget(self) -> None:
        self.is_over.set()
        self.is_over = threading.Event()
        self.behaviour = answers()
        self.asked.clear()
        self.connections.clear()


def answers(
    status: int = 200, body: bytes = b"{}", headers: Mapping[str, str] | None = None
) -> Behaviour:
    def answer(handler: Handler) -> None:
        handler.send_response(status)
        for name, value in (headers or {}).items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.write(body)

    return answer


def trickles(content: bytes, pause_seconds: float) -> Behaviour:
    """All of it, a byte at a time."""

    def trickle(handler: Handler) -> None:
        over = handler.server.is_over
        try:
            for byte in content:
                handler.write(bytes([byte]))
                if over.wait(pause_seconds):
                    return
        except OSError:
            handler.close_connection = True

    return trickle


def is_silent(handler: Handler) -> None:
    handler.close_connection = True
    handler.server.is_over.wait(10)


def says(content: bytes) -> Behaviour:
    """These bytes, and hangs up."""

    def say(handler: Handler) -> None:
        handler.close_connection = True
        handler.write(content)

    return say
