"""Reads what SageMaker captured of the endpoint: of each fan and day the first answer."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import heapq
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

import msgspec
from msgspec import Struct

from rlm import names

if TYPE_CHECKING:
    from collections.abc import Iterable, Set

_T = TypeVar("_T")

# More fans make no interval narrower that anybody would look at, and all of their answers are kept
# in memory.
MOST_FANS: Final = 20_000
# What people see of an answer.
SHOWN: Final = 10
# Of those that the fan did not know when the model was trained; some became known since.
_KEPT: Final = 50


@dataclass(frozen=True, slots=True)
class CapturedAnswer:
    """What one fan was answered; `at` is in seconds of UTC."""

    fan_id: str
    at: int
    model_version: str
    is_known_fan: bool
    """The model knew them: the answer rests on their history."""
    artist_ids: tuple[str, ...]
    """The best first, without those that the model knew the fan to know."""
    liked: tuple[str, ...] = ()
    candidates: tuple[str, ...] | None = None
    """The only artists that were asked for."""
    genres: tuple[str, ...] = ()
    place: str | None = None
    is_by_place: bool = False
    """Asked for a place by its name or point: which artists play there, only the model knows."""

    @property
    def day(self) -> dt.date:
        return day_of(self.at)


class _Near(Struct):
    place: str | None = None


class _Question(Struct):
    fan_id: str | None = None
    liked_artist_ids: tuple[str, ...] = ()
    genres: tuple[str, ...] = ()
    near: _Near | None = None
    candidate_ids: tuple[str, ...] | None = None


class _Questions(Struct):
    questions: tuple[_Question, ...]


class _Recommended(Struct):
    artist_id: str
    is_known: bool = False


class _Answer(Struct):
    source: str
    recommendations: tuple[_Recommended, ...]


class _Answers(Struct):
    model_version: str
    answers: tuple[_Answer, ...]


class _Side(Struct):
    data: str
    encoding: str = "JSON"

    def body(self) -> bytes:
        return base64.b64decode(self.data) if self.encoding == "BASE64" else self.data.encode()


class _Data(Struct, rename="camel"):
    endpoint_input: _Side
    endpoint_output: _Side


class _Metadata(Struct, rename="camel"):
    event_id: str
    inference_time: str
    inference_id: str | None = None


class _Line(Struct, rename="camel"):
    capture_data: _Data
    event_metadata: _Metadata


_LINE: Final = msgspec.json.Decoder(_Line)
_QUESTIONS: Final = msgspec.json.Decoder(_Questions)
_ANSWERS: Final = msgspec.json.Decoder(_Answers)
_Key = tuple[dt.date, str]
_Order = tuple[int, str, int]


class Captures:
    """Gathers lines in any order; equal lines, whatever their order, give equal answers.

    `counts` says what became of each answer: `kept`, or why it was not.
    """

    def __init__(self, recent: Set[dt.date], most_fans: int = MOST_FANS) -> None:
        self.counts: Counter[str] = Counter()
        self.shown: set[str] = set()
        """Artists that anybody was shown on the recent days."""
        self.last_version: str | None = None
        """Of the model that answered last."""
        self._recent = recent
        self._most_fans = most_fans
        self._last: _Order = (-1, "", -1)
        self._of_fan: dict[str, dict[_Key, tuple[_Order, CapturedAnswer]]] = {}
        # Which fans are kept depends on their ids alone: those of the smallest hashes.
        self._hashes: list[tuple[int, str]] = []
        self._once: dict[object, object] = {}

    def read(self, lines: Iterable[bytes | str]) -> None:
        """Take the lines of one file."""
        for line in lines:
            if not line.strip():
                continue
            try:
                captured = _LINE.decode(line)
                meta = captured.event_metadata
                if meta.inference_id == names.UNATTENDED_INFERENCE:
                    self.counts["unattended"] += 1
                    continue
                questions = _QUESTIONS.decode(captured.capture_data.endpoint_input.body())
                answers = _ANSWERS.decode(captured.capture_data.endpoint_output.body())
                at = _seconds(meta.inference_time)
            except (msgspec.MsgspecError, ValueError):
                self.counts["unreadable"] += 1
                continue
            if len(questions.questions) != len(answers.answers):
                self.counts["unreadable"] += 1
                continue
            pairs = zip(questions.questions, answers.answers, strict=True)
            for number, (question, answer) in enumerate(pairs):
                order = (at, meta.event_id, number)
                self._take(order, answers.model_version, question, answer)

    def answers(self) -> list[CapturedAnswer]:
        """The first answer of each fan, day and model, in the order of fans and moments."""
        found = [
            entry for fan in sorted(self._of_fan) for entry in sorted(self._of_fan[fan].values())
        ]
        return [answer for _, answer in found]

    def _take(self, order: _Order, version: str, question: _Question, answer: _Answer) -> None:
        day = day_of(order[0])
        if order > self._last:
            self._last, self.last_version = order, version
        if day in self._recent:
            self.shown.update(one.artist_id for one in answer.recommendations[:SHOWN])
        if question.fan_id is None:
            self.counts["without_fan"] += 1
            return
        of_fan = self._of_fan.get(question.fan_id)
        if of_fan is None:
            if not self._has_room(question.fan_id):
                self.counts["not_sampled"] += 1
                return
            of_fan = self._of_fan.setdefault(question.fan_id, {})
        # Only now: of fans that there is no room for nothing is kept, not even their ids.
        fan = self._same(question.fan_id)
        key = (day, self._same(version))
        before = of_fan.get(key)
        if before is not None:
            self.counts["repeated"] += 1
            if before[0] <= order:
                return
        else:
            self.counts["kept"] += 1
        of_fan[key] = (order, self._answer(fan, order[0], key[1], question, answer))

    def _answer(
        self, fan: str, at: int, version: str, question: _Question, answer: _Answer
    ) -> CapturedAnswer:
        new = [one.artist_id for one in answer.recommendations if not one.is_known][:_KEPT]
        candidates = question.candidate_ids
        return CapturedAnswer(
            fan_id=fan,
            at=at,
            model_version=version,
            is_known_fan=answer.source == "history",
            artist_ids=tuple(self._same(artist) for artist in new),
            liked=question.liked_artist_ids,
            candidates=None if candidates is None else self._same(candidates),
            genres=question.genres,
            place=question.near.place if question.near else None,
            is_by_place=question.near is not None,
        )

    def _has_room(self, fan: str) -> bool:
        """Whether this fan is among those of the smallest hashes; another may have to go for it."""
        # Heaps give the smallest first, and the greatest is wanted.
        entry = (-_hash(fan), fan)
        if len(self._hashes) < self._most_fans:
            heapq.heappush(self._hashes, entry)
            return True
        _, gone = heapq.heappushpop(self._hashes, entry)
        if gone == fan:
            return False
        self._once.pop(gone, None)
        lost = len(self._of_fan.pop(gone))
        self.counts["kept"] -= lost
        self.counts["not_sampled"] += lost
        return True

    def _same(self, value: _T) -> _T:
        """One object for equal values: there are many answers and few artists and places."""
        return self._once.setdefault(value, value)  # type: ignore[return-value]


def day_of(at: int) -> dt.date:
    """The day in UTC."""
    return dt.datetime.fromtimestamp(at, dt.UTC).date()


def _seconds(moment: str) -> int:
    return int(dt.datetime.fromisoformat(moment).timestamp())


def _hash(fan: str) -> int:
    return int.from_bytes(hashlib.blake2b(fan.encode(), digest_size=8).digest())
