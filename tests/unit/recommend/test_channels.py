"""What training reads of its channels: which bills were known when, and which may be empty."""

from __future__ import annotations

import datetime as dt
import shutil
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from channel_files import MONDAY, WEEKS, write_channels

from rlm.recommend.channels import ChannelError, read_channels
from rlm.recommend.contract import Request
from rlm.recommend.models import load_recommender
from rlm.recommend.training import JUDGED, SERVED, Folders, Hyperparameters, train

if TYPE_CHECKING:
    from pathlib import Path

    from rlm.recommend.catalogue import Catalogue

SINCE = MONDAY + dt.timedelta(weeks=WEEKS - 4)
AFTER, BEFORE = SINCE, SINCE - dt.timedelta(days=1)


def add_bill(opt_ml: Path, newcomer: str, on_sale_on: dt.date | None, starts_on: dt.date) -> None:
    """One more concert: somebody whom no fan has heard plays with artist-00, and with nobody else.

    The newcomer has a profile without a word.
    """
    append(opt_ml, "artists", {"artist_id": newcomer, "genres": [], "tags": []})
    append(
        opt_ml,
        "concerts",
        {
            "event_id": f"event-{newcomer}", "headliner_id": newcomer,
            "support_ids": ["artist-00"], "starts_on_local": starts_on, "place": None,
            "latitude": None, "longitude": None, "is_on_sale": True, "on_sale_on": on_sale_on,
        },
    )  # fmt: skip


def append(opt_ml: Path, channel: str, row: dict[str, Any]) -> None:
    path = opt_ml / f"input/data/{channel}/part.parquet"
    table = pq.read_table(path)
    pq.write_table(pa.Table.from_pylist([*table.to_pylist(), row], schema=table.schema), path)


def company(catalogue: Catalogue, artist: str) -> set[str]:
    """With whom the artist was on a bill."""
    at = catalogue.artists.find([artist])
    return set(catalogue.artists.texts(catalogue.bills[at].indices))


@pytest.mark.parametrize(
    ("on_sale_on", "starts_on", "expected"),
    [
        (BEFORE, SINCE + dt.timedelta(weeks=9), {"artist-00"}),
        (AFTER, SINCE + dt.timedelta(weeks=9), set()),
        # Nobody said when its sale began: it is known since it was played.
        (None, BEFORE, {"artist-00"}),
        (None, AFTER, set()),
    ],
)
def test_a_bill_is_known_when_it_went_on_sale(
    tmp_path: Path, on_sale_on: dt.date | None, starts_on: dt.date, expected: set[str]
) -> None:
    write_channels(tmp_path)
    add_bill(tmp_path, "newcomer", on_sale_on, starts_on)
    data = read_channels(tmp_path / "input/data")
    assert company(data.catalogue_before(np.datetime64(SINCE)), "newcomer") == expected
    assert company(data.catalogue, "newcomer") == {"artist-00"}
    # Without a day nothing is in the future.
    assert company(data.catalogue_before(None), "newcomer") == {"artist-00"}


def trained(opt_ml: Path) -> Path:
    folders = Folders(
        opt_ml / "input/data", opt_ml / "model", opt_ml / "output/data", opt_ml / "scratch"
    )
    train(folders, Hyperparameters(model="item-item"), "job", lambda _: None)
    return opt_ml / "model"


def test_a_candidate_is_judged_without_the_bills_of_the_held_out_weeks(tmp_path: Path) -> None:
    write_channels(tmp_path)
    add_bill(tmp_path, "late", AFTER, SINCE + dt.timedelta(weeks=9))
    add_bill(tmp_path, "early", BEFORE, SINCE + dt.timedelta(weeks=9))
    model = trained(tmp_path)
    question = Request(liked_artist_ids=("artist-02",))
    assert {
        kind: [
            explained.stands_in_for
            for explained in load_recommender(model / kind).explain(question, ["late", "early"])
        ]
        for kind in (JUDGED, SERVED)
    } == {JUDGED: [(), ("artist-00",)], SERVED: [("artist-00",), ("artist-00",)]}


def test_no_concerts_and_no_fans_places_are_no_obstacle(tmp_path: Path) -> None:
    """Athena writes no file where there is no row."""
    write_channels(tmp_path)
    for channel in ("concerts", "fans"):
        shutil.rmtree(tmp_path / "input/data" / channel)
    data = read_channels(tmp_path / "input/data")
    assert (data.concerts, data.activity.fan_places) == ((), {})
    trained(tmp_path)


@pytest.mark.parametrize("channel", ["activity", "artists"])
def test_without_evidence_or_artists_there_is_nothing_to_learn(
    tmp_path: Path, channel: str
) -> None:
    write_channels(tmp_path)
    shutil.rmtree(tmp_path / "input/data" / channel)
    with pytest.raises(ChannelError, match=f"channel {channel}: no file in .*has no row, or"):
        read_channels(tmp_path / "input/data")
