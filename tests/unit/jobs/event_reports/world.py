"""Events, sales and an Athena that answers from them, for tests of reports."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from rlm.aws.storage import FileStorage
from rlm.jobs.event_reports.job import (
    EventReportsReport,
    PublishEventReports,
    publish_event_reports,
)
from rlm.jobs.event_reports.milestones import Event
from rlm.jobs.event_reports.queries import MARKS, CurvePoint, DaySales, Split

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

STARTS = dt.date(2026, 6, 5)


def event(event_id: str = "e1", **more: Any) -> Event:
    """An event that is over: 75 of 100 tickets sold, five of them refunded, at 20 euros."""
    given = Event(
        event_id=event_id,
        name="Summer Night",
        headliner_name="The Foxes",
        genres="folk, jazz",
        venue_name="The Roxy",
        city="Köln",
        category="concert",
        starts_at=dt.datetime(2026, 6, 5, 18, 30, tzinfo=dt.UTC),
        timezone="Europe/Berlin",
        starts_on_local=STARTS,
        status="scheduled",
        capacity=100,
        is_simulated=False,
        tickets_sold=80,
        tickets_refunded=5,
        net_tickets=75,
        simulated_tickets_left_out=0,
        currency="EUR",
        gross_cents=160_000,
        refunded_cents=10_000,
        net_cents=150_000,
        average_price_cents=2_000,
        sell_through=0.75,
        as_of_date=STARTS,
        days_to_go=0,
        is_over=True,
        is_sold_out=False,
        sold_out_on=None,
        milestone="sold_75",
        pace_ratio=None,
        comparable_share=None,
        comparable_events=0,
        pace_missing="over",
        on_sale_on=dt.date(2026, 5, 1),
        first_sale_date=dt.date(2026, 5, 1),
        last_sale_date=dt.date(2026, 6, 4),
        sales_rows=40,
        sales_updated_at=dt.datetime(2026, 6, 4, tzinfo=dt.UTC),
    )
    return replace(given, **more)


def to_come(event_id: str = "e1", days_to_go: int = 60, **more: Any) -> Event:
    """The same event some days before."""
    return event(
        event_id,
        **{
            "is_over": False,
            "days_to_go": days_to_go,
            "as_of_date": STARTS - dt.timedelta(days=days_to_go),
            "pace_missing": None,
            "pace_ratio": 0.8,
            **more,
        },
    )


def sale(event_id: str, date: str, sold: int, refunded: int = 0, **more: Any) -> DaySales:
    """A day of sales at 20 euros a ticket."""
    day = DaySales(
        event_id=event_id,
        sale_date=dt.date.fromisoformat(date),
        currency="EUR",
        is_simulated=False,
        tickets_sold=sold,
        tickets_refunded=refunded,
        net_tickets=sold - refunded,
        gross_cents=sold * 2_000,
        refunded_cents=refunded * 2_000,
        net_cents=(sold - refunded) * 2_000,
        orders=sold,
    )
    return replace(day, **more)


def sales_of(event_id: str) -> list[DaySales]:
    """What `event` adds up to."""
    return [
        sale(event_id, "2026-05-01", 30),
        sale(event_id, "2026-05-02", 20),
        sale(event_id, "2026-05-20", 20, 5),
        sale(event_id, "2026-06-04", 10),
    ]


def curve(events: int = 12) -> list[CurvePoint]:
    return [CurvePoint(m, events, 0.5 - m / 300, 0.7 - m / 200, 0.9 - m / 150) for m in MARKS]


class Gold:
    """Answers the job's four queries from lists."""

    def __init__(self, *events: Event) -> None:
        self.events = {e.event_id: e for e in events}
        self.days = {e.event_id: sales_of(e.event_id) for e in events}
        self.splits = {
            e.event_id: [
                Split(e.event_id, False, "web", "floor", 50),
                Split(e.event_id, False, "box_office", "", 25),
            ]
            for e in events
        }
        self.curve = curve()
        self.asked: Counter[str] = Counter()

    def rows(self, sql: str, parameters: Sequence[str] = ()) -> Iterator[dict[str, Any]]:
        ids = re.findall(r"'([^']*)'", sql.partition("IN (")[2].partition(")")[0])
        if "listed AS" in sql:
            self.asked["curves"] += 1
            for point in self.curve:
                yield {"category": "concert", "capacity_class": 0, **asdict(point)}
        elif "event_performance" in sql:
            ordered = sorted(self.events.values(), key=lambda e: e.starts_on_local, reverse=True)
            yield from ({**asdict(e)} for e in ordered)
        elif "ticket_sales_daily" in sql:
            self.asked["days"] += len(ids)
            yield from (asdict(day) for i in ids for day in self.days[i])
        else:
            self.asked["splits"] += len(ids)
            yield from (asdict(split) for i in ids for split in self.splits[i])


class KilledError(BaseException):
    """What no handler catches."""


class CountingStorage(FileStorage):
    """Counts writes by URI, and can be killed at one."""

    def __init__(self) -> None:
        self.written: Counter[str] = Counter()
        self.kill_at: int | None = None

    def write(self, uri: str, content: bytes) -> None:
        if self.kill_at is not None and self.written.total() >= self.kill_at:
            raise KilledError
        self.written[uri] += 1
        super().write(uri, content)


class World:
    """A bucket of reports and a lake in one folder."""

    def __init__(self, folder: Path, *events: Event) -> None:
        self.folder = folder
        self.gold = Gold(*events)
        self.storage = CountingStorage()

    def change(self, event_id: str, **more: Any) -> None:
        self.gold.events[event_id] = replace(self.gold.events[event_id], **more)

    def run(self, most: int | None = None) -> EventReportsReport:
        run = PublishEventReports(
            run_id="run-1",
            lake=f"file://{self.folder}/lake",
            event_reports=f"file://{self.folder}/reports",
            gold="rlm_dev_gold",
            silver="rlm_dev_silver",
            most=most,
        )
        lines: list[str] = []
        return publish_event_reports(run, self.gold, self.storage, self.storage, lines.append)

    def text(self, name: str) -> str:
        return (self.folder / "reports" / name).read_text(encoding="utf-8")

    def published(self) -> dict[str, bytes]:
        root = self.folder / "reports"
        return {
            str(file.relative_to(root)): file.read_bytes()
            for file in sorted(root.rglob("*"))
            if file.is_file()
        }

    def writes(self) -> list[str]:
        """What was written below the reports, without the folder's name."""
        root = f"file://{self.folder}/reports/"
        return sorted(uri.removeprefix(root) for uri in self.storage.written if root in uri)
