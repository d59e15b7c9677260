"""What goes over the wire: one JSON body of questions in, one of answers out."""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - msgspec reads the annotations
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

from rlm.recommend.contract import MOST_RECOMMENDATIONS

# A body of so many answers is a few megabytes, as much as SageMaker lets through.
MOST_QUESTIONS: Final = 1000
MOST_EVENTS: Final = 5

Id = Annotated[str, Meta(min_length=1, max_length=200)]


class BadRequestError(ValueError):
    """The body is not what the endpoint takes; the text says where and why."""


class NearBy(Struct, forbid_unknown_fields=True, frozen=True):
    """A city as `Berlin, DE`, or a point and how far from it; and the days, both included."""

    place: Id | None = None
    latitude: Annotated[float, Meta(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Meta(ge=-180, le=180)] | None = None
    radius_km: Annotated[float, Meta(gt=0, le=20_100)] = 50.0
    first_day: dt.date | None = None
    last_day: dt.date | None = None

    def __post_init__(self) -> None:
        if (self.latitude is None) != (self.longitude is None):
            raise ValueError("latitude and longitude go together")
        if self.first_day and self.last_day and self.last_day < self.first_day:
            raise ValueError(f"last_day {self.last_day} is before first_day {self.first_day}")


class Question(Struct, forbid_unknown_fields=True, frozen=True):
    """What one fan asks. Without a fan and without likes the answer is what is popular."""

    fan_id: Id | None = None
    liked_artist_ids: Annotated[tuple[Id, ...], Meta(max_length=500)] = ()
    count: Annotated[int, Meta(ge=1, le=MOST_RECOMMENDATIONS)] = 10
    hides_known: bool = False
    discovery: Annotated[float, Meta(ge=0, le=1)] = 0.0
    genres: Annotated[tuple[Id, ...], Meta(max_length=50)] = ()
    near: NearBy | None = None
    """Only artists with a concert there and then."""
    candidate_ids: Annotated[tuple[Id, ...], Meta(max_length=100_000)] | None = None
    """Only these artists; with `near`, those of them that play there."""
    explains: bool = False


class Body(Struct, forbid_unknown_fields=True, frozen=True):
    questions: Annotated[tuple[Question, ...], Meta(min_length=1, max_length=MOST_QUESTIONS)]


class WhyArtist(Struct, frozen=True):
    artist_id: str
    share: float


class Recommended(Struct, frozen=True, omit_defaults=True):
    artist_id: str
    score: float
    is_known: bool
    evidence: str
    event_ids: tuple[str, ...] = ()
    """The first of the artist's concerts there and then, where the question has a `near`."""
    reasons: tuple[WhyArtist, ...] = ()
    stands_in_for: tuple[str, ...] = ()


class Answered(Struct, frozen=True, omit_defaults=True):
    source: str
    recommendations: tuple[Recommended, ...]
    unknown_artist_ids: tuple[str, ...] = ()


class Answers(Struct, frozen=True):
    model_version: str
    answers: tuple[Answered, ...]


_DECODER: Final = msgspec.json.Decoder(Body)
_ENCODER: Final = msgspec.json.Encoder()


def read_body(body: bytes) -> Body:
    """Raises BadRequestError with the path of what is wrong, as `$.questions[0].count`."""
    try:
        return _DECODER.decode(body)
    except msgspec.ValidationError as error:
        raise BadRequestError(str(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadRequestError(f"the body is not JSON: {error}") from None


def written(answers: Struct) -> bytes:
    return _ENCODER.encode(answers)
