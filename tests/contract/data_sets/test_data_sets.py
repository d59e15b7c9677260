"""What the data sets of dashboards hold, asked of Athena over a small world."""

from __future__ import annotations

import base64
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from rlm.dashboards.files import DashboardFiles
from rlm.quicksight.deployment.resources import Kind

REPOSITORY = Path(__file__).parents[3]
PYTHON = Path(os.environ.get("LOCAL_AWS_PYTHON", REPOSITORY / ".venv/local-aws/bin/python"))
FILES = DashboardFiles(REPOSITORY / "dashboards")
KNOWN = FILES.placeholders("dev", "000000000000", "us-east-1")
# Athena's types as those of the columns of a data set.
OF_ATHENA = {
    "varchar": "STRING", "integer": "INTEGER", "bigint": "INTEGER", "decimal": "DECIMAL",
    "double": "DECIMAL", "date": "DATETIME", "timestamp": "DATETIME",
}  # fmt: skip

# Two concerts in Berlin: `sold` has real sales beside simulated ones, `tried` simulated ones only.
# The newest sale is of 2026-06-10.
WORLD = {
    "rlm_dev_silver.artists": (
        "artist_id, name, genres, country, formed_year",
        ["'a1', 'Acts', ARRAY['rock', 'pop'], 'GB', 1999",
         "'a2', 'Beats', CAST(ARRAY[] AS array(varchar)), CAST(NULL AS varchar),"
         " CAST(NULL AS integer)"],
    ),
    "rlm_dev_silver.venues": (
        "venue_id, name, city, country, latitude, longitude",
        ["'v1', 'Hall', 'Berlin', 'DE', 52.5e0, 13.4e0"],
    ),
    "rlm_dev_silver.events": (
        "event_id, name, headliner_id, venue_id, category, status, starts_at, starts_on_local,"
        " timezone, on_sale_on, price_tiers",
        ["'sold', 'Sold', 'a1', 'v1', 'concert', 'scheduled',"
         " TIMESTAMP '2026-06-20 18:00:00 UTC', DATE '2026-06-20', 'Europe/Berlin',"
         " DATE '2026-06-01', ARRAY[CAST(ROW('seat', 2550) AS ROW(tier varchar, price_cents bigint)"
         "),"
         " CAST(ROW('box', 9900) AS ROW(tier varchar, price_cents bigint))]",
         "'tried', 'Tried', 'a2', 'v1', 'concert', 'scheduled',"
         " TIMESTAMP '2026-06-21 18:00:00 UTC', DATE '2026-06-21', 'Europe/Berlin',"
         " DATE '2026-06-01', CAST(NULL AS array(ROW(tier varchar, price_cents bigint)))"],
    ),
    "rlm_dev_silver.ticket_sales": (
        "event_id, kind, order_id, quantity, unit_price_cents, currency, channel, tier, sold_at,"
        " is_simulated",
        # Two tiers of one order; 22:30 UTC is the day after in Berlin; then a refund.
        ["'sold', 'sale', 'o1', 2, 2550, 'EUR', 'web', 'seat',"
         " TIMESTAMP '2026-06-09 22:30:00 UTC', false",
         "'sold', 'sale', 'o1', 1, 9900, 'EUR', 'web', 'box',"
         " TIMESTAMP '2026-06-09 22:30:00 UTC', false",
         "'sold', 'refund', 'o2', 1, 2550, 'EUR', 'web', 'seat',"
         " TIMESTAMP '2026-06-10 08:00:00 UTC', false",
         "'sold', 'sale', 'o9', 7, 100, 'EUR', 'web', 'seat',"
         " TIMESTAMP '2026-06-10 08:00:00 UTC', true",
         "'tried', 'sale', 'o3', 4, 1000, 'EUR', 'app', CAST(NULL AS varchar),"
         " TIMESTAMP '2026-06-02 10:00:00 UTC', true"],
    ),
    "rlm_dev_gold.ticket_sales_daily": (
        "event_id, sale_date, currency, is_simulated, tickets_sold, tickets_refunded, net_tickets,"
        " gross_cents, refunded_cents, net_cents, orders, last_sold_at",
        ["'sold', DATE '2026-06-10', 'EUR', false, 3, 1, 2, 15000, 2550, 12450, 1,"
         " TIMESTAMP '2026-06-10 08:00:00 UTC'",
         "'sold', DATE '2026-06-03', 'EUR', false, 5, 0, 5, 12345, 0, 12345, 2,"
         " TIMESTAMP '2026-06-03 08:00:00 UTC'",
         "'sold', DATE '2026-06-01', 'EUR', false, 1, 0, 1, 1000, 0, 1000, 1,"
         " TIMESTAMP '2026-06-01 08:00:00 UTC'",
         "'sold', DATE '2026-06-10', 'EUR', true, 7, 0, 7, 700, 0, 700, 1,"
         " TIMESTAMP '2026-06-10 08:00:00 UTC'",
         "'tried', DATE '2026-06-02', 'EUR', true, 4, 0, 4, 4000, 0, 4000, 1,"
         " TIMESTAMP '2026-06-02 10:00:00 UTC'"],
    ),
    "rlm_dev_gold.event_performance": (
        "event_id, name, headliner_id, headliner_name, genres, venue_id, venue_name, city,"
        " category, status, milestone, is_over, starts_on_local, starts_at, first_sale_date,"
        " last_sale_date, sold_out_on, as_of_date, days_to_go, capacity, tickets_sold,"
        " tickets_refunded,"
        " net_tickets, sell_through, pace_ratio, comparable_share, comparable_events, pace_missing,"
        " is_simulated, currency, gross_cents, refunded_cents, net_cents, average_price_cents",
        ["'sold', 'Sold', 'a1', 'Acts', ARRAY['rock', 'pop'], 'v1', 'Hall', 'Berlin', 'concert',"
         " 'scheduled', 'on_sale', false, DATE '2026-06-20', TIMESTAMP '2026-06-20 18:00:00 UTC',"
         " DATE '2026-06-03', DATE '2026-06-10', CAST(NULL AS date), DATE '2026-06-10', 10,"
         " CAST(100 AS bigint), 8, 1, CAST(7 AS bigint), 0.07e0, 1.2e0, 0.06e0, 9,"
         " CAST(NULL AS varchar), false, 'EUR', 27345, 2550, 24795, 3418",
         "'tried', 'Tried', 'a2', 'Beats', CAST(ARRAY[] AS array(varchar)), 'v1', 'Hall', 'Berlin',"
         " 'concert', 'scheduled', 'announced', false, DATE '2026-06-21',"
         " TIMESTAMP '2026-06-21 18:00:00 UTC', CAST(NULL AS date), CAST(NULL AS date),"
         " CAST(NULL AS date), DATE '2026-06-10', 11, CAST(NULL AS bigint), 0, 0,"
         " CAST(0 AS bigint), CAST(NULL AS double), CAST(NULL AS double), CAST(NULL AS double), 0,"
         " 'no_capacity', false, 'EUR', 0, 0, 0, CAST(NULL AS bigint)"],
    ),
    "rlm_dev_gold.artist_popularity_daily": (
        "artist_id, measured_on, streams, followers, score, rank, momentum",
        ["'a1', DATE '2026-06-03', 100, 1000, 50e0, 9, CAST(NULL AS double)",
         "'a1', DATE '2026-06-09', 110, 1040, 51e0, 6, 0e0",
         "'a1', DATE '2026-06-10', 120, 1050, 52e0, 4, 0.1e0"],
    ),
    "rlm_dev_gold.trending_artists": (
        "as_of_date, window_days, dimension, dimension_value, rank, artist_id, score, is_reliable,"
        " change, signal, streams, plays, fans, orders",
        ["DATE '2026-06-10', 7, 'all', 'all', 1, 'a1', 0.4e0, true, 0.5e0, 'streams',"
         " 100, 10, 5, 3",
         "DATE '2026-06-10', 7, 'all', 'all', 2, 'a9', 0.1e0, false, CAST(NULL AS double), 'fans',"
         " 1, 1, 1, 0"],
    ),
    "rlm_dev_gold.venue_utilisation": (
        "month, venue_id, venue_name, city, country, venue_capacity, events, cancelled, postponed,"
        " nights_with_event, nights_in_month, capacity_offered, tickets, utilisation, is_simulated,"
        " currency, gross_cents, net_cents",
        ["DATE '2026-06-01', 'v1', 'Hall', 'Berlin', 'DE', 100, 2, 0, 0, 2, 30, 100, 7, 0.07e0,"
         " false, 'EUR', 27345, 24795"],
    ),
    # As the connector gives it: texts where DynamoDB has days and moments.
    "rlm_dev_serving.events": (
        "event_id, name, headliner_name, genres, venue_name, city, country, latitude, longitude,"
        " category, status, starts_at, starts_on_local, on_sale_on, capacity, sell_through,"
        " is_sold_out, currency, lowest_price_cents, highest_price_cents, version",
        [f"'{name}', 'Sold', 'Acts', ARRAY['rock', 'pop'], 'Hall', 'Berlin', 'DE', 52.5e0, 13.4e0,"
         f" 'concert', '{status}', '{starts}', '2026-06-20', '2026-06-01', CAST(100 AS bigint),"
         f" {share}, {gone}, 'EUR', CAST(2550 AS bigint), CAST(9900 AS bigint),"
         " CAST(1780000000123 AS bigint)"
         for name, status, starts, share, gone in (
             ("sold", "scheduled", "2026-06-20T18:00:00Z", "0.95e0", "false"),
             ("gone", "scheduled", "2026-06-20T18:00:00Z", "1e0", "true"),
             ("unknown", "scheduled", "2026-06-20T18:00:00Z", "CAST(NULL AS double)", "false"),
             ("over", "scheduled", "2026-06-09T18:00:00Z", "0.5e0", "false"),
             ("cancelled", "cancelled", "2026-06-20T18:00:00Z", "0.5e0", "false"),
         )],
    ),
}  # fmt: skip
OF_THE_LAKE = (
    "artist_popularity",
    "event_performance",
    "events_on_sale",
    "sales_against_targets",
    "sales_by_channel",
    "ticket_sales",
    "trending_artists",
    "venue_utilisation",
)


def view(name: str, columns: str, rows: list[str]) -> dict[str, Any]:
    """A view of the Data Catalog over rows that stand in it."""
    names = [column.strip() for column in columns.split(",")]
    shown = ", ".join(f'"{column}"' for column in names)
    values = ", ".join(f"({row})" for row in rows)
    text = {
        "originalSql": f"SELECT * FROM (VALUES {values}) AS t ({shown})",  # noqa: S608 - our own
        "schema": name.partition(".")[0],
        "columns": [{"name": column, "type": "varchar"} for column in names],
    }
    encoded = base64.b64encode(json.dumps(text).encode()).decode()
    return {
        "Name": name.partition(".")[2],
        "TableType": "VIRTUAL_VIEW",
        "ViewOriginalText": f"/* Presto View: {encoded} */",
    }


def statement(data_set: str) -> str:
    """What Athena is asked; the connector's catalog is not needed for views."""
    tables = FILES.read(Kind.DATA_SET, data_set, KNOWN)["PhysicalTableMap"].values()
    (sql,) = (
        table["CustomSql"]["SqlQuery"]
        for table in tables
        if ":datasource/rlm-dev-booking" not in table["CustomSql"]["DataSourceArn"]
    )
    return str(sql).replace('"rlm_dev_dynamodb".', "")


@pytest.fixture(scope="module")
def answers() -> dict[str, dict[str, Any]]:
    """Columns and rows of each data set of the lake."""
    asked = {
        "tables": {name: view(name, *content) for name, content in WORLD.items()},
        "statements": [{"sql": statement(name)} for name in OF_THE_LAKE],
    }
    step = subprocess.run(
        [str(PYTHON), "-m", "localaws.athena"],
        input=json.dumps(asked),
        env=os.environ | {"PYTHONPATH": str(REPOSITORY / "infra/local")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert step.returncode == 0, step.stderr
    found = dict(zip(OF_THE_LAKE, json.loads(step.stdout), strict=True))
    assert {name: one["error"] for name, one in found.items() if "error" in one} == {}
    return found


def rows(answer: dict[str, Any], *columns: str) -> list[tuple[str | None, ...]]:
    """Some columns of an answer, its rows in order."""
    places = [[name for name, _ in answer["columns"]].index(column) for column in columns]
    return sorted((tuple(row[place] for place in places) for row in answer["rows"]), key=str)


@pytest.mark.parametrize("data_set", OF_THE_LAKE)
def test_columns_are_those_of_the_file(answers: dict[str, Any], data_set: str) -> None:
    tables = FILES.read(Kind.DATA_SET, data_set, KNOWN)["PhysicalTableMap"].values()
    (declared,) = (
        table["CustomSql"]["Columns"]
        for table in tables
        if ":datasource/rlm-dev-booking" not in table["CustomSql"]["DataSourceArn"]
    )
    assert [(name, OF_ATHENA[kind]) for name, kind in answers[data_set]["columns"]] == [
        (column["Name"], column["Type"]) for column in declared
    ]


def test_every_data_set_of_the_lake_is_tested() -> None:
    of_athena = set()
    for name in FILES.names[Kind.DATA_SET]:
        tables = FILES.read(Kind.DATA_SET, name, KNOWN)["PhysicalTableMap"].values()
        arns = [str(next(iter(table.values()))["DataSourceArn"]) for table in tables]
        if any(arn.endswith(("/rlm-dev-lake", "/rlm-dev-serving")) for arn in arns):
            of_athena.add(name)
    assert of_athena == set(OF_THE_LAKE)


def test_event_with_a_real_sale_shows_real_sales_alone(answers: dict[str, Any]) -> None:
    shown = ("event_id", "sale_date", "sales_kind", "net_tickets", "gross", "refunded", "net")
    assert rows(answers["ticket_sales"], *shown) == [
        ("sold", "2026-06-01", "real", "1", "10.00", "0.00", "10.00"),
        ("sold", "2026-06-03", "real", "5", "123.45", "0.00", "123.45"),
        ("sold", "2026-06-10", "real", "2", "150.00", "25.50", "124.50"),
        ("tried", "2026-06-02", "simulated", "4", "40.00", "0.00", "40.00"),
    ]


def test_sale_counts_on_the_day_of_the_events_own_clock(answers: dict[str, Any]) -> None:
    shown = ("sale_date", "channel", "tier", "orders", "tickets_sold", "tickets_refunded", "gross")
    assert rows(answers["sales_by_channel"], *shown) == [
        ("2026-06-02", "app", "no tier", "1", "4", "0", "40.00"),
        ("2026-06-10", "web", "box", "1", "1", "0", "99.00"),
        ("2026-06-10", "web", "seat", "1", "2", "1", "51.00"),
    ]


def test_days_to_go_are_counted_from_the_sale(answers: dict[str, Any]) -> None:
    assert rows(answers["ticket_sales"], "event_id", "days_to_go", "genre") == [
        ("sold", "10", "rock"),
        ("sold", "17", "rock"),
        ("sold", "19", "rock"),
        ("tried", "19", "unknown"),
    ]


def test_last_seven_days_end_with_the_last_full_day(answers: dict[str, Any]) -> None:
    shown = ("event_id", "phase", "sales_kind", "tickets_left", "tickets_last_7_days")
    assert rows(answers["event_performance"], *shown, "tickets_7_days_before") == [
        ("sold", "on sale", "real", "93", "5", "1"),
        ("tried", "announced", "none", None, "0", "0"),
    ]
    prices = ("event_id", "average_price", "lowest_price", "highest_price", "weekday", "starts_at")
    assert rows(answers["event_performance"], *prices)[0] == (
        "sold", "34.18", "25.50", "99.00", "Sat", "2026-06-20 18:00:00.000",
    )  # fmt: skip


def test_rank_is_compared_with_the_week_before(answers: dict[str, Any]) -> None:
    shown = ("measured_on", "new_followers", "rank", "rank_week_before", "ranks_gained")
    assert rows(answers["artist_popularity"], *shown) == [
        ("2026-06-03", None, "9", None, None),
        ("2026-06-09", None, "6", None, None),
        ("2026-06-10", "10", "4", "9", "5"),
    ]
    (growth,) = (one[1] for one in rows(answers["artist_popularity"], "measured_on",
                                        "weekly_growth") if one[0] == "2026-06-10")  # fmt: skip
    assert float(str(growth)) == pytest.approx(1.013752707)


def test_trending_artist_has_the_concerts_to_come(answers: dict[str, Any]) -> None:
    shown = ("rank", "artist_name", "certainty", "concerts_to_come", "next_concert_city")
    assert rows(answers["trending_artists"], *shown) == [
        ("1", "Acts", "reliable", "1", "Berlin"),
        ("2", None, "uncertain", "0", None),
    ]


def test_fans_can_buy_for_what_is_to_come(answers: dict[str, Any]) -> None:
    shown = ("event_id", "availability", "genres", "starts_at", "lowest_price", "loaded_at")
    moment, price = "2026-06-20 18:00:00.000", "25.50"
    assert rows(answers["events_on_sale"], *shown) == [
        ("gone", "sold out", "rock, pop", moment, price, "2026-05-28 20:26:40.000"),
        ("sold", "last tickets", "rock, pop", moment, price, "2026-05-28 20:26:40.000"),
        ("unknown", "unknown", "rock, pop", moment, price, "2026-05-28 20:26:40.000"),
    ]


def test_nights_without_an_event_are_free(answers: dict[str, Any]) -> None:
    shown = ("nights_with_event", "nights_free", "sales_kind", "gross", "net")
    assert rows(answers["venue_utilisation"], *shown) == [("2", "28", "real", "273.45", "247.95")]
