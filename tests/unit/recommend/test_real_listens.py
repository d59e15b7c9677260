"""Real fans: what `SOURCE=tickit-lastfm` imports, held out at random since it has no history."""

from __future__ import annotations

import csv
import gzip
import math
import os
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from rlm.cli import main
from rlm.recommend.arrays import Ids
from rlm.recommend.catalogue import Catalogue
from rlm.recommend.contract import TrainingSet
from rlm.recommend.gate import mean_interval
from rlm.recommend.held_out import HeldOut, Judgement
from rlm.recommend.interactions import Activity
from rlm.recommend.models import default_model
from rlm.recommend.neighbours import ItemKnn
from rlm.recommend.popularity import Popularity

pytestmark = pytest.mark.slow
DATA = Path(os.environ.get("DATA_DIR", Path(__file__).parents[4] / "shared/data"))


@pytest.fixture(scope="module")
def held_out(tmp_path_factory: pytest.TempPathFactory) -> HeldOut:
    """What the training job holds out of these listens."""
    if not (DATA / "lastfm-hetrec").is_dir():
        pytest.skip(f"{DATA} does not hold the Last.fm data set lastfm-hetrec; see DATA_DIR")
    out = tmp_path_factory.mktemp("imported")
    options = ["--data-dir", str(DATA), "--out", str(out), "--ticket-sales", "100"]
    done = CliRunner().invoke(main, ["import", "tickit-lastfm", *options])
    assert done.exit_code == 0, done.output
    (file,) = out.glob("listens/*/*.csv.gz")
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    assert len(rows) == 92_834
    fans, artists = Ids.of(r["fan_id"] for r in rows), Ids.of(r["artist_id"] for r in rows)
    days = [date.fromisoformat(row["listened_on"]) for row in rows]
    activity = Activity(
        fans,
        artists,
        fans.find([row["fan_id"] for row in rows]),
        artists.find([row["artist_id"] for row in rows]),
        np.array(days, dtype="datetime64[D]"),
        # As gold.fan_artist_affinity weighs plays.
        np.array([math.log1p(int(row["plays"])) for row in rows], dtype=np.float32),
    )
    return HeldOut.of(activity, weeks=4)


@pytest.fixture(scope="module")
def judged(held_out: HeldOut) -> dict[str, Judgement]:
    past = TrainingSet(held_out.training, Catalogue.without_profiles(held_out.artists))
    models = {
        "default": default_model(past.interactions),
        "popularity": Popularity(),
        "item-knn": ItemKnn(),
    }
    found = {name: held_out.judge(model.fit(past)) for name, model in models.items()}
    print({name: round(float(one.fans.ndcg.mean()), 4) for name, one in found.items()})
    return found


@pytest.mark.parametrize("baseline", ["popularity", "item-knn"])
def test_the_default_model_is_better_beyond_noise(
    judged: dict[str, Judgement], baseline: str
) -> None:
    gain = mean_interval(judged["default"].fans.ndcg - judged[baseline].fans.ndcg)
    assert gain.low > 0
