"""Query parameters: declared once, read from text by that, and described by that in OpenAPI."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from rlm.api.problems import ParameterError, invalid

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Kind = Literal["text", "integer", "number", "day"]
Value = str | int | float | dt.date

ID_PATTERN: Final = r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$"
# As rankings name cities: `Berlin, DE`.
CITY_PATTERN: Final = r"^[^#|,\x00-\x1f\x7f][^#|\x00-\x1f\x7f]{0,98}, [A-Z]{2}$"
# Neither `#`, which separates the parts of keys, nor control characters.
TEXT_PATTERN: Final = r"^[^#|\x00-\x1f\x7f]{1,100}$"
# JSON Schema's integer admits 10.0; a query should not.
_INTEGER: Final = re.compile(r"-?\d{1,9}")
# As JSON writes numbers; neither `inf` nor an essay.
_NUMBER: Final = re.compile(r"-?\d{1,20}(\.\d{1,40})?([eE][+-]?\d{1,3})?")
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True)
class Parameter:
    """One query parameter; a repeatable one is given once a value."""

    name: str
    description: str
    kind: Kind = "text"
    is_repeatable: bool = False
    is_required: bool = False
    choices: tuple[str, ...] = ()
    default: str | int | float | None = None
    minimum: float | None = None
    maximum: float | None = None
    pattern: str | None = None
    most_values: int = 1
    example: str | int | float | None = None

    def schema(self) -> dict[str, Any]:
        """The parameter's JSON Schema, in the words of OpenAPI 3.1."""
        one = self._schema_of_one()
        if not self.is_repeatable:
            return one | ({} if self.default is None else {"default": self.default})
        return {"type": "array", "items": one, "minItems": 1, "maxItems": self.most_values}

    def read(self, texts: Sequence[str]) -> list[Value]:
        """Raises ValueError, which says what was expected."""
        if len(texts) > 1 and not self.is_repeatable:
            raise ValueError(f"is given {len(texts)} times, expected once")
        if len(texts) > self.most_values:
            raise ValueError(f"is given {len(texts)} times, expected at most {self.most_values}")
        return [self._read_one(text) for text in texts]

    def _schema_of_one(self) -> dict[str, Any]:
        if self.kind == "text":
            schema: dict[str, Any] = {"type": "string"}
            if self.choices:
                schema["enum"] = list(self.choices)
            elif self.pattern:
                schema["pattern"] = self.pattern
            return schema
        if self.kind == "day":
            return {"type": "string", "format": "date"}
        schema = {"type": self.kind}
        if self.minimum is not None:
            schema["minimum"] = self.minimum
        if self.maximum is not None:
            schema["maximum"] = self.maximum
        return schema

    def _read_one(self, text: str) -> Value:
        match self.kind:
            case "text":
                return self._read_text(text)
            case "day":
                return _read_day(text)
            case "integer":
                if not _INTEGER.fullmatch(text):
                    raise ValueError(f"is {_shown(text)}, expected a whole number")
                return int(self._within(int(text)))
            case "number":
                if not _NUMBER.fullmatch(text):
                    raise ValueError(f"is {_shown(text)}, expected a number such as 52.5")
                return self._within(float(text))

    def _read_text(self, text: str) -> str:
        if self.choices and text not in self.choices:
            raise ValueError(f"is {_shown(text)}, expected one of {', '.join(self.choices)}")
        # Without the dollar's leniency about a line break at the end.
        if self.pattern and not re.fullmatch(self.pattern.strip("^$"), text):
            raise ValueError(f"is {_shown(text)}, expected text like {self.example!r}")
        return text

    def _within(self, value: float) -> float:
        low, high = self.minimum, self.maximum
        if (low is not None and value < low) or (high is not None and value > high):
            raise ValueError(f"is {value:g}, expected {low:g} to {high:g}")
        return value


@dataclass(frozen=True)
class Query:
    """The parameters of one request, each of its type; what was not given has its default."""

    values: Mapping[str, Sequence[Value]]

    def text(self, name: str) -> str | None:
        found = self._one(name)
        return None if found is None else str(found)

    def texts(self, name: str) -> tuple[str, ...]:
        return tuple(str(value) for value in self.values.get(name, ()))

    def integer(self, name: str) -> int:
        """Of a parameter that has a default or is required."""
        found = self._one(name)
        if not isinstance(found, int):
            raise TypeError(f"{name} is no integer parameter")
        return found

    def number(self, name: str) -> float | None:
        found = self._one(name)
        return None if found is None else float(str(found))

    def day(self, name: str) -> dt.date | None:
        found = self._one(name)
        return found if isinstance(found, dt.date) else None

    def _one(self, name: str) -> Value | None:
        found = self.values.get(name, ())
        return found[0] if found else None


def read_query(parameters: Sequence[Parameter], given: Mapping[str, Sequence[str]] | None) -> Query:
    """Raises ProblemError with everything that is wrong, not only the first."""
    given = given or {}
    known = {parameter.name: parameter for parameter in parameters}
    errors = [
        ParameterError(name, f"is unknown; there are {', '.join(known)}")
        for name in sorted(given.keys() - known.keys())
    ]
    values: dict[str, Sequence[Value]] = {}
    for name, parameter in known.items():
        try:
            if name in given:
                values[name] = parameter.read(given[name])
            elif parameter.default is not None:
                values[name] = [parameter.default]
            elif parameter.is_required:
                raise ValueError("is missing")
        except ValueError as problem:
            errors.append(ParameterError(name, str(problem)))
    if errors:
        raise invalid(*errors)
    return Query(values)


def _read_day(text: str) -> dt.date:
    try:
        if _DAY.fullmatch(text):
            return dt.date.fromisoformat(text)
    except ValueError:
        pass
    raise ValueError(f"is {_shown(text)}, expected a day such as 2026-06-30")


def _shown(text: str) -> str:
    """What a caller sent, short and harmless."""
    return repr(text if len(text) <= 40 else text[:40] + "…")
