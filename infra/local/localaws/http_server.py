"""HTTP for an ASGI application on one listening socket: uvicorn, with httptools, on uvloop's loop.

These are C where hypercorn, which ministack brings along, is Python (docs/decisions/local-aws.md).
"""

from __future__ import annotations

import asyncio
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import uvicorn
import uvloop

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator

# No client keeps a connection for longer that it may use again.
_KEEP_ALIVE_SECONDS = 75
_STOP_SECONDS = 5


class Connections:
    """The clients of a server that is yet to start."""

    def __init__(self) -> None:
        self.open: set[Any] = set()

    def cut(self, client: Any) -> None:
        """The client at this address sees its connection reset, without a byte of an answer."""
        for connection in list(self.open):
            if connection.client == tuple(client):
                connection.transport.abort()


def run(listener: socket.socket, make_app: Callable[[Connections], Any]) -> None:
    """Serve until SIGTERM or SIGINT; then what is being answered may end.

    `make_app` is called on the event loop.
    """

    async def serve() -> None:
        connections = Connections()
        config = uvicorn.Config(
            make_app(connections),
            http="httptools",
            ws="wsproto",
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            # ministack's answers and ours have one, and clients take two for a broken clock.
            date_header=False,
            # Else what a request sets may be seen by the next one on its connection.
            reset_contextvars=True,
            timeout_keep_alive=_KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=_STOP_SECONDS,
        )
        server = _Server(config)
        connections.open = server.server_state.connections
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, server.stop)
        await server.serve([listener])

    uvloop.run(serve())


class _Server(uvicorn.Server):
    def stop(self) -> None:
        self.should_exit = True

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Not uvicorn's, which ends the process by the same signal again, so never with 0."""
        yield
