"""The one contract of every recommender: what goes in, what comes out, and how it is kept.

A recommender is fitted once and then only read: several processes may share a loaded one.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final, Literal, Self

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rlm.recommend.arrays import Ints
    from rlm.recommend.catalogue import Catalogue
    from rlm.recommend.interactions import Interactions

# Told what happens, a line at a time.
Progress = Callable[[str], None]

# What an answer rests on: the fan's own artists, or nothing but what many like.
Source = Literal["history", "popularity"]
# What a score rests on: other fans, or how a new artist resembles those that fans know.
Evidence = Literal["fans", "profile", "popularity"]

MOST_RECOMMENDATIONS: Final = 1000


def silent(line: str) -> None:
    """Progress that nobody reads."""


class UnknownArtistError(ValueError):
    """The model knows no artist of that id: the caller's input is wrong."""


class RequestError(ValueError):
    """A request that no model can answer: the caller's input is wrong, the text says how."""


@dataclass(frozen=True)
class TrainingSet:
    """What a model is fitted on."""

    interactions: Interactions
    catalogue: Catalogue
    """Every artist that may be recommended: those that no fan has heard yet too."""


@dataclass(frozen=True)
class Request:
    """One fan's question.

    A fan is known by id, by the artists that they like, or by both; by neither, the answer is what
    is popular. Unknown ids are no error: they are told in the answer.
    """

    fan_id: str | None = None
    liked_artist_ids: tuple[str, ...] = ()
    count: int = 10
    hides_known: bool = False
    """Leave out what the fan knows; otherwise it is marked: seeing a favourite is the point."""
    discovery: float = 0.0
    """From 0, the likeliest artists, to 1, those liked far beyond how popular they are."""
    place: str | None = None
    """Popularity of that place, where popularity is what answers."""
    genres: tuple[str, ...] = ()
    """Popularity within these genres, where popularity is what answers."""
    candidates: Ints | None = None
    """Indexes of the only artists wanted, ascending, as `Recommender.artist_indexes` gives them."""

    def __post_init__(self) -> None:
        if not 1 <= self.count <= MOST_RECOMMENDATIONS:
            raise RequestError(f"count is {self.count}, expected 1 to {MOST_RECOMMENDATIONS}")
        if not 0 <= self.discovery <= 1:
            raise RequestError(f"discovery is {self.discovery}, expected 0 to 1")


@dataclass(frozen=True)
class Recommendation:
    """An artist for a fan; `score` orders the artists of one answer and means nothing else."""

    artist_id: str
    score: float
    is_known: bool
    evidence: Evidence


@dataclass(frozen=True)
class Answer:
    """The best artists first; equal scores in the order of their ids."""

    recommendations: tuple[Recommendation, ...]
    source: Source
    unknown_artist_ids: tuple[str, ...] = ()
    """What was liked according to the request, and is no artist of the catalogue."""


@dataclass(frozen=True)
class SimilarArtist:
    artist_id: str
    similarity: float
    """At most 1, for artists that the model cannot tell apart; 0 for nothing in common."""


@dataclass(frozen=True)
class Reason:
    """An artist that the fan likes, and the share of the score that it carried."""

    artist_id: str
    share: float


@dataclass(frozen=True)
class Explanation:
    artist_id: str
    score: float
    evidence: Evidence
    reasons: tuple[Reason, ...]
    """The heaviest first; none where popularity alone answers."""
    stands_in_for: tuple[str, ...] = ()
    """For a new artist: the artists that it resembles most, whose scores made its own."""


class Recommender(ABC):
    """What every model can do. Equal training sets and settings give equal answers."""

    kind: ClassVar[str]
    """The model's name in saved files, reports and on the command line."""

    @abstractmethod
    def fit(self, training: TrainingSet, progress: Progress = silent) -> Self:
        """Learn from scratch, and return itself."""

    @abstractmethod
    def recommend(self, requests: Sequence[Request]) -> list[Answer]:
        """One answer a request, in their order."""

    @abstractmethod
    def similar_artists(self, artist_id: str, count: int = 10) -> list[SimilarArtist]:
        """The most similar first, without the artist itself. Raises UnknownArtistError."""

    @abstractmethod
    def explain(
        self, request: Request, artist_ids: Sequence[str], count: int = 3
    ) -> list[Explanation]:
        """Why each artist has its score for that fan, in their order. Raises UnknownArtistError."""

    @abstractmethod
    def artist_indexes(self, artist_ids: Sequence[str]) -> Ints:
        """Places of the artists in the model; ids that it does not know are left out."""

    @abstractmethod
    def save(self, folder: Path) -> None:
        """Write the model into a new or empty folder; `load` gives an equal one."""

    @classmethod
    @abstractmethod
    def load(cls, folder: Path) -> Self:
        """Map a saved model into memory, read-only. Raises SavedModelError for a broken one."""
