"""One spelling of a request's body: for its fingerprint, and to say where two bodies differ."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

# Long enough that nobody meets two bodies with the same; short enough for a description.
_FINGERPRINT_LENGTH: Final = 20
_MARK: Final = re.compile(r"\brlm:([0-9a-f]{20})\b")
_NOTHING: Final[tuple[Any, ...]] = (None, {}, [], "")


@dataclass(frozen=True)
class Difference:
    """One place where two bodies are not the same; None where one of them has nothing."""

    path: str
    """`Definition.Sheets[0].Name`."""
    wanted: Any
    found: Any


def canonical(value: Any) -> Any:
    """The value with keys sorted, moments as text in UTC, and whole numbers as integers."""
    match value:
        case Mapping():
            given = sorted(key for key, item in value.items() if item is not None)
            return {key: canonical(value[key]) for key in given}
        case list() | tuple():
            return [canonical(item) for item in value]
        case bool():
            return value
        case dt.datetime():
            moment = value.astimezone(dt.UTC) if value.tzinfo else value.replace(tzinfo=dt.UTC)
            return moment.isoformat()
        case dt.date():
            return value.isoformat()
        case float() | Decimal():
            return int(value) if value == int(value) else float(value)
        case _:
            return value


def fingerprint(body: Any) -> str:
    """The same for bodies that mean the same, whatever the order of their keys."""
    text = json.dumps(canonical(body), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:_FINGERPRINT_LENGTH]


def mark(print_of_body: str, note: str = "") -> str:
    """A version's description: its body's fingerprint, and a note for people."""
    return f"rlm:{print_of_body} {note}".strip()[:512]


def marked(description: str | None) -> str | None:
    """The fingerprint in a version's description; None where others wrote it."""
    found = _MARK.search(description or "")
    return found[1] if found else None


def differences(wanted: Any, found: Any, *, with_added: bool = True) -> tuple[Difference, ...]:
    """Where `found` is not as `wanted`; without `with_added`, what it has on top is passed over."""
    return tuple(_differ(canonical(wanted), canonical(found), "", with_added))


def _differ(wanted: Any, found: Any, path: str, with_added: bool) -> Iterator[Difference]:
    # The service answers what is empty or leaves it out, as it likes.
    if wanted in _NOTHING and (found in _NOTHING or not with_added):
        return
    if isinstance(wanted, dict) and isinstance(found, dict):
        added = sorted(found.keys() - wanted.keys()) if with_added else []
        for key in [*wanted, *added]:
            below = f"{path}.{key}" if path else key
            yield from _differ(wanted.get(key), found.get(key), below, with_added)
    elif isinstance(wanted, list) and isinstance(found, list) and len(wanted) == len(found):
        for nth, (one, other) in enumerate(zip(wanted, found, strict=True)):
            yield from _differ(one, other, f"{path}[{nth}]", with_added)
    elif wanted != found:
        yield Difference(path, wanted, found)
