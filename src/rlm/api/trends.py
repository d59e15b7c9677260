"""`GET /fetch-trends`: a ranking out of the item that holds it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from rlm.api.problems import ParameterError, conflicting, not_found

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rlm.api.parameters import Query


@dataclass(frozen=True)
class TrendSupport:
    """What stands behind a score; null is not known of this dimension."""

    days: int | None
    streams: int | None
    plays: int | None
    fans: int | None
    orders: int | None


@dataclass(frozen=True)
class Trend:
    """An artist in a ranking.

    The score orders the ranking: growth of the logarithm of the audience beyond the market's,
    shrunk by how little is known. It is reliable when it is growth with 95 % probability. The
    change is unshrunk: 0.3 is 30 % more than before; null from nothing.
    """

    rank: int
    artist_id: str
    artist_name: str | None
    score: float
    score_deviation: float
    is_reliable: bool
    change: float | None
    signal: str
    support: TrendSupport
    is_simulated: bool


@dataclass(frozen=True)
class Trends:
    """A ranking as of the latest day of its data; `total` artists are in it."""

    window: str
    dimension: str
    dimension_value: str
    as_of: str
    total: int
    trends: tuple[Trend, ...]


class TrendReader(Protocol):
    """Where rankings are kept."""

    def ranking(self, trend: str) -> Mapping[str, Any] | None:
        """The item of `7d#city#Berlin, DE`; None when there is no such ranking."""
        ...


def trend_key(window: str, genre: str | None, city: str | None) -> str:
    """The key of a ranking."""
    if genre is not None:
        return f"{window}#genre#{genre}"
    return f"{window}#city#{city}" if city is not None else f"{window}#all#all"


def fetch_trends(query: Query, reader: TrendReader) -> Trends:
    """The first of a ranking. Raises ProblemError for a genre or city that has none."""
    window, genre, city = str(query.text("window")), query.text("genre"), query.text("city")
    if genre is not None and city is not None:
        detail = "genre and city cannot be combined"
        raise conflicting(ParameterError("genre", detail), ParameterError("city", detail))
    item = reader.ranking(trend_key(window, genre, city))
    if item is not None:
        return _trends(item, window, query.integer("limit"))
    if genre is not None:
        raise not_found("genre", f"no artist of the genre {genre!r} gained an audience in {window}")
    if city is not None:
        raise not_found("city", f"no artist gained an audience in {city!r} in {window}")
    # Nothing gained anything, or nothing was loaded yet: an empty ranking is an answer.
    return Trends(window, "all", "all", "", 0, ())


def _trends(item: Mapping[str, Any], window: str, limit: int) -> Trends:
    count = len(item["artist_ids"])
    return Trends(
        window=window,
        dimension=item["dimension"],
        dimension_value=item["dimension_value"],
        as_of=item["as_of_date"],
        total=count,
        trends=tuple(_trend(item, place) for place in range(min(limit, count))),
    )


def _trend(item: Mapping[str, Any], place: int) -> Trend:
    return Trend(
        rank=item["ranks"][place],
        artist_id=item["artist_ids"][place],
        artist_name=item["artist_names"][place],
        score=item["scores"][place],
        score_deviation=item["score_deviations"][place],
        is_reliable=bool(item["are_reliable"][place]),
        change=item["changes"][place],
        signal=item["signals"][place],
        support=TrendSupport(
            days=item["measured_days"][place],
            streams=item["streams"][place],
            plays=item["plays"][place],
            fans=item["fans"][place],
            orders=item["orders"][place],
        ),
        is_simulated=bool(item["are_simulated"][place]),
    )
