"""Asks the recommender's endpoint, for no longer than a caller would wait, or says what failed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import botocore.exceptions
from botocore.config import Config

from rlm.aws.faults import NONSENSE, DependencyError, fault_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

CONNECT_TIMEOUT_SECONDS: Final = 0.2
READ_TIMEOUT_SECONDS: Final = 0.4
# After a failure nobody is sent there for so long: each would wait as long for nothing.
PAUSE_SECONDS: Final = 1.0
_DEPENDENCY: Final = "recommender"

ENDPOINT_CONFIG: Final = Config(
    connect_timeout=CONNECT_TIMEOUT_SECONDS,
    read_timeout=READ_TIMEOUT_SECONDS,
    # There is something to fall back to: a second try would only make the caller wait.
    retries={"total_max_attempts": 1},
    max_pool_connections=4,
    parameter_validation=False,
    tcp_keepalive=True,
)


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
    """One endpoint; the client is one of ENDPOINT_CONFIG, the clock never goes back."""

    def __init__(self, client: Any, name: str, clock: Callable[[], float]) -> None:
        self._client = client
        self._name = name
        self._clock = clock
        self._closed_until = float("-inf")
        self._last_fault: Any = "failed"

    def ask(self, question: Mapping[str, Any]) -> ModelAnswer:
        """Raises DependencyError, for an answer that makes no sense too."""
        if self._clock() < self._closed_until:
            raise DependencyError(_DEPENDENCY, self._last_fault, "not asked so soon after a fault")
        try:
            return self._ask(question)
        except DependencyError as error:
            self._last_fault = error.fault
            self._closed_until = self._clock() + PAUSE_SECONDS
            raise

    def _ask(self, question: Mapping[str, Any]) -> ModelAnswer:
        try:
            answer = self._client.invoke_endpoint(
                EndpointName=self._name,
                ContentType="application/json",
                Body=json.dumps({"questions": [dict(question)]}).encode(),
            )
            content = answer["Body"].read()
        except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError) as error:
            raise DependencyError(_DEPENDENCY, fault_of(error), str(error)) from error
        except (*NONSENSE, OSError) as error:
            raise DependencyError(_DEPENDENCY, "malformed", repr(error)) from error
        try:
            return _read(json.loads(content))
        except NONSENSE as error:
            raise DependencyError(_DEPENDENCY, "malformed", repr(error)) from error


def _read(document: Any) -> ModelAnswer:
    (answer,) = document["answers"]
    artists = tuple(
        Scored(
            artist_id=_text(one["artist_id"]),
            score=float(one["score"]),
            is_known=bool(one["is_known"]),
            evidence=_text(one["evidence"]),
            reasons=tuple(_text(reason["artist_id"]) for reason in one.get("reasons", ())),
            stands_in_for=tuple(_text(artist) for artist in one.get("stands_in_for", ())),
        )
        for one in answer["recommendations"]
    )
    return ModelAnswer(_text(document["model_version"]), _text(answer["source"]), artists)


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError(f"{value!r} is no text")
    return value
