"""Broadway's weekly grosses as source files: a week of a show is an event with one order.

Nothing is simulated. The set has no listeners, so that `listens` and `artist_popularity` get no
delivery.
"""

from __future__ import annotations

import csv
import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from rlm.generate import registers, sales
from rlm.generate.calendar_days import day_number
from rlm.generate.csv_bytes import iso_day
from rlm.importers.accounts import Accounts
from rlm.importers.text_files import MissingInputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rlm.generate.delivery_files import DeliveryFolder
    from rlm.generate.generation import Progress

_FILE: Final = "broadway/broadway_corgis.csv"
_TIMEZONE: Final = "America/New_York"
# A week is reported on its Sunday; its event stands for the last curtain of the week.
_CURTAIN: Final = dt.time(19)
_FAN_ID: Final = "broadway-box-office"


@dataclass(frozen=True)
class Week:
    line: int
    show: str
    theatre: str
    kind: str
    sunday: dt.date
    attendance: int
    capacity_percent: int
    gross_dollars: int

    @property
    def capacity(self) -> int | None:
        """Seats of the week; None where the share of them that was sold is not known."""
        if not self.capacity_percent or not self.attendance:
            return None
        return round(self.attendance * 100 / self.capacity_percent)

    @property
    def sold(self) -> list[tuple[int, int]]:
        """(tickets, price in cents), so that they make up the gross: the average to the cent
        below, and the tickets that cost a cent more."""
        cents, dearer = divmod(self.gross_dollars * 100, self.attendance)
        both = [(self.attendance - dearer, cents), (dearer, cents + 1)]
        return [(tickets, price) for tickets, price in both if tickets]


def import_broadway(data_dir: Path, folder: DeliveryFolder, progress: Progress) -> dict[str, Any]:
    """Writes one delivery of four sources; returns the import's truth file.

    Raises `MissingInputError` where the input file is not there.
    """
    accounts = Accounts()
    weeks = list(_weeks(data_dir / _FILE, accounts))
    shows = {name: f"broadway-show-{i + 1:04d}" for i, name in enumerate(_first(weeks, "show"))}
    theatres = {
        name: f"broadway-theatre-{i + 1:03d}" for i, name in enumerate(_first(weeks, "theatre"))
    }
    kinds = {week.show: week.kind for week in weeks}
    delivered = day_number(max(week.sunday for week in weeks)) + 1
    updated = f"{iso_day(delivered)}T00:00:00Z"
    sold = [w for w in weeks if w.attendance > 0]
    for week in weeks:
        if week.attendance <= 0:
            accounts.leave_out(_SALES_OF, week.line, "nobody attended: no tickets to count")
    accounts.read(_SALES_OF, len(weeks), len(sold))

    artist_lines = [
        registers.csv_line([show_id, name, kinds[name].lower(), None, "US", None, updated])
        for name, show_id in shows.items()
    ]
    venue_lines = [
        registers.csv_line(
            [theatre_id, name, "New York", "NY", "US", None, None, _TIMEZONE, None, updated]
        )
        for name, theatre_id in theatres.items()
    ]
    event_lines = [_event(w, shows[w.show], theatres[w.theatre], updated) for w in weeks]
    sale_lines = [line for w in sold for line in _sales(w, shows[w.show], theatres[w.theatre])]
    for source, header, lines, extension in (
        ("artists", registers.ARTISTS_HEADER, artist_lines, ".csv"),
        ("venues", registers.VENUES_HEADER, venue_lines, ".csv"),
        ("events", None, event_lines, ".jsonl"),
        ("ticket_sales", sales.HEADER, sale_lines, ".csv"),
    ):
        progress.start(source)
        with folder.open(source, delivered, f"{source}-import{extension}", header) as file:
            for line in lines:
                file.good(line)
        folder.finished(file.key)
        progress.add(file.rows)
        progress.done()
    accounts.check()
    truth = {
        "set": "broadway",
        "deliveries": {"first": iso_day(delivered), "last": iso_day(delivered)},
        "sources": {name: c.as_dict() for name, c in folder.truth.sources.items()},
        "attendance": sum(w.attendance for w in weeks),
        "gross_dollars_in": sum(w.gross_dollars for w in weeks),
        "gross_cents_out": sum(tickets * cents for w in sold for tickets, cents in w.sold),
        "weeks_without_capacity": sum(w.capacity is None for w in weeks),
        "columns_not_imported": ["Statistics.Gross Potential", "Statistics.Performances"],
        **accounts.as_dict(),
    }
    folder.write_truth("import.json", truth)
    return truth


# Stands in the accounts for the second use of a row: its sale.
_SALES_OF: Final = f"{_FILE} as ticket_sales"


def _weeks(path: Path, accounts: Accounts) -> Iterator[Week]:
    if not path.is_file():
        raise MissingInputError(
            f"{path} is missing: --data-dir names the folder that holds {path.parent.name}/;"
            " docs/data-sources.md says where to get it"
        )
    seen: set[tuple[str, str, dt.date]] = set()
    rows = used = 0
    with path.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.DictReader(stream)
        for row in reader:
            rows += 1
            week = _week(row, reader.line_num)
            if week is None:
                accounts.leave_out(_FILE, reader.line_num, "no show, theatre, date or number")
                continue
            key = (week.show, week.theatre, week.sunday)
            if key in seen:
                accounts.leave_out(_FILE, week.line, "show, theatre and week given before")
                continue
            seen.add(key)
            used += 1
            yield week
    accounts.read(_FILE, rows, used)


def _week(row: dict[str, str], line: int) -> Week | None:
    try:
        week = Week(
            line=line,
            show=row["Show.Name"].strip(),
            theatre=row["Show.Theatre"].strip(),
            kind=row["Show.Type"].strip(),
            sunday=dt.date(int(row["Date.Year"]), int(row["Date.Month"]), int(row["Date.Day"])),
            attendance=int(row["Statistics.Attendance"]),
            capacity_percent=int(row["Statistics.Capacity"]),
            gross_dollars=int(row["Statistics.Gross"]),
        )
    except ValueError:
        return None
    return week if week.show and week.theatre and week.gross_dollars >= 0 else None


def _first(weeks: list[Week], column: str) -> dict[str, None]:
    """The different values in order of their first week."""
    return dict.fromkeys(getattr(week, column) for week in weeks)


def _event_id(week: Week, show_id: str, theatre_id: str) -> str:
    show, theatre = show_id.rpartition("-")[2], theatre_id.rpartition("-")[2]
    return f"broadway-{week.sunday:%Y%m%d}-{show}-{theatre}"


def _event(week: Week, show_id: str, theatre_id: str, updated: str) -> bytes:
    return registers.json_line(
        {
            "event_id": _event_id(week, show_id, theatre_id),
            "name": f"{week.show}, week to {week.sunday.isoformat()}",
            "headliner_id": show_id,
            "support_ids": [],
            "venue_id": theatre_id,
            "category": week.kind,
            "starts_at_local": dt.datetime.combine(week.sunday, _CURTAIN).isoformat(),
            "timezone": _TIMEZONE,
            "status": "scheduled",
            "capacity": week.capacity,
            "currency": "USD",
            "price_tiers": [],
            "on_sale_on": None,
            "updated_at": updated,
        }
    )


def _sales(week: Week, show_id: str, theatre_id: str) -> Iterator[bytes]:
    event_id = _event_id(week, show_id, theatre_id)
    # Noon UTC of the Sunday: the same date in New York, and before the curtain.
    sold_at = f"{week.sunday.isoformat()}T12:00:00Z"
    for nth, (tickets, cents) in enumerate(week.sold, start=1):
        yield registers.csv_line(
            [f"{event_id}-{nth}", f"{event_id}-week", event_id, _FAN_ID, "sale", None, tickets,
             f"{cents // 100}.{cents % 100:02d}", "USD", "box_office", None, sold_at, "false",
             sold_at]
        )  # fmt: skip
