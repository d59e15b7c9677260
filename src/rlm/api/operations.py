"""The operations of the API, from which OpenAPI and the gateway's resources are made.

Handlers read queries by these, the infrastructure makes the gateway's resources from these, and
`rlm.api.openapi` writes them down.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from rlm.api.parameters import CITY_PATTERN, TEXT_PATTERN, Parameter


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

OPERATIONS: Final = (FETCH_TRENDS,)
