"""The filter patterns of CloudWatch Logs: terms, conditions on JSON, space-delimited fields; pure.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from localaws.log_filters.conditions import ABSENT, Condition, read
from localaws.log_filters.values import as_text, expression, invalid

if TYPE_CHECKING:
    from collections.abc import Callable

Kind = Literal["terms", "json", "fields"]

_TERM = re.compile(
    r"\s*(?P<sign>[?-]?)(?:\"(?P<quoted>(?:[^\"\\]|\\.)*)\"|%(?P<regex>[^%]+)%|(?P<bare>[^\s\"%]+))"
)
_SELECTOR_PART = re.compile(
    r"\.(?P<name>[A-Za-z0-9_@:-]+)|\[(?P<index>\d+)\]|\.?\[['\"](?P<quoted>[^'\"]+)['\"]\]"
)
# A field of a space-delimited event: in brackets, in quotes, or up to the next space.
_FIELD = re.compile(r"\[(?P<bracketed>[^\]]*)\]|\"(?P<quoted>[^\"]*)\"|(?P<bare>\S+)")
_FIELD_NAME = re.compile(r"\$?[A-Za-z_][\w-]*")
_ELLIPSIS = "..."


@dataclass(frozen=True)
class Pattern:
    """A pattern that was read.

    `select(message)` gives the function that looks up values in an event, or None when the event
    does not match; `selectors` are those that the pattern itself names.
    """

    kind: Kind
    selectors: tuple[str, ...]
    select: Callable[[str], Callable[[str], object] | None]

    def matches(self, message: str) -> bool:
        return self.select(message) is not None

    def extracted(self, message: str) -> dict[str, str] | None:
        """What TestMetricFilter shows of a matching event; None for one that does not match."""
        look = self.select(message)
        if look is None:
            return None
        found = {selector: look(selector) for selector in self.selectors}
        return {name: as_text(value) for name, value in found.items() if value is not ABSENT}


@lru_cache(maxsize=512)
def compile_pattern(text: str) -> Pattern:
    """Read a pattern; AwsError says what is wrong with it."""
    stripped = text.strip()
    if stripped.startswith("{"):
        if not stripped.endswith("}"):
            raise invalid("a brace is not closed")
        return _json(read(stripped[1:-1], is_json_selector))
    if stripped.startswith("["):
        if not stripped.endswith("]"):
            raise invalid("a bracket is not closed")
        return _fields(stripped[1:-1])
    return _terms(stripped)


def is_json_selector(text: str) -> bool:
    return text.startswith("$") and text != "$" and not _SELECTOR_PART.sub("", text[1:])


def _terms(text: str) -> Pattern:
    tests: dict[str, list[Callable[[str], bool]]] = {"": [], "?": [], "-": []}
    at = 0
    while at < len(text):
        found = _TERM.match(text, at)
        if found is None:
            raise invalid(f"{text[at:].strip()[:20]!r} cannot be read")
        tests[found["sign"]].append(_term(found))
        at = found.end()
    required, optional, excluded = tests[""], tests["?"], tests["-"]

    def select(message: str) -> Callable[[str], object] | None:
        is_wanted = all(test(message) for test in required)
        # Beside terms that must be there, those that may be say nothing.
        if optional and not required:
            is_wanted = any(test(message) for test in optional)
        if not is_wanted or any(test(message) for test in excluded):
            return None
        return lambda _: ABSENT

    return Pattern("terms", (), select)


def _term(found: re.Match[str]) -> Callable[[str], bool]:
    if found["regex"] is not None:
        pattern = expression(found["regex"])
        return lambda message: pattern.search(message) is not None
    bare = found["bare"]
    term = re.sub(r"\\(.)", r"\1", found["quoted"]) if bare is None else bare
    return lambda message: term in message


def _json(condition: Condition) -> Pattern:
    def select(message: str) -> Callable[[str], object] | None:
        try:
            document = json.loads(message)
        except (ValueError, RecursionError):
            return None
        if not isinstance(document, dict | list):
            return None

        def look(selector: str) -> object:
            return _at(document, selector)

        return look if condition.holds(look) else None

    return Pattern("json", tuple(dict.fromkeys(condition.selectors)), select)


def _at(document: object, selector: str) -> object:
    found = document
    for part in _SELECTOR_PART.finditer(selector[1:]):
        if part["index"] is not None:
            number = int(part["index"])
            if not isinstance(found, list) or number >= len(found):
                return ABSENT
            found = found[number]
        else:
            name = part["name"] or part["quoted"]
            if not isinstance(found, dict) or name not in found:
                return ABSENT
            found = found[name]
    return found


def _fields(inside: str) -> Pattern:
    """`[ip, ..., status = 4*, bytes > 1000]`: one condition a field, dots for any number."""
    names: list[str] = []
    conditions: list[Condition] = []
    for number, part in enumerate(_split(inside), 1):
        if part == _ELLIPSIS:
            if _ELLIPSIS in names:
                raise invalid("there can be one ellipsis")
            names.append(_ELLIPSIS)
            continue
        found = _FIELD_NAME.match(part)
        name = found[0].lstrip("$") if found else str(number)
        names.append(name)
        if found is None and part:
            raise invalid(f"{part!r} is no field")
        if found and part[found.end() :].strip():
            conditions.append(read(part, lambda word: bool(_FIELD_NAME.fullmatch(word))))

    def select(message: str) -> Callable[[str], object] | None:
        values = _named(names, [_field_text(one) for one in _FIELD.finditer(message)])
        if values is None:
            return None

        def look(selector: str) -> object:
            return values.get(selector.lstrip("$"), ABSENT)

        return look if all(one.holds(look) for one in conditions) else None

    selectors = tuple(f"${name}" for name in names if name != _ELLIPSIS)
    return Pattern("fields", selectors, select)


def _split(inside: str) -> list[str]:
    """The parts between commas, but for commas in quotes and regular expressions."""
    parts = re.findall(r"(?:\"[^\"]*\"|%[^%]*%|[^,\"%])+|(?<=,)(?=,)", inside)
    return [part.strip() for part in parts]


def _field_text(found: re.Match[str]) -> str:
    for group in ("bracketed", "quoted"):
        if found[group] is not None:
            return str(found[group])
    return str(found["bare"])


def _named(names: list[str], fields: list[str]) -> dict[str, str] | None:
    """The fields by their names; None when there are more or less than the pattern has."""
    if _ELLIPSIS not in names:
        if len(names) != len(fields):
            return None
        return dict(zip(names, fields, strict=True))
    at = names.index(_ELLIPSIS)
    before, after = names[:at], names[at + 1 :]
    if len(fields) < len(before) + len(after):
        return None
    found = dict(zip(before, fields, strict=False))
    if after:
        found |= zip(after, fields[-len(after) :], strict=True)
    return found
