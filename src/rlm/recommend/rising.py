"""Artists on the rise, and whether a model finds them before everybody does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from rlm.recommend.metrics import hits_in

if TYPE_CHECKING:
    from rlm.recommend.arrays import Csr, Ids, Ints
    from rlm.recommend.interactions import Activity

RECENT_DAYS: Final = 28
_TIMES_USUAL: Final = 1.5
# As much as a dozen fans leave in a month; below it growth is chance.
_LEAST_EVIDENCE: Final = 20.0


@dataclass(frozen=True)
class RisingFound:
    """Of what fans turned to among rising artists, how much was recommended."""

    artists: int
    wanted: int
    recall: float


def rising_artists(activity: Activity, day: np.datetime64) -> Ids:
    """Artists whose share of all evidence grew by half in the four weeks before `day`."""
    start = day - np.timedelta64(RECENT_DAYS, "D")
    is_recent = (activity.week >= start) & (activity.week < day)
    is_before = activity.week < start
    count = len(activity.artists)
    recent, before = (
        np.bincount(activity.artist[part], weights=activity.affinity[part], minlength=count)
        for part in (is_recent, is_before)
    )
    usual = before / max(before.sum(), 1e-12)
    now = recent / max(recent.sum(), 1e-12)
    is_rising = (recent >= _LEAST_EVIDENCE) & (now >= _TIMES_USUAL * usual)
    return type(activity.artists)(activity.artists.names[is_rising & (before.sum() > 0)])


def rising_found(lists: Ints, wanted: Csr, artists: Ids, rising: Ids) -> RisingFound:
    """Lists and wanted artists by their place in `artists`, a row a fan."""
    is_rising = np.zeros(len(artists), dtype=bool)
    place = artists.find_bytes(rising.names) if len(artists) else np.empty(0, np.int64)
    is_rising[place[place >= 0]] = True
    total = int(is_rising[wanted.indices].sum())
    hits = hits_in(lists, wanted) & is_rising[lists]
    return RisingFound(len(rising), total, float(hits.sum() / total) if total else 0.0)
