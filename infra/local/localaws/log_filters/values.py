"""What the three kinds of filter patterns have in common: how a found value is compared."""

from __future__ import annotations

import re
from collections.abc import Callable

from localaws.emf import finite
from localaws.errors import AwsError

# Whether a value that was found in an event is one that the pattern wants.
Test = Callable[[object], bool]

_NUMBER = re.compile(r"[-+]?\d+(\.\d+)?([eE][-+]?\d+)?")
_BARE = re.compile(r"[\w.*:/@-]+")


def invalid(message: str) -> AwsError:
    return AwsError("InvalidParameterException", f"Invalid metric filter pattern: {message}")


def comparison(operator: str, wanted: str) -> Test:
    """How one value is compared; `wanted` is as the pattern has it, with its quotes."""
    if operator in ("<", ">", "<=", ">="):
        if not _NUMBER.fullmatch(wanted):
            raise invalid(f"{operator} compares with a number, not {wanted}")
        return _numeric(operator, float(wanted))
    equal = _equality(wanted)
    if operator == "=":
        return equal
    if operator == "!=":
        return lambda value: value is not None and not equal(value)
    raise invalid(f"there is no operator {operator}")


def as_number(value: object) -> float | None:
    """A number, or a text that is one; None for one that is too large as well."""
    if isinstance(value, bool | int | float) or value is None:
        return finite(value)
    text = str(value).strip()
    return finite(float(text)) if _NUMBER.fullmatch(text) else None


def as_text(value: object) -> str:
    """A value as patterns and dimensions see it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def expression(text: str) -> re.Pattern[str]:
    """The regular expression between two percent signs."""
    try:
        return re.compile(text)
    except re.error as error:
        raise invalid(f"%{text}% is no regular expression ({error})") from error


def _equality(wanted: str) -> Test:
    if len(wanted) > 1 and wanted.startswith("%") and wanted.endswith("%"):
        found = expression(wanted[1:-1])
        return lambda value: _is_scalar(value) and found.search(as_text(value)) is not None
    if len(wanted) > 1 and wanted.startswith('"') and wanted.endswith('"'):
        text = re.sub(r"\\(.)", r"\1", wanted[1:-1])
    elif _BARE.fullmatch(wanted):
        text = wanted
    else:
        raise invalid(f"{wanted!r} must stand in quotes")
    if _NUMBER.fullmatch(wanted):
        number = float(wanted)
        return lambda value: (
            as_number(value) == number or (_is_scalar(value) and as_text(value) == text)
        )
    if "*" not in text:
        return lambda value: _is_scalar(value) and as_text(value) == text
    pattern = re.compile(".*".join(re.escape(part) for part in text.split("*")), re.DOTALL)
    return lambda value: _is_scalar(value) and pattern.fullmatch(as_text(value)) is not None


def _is_scalar(value: object) -> bool:
    return value is not None and not isinstance(value, dict | list)


def _numeric(operator: str, wanted: float) -> Test:
    def holds(value: object) -> bool:
        number = as_number(value)
        if number is None:
            return False
        return {
            "<": number < wanted,
            ">": number > wanted,
            "<=": number <= wanted,
            ">=": number >= wanted,
        }[operator]

    return holds
