"""Starts the page: in the foreground, or beside a test or a screenshot."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

import uvicorn

from rlm.quicksight.server.app import create_app

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rlm.quicksight.server.source import Source

HOST = "127.0.0.1"
START_SECONDS = 20.0


@dataclass(frozen=True)
class Running:
    """A page that answers."""

    port: int

    @property
    def url(self) -> str:
        """Its address, without a slash at the end."""
        return f"http://{HOST}:{self.port}"

    def sheet(self, dashboard_id: str, sheet_id: str) -> str:
        """The address of a sheet."""
        path = f"{quote(dashboard_id, safe='')}/sheets/{quote(sheet_id, safe='')}"
        return f"{self.url}/dashboards/{path}"


def serve(source: Source, port: int = 8050) -> None:
    """Serve until interrupted."""
    config = uvicorn.Config(create_app(source), host=HOST, port=port, log_level="warning")
    uvicorn.Server(config).run()


@contextlib.contextmanager
def running(source: Source, port: int = 0) -> Iterator[Running]:
    """Serve in a thread while the block runs; port 0 takes a free one."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((HOST, port))
    config = uvicorn.Config(
        create_app(source), log_level="error", timeout_graceful_shutdown=1, lifespan="off"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    try:
        deadline = time.monotonic() + START_SECONDS
        while not server.started:
            if time.monotonic() > deadline or not thread.is_alive():
                raise RuntimeError("the dashboards page did not start; is the port free?")
            time.sleep(0.01)
        yield Running(listener.getsockname()[1])
    finally:
        server.should_exit = True
        thread.join(timeout=5)
        listener.close()
