"""`GET /recommend`: the model's artists, else those kept for this moment, else what is popular."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

from rlm.api.events_near import (
    Days,
    Place,
    can_be_gone_to,
    days_of,
    may_play,
    place_of,
    within,
)
from rlm.api.problems import ParameterError, conflicting
from rlm.api.recommended import Ranked, Recommendations, RecommendedArtist, Source, told
from rlm.aws.faults import DependencyError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from rlm.api.parameters import Query
    from rlm.aws.recommender_endpoint import ModelAnswer

_T = TypeVar("_T")

# Deeper pages are nobody's; the model gives a thousand at most.
_MOST_OFFSET: Final = 400
# Of a genre only some of the artists are: so many more are asked for.
_GENRE_FACTOR: Final = 8
_MOST_ASKED: Final = 1000


class Tables(Protocol):
    """What is kept of fans, artists and events; each raises DependencyError."""

    def fan(self, fan_id: str) -> Mapping[str, Any] | None: ...

    def kept_for(self, fan_id: str) -> Mapping[str, Any] | None: ...

    def events_at(self, place: Place, days: Days) -> Sequence[Mapping[str, Any]]: ...

    def events_of(self, artist_id: str, days: Days) -> Sequence[Mapping[str, Any]]: ...

    def artists(self, artist_ids: Iterable[str]) -> Mapping[str, Mapping[str, Any]]: ...

    def trending(self, trend: str) -> Mapping[str, Any] | None: ...


class Model(Protocol):
    """The recommender's endpoint; raises DependencyError."""

    def ask(self, question: Mapping[str, Any]) -> ModelAnswer: ...


@dataclass(frozen=True)
class Question:
    """What was asked, and from where on the answer goes."""

    fan_id: str | None
    liked: tuple[str, ...]
    place: Place | None
    days: Days
    genre: str | None
    limit: int
    offset: int
    fingerprint: str


@dataclass(frozen=True)
class Found:
    """A ranking, and where it comes from."""

    source: Source
    artists: tuple[Ranked, ...]
    model_version: str | None = None
    is_known_fan: bool | None = None


@dataclass(frozen=True)
class Told:
    """The answer, and the faults that it was made in spite of.

    Where there was nothing to choose from, the model was not asked.
    """

    answer: Recommendations
    faults: tuple[str, ...]
    asked_model: bool


def recommend(query: Query, tables: Tables, model: Model, now: dt.datetime) -> Told:
    """Answers whatever becomes of the model.

    Raises DependencyError when nobody can say what plays where; names and kept recommendations
    alone are done without.
    """
    question = read_question(query, now)
    faults: list[str] = []
    fan = _of_fan(question, tables.fan, faults)
    # Tickets that the fan holds already are no news.
    held = frozenset((fan or {}).get("held_event_ids") or ())
    near = _playing_near(question, tables, held)
    found, wanted = _ranking(question, near, fan, tables, model, faults)
    page = wanted[question.offset : question.offset + question.limit]
    spoken_of = {one for ranked in page for one in ranked.spoken_of}
    known = _tried(lambda: tables.artists(spoken_of), faults) or {}
    artists = tuple(
        told(one, question.place, _events(one, question, near, tables, held, known, faults), known)
        for one in page
    )
    has_more = len(wanted) > question.offset + len(page)
    return Told(
        _answer(question, found, artists, has_more=has_more),
        tuple(faults),
        asked_model=_has_choice(near),
    )


def _of_fan(
    question: Question, read: Callable[[str], Mapping[str, Any] | None], faults: list[str]
) -> Mapping[str, Any] | None:
    fan_id = question.fan_id
    return None if fan_id is None else _tried(lambda: read(fan_id), faults)


def _tried(read: Callable[[], _T], faults: list[str]) -> _T | None:
    """What was read, or None and a fault more."""
    try:
        return read()
    except DependencyError as error:
        faults.append(f"{error.dependency} {error.fault}")
        return None


def _ranking(
    question: Question,
    near: Mapping[str, Any] | None,
    fan: Mapping[str, Any] | None,
    tables: Tables,
    model: Model,
    faults: list[str],
) -> tuple[Found, list[Ranked]]:
    """The first ranking that has anybody whom the caller wants; the last one may be empty."""
    if not _has_choice(near):
        is_known_fan = None if question.fan_id is None else bool(fan)
        return Found("popular", (), is_known_fan=is_known_fan), []
    found = _by_model(question, near, model, faults)
    if found is not None and (wanted := _wanted(found, question, near, tables)):
        return found, wanted
    found = _by_kept(_of_fan(question, tables.kept_for, faults))
    if found is not None and (wanted := _wanted(found, question, near, tables)):
        return found, wanted
    found = _by_popularity(question, near, tables)
    return found, _wanted(found, question, near, tables)


def _has_choice(near: Mapping[str, Any] | None) -> bool:
    """Not where nobody plays."""
    return near is None or bool(near)


def _wanted(
    found: Found, question: Question, near: Mapping[str, Any] | None, tables: Tables
) -> list[Ranked]:
    """Of a ranking those who play there, of the genre, and not whom the caller named."""
    wanted = [
        one
        for one in found.artists
        if one.artist_id not in question.liked and (near is None or one.artist_id in near)
    ]
    if question.genre is None:
        return wanted
    known = tables.artists(one.artist_id for one in wanted)
    return [
        one
        for one in wanted
        if question.genre in ((known.get(one.artist_id) or {}).get("genres") or ())
    ]


def read_question(query: Query, now: dt.datetime) -> Question:
    """Raises ProblemError for what cannot be combined."""
    fan_id, liked = query.text("fan_id"), query.texts("artist_id")
    if (fan_id is None) == (not liked):
        detail = "either fan_id or artist_id is expected"
        raise conflicting(ParameterError("fan_id", detail), ParameterError("artist_id", detail))
    place, days, genre = place_of(query), days_of(query, now), query.text("genre")
    fingerprint = hashlib.blake2b(
        repr((fan_id, liked, place, days.first, days.last, genre)).encode(), digest_size=6
    ).hexdigest()
    offset = _offset(query.text("next_token"), fingerprint)
    limit = query.integer("limit")
    return Question(fan_id, liked, place, days, genre, limit, offset, fingerprint)


def _playing_near(
    question: Question, tables: Tables, held: frozenset[str]
) -> dict[str, list[Mapping[str, Any]]] | None:
    """The events near by artist; None where no place was asked for."""
    if question.place is None:
        return None
    playing: dict[str, list[Mapping[str, Any]]] = {}
    events = within(tables.events_at(question.place, question.days), question.place)
    for event in _offered(events, question.days, held):
        for artist_id in (event.get("headliner_id"), *(event.get("support_ids") or ())):
            if artist_id:
                playing.setdefault(str(artist_id), []).append(event)
    return playing


def _offered(
    events: Iterable[Mapping[str, Any]], days: Days, held: frozenset[str]
) -> list[Mapping[str, Any]]:
    return [
        event
        for event in events
        if can_be_gone_to(event) and days.holds(event) and event["event_id"] not in held
    ]


def _by_model(
    question: Question,
    near: Mapping[str, Any] | None,
    model: Model,
    faults: list[str],
) -> Found | None:
    count = question.offset + question.limit + len(question.liked) + 1
    asked: dict[str, Any] = {
        "count": min(_MOST_ASKED, count * (_GENRE_FACTOR if question.genre else 1)),
        "explains": True,
    }
    if question.fan_id is not None:
        asked["fan_id"] = question.fan_id
    if question.liked:
        asked["liked_artist_ids"] = list(question.liked)
    if question.genre is not None:
        asked["genres"] = [question.genre]
    if near is not None:
        asked["candidate_ids"] = sorted(near)
    answer = _tried(lambda: model.ask(asked), faults)
    if answer is None:
        return None
    is_personal = answer.rests_on == "history"
    return Found(
        source="model" if is_personal else "popular",
        model_version=answer.model_version,
        is_known_fan=is_personal if question.fan_id is not None else None,
        artists=tuple(
            Ranked(
                one.artist_id,
                round(one.score, 6),
                one.is_known,
                one.reasons,
                one.stands_in_for,
                is_popular=not is_personal or one.evidence == "popularity",
            )
            for one in answer.artists
        ),
    )


def _by_kept(kept: Mapping[str, Any] | None) -> Found | None:
    if kept is None or not kept.get("artist_ids"):
        return None
    scores, known = kept.get("scores") or (), kept.get("are_known") or ()
    is_personal = kept.get("source") == "history"
    return Found(
        source="precomputed",
        model_version=kept.get("model_version"),
        is_known_fan=is_personal,
        artists=tuple(
            Ranked(
                artist_id,
                scores[place] if place < len(scores) else None,
                bool(known[place]) if place < len(known) else False,
                is_popular=not is_personal,
            )
            for place, artist_id in enumerate(kept["artist_ids"])
        ),
    )


def _by_popularity(question: Question, near: Mapping[str, Any] | None, tables: Tables) -> Found:
    """Of those who play there, the most popular; elsewhere, those who gain an audience."""
    is_known = False if question.fan_id is not None else None
    if near is not None:
        found = tables.artists(near)
        ranked = sorted(
            near, key=lambda i: (-float((found.get(i) or {}).get("popularity_score") or 0.0), i)
        )
    else:
        scope = f"genre#{question.genre}" if question.genre else "all#all"
        ranking = tables.trending(f"28d#{scope}") or {}
        ranked = list(ranking.get("artist_ids") or ())
    artists = tuple(Ranked(artist_id, is_popular=True) for artist_id in ranked)
    return Found(source="popular", artists=artists, is_known_fan=is_known)


def _events(
    one: Ranked,
    question: Question,
    near: Mapping[str, Sequence[Mapping[str, Any]]] | None,
    tables: Tables,
    held: frozenset[str],
    known: Mapping[str, Mapping[str, Any]],
    faults: list[str],
) -> Sequence[Mapping[str, Any]]:
    if near is not None:
        return near.get(one.artist_id, ())
    if not may_play(known.get(one.artist_id, {}), question.days):
        return ()
    if any(fault.startswith("dynamodb") for fault in faults):
        # Each artist would wait for the same time-out.
        return ()
    events = _tried(lambda: tables.events_of(one.artist_id, question.days), faults)
    return _offered(events or (), question.days, held)


def _answer(
    question: Question,
    found: Found,
    artists: tuple[RecommendedArtist, ...],
    *,
    has_more: bool,
) -> Recommendations:
    end = question.offset + len(artists)
    has_next = has_more and len(artists) > 0 and end <= _MOST_OFFSET
    content = json.dumps(
        (question.fingerprint, question.offset, found.source, found.model_version, artists),
        default=vars,
    )
    return Recommendations(
        recommendation_id=hashlib.blake2b(content.encode(), digest_size=16).hexdigest(),
        source=found.source,
        is_known_fan=found.is_known_fan,
        model_version=found.model_version,
        artists=artists,
        next_token=_token(end, question.fingerprint) if has_next else None,
    )


def _token(offset: int, fingerprint: str) -> str:
    text = f"{offset}|{fingerprint}".encode()
    return base64.urlsafe_b64encode(text).decode().rstrip("=")


def _offset(token: str | None, fingerprint: str) -> int:
    """Raises ProblemError for a token of another question, or of nobody's."""
    if token is None:
        return 0
    try:
        text = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode("ascii")
        offset, _, of = text.partition("|")
        if of == fingerprint and 0 < int(offset) <= _MOST_OFFSET:
            return int(offset)
    except ValueError:
        pass
    raise conflicting(ParameterError("next_token", "is not of an answer to this question"))
