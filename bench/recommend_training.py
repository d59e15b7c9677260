"""How long training takes and how much memory, up to 1 million fans and 50 million interactions.

Fans like artists of their group most of the time, popular ones more often (a Zipf law), others the
rest: each point is a share of the fans, with all 50,000 artists. The model is the one that the
library chooses for that size. So that a fast training of nothing would be noticed, it is judged
on artists held out of 2,000 fans, beside popularity.

    make bench
    .venv/recommender/bin/python bench/recommend_training.py --percent 10 30 100
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import resource
import subprocess
import sys
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

from rlm.recommend.arrays import Ids, csr  # noqa: E402
from rlm.recommend.catalogue import Catalogue  # noqa: E402
from rlm.recommend.contract import TrainingSet  # noqa: E402
from rlm.recommend.interactions import Interactions  # noqa: E402
from rlm.recommend.metrics import FanMetrics, hits_in  # noqa: E402
from rlm.recommend.models import default_model  # noqa: E402
from rlm.recommend.popularity import Popularity  # noqa: E402

FANS, ARTISTS, GROUPS = 1_000_000, 50_000, 200
# Some artists are drawn twice: 50 different ones are left.
EACH = 62
JUDGED = 2_000
OWN_GROUP = 0.8
MOST_MINUTES, MOST_GB = 30.0, 12.0


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def likes(fans: int, seed: int = 1) -> tuple[Any, Any]:
    """Fans and artists, about EACH a fan; a group's artists are every GROUPS-th one."""
    rng = np.random.default_rng(seed)
    fan = np.repeat(np.arange(fans, dtype=np.int32), EACH)
    within = ARTISTS // GROUPS
    weight = 1 / np.arange(1, within + 1) ** 0.8
    rank = np.searchsorted(np.cumsum(weight / weight.sum()), rng.random(len(fan)))
    is_own = rng.random(len(fan)) < OWN_GROUP
    group = np.where(is_own, fan % GROUPS, rng.integers(0, GROUPS, len(fan)))
    return fan, (np.minimum(rank, within - 1) * GROUPS + group).astype(np.int32)


def measure(percent: int) -> dict[str, Any]:
    fans = FANS * percent // 100
    fan, artist = likes(fans)
    fan_ids = Ids(np.array([b"fan-%07d" % n for n in range(fans)]))
    artist_ids = Ids(np.array([b"artist-%05d" % n for n in range(ARTISTS)]))
    # A fifth of what the judged fans like is kept back.
    rng = np.random.default_rng(2)
    is_kept_back = (fan < JUDGED) & (rng.random(len(fan)) < 0.2)
    seen = Interactions.of_indexes(
        fan_ids, artist_ids, fan[~is_kept_back], artist[~is_kept_back],
        np.ones(int((~is_kept_back).sum()), dtype=np.float32),
    )  # fmt: skip
    wanted = csr(
        (np.ones(int(is_kept_back.sum())), (fan[is_kept_back], artist[is_kept_back])),
        (JUDGED, ARTISTS),
    )
    # What they are known to like is not held out, though they like it twice.
    again = wanted.multiply(seen.matrix[:JUDGED] > 0)
    wanted = (wanted - again).tocsr()
    wanted.eliminate_zeros()
    del fan, artist, is_kept_back
    training = TrainingSet(seen, Catalogue.without_profiles(artist_ids))
    model = default_model(seen)
    began = time.monotonic()
    model.fit(training, say)
    seconds = time.monotonic() - began
    peak_gb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    rows = np.flatnonzero(np.diff(wanted.indptr))

    def ndcg(fitted: Any) -> float:
        lists = fitted.best_new(rows, 20)
        found = FanMetrics.of(hits_in(lists, wanted[rows]), np.diff(wanted[rows].indptr))
        return float(found.ndcg.mean())

    return {
        "percent": percent,
        "fans": fans,
        "interactions": len(seen),
        "model": model.kind,
        "fit_seconds": round(seconds, 1),
        "peak_gb": round(peak_gb, 2),
        "ndcg": round(ndcg(model), 4),
        "ndcg_popularity": round(ndcg(Popularity().fit(training)), 4),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--percent", type=int, nargs="+", default=[10])
    parser.add_argument("--one", type=int, help="measure this point only, in this process")
    given = parser.parse_args()
    if given.one:
        print(json.dumps(measure(given.one)))
        return 0
    points = []
    for percent in given.percent:
        say(f"{percent} %")
        # A process each: its peak of memory is its own.
        run = subprocess.run(
            [sys.executable, __file__, "--one", str(percent)],
            stdout=subprocess.PIPE, check=True, text=True,
        )  # fmt: skip
        points.append(json.loads(run.stdout.splitlines()[-1]))
        say(json.dumps(points[-1]))
    result = {
        "measured_at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "artists": ARTISTS,
        "points": points,
    }
    out = ROOT / "bench/results/recommend_training.json"
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps(result))
    bad = [
        f"{p['percent']} %: {p['fit_seconds']} s and {p['peak_gb']} GB, nDCG {p['ndcg']}; expected "
        f"{MOST_MINUTES:.0f} min and {MOST_GB:.0f} GB at most, and more than popularity"
        for p in points
        if p["fit_seconds"] > MOST_MINUTES * 60
        or p["peak_gb"] > MOST_GB
        or p["ndcg"] <= p["ndcg_popularity"]
    ]
    for line in bad:
        say(line)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
