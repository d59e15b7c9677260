"""How numbers, money and days are written for people: English, the same on every machine."""

from __future__ import annotations

import datetime as dt
from typing import Final

# Where a symbol is not clear (dollars, crowns), the code is.
_SYMBOLS: Final = {"EUR": "€", "GBP": "£", "USD": "$", "JPY": "¥"}
_WITHOUT_CENTS: Final = frozenset({"JPY", "KRW", "CLP", "ISK", "HUF"})
_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
_WEEKDAYS: Final = (
    "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday",
)  # fmt: skip
_MINUS: Final = "\u2212"
_NO_BREAK: Final = "\u00a0"
# An en dash.
_NONE: Final = "\u2013"


def number(value: float) -> str:
    """`12,345`; a real minus sign."""
    return f"{value:,.0f}".replace("-", _MINUS)


def percent(share: float | None) -> str:
    """`87.5 %`; nothing is rounded up to 100 %, and nothing sold down to 0 %."""
    if share is None:
        return _NONE
    value = round(share * 100, 1)
    if share < 1 <= value / 100:
        value = 99.9
    if value == 0 and share > 0:
        return f"<{_NO_BREAK}0.1{_NO_BREAK}%"
    return f"{value:,.1f}".removesuffix(".0").replace("-", _MINUS) + f"{_NO_BREAK}%"


def money(cents: int | None, currency: str | None, *, exact: bool = False) -> str:
    """`€12,345`, or `€12,345.60` where it is exact or small; `SEK 1,200` without a symbol."""
    if cents is None or currency is None:
        return _NONE
    decimals = 0 if currency in _WITHOUT_CENTS else 2 if exact or abs(cents) < 100_000 else 0
    amount = f"{abs(cents) / 100:,.{decimals}f}"
    sign = _MINUS if cents < 0 else ""
    symbol = _SYMBOLS.get(currency)
    return f"{sign}{symbol}{amount}" if symbol else f"{sign}{currency}{_NO_BREAK}{amount}"


def day(date: dt.date | str) -> str:
    """`5 June 2026`."""
    found = dt.date.fromisoformat(date) if isinstance(date, str) else date
    return f"{found.day} {_MONTHS[found.month - 1]} {found.year}".replace(" ", _NO_BREAK)


def short_day(text: str) -> str:
    """`5 Jun` for `2026-06-05`."""
    found = dt.date.fromisoformat(text)
    return f"{found.day}{_NO_BREAK}{_MONTHS[found.month - 1][:3]}"


def weekday(date: dt.date | str) -> str:
    """`Friday`."""
    found = dt.date.fromisoformat(date) if isinstance(date, str) else date
    return _WEEKDAYS[found.weekday()]


def month(text: str) -> str:
    """`June 2026` for `2026-06`."""
    year, _, nth = text.partition("-")
    return f"{_MONTHS[int(nth) - 1]} {year}"


def label(name: str) -> str:
    """`Box office` for `box_office`."""
    return (name[:1].upper() + name[1:]).replace("_", " ")
