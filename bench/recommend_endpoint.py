"""`/invocations` of the real server: a known fan with a place filter, beside one without a model.

Factor models of 100,000 and 1,000,000 artists, of whom each plays once, in one of fifty cities; the
server is the image's (gunicorn, two workers that share one mapped model). One caller at a time for
the latency, which holds the network and the client too; four for the throughput.

    make bench
    .venv/recommender/bin/python bench/recommend_endpoint.py --artists 100000 1000000
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import json
import multiprocessing
import os
import socket
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

ROOT = Path(__file__).parents[1]
PYTHON = ROOT / ".venv/recommender/bin/python"
if "recommender" not in sys.prefix:
    # Benchmarks are started by another runtime; this one needs the recommender's.
    os.execv(PYTHON, [str(PYTHON), *sys.argv])  # noqa: S606 - our own environment
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "bench")]

import numpy as np  # noqa: E402
from recommend_latency import FACTORS, FANS, TARGETS, RandomFactors, say, world  # noqa: E402

from rlm.recommend.concerts import Concert, Concerts  # noqa: E402
from rlm.recommend.factors import FactorSettings  # noqa: E402
from rlm.recommend.server.answering import CONCERTS, IDENTITY, SERVED, Answering  # noqa: E402
from rlm.recommend.server.messages import Answered, Answers, Body  # noqa: E402
from rlm.recommend.server.workers import serve  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CITIES, WORKERS, CALLERS = 50, 2, 4
FIRST_DAY = dt.date(2026, 6, 1)


class NoModel:
    """Reads a body and answers that there is nothing: what HTTP and JSON cost by themselves."""

    model_version = "none"

    def answers(self, body: Body) -> Answers:
        return Answers("none", tuple(Answered("popularity", ()) for _ in body.questions))


def save_archive(folder: Path, artists: int) -> None:
    """What the training job packs for the endpoint, with vectors drawn instead of learned."""
    model = RandomFactors(FactorSettings(factors=FACTORS)).fit(world(artists, FANS))
    model.save(folder / SERVED)
    concerts = (
        Concert(
            f"event-{n:07d}",
            (model.artists[n],),
            FIRST_DAY + dt.timedelta(days=n % 90),
            f"City {n % CITIES}, DE",
            48.0 + n % CITIES / 10,
            10.0,
        )
        for n in range(artists)
    )
    Concerts.of(concerts, model.artists).save(folder / CONCERTS)
    (folder / IDENTITY).write_text(json.dumps({"model_version": f"bench-{artists}"}))


@contextmanager
def serving(load: Callable[[], Any]) -> Iterator[int]:
    """The server in a process of its own, warm; its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])

    def run() -> None:
        answering = load()
        if isinstance(answering, Answering):
            answering.warm_up()
        serve(answering, f"127.0.0.1:{port}", WORKERS)

    process = multiprocessing.get_context("fork").Process(target=run)
    process.start()
    try:
        deadline = time.monotonic() + 120
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                if time.monotonic() > deadline or not process.is_alive():
                    raise
                time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.join(40)


async def ask(port: int, bodies: list[bytes], seconds: float, callers: int) -> dict[str, float]:
    """Each caller asks again once it is answered. Raises RuntimeError for a status but 200."""
    times: list[float] = []
    ends = time.monotonic() + seconds

    async def caller(first: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        turn = first
        while time.monotonic() < ends:
            body = bodies[turn % len(bodies)]
            turn += callers
            head = "POST /invocations HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"
            began = time.perf_counter()
            writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
            answered = await reader.readuntil(b"\r\n\r\n")
            (length,) = (
                int(line.split(b":")[1])
                for line in answered.lower().split(b"\r\n")
                if line.startswith(b"content-length")
            )
            content = await reader.readexactly(length)
            times.append(time.perf_counter() - began)
            if b" 200 " not in answered[:20]:
                raise RuntimeError(content.decode())
        writer.close()

    began = time.monotonic()
    await asyncio.gather(*(caller(number) for number in range(callers)))
    spent = time.monotonic() - began
    p50, p99 = (round(1000 * float(np.quantile(times, q)), 2) for q in (0.5, 0.99))
    return {"requests_a_second": round(len(times) / spent, 1), "p50_ms": p50, "p99_ms": p99}


def bodies_for(fans: int) -> list[bytes]:
    """Known fans, each near one of the cities."""
    return [
        json.dumps(
            {
                "questions": [
                    {
                        "fan_id": f"fan-{n % fans:07d}",
                        "near": {"place": f"City {n % CITIES}, DE", "first_day": str(FIRST_DAY)},
                    }
                ]
            }
        ).encode()
        for n in range(997)
    ]


def measure(title: str, load: Callable[[], Any], seconds: float) -> dict[str, Any]:
    found: dict[str, Any] = {}
    with serving(load) as port:
        bodies = bodies_for(FANS)
        # Both workers answer once before anything counts.
        asyncio.run(ask(port, bodies, 1.0, CALLERS))
        for name, callers in (("one caller", 1), (f"{CALLERS} callers", CALLERS)):
            found[name] = asyncio.run(ask(port, bodies, seconds, callers))
            say(f"  {title}, {name}: {found[name]}")
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--artists", type=int, nargs="+", default=list(TARGETS))
    parser.add_argument("--seconds", type=float, default=6.0)
    given = parser.parse_args()
    results: dict[str, Any] = {"no model": measure("no model", NoModel, given.seconds)}
    with tempfile.TemporaryDirectory(prefix="bench-endpoint-") as scratch:
        for artists in given.artists:
            folder = Path(scratch) / str(artists)
            folder.mkdir()
            save_archive(folder, artists)
            title = f"{artists:,} artists"
            results[title] = measure(title, lambda: Answering.load(folder), given.seconds)  # noqa: B023
    result = {
        "measured_at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "workers": WORKERS,
        "endpoints": results,
    }
    out = ROOT / "bench/results/recommend_endpoint.json"
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps(result))
    slow = [
        artists
        for artists in given.artists
        if results[f"{artists:,} artists"]["one caller"]["p99_ms"] > TARGETS.get(artists, 1e9)
    ]
    if slow:
        say(f"slower than its target: {', '.join(f'{n:,} artists' for n in slow)}")
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
