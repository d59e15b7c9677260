"""The taste groups that the generator plants are found: measured against an oracle that knows them.

The oracle knows the group of each fan, what each group hears, and how popular every artist is when
the held-out weeks begin; no model can know more, so its nDCG is what can be reached.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np
import pytest

from rlm.generate.calendar_days import Calendar
from rlm.generate.listening import ListensStream
from rlm.generate.sizes import SIZES
from rlm.generate.tastes import fan_id, grouped_fans
from rlm.generate.world import artists
from rlm.recommend.arrays import best
from rlm.recommend.catalogue import ArtistProfile, Catalogue
from rlm.recommend.contract import TrainingSet
from rlm.recommend.interactions import Interactions
from rlm.recommend.metrics import FanMetrics, hits_in
from rlm.recommend.models import tuned_model
from rlm.recommend.popularity import Popularity

if TYPE_CHECKING:
    from rlm.recommend.arrays import Csr, Ints
    from rlm.recommend.base import HistoryRecommender

SEED = 3
HELD_OUT_DAYS = 28
COUNT = 20


class World:
    """A small generated world: what was heard before a day, and what was heard from it on."""

    def __init__(self) -> None:
        size = SIZES["small"]
        calendar = Calendar.of(dt.date(2026, 6, 1), 1, size.history_days)
        performers = artists(size, calendar, SEED)
        self.fans = grouped_fans(size.fans, SEED)
        listens = ListensStream(performers, self.fans, calendar, size.listens, SEED)
        self.cut = calendar.last - HELD_OUT_DAYS + 1
        before = self._heard(listens, range(calendar.first, self.cut))
        after = self._heard(listens, range(self.cut, calendar.last + 1))
        profiles = [ArtistProfile(a.artist_id, a.genres, a.tags) for a in performers.each]
        self.training = TrainingSet(Interactions.of(before), Catalogue.of(profiles))
        known = set(before)
        self.wanted = Interactions.of(row for row in set(after) if row not in known)
        self.performers = performers

    @staticmethod
    def _heard(listens: ListensStream, days: range) -> list[tuple[str, str]]:
        lines = [line for day in days for line in listens.on(day).lines()]
        return [
            (fan.decode(), artist.decode()) for fan, artist, *_ in (x.split(b",") for x in lines)
        ]

    def ndcg(self, lists: Ints, wanted: Csr) -> float:
        return float(FanMetrics.of(hits_in(lists, wanted), np.diff(wanted.indptr)).ndcg.mean())

    def judged(self, model: HistoryRecommender) -> tuple[Ints, Csr]:
        """Fans who were known and turned to something new, and what that was."""
        rows = model.fans.find(self.wanted.fans.texts())
        wanted = self.wanted.aligned(model.artists)
        chosen = (rows >= 0) & (np.diff(wanted.indptr) > 0)
        return rows[chosen], wanted[np.flatnonzero(chosen)]

    def oracle(self, model: HistoryRecommender, rows: Ints) -> Ints:
        """What it would recommend: nothing that the fan knows, as the models."""
        index = model.artists.find([a.artist_id for a in self.performers.each])
        popularity = np.zeros(len(model.artists))
        popularity[index] = self.performers.popularity * self.performers.momentum(self.cut)
        genre = np.zeros(len(model.artists), dtype=int)
        genre[index] = self.performers.genre
        within = popularity / np.bincount(genre, weights=popularity)[genre]
        number = {fan_id(f): f for f in range(len(self.fans.group_of))}
        lists = np.full((len(rows), COUNT), -1)
        for at, row in enumerate(rows.tolist()):
            group = self.fans.group_of[number[model.fans[row]]]
            scores = (self.fans.affinity[group, genre] * within).astype(np.float32)
            scores[model.known_artists(row)] = -np.inf
            lists[at] = best(scores, COUNT)
        return lists


@pytest.fixture(scope="module")
def world() -> World:
    return World()


def test_planted_groups_are_found(world: World) -> None:
    model = tuned_model(world.training.interactions, print).fit(world.training)
    rows, wanted = world.judged(model)
    assert len(rows) > 1000
    found = world.ndcg(model.best_new(rows, COUNT), wanted)
    reachable = world.ndcg(world.oracle(model, rows), wanted)
    plain = Popularity().fit(world.training)
    popular = world.ndcg(plain.best_new(rows, COUNT), wanted)
    print(f"nDCG@{COUNT}: {found:.4f}, oracle {reachable:.4f}, popularity {popular:.4f}")
    assert found >= 0.9 * reachable
    assert found > popular
