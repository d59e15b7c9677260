"""Rows that a contract forbids, one of every kind: a good row with exactly one fault."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from rlm.generate.registers import csv_cells, csv_line, json_line

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Row = dict[str, Any]
# Stands for a column that is taken out of a JSON object.
_ABSENT: Final = object()
# The contracts allow names of 300 characters.
_TOO_LONG: Final = "Very " * 70 + "long"
# No delivery is made so late: were it taken, it would be the day that marts call today.
_FAR_DAY: Final = "2206-06-01"
_FAR_SECOND: Final = f"{_FAR_DAY}T12:00:00Z"
_REFUND: Final = {"kind": "refund", "refund_of": "sale-0000000001"}


@dataclass(frozen=True)
class Fault:
    """What to put where; `rule` and `column` are what the quarantine says of it."""

    rule: str
    column: str | None
    write: Callable[[Row, Callable[[Row], bytes]], bytes]


def _put(rule: str, column: str | None, **cells: object) -> Fault:
    def write(row: Row, line: Callable[[Row], bytes]) -> bytes:
        changed = {k: v for k, v in {**row, **cells}.items() if v is not _ABSENT}
        return line(changed)

    return Fault(rule, column, write)


def _bad_encoding(text_column: str) -> Fault:
    def write(row: Row, line: Callable[[Row], bytes]) -> bytes:
        marked = line({**row, text_column: "Caf@@ del Mar"})
        return marked.replace(b"@@", "é".encode("latin-1"))

    return Fault("encoding", None, write)


def _other_delimiter(delimiter: bytes) -> Fault:
    return Fault("malformed", None, lambda row, line: line(row).replace(b",", delimiter))


_ONE_CELL_TOO_MANY: Final = Fault("malformed", None, lambda row, line: line(row) + b",surplus")
_NOT_JSON: Final = Fault("malformed", None, lambda row, line: line(row).replace(b'": ', b'" = ', 1))


def _after_event(starts_at: Mapping[str, int]) -> Fault:
    """A sale two hours after the doors opened."""

    def write(row: Row, line: Callable[[Row], bytes]) -> bytes:
        sold = dt.datetime.fromtimestamp(starts_at[row["event_id"]] + 7_200, dt.UTC)
        text = f"{sold:%Y-%m-%dT%H:%M:%SZ}"
        return line({**row, "sold_at": text, "updated_at": text})

    return Fault("sale_after_event", None, write)


def faults(source: str, starts_at: Mapping[str, int]) -> list[Fault]:
    """Every fault that a row of `source` can have, the most telling ones first.

    `starts_at` is the latest announced start of each event, in seconds since 1970.
    """
    match source:
        case "artists":
            return [
                _put("required", "name", name=""),
                _bad_encoding("name"),
                _other_delimiter(b";"),
                _put("type", "updated_at", updated_at="yesterday"),
                _put("range", "formed_year", formed_year="1066"),
                _put("pattern", "country", country="Germany"),
                _put("required", "artist_id", artist_id=""),
                _put("length", "name", name=_TOO_LONG),
                _put("pattern", "artist_id", artist_id="artist 7/8"),
            ]
        case "venues":
            return [
                _put("range", "latitude", latitude="95.5"),
                _put("required", "venue_id", venue_id=""),
                _put("enum", "timezone", timezone="Mars/Olympus_Mons"),
                _bad_encoding("city"),
                _put("type", "capacity", capacity="about 500"),
                _ONE_CELL_TOO_MANY,
                _put("pattern", "country", country="us"),
                _put("length", "name", name=_TOO_LONG),
                _put("range", "capacity", capacity="0"),
            ]
        case "events":
            return [
                _put("reference", "venue_id", venue_id="venue-unknown"),
                _put("reference", "headliner_id", headliner_id="artist-unknown"),
                _put("type", "starts_at_local", starts_at_local="2026-02-30T20:00:00"),
                _put("required", "event_id", event_id=_ABSENT),
                _put("enum", "status", status="maybe"),
                _NOT_JSON,
                _bad_encoding("name"),
                _put("range", "price_tiers", price_tiers=[{"tier": "floor", "price": "-5.00"}]),
                _put("range", "capacity", capacity=0),
                _put("enum", "timezone", timezone="CET+1"),
                _put("pattern", "currency", currency="$"),
                _put("required", "venue_id", venue_id=None),
                _put("length", "category", category=_TOO_LONG),
            ]
        case "ticket_sales":
            return [
                _put("range", "unit_price", unit_price="-49.50"),
                _after_event(starts_at),
                _put("reference", "event_id", event_id="event-unknown"),
                _put("required", "sale_id", sale_id=""),
                _put("type", "sold_at", sold_at="06/31/2026 8pm"),
                _bad_encoding("tier"),
                _other_delimiter(b";"),
                _ONE_CELL_TOO_MANY,
                _put("refund_of_missing", None, kind="refund", refund_of=""),
                _put("enum", "kind", kind="gift"),
                _put("enum", "channel", channel="carrier pigeon"),
                _put("type", "unit_price", unit_price="free"),
                _put("type", "is_simulated", is_simulated="perhaps"),
                _put("range", "quantity", quantity="0"),
                _put("pattern", "currency", currency="dollars"),
                _put("pattern", "sale_id", sale_id="sale 7/8"),
                _put("length", "tier", tier=_TOO_LONG),
                _put("required", "fan_id", fan_id=""),
                _put("sold_after_delivery", None, sold_at=_FAR_SECOND, **_REFUND),
            ]
        case "listens":
            return [
                _put("range", "plays", plays="0"),
                _put("reference", "artist_id", artist_id="artist-unknown"),
                _put("required", "fan_id", fan_id=""),
                _put("type", "listened_on", listened_on="2026-13-01"),
                _put("type", "plays", plays="many"),
                _bad_encoding("fan_id"),
                _other_delimiter(b"\t"),
                _put("pattern", "fan_id", fan_id="fan one"),
                _put("listened_after_delivery", None, listened_on=_FAR_DAY),
            ]
        case "artist_popularity":
            return [
                _put("range", "streams", streams="-1"),
                _put("reference", "artist_id", artist_id="artist-unknown"),
                _put("required", "measured_on", measured_on=""),
                _put("type", "measured_on", measured_on="last week"),
                _put("type", "followers", followers="1.5"),
                _other_delimiter(b"|"),
                _put("measured_after_delivery", None, measured_on=_FAR_DAY),
            ]
    raise ValueError(f"no source is called {source}")


class RowText:
    """A source's lines as rows and back."""

    def __init__(self, header: bytes | None) -> None:
        self._columns = header.decode().split(",") if header else None

    def row(self, line: bytes) -> Row:
        if self._columns is None:
            members: Row = json.loads(line)
            return members
        return dict(zip(self._columns, csv_cells(line), strict=True))

    def line(self, row: Row) -> bytes:
        return json_line(row) if self._columns is None else csv_line(list(row.values()))


def truncated(line: bytes, separator: bytes) -> bytes:
    """The line as it stands in a file whose end is missing: without its last cells."""
    last_but_one = line.rfind(separator, 0, line.rfind(separator))
    return line[:last_but_one]
