"""Numbers as QuickSight's format configurations have them written."""

from __future__ import annotations

import math
from collections.abc import Mapping  # noqa: TC003 - part of the public types
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from rlm.quicksight.reads import joined

SYMBOLS = {"COMMA": ",", "DOT": ".", "SPACE": " "}
CURRENCIES = {
    "USD": "$",
    "EUR": "€",
    "GBP": "£",
    "JPY": "¥",
    "CNY": "¥",
    "INR": "₹",
    "KRW": "₩",
    "BRL": "R$",
    "CAD": "CA$",
    "AUD": "A$",
    "NZD": "NZ$",
    "MXN": "MX$",
    "HKD": "HK$",
    "SGD": "S$",
    "TWD": "NT$",
    "CHF": "CHF ",
    "SEK": "kr ",
    "NOK": "kr ",
    "DKK": "kr ",
    "ILS": "₪",
    "THB": "฿",
    "PHP": "₱",
    "VND": "₫",
    "NGN": "₦",
    "PLN": "zł ",
    "TRY": "₺",
    "RUB": "₽",
    "ZAR": "R ",
}
# By how much a scale divides, and what it is called.
SCALES = {
    "THOUSANDS": (1e3, "K"),
    "MILLIONS": (1e6, "M"),
    "BILLIONS": (1e9, "B"),
    "TRILLIONS": (1e12, "T"),
    "LAKHS": (1e5, "L"),
    "CRORES": (1e7, "Cr"),
}
AUTO_SCALES = ("TRILLIONS", "BILLIONS", "MILLIONS", "THOUSANDS")


@dataclass(frozen=True)
class NumberFormat:
    """How a number is written; `is_short` lets a chart write 1.2M where nothing else is said."""

    kind: str = "number"
    """number, currency or percent."""
    prefix: str = ""
    suffix: str = ""
    currency: str = ""
    decimals: int | None = None
    """None: as many as needed, two at most; of currencies and percents two."""
    scale: str | None = None
    thousands: str = ","
    decimal_mark: str = "."
    grouping: str = "DEFAULT"
    negative_in_parentheses: bool = False
    null: str | None = None

    def short(self) -> NumberFormat:
        """The same with automatic units where the format says nothing about units."""
        return self if self.scale is not None else replace(self, scale="AUTO")

    def to_json(self) -> dict[str, Any]:
        """What the page needs to write the ticks of an axis."""
        return {
            "kind": self.kind,
            "prefix": self.prefix,
            "suffix": self.suffix,
            "currency": self.currency,
            "decimals": self.decimals,
            "scale": self.scale,
            "thousands": self.thousands,
            "mark": self.decimal_mark,
            "parentheses": self.negative_in_parentheses,
        }


def number_format(configuration: Mapping[str, Any] | None) -> NumberFormat:
    """Read a format configuration of any shape that can hold a number's.

    Takes FormatConfiguration (with NumberFormatConfiguration inside), NumberFormatConfiguration,
    NumericFormatConfiguration and ComparisonFormatConfiguration alike.
    """
    found = joined(configuration or {})
    for wrapper in (
        "NumberFormatConfiguration",
        "FormatConfiguration",
        "NumericFormatConfiguration",
    ):
        while isinstance(found.get(wrapper), dict):
            found = found[wrapper]
    for key, kind in (
        ("CurrencyDisplayFormatConfiguration", "currency"),
        ("PercentageDisplayFormatConfiguration", "percent"),
        ("NumberDisplayFormatConfiguration", "number"),
    ):
        if isinstance(found.get(key), dict):
            return _read(found[key], kind)
    return NumberFormat()


def _read(options: Mapping[str, Any], kind: str) -> NumberFormat:
    separators = options.get("SeparatorConfiguration") or {}
    thousands = separators.get("ThousandsSeparator") or {}
    symbol = SYMBOLS.get(thousands.get("Symbol", "COMMA"), ",")
    if thousands.get("Visibility") == "HIDDEN":
        symbol = ""
    code = options.get("Symbol") or "USD"
    negative = (options.get("NegativeValueConfiguration") or {}).get("DisplayMode")
    places = (options.get("DecimalPlacesConfiguration") or {}).get("DecimalPlaces")
    suffix = options.get("Suffix") or ""
    return NumberFormat(
        kind=kind,
        prefix=options.get("Prefix") or "",
        # The console writes the sign of a percentage as its suffix.
        suffix=suffix.removeprefix("%") if kind == "percent" else suffix,
        currency=CURRENCIES.get(code, f"{code} ") if kind == "currency" else "",
        decimals=None if places is None else int(places),
        scale=options.get("NumberScale"),
        thousands=symbol,
        decimal_mark=SYMBOLS.get(separators.get("DecimalSeparator", "DOT"), "."),
        grouping=thousands.get("GroupingStyle") or "DEFAULT",
        negative_in_parentheses=negative == "NEGATIVE",
        null=(options.get("NullValueFormatConfiguration") or {}).get("NullString"),
    )


def write_number(value: float | Decimal, form: NumberFormat) -> str:
    """The number as text: `$1,234.50`, `12.3%`, `1.2M`, `(4)`."""
    if isinstance(value, float) and not math.isfinite(value):
        return "∞" if value > 0 else ("-∞" if value < 0 else "NaN")
    exact = Decimal(str(value))
    if form.kind == "percent":
        exact *= 100
    divisor, unit = _unit(abs(exact), form)
    exact /= Decimal(int(divisor))
    digits = _digits(abs(exact), form, is_scaled=bool(unit))
    is_negative = exact < 0 and any(digit in "123456789" for digit in digits)
    body = f"{form.currency}{digits}{unit}{'%' if form.kind == 'percent' else ''}"
    if is_negative:
        body = f"({body})" if form.negative_in_parentheses else f"-{body}"
    return f"{form.prefix}{body}{form.suffix}"


def _unit(size: Decimal, form: NumberFormat) -> tuple[float, str]:
    if form.kind == "percent" or form.scale in (None, "NONE"):
        return 1, ""
    if form.scale != "AUTO":
        return SCALES.get(form.scale or "", (1, ""))
    for name in AUTO_SCALES:
        divisor, unit = SCALES[name]
        if size >= Decimal(int(divisor)):
            return divisor, unit
    return 1, ""


def _digits(size: Decimal, form: NumberFormat, *, is_scaled: bool) -> str:
    places = form.decimals
    trimmed = places is None and (form.kind == "number" or is_scaled)
    rounded = size.quantize(Decimal(1).scaleb(-(2 if places is None else places)), ROUND_HALF_UP)
    whole, _, fraction = f"{rounded:f}".partition(".")
    if trimmed:
        fraction = fraction.rstrip("0")
    if form.grouping == "LAKHS":
        grouped = _lakhs(whole, form.thousands)
    else:
        grouped = f"{int(whole):,}".replace(",", form.thousands)
    return f"{grouped}{form.decimal_mark}{fraction}" if fraction else grouped


def _lakhs(whole: str, separator: str) -> str:
    """12,34,567: groups of two before the last three digits."""
    head, tail = whole[:-3], whole[-3:]
    groups: list[str] = []
    while head:
        groups.insert(0, head[-2:])
        head = head[:-2]
    return separator.join([*groups, tail])
