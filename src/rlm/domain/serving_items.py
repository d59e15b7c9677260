"""Turns the rows of a feed's query, as text, into items with a hash of what they say."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Context, Decimal, InvalidOperation
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Final

from rlm.domain.serving import CONTENT_HASH, VERSION, folded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from rlm.domain.serving_feeds import Feed, Kind

Scalar = str | int | Decimal | bool
Value = Scalar | Sequence[Scalar | None]
Item = dict[str, Value]

# DynamoDB keeps so many digits of a number.
_DIGITS: Final = 38
# Rounds nothing that a database could write.
_EXACT: Final = Context(prec=1000)
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")


class ServingRowError(ValueError):
    """The query gave what no item can be made of: a bug in the SQL, not a matter of retrying."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One item, the key that names it, and a hash of everything in it but its version."""

    key: tuple[str, ...]
    content_hash: str
    item: Item

    def versioned(self, version: int) -> Item:
        """The item as it is stored."""
        return {**self.item, CONTENT_HASH: self.content_hash, VERSION: version}


def entries(feed: Feed, header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[Entry]:
    """An entry a key, in the order of the rows; rows of one key stand together.

    Nothing and empty text are the same, and left out, but in a packed list, where each value
    keeps its place.
    """
    known = [column.name for column in feed.columns]
    if sorted(header) != sorted(known):
        missing, unknown = sorted(set(known) - set(header)), sorted(set(header) - set(known))
        raise ServingRowError(
            f"{feed.name}: the query lacks the columns {missing} and has unknown ones {unknown}"
        )
    places = {name: header.index(name) for name in known}
    key_places = [places[name] for name in feed.table.key]
    single = [
        (places[c.name], c.name, _reader(c.kind))
        for c in feed.columns
        if not c.is_packed and c.name not in feed.table.key
    ]
    packed = [(places[c.name], c.name, _SCALARS[c.kind]) for c in feed.columns if c.is_packed]
    for key, group in groupby(rows, key=itemgetter(*key_places)):
        key_values = (key,) if isinstance(key, str) else tuple(key)
        _check_key(feed, key_values)
        of_key = list(group)
        if not packed and len(of_key) > 1:
            raise ServingRowError(f"{feed.name}: {len(of_key)} rows have the key {key_values}")
        item: Item = dict(zip(feed.table.key, key_values, strict=True))
        try:
            for place, name, reader in single:
                value = reader(of_key[0][place])
                if value is not None:
                    item[name] = value
            for place, name, scalar in packed:
                item[name] = [scalar(row[place]) for row in of_key]
        except ValueError as problem:
            raise ServingRowError(f"{feed.name} {key_values}, {name}: {problem}") from problem
        if feed.is_searchable:
            item.update(_search_attributes(str(item.get("name", ""))))
        yield Entry(key_values, content_hash(item), item)


def content_hash(item: Item) -> str:
    """16 hexadecimal digits that differ when the item does."""
    text = json.dumps(item, sort_keys=True, separators=(",", ":"), default=_fraction)
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def _fraction(value: object) -> list[str]:
    """Numbers with a fraction, apart from texts that look alike."""
    if not isinstance(value, Decimal):
        raise TypeError(f"{value!r} has no place in an item")
    return ["number", str(value)]


def _check_key(feed: Feed, key: tuple[str, ...]) -> None:
    if not all(key):
        raise ServingRowError(f"{feed.name}: the key {key} has an empty part")
    if feed.part_prefix and not key[-1].startswith(feed.part_prefix):
        raise ServingRowError(f"{feed.name}: {key} does not begin with {feed.part_prefix!r}")


def _search_attributes(name: str) -> dict[str, str]:
    """An index takes no empty text: a name of blanks alone is in none."""
    search = folded(name)
    return {"name_folded": search, "name_initial": search[0]} if search else {}


def _text(text: str) -> str | None:
    return text or None


def _integer(text: str) -> int | None:
    return int(text) if text else None


def _number(text: str) -> int | Decimal | None:
    if not text:
        return None
    try:
        value = Decimal(text)
    except InvalidOperation as problem:
        raise ValueError(f"{text!r} is no number") from problem
    if not value.is_finite():
        raise ValueError(f"{text} has no place in DynamoDB")
    # 1.50 and 1.5 are one number, and one hash.
    value = Decimal(format(value.normalize(_EXACT), "f"))
    if len(value.as_tuple().digits) > _DIGITS:
        raise ValueError(f"{text} has more than {_DIGITS} digits")
    return int(value) if value == value.to_integral_value() else value


def _flag(text: str) -> bool | None:
    match text.lower():
        case "true":
            return True
        case "false":
            return False
        case "":
            return None
    raise ValueError(f"{text!r} is neither true nor false")


def _day(text: str) -> str | None:
    if text and not _DAY.fullmatch(text):
        raise ValueError(f"{text!r} is no day YYYY-MM-DD")
    return text or None


def _moment(text: str) -> str | None:
    """`2026-06-01 18:00:00.000000 UTC`, as Athena writes it, or without a zone."""
    if not text:
        return None
    moment = dt.datetime.fromisoformat(text.removesuffix(" UTC"))
    if moment.tzinfo is not None:
        moment = moment.astimezone(dt.UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _texts(text: str) -> list[Scalar | None] | None:
    return [part for part in text.split("|") if part] or None


_SCALARS: Final[dict[str, Callable[[str], Scalar | None]]] = {
    "text": _text,
    "integer": _integer,
    "number": _number,
    "flag": _flag,
    "day": _day,
    "moment": _moment,
}


def _reader(kind: Kind) -> Callable[[str], Value | None]:
    return _texts if kind == "texts" else _SCALARS[kind]
