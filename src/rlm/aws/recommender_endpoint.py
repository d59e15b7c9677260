"""Asks the recommender's endpoint, for no longer than a caller would wait, or says what failed."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from rlm.aws.endpoint_connection import ENDPOINT
from rlm.aws.faults import NONSENSE, DependencyError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rlm.aws.endpoint_connection import EndpointConnection

# After a failure nobody is sent there for so long: each would wait as long for nothing.
PAUSE_SECONDS: Final = 1.0


@dataclass(frozen=True)
class Scored:
    """One artist of the model's answer; reasons and stand-ins are ids of artists."""

    artist_id: str
    score: float
    is_known: bool
    evidence: str
    reasons: tuple[str, ...]
    stands_in_for: tuple[str, ...]


@dataclass(frozen=True)
class ModelAnswer:
    """`rests_on` is `history`, or `popularity` for a fan whom the model does not know."""

    model_version: str
    rests_on: str
    artists: tuple[Scored, ...]


class RecommenderEndpoint:
    """One endpoint, for every request of a function; the clock never goes back."""

    def __init__(
        self, connection: EndpointConnection, name: str, clock: Callable[[], float]
    ) -> None:
        self._connection = connection
        self._name = name
        self._clock = clock
        self._closed_until = float("-inf")
        self._last_fault: Any = "failed"

    def on_behalf_of(self, request_id: str, correlation_id: str) -> Asking:
        """The endpoint for one request, whose ids it is told."""
        return Asking(self, request_id, correlation_id)

    def ask(self, question: Mapping[str, Any], request_id: str, correlation_id: str) -> ModelAnswer:
        """Raises DependencyError, for an answer that makes no sense too."""
        if self._clock() < self._closed_until:
            raise DependencyError(
                ENDPOINT.dependency, self._last_fault, "not asked so soon after a fault"
            )
        body = json.dumps({"questions": [dict(question)]}, separators=(",", ":")).encode()
        try:
            content = self._connection.invoke(self._name, body, request_id, correlation_id)
            return _read(content)
        except DependencyError as error:
            self._last_fault = error.fault
            self._closed_until = self._clock() + PAUSE_SECONDS
            raise


@dataclass(frozen=True)
class Asking:
    """Asks the endpoint on behalf of one request."""

    endpoint: RecommenderEndpoint
    request_id: str
    correlation_id: str

    def ask(self, question: Mapping[str, Any]) -> ModelAnswer:
        """Raises DependencyError, for an answer that makes no sense too."""
        return self.endpoint.ask(question, self.request_id, self.correlation_id)


def _read(content: bytes) -> ModelAnswer:
    try:
        document = json.loads(content)
        (answer,) = document["answers"]
        artists = tuple(_scored(one) for one in answer["recommendations"])
        if len({one.artist_id for one in artists}) < len(artists):
            raise ValueError("an artist is there twice")
        return ModelAnswer(_text(document["model_version"]), _text(answer["source"]), artists)
    except NONSENSE as error:
        raise DependencyError(ENDPOINT.dependency, "malformed", repr(error)) from error


def _scored(one: Any) -> Scored:
    return Scored(
        artist_id=_text(one["artist_id"]),
        score=_finite(one["score"]),
        is_known=bool(one["is_known"]),
        evidence=_text(one["evidence"]),
        reasons=tuple(_text(reason["artist_id"]) for reason in one.get("reasons", ())),
        stands_in_for=tuple(_text(artist) for artist in one.get("stands_in_for", ())),
    )


def _finite(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"{value!r} is no score")
    return number


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError(f"{value!r} is no text")
    return value
