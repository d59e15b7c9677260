"""The lines of artists, venues and events: few enough to write one by one."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from typing import TYPE_CHECKING, Any, Final

from rlm.generate.csv_bytes import Block, Ints, iso_day

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rlm.generate.calendar_days import Calendar
    from rlm.generate.shows import Show
    from rlm.generate.world import Artist, Artists, Venue

ARTISTS_HEADER: Final = b"artist_id,name,genres,tags,country,formed_year,updated_at"
VENUES_HEADER: Final = (
    b"venue_id,name,city,region,country,latitude,longitude,timezone,capacity,updated_at"
)


def csv_line(cells: Sequence[object]) -> bytes:
    """One CSV record without its newline; None is an empty cell."""
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow(["" if c is None else c for c in cells])
    return out.getvalue().encode()


def csv_cells(line: bytes) -> list[str]:
    """The cells of one CSV record."""
    return next(csv.reader([line.decode()]))


def json_line(members: dict[str, Any]) -> bytes:
    """One JSON line without its newline."""
    return json.dumps(members, ensure_ascii=False, separators=(", ", ": ")).encode()


def _at(day: int, second: int) -> str:
    return f"{iso_day(day)}T{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}Z"


class ArtistLines:
    """All registered artists on the first delivery, newcomers on their day."""

    def __init__(self, artists: Artists, calendar: Calendar) -> None:
        self._each = artists.each
        self._calendar = calendar

    def on(self, day: int) -> Block:
        first = self._calendar.start
        if day < first:
            return Block(b"", 0)
        due = [
            (i, a)
            for i, a in enumerate(self._each)
            if (a.registered_day <= day if day == first else a.registered_day == day)
        ]
        return Block.of([self._line(i, a) for i, a in due])

    def _line(self, number: int, artist: Artist) -> bytes:
        return csv_line(
            [
                artist.artist_id, artist.name, "|".join(artist.genres), "|".join(artist.tags),
                artist.country, artist.formed_year, _at(artist.registered_day, number % 86_400),
            ]
        )  # fmt: skip


class VenueLines:
    """All registered venues on the first delivery, new ones on their day.

    A venue has room for its largest event; some do not say how much room they have.
    """

    def __init__(self, venues: Sequence[Venue], largest_event: Ints, calendar: Calendar) -> None:
        self._venues = venues
        self._largest_event = largest_event
        self._calendar = calendar

    def on(self, day: int) -> Block:
        first = self._calendar.start
        if day < first:
            return Block(b"", 0)
        due = [
            (i, v)
            for i, v in enumerate(self._venues)
            if (v.registered_day <= day if day == first else v.registered_day == day)
        ]
        return Block.of([self._line(i, v) for i, v in due])

    def _line(self, number: int, venue: Venue) -> bytes:
        room = max(int(self._largest_event[number]), round(120 * venue.scale))
        capacity = None if number % 17 == 5 else -(-room // 10) * 10
        city = venue.city
        return csv_line(
            [
                venue.venue_id, venue.name, city.name, city.region, city.country,
                venue.latitude, venue.longitude, city.timezone, capacity,
                _at(venue.registered_day, number % 86_400),
            ]
        )  # fmt: skip


class EventLines:
    """Each event when it is announced, and once more when it is called off or moved.

    What changed before the first delivery is delivered as it stands then.
    Events that will change, and the one whose venue comes late, are the last ones of their block.
    """

    def __init__(
        self, shows: Sequence[Show], artists: Artists, venues: Sequence[Venue],
        capacity: Ints, calendar: Calendar,
    ) -> None:  # fmt: skip
        self._shows = shows
        self._artists = artists
        self._venues = venues
        self._capacity = capacity
        self._calendar = calendar

    def on(self, day: int) -> Block:
        """Lines of the events announced that day (on the first delivery: until that day)."""
        first = self._calendar.start
        if day < first:
            return Block(b"", 0)
        due = [
            (i, s)
            for i, s in enumerate(self._shows)
            if (s.announced_day <= day if day == first else s.announced_day == day)
        ]
        due.sort(key=lambda numbered: numbered[1].change is not None or numbered[0] == 0)
        return Block.of(
            [self._line(i, s, changed=bool(s.change and s.change.day <= day)) for i, s in due]
        )

    def changes(self, day: int) -> list[bytes]:
        """New versions of events that were delivered before."""
        if day <= self._calendar.start:
            return []
        return [
            self._line(i, s, changed=True)
            for i, s in enumerate(self._shows)
            if s.change and s.change.day == day
        ]

    def _line(self, number: int, show: Show, *, changed: bool) -> bytes:
        change = show.change if changed else None
        local = change.starts_at_local if change else show.starts_at_local
        # Some box offices write prices as text, some as numbers.
        prices: list[str | float] = [
            f"{cents // 100}.{cents % 100:02d}" if number % 5 else cents / 100
            for _, cents in show.tiers
        ]
        return json_line(
            {
                "event_id": show.event_id,
                "name": show.name,
                "headliner_id": self._artists.each[show.headliner].artist_id,
                "support_ids": [self._artists.each[s].artist_id for s in show.supports],
                "venue_id": self._venues[show.venue].venue_id,
                "category": show.category,
                "starts_at_local": local.isoformat(),
                "timezone": show.timezone,
                "status": change.status if change else "scheduled",
                "capacity": int(self._capacity[number]),
                "currency": show.currency,
                "price_tiers": [
                    {"tier": tier, "price": price}
                    for (tier, _), price in zip(show.tiers, prices, strict=True)
                ],
                "on_sale_on": iso_day(show.on_sale_day),
                "updated_at": _at(change.day if change else show.announced_day, 32_400),
            }
        )


def utc_text(local: dt.datetime, utc_second: int) -> dict[str, str]:
    """Both clocks of a start, as the truth file shows them."""
    moment = dt.datetime.fromtimestamp(utc_second, dt.UTC)
    return {"starts_at_local": local.isoformat(), "starts_at": f"{moment:%Y-%m-%dT%H:%M:%SZ}"}
