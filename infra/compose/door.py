"""The way into the network that all containers of docker-compose share.

The platform's servers listen on loopback only, in containers as everywhere. This one listens on the
container's own address, where Docker sends what reaches a published port, and passes bytes on:

    python3 infra/compose/door.py 14566:4566 18080:8080 18090:8090

`--check` with the same pairs says whether the door is open; what is behind it may be down.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import sys

LOOPBACK = "127.0.0.1"
CHUNK_BYTES = 64 * 1024
CHECK_SECONDS = 2.0


def pairs_of(arguments: list[str]) -> list[tuple[int, int]]:
    """(outer port, inner port) of each `OUTER:INNER`; raises ValueError for anything else."""
    pairs = []
    for argument in arguments:
        outer, _, inner = argument.partition(":")
        pairs.append((int(outer), int(inner)))
    if not pairs:
        raise ValueError("no ports")
    return pairs


async def pass_on(inner: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Carry one connection to the server on loopback, until both sides have said all.

    Closed at once where nothing listens: the client sees that, and nothing else.
    """
    with contextlib.closing(writer):
        try:
            there_reader, there_writer = await asyncio.open_connection(LOOPBACK, inner)
        except OSError:
            return
        with contextlib.closing(there_writer):
            await asyncio.gather(_pump(reader, there_writer), _pump(there_reader, writer))


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    # One side may leave in the middle of a word; the other is told by the end of the stream.
    with contextlib.suppress(ConnectionError):
        while chunk := await source.read(CHUNK_BYTES):
            sink.write(chunk)
            await sink.drain()
    with contextlib.suppress(OSError):
        sink.write_eof()


async def keep_open(pairs: list[tuple[int, int]], host: str = "0.0.0.0") -> None:  # noqa: S104
    """Listen until SIGTERM or SIGINT; published ports reach this container alone."""
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with contextlib.AsyncExitStack() as servers:
        for outer, inner in pairs:

            async def carry(
                reader: asyncio.StreamReader, writer: asyncio.StreamWriter, inner: int = inner
            ) -> None:
                await pass_on(inner, reader, writer)

            server = await asyncio.start_server(carry, host, outer)
            # Not waited for at the end: a page that follows changes never leaves by itself.
            servers.callback(server.close)
        await stopped.wait()


def is_open(pairs: list[tuple[int, int]]) -> bool:
    """Whether somebody listens on every outer port."""
    for outer, _ in pairs:
        try:
            socket.create_connection((LOOPBACK, outer), CHECK_SECONDS).close()
        except OSError:
            return False
    return True


def main(arguments: list[str]) -> int:
    """Keep the door open, or say whether it is."""
    if arguments[:1] == ["--check"]:
        return 0 if is_open(pairs_of(arguments[1:])) else 1
    asyncio.run(keep_open(pairs_of(arguments)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
