"""The job of event reports, as a script, on the local S3, Glue catalog and Athena.

Silver and gold are Parquet tables here; what Spark's Iceberg tables are like to Athena, its own
tests hold.
"""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING

import pyarrow as pa

if TYPE_CHECKING:
    from .conftest import Platform

REPORTS = "rlm-dev-event-reports"


def test_reports_of_events_are_published_once_for_each_change(platform: Platform) -> None:
    _events(platform)
    where = ("--event_reports", f"s3://{REPORTS}")
    report = platform.run("publish_event_reports", *where)
    assert report["reports_by_stage"] == {"ended": 8, "sold_50": 1}
    found = json.loads(platform.get(REPORTS, "events/over-0/report.json"))
    assert found["event"]["starts_at_local"] == "20:30"
    assert [d["so_far"] for d in found["days"]] == [10, 50]
    assert {c["name"]: c["tickets"] for c in found["channels"]} == {"web": 40, "app": 10}
    # Half of eight peers, which sold 50 to 57 of 100, had sold 53.5 at least; a day before the
    # event all had, ten days before it none had more than ten.
    points = {p["days_to_go"]: p for p in found["comparable"]["curve"]}
    assert (points[0]["median"], points[0]["lower_quartile"]) == (0.535, 0.51)
    assert (points[0]["upper_quartile"], points[0]["events"]) == (0.55, 8)
    assert (points[1]["median"], points[10]["median"]) == (0.535, 0.1)
    page = platform.s3.head_object(Bucket=REPORTS, Key="events/over-0/report.html")
    assert page["ContentType"] == "text/html; charset=utf-8"
    assert "over-7" in platform.get(REPORTS, "index.html")

    before = platform.versions(REPORTS)
    assert platform.run("publish_event_reports", *where)["reports_due"] == 0
    assert platform.versions(REPORTS) == before


def _events(platform: Platform) -> None:
    """Eight events that are over and one to come; each sold ten on one day, the rest later."""
    starts = dt.datetime(2026, 6, 5, 18, 30)  # noqa: DTZ001 - UTC, as Parquet has it
    first, last = dt.date(2026, 5, 1), dt.date(2026, 6, 4)
    text, whole, real = pa.string(), pa.int64(), pa.float64()
    performance = pa.schema(
        {
            "event_id": text, "name": text, "headliner_name": text, "genres": pa.list_(text),
            "venue_name": text, "city": text, "category": text, "starts_at": pa.timestamp("us"),
            "starts_on_local": pa.date32(), "status": text, "capacity": whole,
            "is_simulated": pa.bool_(), "tickets_sold": whole, "tickets_refunded": whole,
            "net_tickets": whole, "simulated_tickets_left_out": whole, "currency": text,
            "gross_cents": whole, "refunded_cents": whole, "net_cents": whole,
            "average_price_cents": whole, "sell_through": real, "as_of_date": pa.date32(),
            "days_to_go": pa.int32(), "is_over": pa.bool_(), "is_sold_out": pa.bool_(),
            "sold_out_on": pa.date32(), "milestone": text, "pace_ratio": real,
            "comparable_share": real, "comparable_events": pa.int32(), "pace_missing": text,
            "first_sale_date": pa.date32(), "last_sale_date": pa.date32(),
        }
    )  # fmt: skip
    events, days, sales, gold = [], [], [], []
    for nth, event_id in enumerate([*(f"over-{n}" for n in range(8)), "next"]):
        tickets, is_over = 50 + nth % 8, event_id != "next"
        events.append({"event_id": event_id, "timezone": "Europe/Berlin", "on_sale_on": first})
        gold.append(
            {
                "event_id": event_id, "name": event_id, "headliner_name": "A & B",
                "genres": ["folk"], "venue_name": "V", "city": "C", "category": "concert",
                "starts_at": starts, "starts_on_local": starts.date(), "status": "scheduled",
                "capacity": 100, "is_simulated": False, "tickets_sold": tickets,
                "tickets_refunded": 0, "net_tickets": tickets, "simulated_tickets_left_out": 0,
                "currency": "EUR", "gross_cents": tickets * 100, "refunded_cents": 0,
                "net_cents": tickets * 100, "average_price_cents": 100,
                "sell_through": tickets / 100, "as_of_date": last, "days_to_go": 1 - is_over,
                "is_over": is_over, "is_sold_out": False, "milestone": "sold_50",
                "comparable_events": 8, "first_sale_date": first, "last_sale_date": last,
            }
        )  # fmt: skip
        for date, count, channel in ((first, 10, "app"), (last, tickets - 10, "web")):
            cents = count * 100
            sold_at = dt.datetime.combine(date, dt.time(9))
            days.append(
                {"event_id": event_id, "sale_date": date, "currency": "EUR",
                 "is_simulated": False, "tickets_sold": count, "tickets_refunded": 0,
                 "net_tickets": count, "gross_cents": cents, "refunded_cents": 0,
                 "net_cents": cents, "orders": count,
                 "sale_week": date - dt.timedelta(days=date.weekday())}
            )  # fmt: skip
            sales.append(
                {"event_id": event_id, "is_simulated": False, "channel": channel, "tier": None,
                 "kind": "sale", "quantity": count, "sold_at": sold_at, "updated_at": sold_at}
            )  # fmt: skip
    day_schema = pa.schema(
        {
            "event_id": text, "sale_date": pa.date32(), "currency": text,
            "is_simulated": pa.bool_(), "tickets_sold": whole, "tickets_refunded": whole,
            "net_tickets": whole, "gross_cents": whole, "refunded_cents": whole,
            "net_cents": whole, "orders": whole, "sale_week": pa.date32(),
        }
    )  # fmt: skip
    sale_schema = pa.schema(
        {
            "event_id": text, "is_simulated": pa.bool_(), "channel": text, "tier": text,
            "kind": text, "quantity": pa.int32(), "sold_at": pa.timestamp("us"),
            "updated_at": pa.timestamp("us"),
        }
    )  # fmt: skip
    event_schema = pa.schema({"event_id": text, "timezone": text, "on_sale_on": pa.date32()})
    platform.table("gold", "event_performance", performance, gold)
    platform.table("gold", "ticket_sales_daily", day_schema, days)
    platform.table("silver", "ticket_sales", sale_schema, sales)
    platform.table("silver", "events", event_schema, events)
