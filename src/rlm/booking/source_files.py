"""Venues and events from source files, as a delivery has them: CSV and JSON lines, gzipped or not.

For targets, which may lack a venue: a line that breaks its contract is passed over here, and what
it breaks is `clean_sources`'s to say.
"""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import json
import re
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final

from rlm.booking.targets import Event, Venue

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_COUNTRY: Final = re.compile(r"[A-Z]{2}")
_CURRENCY: Final = re.compile(r"[A-Z]{3}")


def read_venues(folder: Path) -> list[Venue]:
    """The newest version of each venue below `<folder>/venues`."""
    newest: dict[str, tuple[str, Venue]] = {}
    for line in _csv_lines(folder / "venues"):
        try:
            capacity = int(line["capacity"]) if line.get("capacity") else None
            venue = Venue(line["venue_id"], line["name"], line["city"], line["country"], capacity)
            updated_at = line["updated_at"] or ""
        except (KeyError, TypeError, ValueError):
            continue
        if _is_sound(venue) and updated_at >= newest.get(venue.venue_id, ("", venue))[0]:
            newest[venue.venue_id] = (updated_at, venue)
    return [venue for _, venue in newest.values()]


def read_events(folder: Path) -> list[Event]:
    """The newest version of each event below `<folder>/events`, without those cancelled."""
    newest: dict[str, tuple[str, dict[str, Any]]] = {}
    for line in _json_lines(folder / "events"):
        event_id, updated_at = str(line.get("event_id")), str(line.get("updated_at"))
        if updated_at >= newest.get(event_id, ("", {}))[0]:
            newest[event_id] = (updated_at, line)
    found = [_event(line) for _, line in newest.values() if line.get("status") != "cancelled"]
    return [event for event in found if event is not None]


def _is_sound(venue: Venue) -> bool:
    has_room = venue.capacity is None or venue.capacity > 0
    is_named = bool(venue.venue_id and venue.name and venue.city)
    return is_named and has_room and _COUNTRY.fullmatch(venue.country or "") is not None


def _event(line: dict[str, Any]) -> Event | None:
    try:
        starts = dt.datetime.fromisoformat(line["starts_at_local"])
        prices = tuple(int(Decimal(str(tier["price"])) * 100) for tier in line["price_tiers"] or ())
        currency = line["currency"]
        capacity = line.get("capacity")
        is_sound = _CURRENCY.fullmatch(currency) and min(prices, default=0) >= 0
        if not is_sound or not (capacity is None or (isinstance(capacity, int) and capacity > 0)):
            return None
        return Event(
            line["event_id"], line["venue_id"], starts.date().replace(day=1), capacity, currency,
            prices,
        )  # fmt: skip
    except (KeyError, TypeError, ValueError, InvalidOperation):
        return None


def _csv_lines(folder: Path) -> Iterator[dict[str, str]]:
    for file in sorted(folder.rglob("*.csv*")):
        yield from csv.DictReader(_text(file).splitlines())


def _json_lines(folder: Path) -> Iterator[dict[str, Any]]:
    for file in sorted(folder.rglob("*.jsonl*")):
        for text in _text(file).splitlines():
            try:
                line = json.loads(text)
            except ValueError:
                continue
            if isinstance(line, dict):
                yield line


def _text(file: Path) -> str:
    """Of a file that may be broken: what of it can be read."""
    try:
        content = file.read_bytes()
        if file.suffix == ".gz":
            content = gzip.decompress(content)
    except (OSError, EOFError):
        return ""
    return content.decode("utf-8", "replace")
