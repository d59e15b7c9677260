"""What a training job finds below /opt/ml/input/data: one folder of Parquet files a channel."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.dataset as ds

from rlm.recommend.arrays import Ids
from rlm.recommend.catalogue import ArtistProfile, Catalogue
from rlm.recommend.concerts import Concert
from rlm.recommend.interactions import Activity

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

# The columns that each channel must have, as include/sql/training selects them.
CHANNELS: Final = {
    "activity": ("fan_id", "artist_id", "activity_week", "affinity"),
    "artists": ("artist_id", "genres", "tags"),
    "concerts": (
        *("event_id", "headliner_id", "support_ids", "starts_on_local"),
        *("place", "latitude", "longitude", "is_on_sale", "on_sale_on"),
    ),
    "fans": ("fan_id", "place"),
}
# A business may sell no ticket yet; without evidence or artists there is nothing to learn.
_MAY_BE_EMPTY: Final = ("concerts", "fans")


class ChannelError(ValueError):
    """A channel that is missing, empty or of other columns; the text says which and how."""


@dataclass(frozen=True)
class Bill:
    """Who plays together, and the first day on which that is sure to have been known."""

    artist_ids: tuple[str, ...]
    known_on: dt.date


@dataclass(frozen=True)
class TrainingData:
    """All that a model is made of."""

    activity: Activity
    profiles: tuple[ArtistProfile, ...]
    """Artists that somebody heard and that have no profile of their own are among them."""
    bills: tuple[Bill, ...]
    concerts: tuple[Concert, ...]
    """Those that were on sale."""

    @cached_property
    def catalogue(self) -> Catalogue:
        """With every bill: what is served may know of them."""
        return self.catalogue_before(None)

    def catalogue_before(self, day: np.datetime64 | None) -> Catalogue:
        """Without the bills that were not known before that day; None: with every one.

        A model that is judged on what came after must not have read of it on a bill.
        """
        bills = [b.artist_ids for b in self.bills if day is None or np.datetime64(b.known_on) < day]
        return Catalogue.of(self.profiles, bills)


def read_channels(folder: Path) -> TrainingData:
    """Raises ChannelError."""
    places = _table(folder, "fans")
    fan_places = dict(zip(_list(places, "fan_id"), _list(places, "place"), strict=True))
    activity = _activity(_table(folder, "activity"), fan_places)
    concerts = _table(folder, "concerts").to_pylist()
    bills = [
        Bill(
            tuple(a for a in (row["headliner_id"], *(row["support_ids"] or ())) if a),
            # Nobody has to say when a sale begins; what was played is known.
            row["on_sale_on"] or row["starts_on_local"],
        )
        for row in concerts
    ]
    profiles = [
        ArtistProfile(row["artist_id"], tuple(row["genres"] or ()), tuple(row["tags"] or ()))
        for row in _table(folder, "artists").to_pylist()
    ]
    unprofiled = set(activity.artists.texts()) - {p.artist_id for p in profiles}
    profiles += [ArtistProfile(artist) for artist in unprofiled]
    return TrainingData(
        activity,
        tuple(profiles),
        tuple(bills),
        tuple(
            Concert(
                row["event_id"],
                bill.artist_ids,
                row["starts_on_local"],
                row["place"],
                row["latitude"],
                row["longitude"],
            )
            for row, bill in zip(concerts, bills, strict=True)
            if row["is_on_sale"]
        ),
    )


def _activity(table: Any, fan_places: dict[str, str]) -> Activity:
    """Ids are looked up once each, not once a row: there may be fifty million."""
    fan = table["fan_id"].combine_chunks().dictionary_encode()
    artist = table["artist_id"].combine_chunks().dictionary_encode()
    fans, artists = (Ids.of(column.dictionary.to_pylist()) for column in (fan, artist))
    return Activity(
        fans,
        artists,
        fans.find(fan.dictionary.to_pylist())[fan.indices.to_numpy()],
        artists.find(artist.dictionary.to_pylist())[artist.indices.to_numpy()],
        table["activity_week"].to_numpy().astype("datetime64[D]"),
        table["affinity"].to_numpy().astype(np.float32),
        fan_places,
    )


def _table(folder: Path, channel: str) -> Any:
    path = folder / channel
    files = sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else []
    if not files and channel in _MAY_BE_EMPTY:
        return pa.table({column: pa.array([], pa.null()) for column in CHANNELS[channel]})
    if not files:
        raise ChannelError(
            f"channel {channel}: no file in {path}; its query has no row, or was not unloaded"
        )
    try:
        dataset = ds.dataset(files, format="parquet")
        if missing := sorted(set(CHANNELS[channel]) - set(dataset.schema.names)):
            raise ChannelError(f"channel {channel}: no column {missing} in {dataset.schema.names}")
        return dataset.to_table(columns=list(CHANNELS[channel]))
    except (pa.ArrowException, OSError) as error:
        raise ChannelError(f"channel {channel}: {error}") from None


def _list(table: Any, column: str) -> list[Any]:
    found: list[Any] = table[column].to_pylist()
    return found
