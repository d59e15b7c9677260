"""hypercorn, changed so that a connection goes when its client has gone, or when it is cut.

As it comes, hypercorn 0.18 learns that the other side hung up, and then keeps the socket until its
own patience with idle connections is over: more than a minute here. A thousand clients that each
ask once, and the process can open no file any more.
Private to hypercorn; test_gateway.py and test_faults.py in tests/contract/localaws hold what is
used of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import hypercorn.asyncio.run as server
from hypercorn.asyncio.tcp_server import TCPServer

if TYPE_CHECKING:
    import asyncio


def install() -> None:
    """Put our function in place of hypercorn's; once a process, before it serves."""
    read_data = TCPServer._read_data

    async def read_until_closed(connection: TCPServer) -> None:
        await read_data(connection)
        # The task that waits for an idle client is all that `run` still waits for.
        await connection.idle_task.stop()

    TCPServer._read_data = read_until_closed  # type: ignore[method-assign]


class Connections:
    """The open connections by their client's address, so that one can be cut.

    Made before the server starts, which offers an application no way to hang up.
    """

    def __init__(self) -> None:
        writers: dict[Any, asyncio.StreamWriter] = {}

        class Watched(TCPServer):  # type: ignore[misc]
            async def run(self) -> None:
                client = self.writer.get_extra_info("peername")
                writers[client] = self.writer
                try:
                    await super().run()
                finally:
                    writers.pop(client, None)

        self._writers = writers
        server.TCPServer = Watched  # type: ignore[misc, attr-defined]

    def cut(self, client: Any) -> None:
        """The client sees its connection reset, without a byte of an answer."""
        writer = self._writers.get(tuple(client))
        if writer is not None:
            writer.transport.abort()
