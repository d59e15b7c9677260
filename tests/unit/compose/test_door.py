"""The way in: bytes reach the server on loopback and come back, whoever says less or more."""

from __future__ import annotations

import asyncio
import socket

import door
import pytest


def test_ports_are_pairs() -> None:
    assert door.pairs_of(["14566:4566", "18080:8080"]) == [(14566, 4566), (18080, 8080)]
    for wrong in ([], ["4566"], ["a:b"]):
        with pytest.raises(ValueError, match=r"no ports|invalid literal"):
            door.pairs_of(wrong)


def test_what_is_sent_comes_back_whole_after_the_sender_fell_silent() -> None:
    sent = bytes(range(256)) * 4096

    async def talk() -> bytes:
        reader, writer = await _connected(_echo_at_the_end)
        writer.write(sent)
        writer.write_eof()
        async with asyncio.timeout(10):
            return await reader.read()

    assert asyncio.run(talk()) == sent


def test_server_that_is_down_is_a_closed_connection() -> None:
    async def talk() -> bytes:
        reader, _ = await _connected(None)
        async with asyncio.timeout(10):
            return await reader.read()

    assert asyncio.run(talk()) == b""


def test_door_is_open_when_somebody_listens_on_all_its_ports() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        assert door.main(["--check", f"{port}:0"]) == 0
        closed = _free_port()
        assert door.main(["--check", f"{port}:0", f"{closed}:0"]) == 1


async def _connected(
    server: object,
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection through a door to `server`, or to nobody."""
    if server is None:
        inner = _free_port()
    else:
        behind = await asyncio.start_server(_echo_at_the_end, "127.0.0.1", 0)
        inner = behind.sockets[0].getsockname()[1]

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await door.pass_on(inner, reader, writer)

    front = await asyncio.start_server(carry, "127.0.0.1", 0)
    return await asyncio.open_connection(*front.sockets[0].getsockname())


async def _echo_at_the_end(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(await reader.read())
    writer.close()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
