"""Joins answers with what their fans did afterwards, and with what popularity would have hit."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rlm.recommend.monitoring.captures import SHOWN

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence, Set

    from rlm.recommend.monitoring.captures import CapturedAnswer
    from rlm.recommend.monitoring.deeds import Deeds

# Places of a list that are judged: as many as people see.
PLACES: Final = SHOWN
_DAY_SECONDS: Final = 86_400


@dataclass(frozen=True, slots=True)
class Joined:
    """One answer and what came of it; places count from 1, over artists that were new to the fan.

    The list of popularity is as long as the model's, so that both have the same number of tries.
    """

    fan_id: str
    day: dt.date
    model_version: str
    is_known_fan: bool
    listed: int
    hits: tuple[int, ...]
    popular_hits: tuple[int, ...]
    turned_to: int
    """How many new artists the fan turned to within the window, recommended or not."""


def join(
    answers: Iterable[CapturedAnswer],
    deeds: Deeds,
    window_days: int,
    days: Set[dt.date],
    genres_of: Mapping[str, Set[str]],
) -> tuple[list[Joined], Counter[str]]:
    """The answers of these days, and of those that cannot be judged how many there are and why.

    A hit is an artist of the list that the fan turned to for the first time after the answer and
    no later than `window_days` days after its day. What was heard on the day of the answer itself
    may have come before it: such an artist is left out of both lists.
    """
    joined: list[Joined] = []
    left_out: Counter[str] = Counter()
    inside: dict[tuple[str, ...], frozenset[str]] = {}
    for answer in answers:
        day = answer.day
        if day not in days:
            continue
        if answer.is_by_place and answer.candidates is None:
            left_out["by_place"] += 1
            continue
        firsts = deeds.firsts.get(answer.fan_id, {})
        is_old = _Old(firsts, answer)
        listed = is_old.without(answer.artist_ids)
        if not listed:
            left_out["nothing_new"] += 1
            continue
        if answer.genres and answer.genres not in inside:
            inside[answer.genres] = _of_genres(answer.genres, genres_of)
        popular = deeds.popularity[day].among(
            answer.candidates, inside[answer.genres] if answer.genres else None
        )
        # Windows are whole days, so that each answer has the same ones behind it.
        end = (answer.at // _DAY_SECONDS + 1 + window_days) * _DAY_SECONDS
        turned_to = {artist for artist, first in firsts.items() if answer.at < first < end}
        joined.append(
            Joined(
                fan_id=answer.fan_id,
                day=day,
                model_version=answer.model_version,
                is_known_fan=answer.is_known_fan,
                listed=len(listed),
                hits=_hits(listed, turned_to),
                popular_hits=_hits(is_old.without(popular, len(listed)), turned_to),
                turned_to=len(turned_to - set(answer.liked)),
            )
        )
    return joined, left_out


@dataclass(frozen=True, slots=True)
class _Old:
    """What was no news to a fan when the answer was given."""

    firsts: Mapping[str, int]
    answer: CapturedAnswer

    def without(self, artists: Sequence[str], count: int = PLACES) -> list[str]:
        """The first `count` of the artists that were new."""
        new = []
        for artist in artists:
            first_at = self.firsts.get(artist)
            if (first_at is None or first_at > self.answer.at) and artist not in self.answer.liked:
                new.append(artist)
                if len(new) == count:
                    break
        return new


def _hits(artists: Sequence[str], turned_to: Set[str]) -> tuple[int, ...]:
    return tuple(place for place, artist in enumerate(artists, start=1) if artist in turned_to)


def _of_genres(genres: Iterable[str], genres_of: Mapping[str, Set[str]]) -> frozenset[str]:
    wanted = {genre.casefold() for genre in genres}
    return frozenset(artist for artist, has in genres_of.items() if wanted & has)
