"""A training job's input, as files: fans of two tastes who turn to new artists of their own."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

ROOT = Path(__file__).parents[3]
PROGRAMS = ROOT / "include/sagemaker/recommender"
MONDAY = dt.date(2026, 1, 5)
WEEKS, FANS, ARTISTS = 12, 160, 60
EMPTY = pa.table({"fan_id": pa.array([], pa.string()), "place": pa.array([], pa.string())})


def write_channels(opt_ml: Path, seed: int = 1, **hyperparameters: str) -> None:
    """Even fans like even artists, odd ones odd ones; nearly always."""
    generator = np.random.default_rng(seed)
    rows = []
    for fan in range(FANS):
        for week in range(WEEKS):
            for _ in range(2):
                artist = 2 * int(generator.integers(0, ARTISTS // 2)) + fan % 2
                if generator.random() < 0.05:
                    artist = int(generator.integers(0, ARTISTS))
                rows.append((f"fan-{fan:03}", f"artist-{artist:02}", week))
    table = {
        "fan_id": [r[0] for r in rows],
        "artist_id": [r[1] for r in rows],
        "activity_week": [MONDAY + dt.timedelta(weeks=r[2]) for r in rows],
        "affinity": np.ones(len(rows)),
    }
    artists = [f"artist-{n:02}" for n in range(ARTISTS)]
    concerts = [
        {
            "event_id": f"event-{n:02}",
            "headliner_id": artist,
            "support_ids": [artists[(n + 2) % ARTISTS]] if n % 3 == 0 else None,
            "starts_on_local": MONDAY + dt.timedelta(weeks=WEEKS, days=n),
            "place": "Berlin, DE" if n % 4 else "Graz, AT",
            "latitude": 52.52 if n % 4 else 47.07,
            "longitude": 13.4 if n % 4 else 15.44,
            "is_on_sale": n != 7,
            "on_sale_on": MONDAY,
        }
        for n, artist in enumerate(artists)
    ]
    genres = [["even" if n % 2 == 0 else "odd"] for n in range(ARTISTS)]
    for channel, content in {
        "activity": pa.table(table),
        "artists": pa.table({"artist_id": artists, "genres": genres, "tags": [[]] * ARTISTS}),
        "concerts": pa.Table.from_pylist(concerts),
        "fans": EMPTY,
    }.items():
        folder = opt_ml / "input/data" / channel
        folder.mkdir(parents=True, exist_ok=True)
        pq.write_table(content, folder / "part.parquet")
    config = opt_ml / "input/config"
    config.mkdir(parents=True, exist_ok=True)
    (config / "hyperparameters.json").write_text(json.dumps(hyperparameters))


def run_train(opt_ml: Path, version: str) -> subprocess.CompletedProcess[str]:
    """The image's program, as the job runs it."""
    return subprocess.run(
        [sys.executable, str(PROGRAMS / "train")],
        env=environment(opt_ml) | {"TRAINING_JOB_NAME": version},
        capture_output=True,
        text=True,
        check=False,
    )


def environment(opt_ml: Path) -> dict[str, str]:
    return {
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": str(ROOT / "src"),
        "SAGEMAKER_BASE_DIR": str(opt_ml),
        "OPENBLAS_NUM_THREADS": "1",
    }
