"""Generates a whole world of source files: the one call behind `rlm generate`."""

from __future__ import annotations

import sys
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, TextIO

import numpy as np

from rlm.generate import listening, planted_facts, registers, rooms, sales, tastes
from rlm.generate.artist_images import ImageDeliveries
from rlm.generate.calendar_days import Calendar
from rlm.generate.csv_bytes import iso_day
from rlm.generate.deliveries import Source, SourceDeliveries
from rlm.generate.demand import plan_sales
from rlm.generate.shows import on_sale, shows
from rlm.generate.world import artists, venues

if TYPE_CHECKING:
    import datetime as dt

    from rlm.generate.breakages import Row
    from rlm.generate.delivery_files import DeliveryFolder
    from rlm.generate.sizes import Size

# Rows of one history file: 64 MB of sales, as much as one Spark task likes to read.
PART_ROWS = 400_000
# Drawing takes some 30 ms a picture; nobody needs more of them to see that they work.
MOST_IMAGES = 200


@dataclass(frozen=True)
class Request:
    """What to generate; equal requests give equal bytes."""

    size: Size
    start: dt.date
    deliveries: int
    seed: int
    with_broken_rows: bool
    image_share: float = 0.1
    """Of the artists, those that send a picture."""


class Progress:
    """A line on stderr every few seconds, and one a source."""

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out or sys.stderr
        self._began = self._told = time.monotonic()
        self._source = ""
        self._rows = 0

    def start(self, source: str) -> None:
        self._source, self._rows = source, 0
        self._began = self._told = time.monotonic()

    def add(self, rows: int) -> None:
        self._rows += rows
        if time.monotonic() - self._told > 5:
            self._told = time.monotonic()
            self._tell("so far")

    def done(self) -> None:
        self._tell("written")

    def _tell(self, how: str) -> None:
        seconds = time.monotonic() - self._began
        self._out.write(f"{self._source}: {self._rows:,} rows {how} ({seconds:.1f} s)\n")
        self._out.flush()


def generate(request: Request, folder: DeliveryFolder, progress: Progress) -> dict[str, Any]:
    """Writes all source files and the truth about them; returns the truth's counts by source.

    `folder` was prepared by the caller.
    """
    size, seed = request.size, request.seed
    calendar = Calendar.of(request.start, request.deliveries, size.history_days)
    performers = artists(size, calendar, seed)
    halls = venues(size, calendar, seed)
    made = shows(size, calendar, performers, halls, seed)
    fans = tastes.grouped_fans(size.fans, seed)
    events = on_sale(made, performers)
    plan = plan_sales(events, size.ticket_sales, calendar.first, calendar.last, seed)
    tickets = sales.tickets_by_event(plan, events, seed)
    usual = rooms.usual_rooms(events, plan, tickets, size.ticket_sales, seed)
    slow = rooms.slow_sellers(made, usual, tickets, calendar, seed)
    capacity = rooms.rooms_of_slow(usual, slow)
    largest = np.zeros(len(halls), np.int64)
    np.maximum.at(largest, np.array([s.venue for s in made]), capacity)

    ticket_sales = sales.SalesStream(events, plan, fans, seed)
    event_lines = registers.EventLines(made, performers, halls, capacity, calendar)
    first_measured = max(calendar.first, calendar.start - size.popularity_days + 1)
    rushed_ids = {s.event_id for s in made if s.rushed}
    sources = [
        Source(
            "artists", registers.ARTISTS_HEADER, registers.ArtistLines(performers, calendar),
            _rekey("artist_id"), _correct_artist, ".csv", ".csv", is_register=True,
        ),
        Source(
            "venues", registers.VENUES_HEADER, registers.VenueLines(halls, largest, calendar),
            _rekey("venue_id"), _correct_venue, ".csv", ".csv", is_register=True,
        ),
        Source(
            "events", None, event_lines, _rekey("event_id"), _correct_event, ".jsonl.gz",
            ".jsonl", changes=event_lines.changes, is_register=True,
        ),
        Source(
            "ticket_sales", sales.HEADER, ticket_sales, _rekey("sale_id"), _correct_sale, ".csv",
            ".csv",
            is_fresh=lambda row: row["kind"] == "sale" and row["event_id"] not in rushed_ids,
        ),
        Source(
            "listens", listening.LISTENS_HEADER,
            listening.ListensStream(performers, fans, calendar, size.listens, seed),
            _rekey("fan_id"), _correct_listen, ".csv.gz", ".csv",
        ),
        Source(
            "artist_popularity", listening.POPULARITY_HEADER,
            listening.PopularityStream(performers, first_measured, seed),
            _rekey_measurement, _correct_popularity, ".csv", ".csv.gz",
        ),
    ]  # fmt: skip
    starts = planted_facts.latest_starts(made) if request.with_broken_rows else None
    planted: dict[str, Any] = {}
    for source in sources:
        progress.start(source.name)
        deliveries = SourceDeliveries(source, calendar, folder, PART_ROWS, starts)
        planted[source.name] = deliveries.write(progress.add)
        progress.done()
    images: dict[str, Any] = {}
    if request.image_share > 0:
        images = ImageDeliveries(performers, calendar, folder, seed).write(
            request.image_share, MOST_IMAGES, with_broken=request.with_broken_rows
        )
    folder.truth.planted = {
        "request": asdict(request) | {"start": request.start.isoformat()},
        "deliveries": {"first": iso_day(calendar.start), "last": iso_day(calendar.last)},
        "happened": {"first": iso_day(calendar.first), "last": iso_day(calendar.last)},
        "planted": planted,
        "ticket_sales": asdict(ticket_sales.totals),
        "tastes": {
            "groups": {
                str(g): [tastes.GENRES[2 * g], tastes.GENRES[2 * g + 1]]
                for g in range(tastes.GROUPS)
            },
            "fan_groups": "fan_groups.csv",
        },
        "risers": planted_facts.risers(performers, calendar),
        **planted_facts.sell_outs(made, events, capacity, tickets, calendar),
        "slow_sellers": planted_facts.slow_sellers(made, slow, capacity, tickets),
        "on_clock_changes": planted_facts.on_clock_changes(made),
        "artist_images": images,
        "late_parents": planted_facts.late_parents(made, halls, calendar),
    }
    folder.write_fan_groups(list(fans.rows()))
    truth = folder.truth.as_dict()
    folder.write_truth("truth.json", truth)
    counts: dict[str, Any] = truth["sources"]
    return counts


def _rekey(column: str) -> Any:
    def rekey(row: Row, number: int) -> None:
        row[column] = f"planted-{number}"

    return rekey


def _rekey_measurement(row: Row, number: int) -> None:
    """An artist is a reference here: only the day can be a new one."""
    row["measured_on"] = iso_day(number)


def _correct_artist(row: Row) -> None:
    row["tags"] = f"{row['tags']}|corrected".lstrip("|")


def _correct_venue(row: Row) -> None:
    row["capacity"] = str(int(row["capacity"] or 500) + 10)


def _correct_event(row: Row) -> None:
    row["name"] += " (Live)"


def _correct_sale(row: Row) -> None:
    row["channel"] = "partner" if row["channel"] != "partner" else "box_office"


def _correct_listen(row: Row) -> None:
    row["plays"] = str(int(row["plays"]) + 1)


def _correct_popularity(row: Row) -> None:
    row["followers"] = str(int(row["followers"]) + 10)
