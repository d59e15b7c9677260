"""hypercorn, changed so that a connection goes when its client has gone.

As it comes, hypercorn 0.18 learns that the other side hung up, and then keeps the socket until its
own patience with idle connections is over: more than a minute here. A thousand clients that each
ask once, and the process can open no file any more.
Private to hypercorn; tests/contract/localaws/test_gateway.py holds what is used of it.
"""

from __future__ import annotations

from hypercorn.asyncio.tcp_server import TCPServer


def install() -> None:
    """Put our function in place of hypercorn's; once a process, before it serves."""
    read_data = TCPServer._read_data

    async def read_until_closed(server: TCPServer) -> None:
        await read_data(server)
        # The task that waits for an idle client is all that `run` still waits for.
        await server.idle_task.stop()

    TCPServer._read_data = read_until_closed  # type: ignore[method-assign]
