"""The operations of the API, from which OpenAPI and the gateway's resources are made.

Handlers read queries by these, the infrastructure makes the gateway's resources from these, and
`rlm.api.openapi` writes them down.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from rlm.api.analytics import ALL_METRICS
from rlm.api.correlation import HEADER as CORRELATION_ID
from rlm.api.parameters import CITY_PATTERN, ID_PATTERN, TEXT_PATTERN, Parameter

# After which Lambda ends a function. The worst case of a request is shorter: tests add it up.
FUNCTION_TIMEOUT_SECONDS: Final = 5
# What a page of another site may read of an answer, beside what it may read of any.
EXPOSED_HEADERS: Final = f"ETag,Retry-After,x-amzn-RequestId,{CORRELATION_ID}"


@dataclass(frozen=True)
class Operation:
    """One route. `function` is the Lambda function that answers it.

    `fresh_seconds` is how long a caller may keep an answer; `is_personal` keeps shared caches out.
    `is_staff`: only keys of the staff's plan open it.
    """

    operation_id: str
    function: str
    path: str
    summary: str
    description: str
    parameters: tuple[Parameter, ...]
    fresh_seconds: int
    is_personal: bool = False
    is_staff: bool = False


def _limit(default: int) -> Parameter:
    return Parameter(
        "limit", "How many at most.", "integer", default=default, minimum=1, maximum=100, example=10
    )


GENRE: Final = Parameter(
    "genre", "A genre, as artists name theirs.", pattern=TEXT_PATTERN, example="rock"
)
CITY: Final = Parameter(
    "city", "A city and its country.", pattern=CITY_PATTERN, example="Berlin, DE"
)

FETCH_TRENDS: Final = Operation(
    operation_id="fetchTrends",
    function="FetchTrends",
    path="/fetch-trends",
    summary="Artists who gain an audience",
    description=(
        "The ranking of artists whose audience grew most against the market's, over a window of "
        "days: everywhere, within a genre or in a city. Genre and city are not combined."
    ),
    parameters=(
        Parameter(
            "window",
            "Days that are compared with as many days before.",
            choices=("7d", "28d"),
            default="7d",
            example="7d",
        ),
        GENRE,
        CITY,
        _limit(20),
    ),
    fresh_seconds=300,
)

FETCH_EVENT_ANALYTICS: Final = Operation(
    operation_id="fetchEventAnalytics",
    function="FetchEventAnalytics",
    path="/analyze",
    summary="How an event, an artist or a venue does",
    description=(
        "Sales, sell-through, pace and a forecast of final sales of one event; sales and "
        "popularity of an artist; sales and utilisation of a venue. Exactly one of event_id, "
        "artist_id and venue_id is given. Needs a key of the staff's plan."
    ),
    parameters=(
        Parameter("event_id", "An event.", pattern=ID_PATTERN, example="event-000736"),
        Parameter("artist_id", "An artist.", pattern=ID_PATTERN, example="artist-000067"),
        Parameter("venue_id", "A venue.", pattern=ID_PATTERN, example="venue-00048"),
        Parameter(
            "metrics",
            "Which series; all that the subject has, where none is named.",
            is_repeatable=True,
            choices=ALL_METRICS,
            most_values=len(ALL_METRICS),
            example="tickets_sold",
        ),
        Parameter("from", "The first day of the series.", "day", example="2026-05-01"),
        Parameter("to", "The last day of the series.", "day", example="2026-06-30"),
    ),
    fresh_seconds=60,
    is_staff=True,
)

RECOMMEND_ARTIST: Final = Operation(
    operation_id="recommendArtist",
    function="RecommendArtist",
    path="/recommend",
    summary="Artists for a fan, or like some artists",
    description=(
        "Artists with a reason that a person understands and with their events to come, neither "
        "sold out, cancelled nor postponed. With a place, only artists who play there; with a day, "
        "only events from or until then. `source` says what answered: the model; recommendations "
        "made earlier, where the model cannot be reached; or what is popular, for a fan whom "
        "nobody knows, too."
    ),
    parameters=(
        Parameter(
            "fan_id", "A fan; not with artist_id.", pattern=ID_PATTERN, example="fan-0000001"
        ),
        Parameter(
            "artist_id",
            "Artists like these; not with fan_id.",
            pattern=ID_PATTERN,
            is_repeatable=True,
            most_values=50,
            example="artist-000067",
        ),
        Parameter(
            "city",
            "A city and its country; not with lat.",
            pattern=CITY_PATTERN,
            example="Berlin, DE",
        ),
        Parameter(
            "lat",
            "With lon: the middle of a circle.",
            "number",
            minimum=-90,
            maximum=90,
            example=52.52,
        ),
        Parameter(
            "lon",
            "With lat: the middle of a circle.",
            "number",
            minimum=-180,
            maximum=180,
            example=13.4,
        ),
        Parameter(
            "radius_km",
            "With lat and lon: how far around; 50 where none is given.",
            "number",
            minimum=1,
            maximum=200,
            example=50,
        ),
        Parameter(
            "from",
            "The first day of events; today where none is given.",
            "day",
            example="2026-06-08",
        ),
        Parameter("to", "The last day of events.", "day", example="2026-09-30"),
        GENRE,
        _limit(10),
        Parameter(
            "next_token",
            "Goes on where an answer with this token ended; all else must be the same.",
            pattern=r"^[A-Za-z0-9_-]{1,100}$",
            example="MTB8YWJj",
        ),
    ),
    fresh_seconds=60,
    is_personal=True,
)

OPERATIONS: Final = (RECOMMEND_ARTIST, FETCH_EVENT_ANALYTICS, FETCH_TRENDS)
