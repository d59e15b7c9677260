"""How fast one question is answered: all artists, a place's artists, a new fan; in one thread.

Factor models of 100,000 and of 1,000,000 artists with 128 factors, as training makes them for large
catalogues, are put together at random (an answer takes as long whatever the numbers mean), saved,
and mapped from disk as the endpoint does. Beside them the item-item ensemble of the Last.fm size.

    make bench
    .venv/recommender/bin/python bench/recommend_latency.py --artists 100000 1000000
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PYTHON = ROOT / ".venv/recommender/bin/python"
if "recommender" not in sys.prefix:
    # Benchmarks are started by another runtime; this one needs the recommender's.
    os.execv(PYTHON, [str(PYTHON), *sys.argv])  # noqa: S606 - our own environment
sys.path[:0] = [str(ROOT / "src")]

import numpy as np  # noqa: E402
from threadpoolctl import threadpool_limits  # noqa: E402

from rlm.recommend.arrays import Ids  # noqa: E402
from rlm.recommend.catalogue import Catalogue  # noqa: E402
from rlm.recommend.contract import Request, TrainingSet  # noqa: E402
from rlm.recommend.ensemble import Ensemble  # noqa: E402
from rlm.recommend.factors import Factors, FactorSettings  # noqa: E402
from rlm.recommend.interactions import Interactions  # noqa: E402
from rlm.recommend.models import load_recommender  # noqa: E402

FANS, LIKED, FACTORS = 2_000, 50, 128
NEAR_SHARE = 0.02
ROUNDS = 1_000
# Milliseconds, at the 99th percentile, of a known fan with a place filter.
TARGETS = {100_000: 5.0, 1_000_000: 15.0}


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


class RandomFactors(Factors):
    """The artists' vectors drawn, not learned."""

    def learn(self, histories: Any, progress: Any) -> None:
        rng = np.random.default_rng(0)
        shape = (histories.shape[1], self.settings.factors)
        self._mean_weight = 1.0
        self._artists = rng.normal(0, 0.1, shape).astype(np.float32)
        self._complete_factors()


def world(artists: int, fans: int) -> TrainingSet:
    """Every artist has a fan, so that none is new."""
    rng = np.random.default_rng(1)
    fan = np.concatenate([np.repeat(np.arange(fans), LIKED), rng.integers(0, fans, artists)])
    artist = np.concatenate([rng.integers(0, artists, fans * LIKED), np.arange(artists)])
    fan_ids = Ids(np.array([b"fan-%07d" % n for n in range(fans)]))
    artist_ids = Ids(np.array([b"artist-%07d" % n for n in range(artists)]))
    made = Interactions.of_indexes(fan_ids, artist_ids, fan, artist, np.ones(len(fan)))
    return TrainingSet(made, Catalogue.without_profiles(artist_ids))


def measure(model: Any, rounds: int) -> dict[str, Any]:
    rng = np.random.default_rng(2)
    count = len(model.artists)
    near = [
        np.sort(rng.choice(count, max(1, int(count * NEAR_SHARE)), replace=False))
        for _ in range(20)
    ]

    def known_near(n: int) -> Request:
        return Request(model.fans[n % len(model.fans)], candidates=near[n % len(near)])

    def known_all(n: int) -> Request:
        return Request(model.fans[n % len(model.fans)])

    def new_near(n: int) -> Request:
        liked = tuple(model.artists[int(i)] for i in rng.integers(0, count, 10))
        return Request(liked_artist_ids=liked, candidates=near[n % len(near)])

    found = {}
    for name, make in (
        ("known fan, place", known_near),
        ("new fan, place", new_near),
        ("known fan, all", known_all),
    ):
        requests = [make(n) for n in range(rounds if name != "known fan, all" else rounds // 5)]
        for request in requests[:20]:
            model.recommend([request])
        taken = []
        for request in requests:
            began = time.perf_counter()
            (answer,) = model.recommend([request])
            taken.append(time.perf_counter() - began)
            if len(answer.recommendations) != request.count:
                raise RuntimeError(f"{name}: {len(answer.recommendations)} recommendations")
        p50, p99 = (float(np.quantile(taken, q)) * 1000 for q in (0.5, 0.99))
        found[name] = {"p50_ms": round(p50, 3), "p99_ms": round(p99, 3)}
        say(f"  {name}: p50 {p50:.2f} ms, p99 {p99:.2f} ms")
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--artists", type=int, nargs="+", default=list(TARGETS))
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    given = parser.parse_args()
    results: dict[str, Any] = {}
    settings = FactorSettings(factors=FACTORS)
    models = [(f"{n:,} artists", n, lambda: RandomFactors(settings)) for n in given.artists]
    models.append(("ensemble, 14,000 artists", 14_000, Ensemble))
    with tempfile.TemporaryDirectory(prefix="bench-recommend-") as folder, threadpool_limits(1):
        for title, artists, make in models:
            say(title)
            saved = Path(folder) / f"{artists}-{len(results)}"
            make().fit(world(artists, FANS)).save(saved)
            results[title] = measure(load_recommender(saved), given.rounds)
    result = {
        "measured_at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "near_share": NEAR_SHARE,
        "rounds": given.rounds,
        "models": results,
    }
    out = ROOT / "bench/results/recommend_latency.json"
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps(result))
    slow = [
        f"{n:,} artists: p99 {results[f'{n:,} artists']['known fan, place']['p99_ms']} ms, "
        f"expected below {limit}"
        for n, limit in TARGETS.items()
        if n in given.artists and results[f"{n:,} artists"]["known fan, place"]["p99_ms"] >= limit
    ]
    for line in slow:
        say(line)
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
