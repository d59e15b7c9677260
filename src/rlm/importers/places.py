"""Which clock hangs in a state or province, and which money is paid there.

TICKIT names city and state only. Every city of it lies in its state's main time zone, except where
`_CITY_ZONES` says otherwise, so that a table by state is enough.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Place:
    country: str
    timezone: str
    currency: str


_EASTERN: Final = "America/New_York"
_CENTRAL: Final = "America/Chicago"
_MOUNTAIN: Final = "America/Denver"
_PACIFIC: Final = "America/Los_Angeles"

_US_ZONES: Final[dict[str, str]] = {
    **dict.fromkeys(
        ("CT", "DC", "DE", "FL", "GA", "MA", "MD", "ME", "NC", "NH", "NJ", "NY", "OH", "PA", "RI",
         "SC", "VA", "VT", "WV"),
        _EASTERN,
    ),
    **dict.fromkeys(
        ("AL", "AR", "IA", "IL", "KS", "LA", "MN", "MO", "MS", "ND", "NE", "OK", "SD", "TX", "WI"),
        _CENTRAL,
    ),
    **dict.fromkeys(("CO", "MT", "NM", "UT", "WY"), _MOUNTAIN),
    **dict.fromkeys(("CA", "NV", "OR", "WA"), _PACIFIC),
    "AK": "America/Anchorage",
    "AZ": "America/Phoenix",
    "HI": "Pacific/Honolulu",
    "ID": "America/Boise",
    "IN": "America/Indiana/Indianapolis",
    "KY": "America/Kentucky/Louisville",
    "MI": "America/Detroit",
    # Nashville and Memphis; the east of the state has Eastern time.
    "TN": _CENTRAL,
}  # fmt: skip
_CANADIAN_ZONES: Final[dict[str, str]] = {
    "AB": "America/Edmonton",
    "BC": "America/Vancouver",
    "MB": "America/Winnipeg",
    "NB": "America/Moncton",
    "NL": "America/St_Johns",
    "NS": "America/Halifax",
    "ON": "America/Toronto",
    "QC": "America/Toronto",
    "SK": "America/Regina",
}
_CITY_ZONES: Final[dict[tuple[str, str], str]] = {
    ("El Paso", "TX"): _MOUNTAIN,
    ("Pensacola", "FL"): _CENTRAL,
    ("Knoxville", "TN"): _EASTERN,
    ("Chattanooga", "TN"): _EASTERN,
}


def place_of(city: str, state: str) -> Place | None:
    """Country, time zone and currency; None for a state that is neither of the US nor of Canada."""
    if state in _US_ZONES:
        return Place("US", _CITY_ZONES.get((city, state), _US_ZONES[state]), "USD")
    if state in _CANADIAN_ZONES:
        return Place("CA", _CANADIAN_ZONES[state], "CAD")
    return None
