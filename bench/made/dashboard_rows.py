"""Rows for the dashboards' data sets, as many as wanted, as the local SPICE would hold them.

One formula a column, from the number of the row alone: the same rows in every run.
"""

# ruff: noqa: S608 - the SQL is put together from this file's own words
from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rlm.quicksight.query import ColumnType

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import duckdb

ROWS_AN_EVENT: Final = {"ticket_sales": 160, "sales_by_channel": 800}
"""Days before the event that have a sale; for channels 100 days, of 4 channels and 2 tiers."""
DAYS_AN_ARTIST: Final = 1000
TODAY: Final = "DATE '2026-06-30'"
SPICE_TYPES: Final = {
    ColumnType.STRING: "VARCHAR",
    ColumnType.INTEGER: "BIGINT",
    ColumnType.DECIMAL: "DOUBLE",
    ColumnType.DATETIME: "TIMESTAMP",
    ColumnType.BOOLEAN: "BOOLEAN",
}
_MONEY: Final = frozenset(
    ("gross", "refunded", "net", "target_gross", "average_price", "lowest_price", "highest_price")
)

# A large number from a number, the same in each run.
_MIXED: Final = "CREATE MACRO mixed(x) AS CAST(hash(x) >> 2 AS BIGINT)"

# Of an event e: its headliner, venue and day. A few artists have most of the events.
_ARTIST = "CAST(floor(4000 * pow(mixed(e * 7 + 1) % 10000 / 10000.0, 2)) AS INTEGER)"
_EVENT: Final = {
    "artist": _ARTIST,
    "venue": "CAST(mixed(e * 7 + 2) % 1500 AS INTEGER)",
    "day": f"{TODAY} + 180 - CAST(mixed(e * 7 + 3) % 1280 AS INTEGER)",
}
_COUNTRIES: Final = "['DE','GB','FR','ES','IT','NL','PL','SE','CH','AT','DK','US']"
_OF_EVENT: Final = {
    "event_id": "printf('event-%08d', e)",
    "event_name": "printf('artist %d at venue %d, %s', artist, venue, strftime(day, '%Y-%m-%d'))",
    "category": "['concert', 'festival', 'club night', 'matinee'][1 + e % 4]",
    "event_status": "CASE WHEN e % 25 = 0 THEN 'cancelled' WHEN e % 31 = 0 THEN 'postponed'"
    " ELSE 'scheduled' END",
    "status": "CASE WHEN e % 25 = 0 THEN 'cancelled' WHEN e % 31 = 0 THEN 'postponed'"
    " ELSE 'scheduled' END",
    "phase": f"CASE WHEN e % 25 = 0 THEN 'cancelled' WHEN day < {TODAY} THEN 'over'"
    f" WHEN day > {TODAY} + 150 THEN 'announced' ELSE 'on sale' END",
    "milestone": "['announced', 'on_sale', 'sold_25', 'sold_50', 'sold_75', 'sold_90', 'sold_out']"
    "[1 + mixed(i * 3 + 1) % 7]",
    "starts_on": "day",
    "starts_at": "day + INTERVAL 19 HOUR",
    "weekday": "strftime(day, '%a')",
    "on_sale_on": "day - 160",
    "first_sale_date": "day - 159",
    "last_sale_date": f"least(day, {TODAY})",
    "sold_out_on": f"CASE WHEN e % 6 = 0 AND day < {TODAY} THEN day - CAST(e % 50 AS INTEGER) END",
    "days_to_sell_out": f"CASE WHEN e % 6 = 0 AND day < {TODAY} THEN 160 - e % 50 END",
    "as_of_date": f"least(day, {TODAY})",
    "artist_id": "printf('artist-%05d', artist)",
    "artist_name": "printf('artist %d', artist)",
    "genre": "printf('genre %d', artist % 30)",
    "genres": "printf('genre %d, genre %d', artist % 30, artist % 7)",
    "venue_id": "printf('venue-%05d', venue)",
    "venue_name": "printf('venue %d', venue)",
    "city": "printf('city %d', venue % 200)",
    "country": f"{_COUNTRIES}[1 + venue % 200 % 12]",
    "latitude": "40 + venue % 200 * 0.1 + venue * 0.00001",
    "longitude": "-5 + venue % 200 * 0.1 + venue * 0.00001",
    "sales_kind": "CASE WHEN e % 10 = 0 THEN 'simulated' ELSE 'real' END",
    "currency": "['EUR','GBP','EUR','EUR','EUR','EUR','PLN','SEK','CHF','EUR','DKK','USD']"
    "[1 + venue % 200 % 12]",
    "channel": "['web', 'app', 'box office', 'partner'][1 + i % 4]",
    "tier": "['standing', 'seated'][1 + i // 4 % 2]",
}
_OF_SALE: Final = {
    "sale_date": f"least(day, {TODAY}) - k",
    "days_to_go": f"day - least(day, {TODAY}) + k",
    "orders": "1 + mixed(i) % 20",
    "tickets_sold": "mixed(i) % 60",
    "tickets_refunded": "mixed(i) % 60 % 3",
    "net_tickets": "mixed(i) % 60 - mixed(i) % 60 % 3",
    "gross": "mixed(i) % 60 * (20 + e % 80) + 0.5",
    "refunded": "mixed(i) % 60 % 3 * (20 + e % 80)",
    "net": "(mixed(i) % 60 - mixed(i) % 60 % 3) * (20 + e % 80) + 0.5",
}
_OF_WHOLE_EVENT: Final = {
    "days_to_go": f"day - {TODAY}",
    "capacity": "500 + e % 1500",
    "tickets_sold": "mixed(i) % 500",
    "tickets_refunded": "mixed(i) % 20",
    "net_tickets": "mixed(i) % 500 - mixed(i) % 20",
    "tickets_left": "CASE WHEN e % 6 = 0 THEN 0 ELSE mixed(i) % 400 END",
    "tickets_last_7_days": "mixed(i) % 40",
    "tickets_7_days_before": "mixed(i + 1) % 40",
    "sell_through": "mixed(i) % 1000 / 1000.0",
    "pace_ratio": "0.5 + mixed(i) % 1000 / 1000.0",
    "comparable_share": "mixed(i + 5) % 1000 / 1000.0",
    "comparable_events": "mixed(i) % 30",
    "gross": "mixed(i) % 500 * (20 + e % 80) + 0.5",
    "refunded": "mixed(i) % 20 * (20 + e % 80)",
    "net": "mixed(i) % 480 * (20 + e % 80) + 0.5",
    "average_price": "20 + e % 80",
    "lowest_price": "15 + e % 60",
    "highest_price": "30 + e % 120",
}
_OF_VENUE_MONTH: Final = {
    # The event of the number is that of the venue here: each of them has 48 months.
    "month": f"date_trunc('month', {TODAY}) - to_months(CAST(i % 48 AS INTEGER))",
    "venue_id": "printf('venue-%07d', i // 48)",
    "venue_name": "printf('venue %d', i // 48)",
    "venue_capacity": "500 + i // 48 % 1500",
    "events": "mixed(i) % 25",
    "cancelled": "mixed(i) % 2",
    "postponed": "mixed(i) % 3",
    "nights_with_event": "mixed(i) % 25",
    "nights_in_month": "30",
    "nights_free": "30 - mixed(i) % 25",
    "capacity_offered": "1000 + mixed(i) % 9000",
    "tickets": "mixed(i) % 9000",
    "utilisation": "mixed(i) % 1000 / 1000.0",
    "gross": "mixed(i) % 90000 + 0.5",
    "net": "mixed(i) % 80000 + 0.5",
    "target_tickets": "mixed(i) % 7000",
    "target_gross": "mixed(i) % 70000",
    "sold_month": "NULL",
    "sold_venue_id": "NULL",
}
_OF_ARTIST_DAY: Final = {
    "measured_on": f"{TODAY} - CAST(i % {DAYS_AN_ARTIST} AS INTEGER)",
    "artist_id": f"printf('artist-%05d', i // {DAYS_AN_ARTIST})",
    "artist_name": f"printf('artist %d', i // {DAYS_AN_ARTIST})",
    "genre": f"printf('genre %d', i // {DAYS_AN_ARTIST} % 30)",
    "genres": f"printf('genre %d, other %d', i // {DAYS_AN_ARTIST} % 30, i // 1000 % 7)",
    "home_country": f"{_COUNTRIES}[1 + i // {DAYS_AN_ARTIST} % 12]",
    "formed_year": f"1960 + i // {DAYS_AN_ARTIST} % 60",
    "streams": "mixed(i) % 1000000",
    "followers": "mixed(i // 30) % 10000000",
    "new_followers": "mixed(i) % 1000",
    "score": "mixed(i) % 1000 / 10.0",
    "rank": "1 + mixed(i) % 10000",
    "rank_week_before": "1 + mixed(i + 7) % 10000",
    "ranks_gained": "CAST(mixed(i) % 200 AS BIGINT) - 100",
    "momentum": "mixed(i) % 400 / 100.0 - 2",
    "weekly_growth": "mixed(i) % 100 / 100.0 - 0.5",
}
_OF_RANKING: Final = {
    "as_of_date": TODAY,
    "window_days": "[7, 28][1 + i % 2]",
    "dimension": "['all', 'country', 'genre'][1 + i // 2 % 3]",
    "dimension_value": "CASE i // 2 % 3 WHEN 0 THEN 'all' WHEN 1 THEN"
    " ['DE','GB','FR','ES'][1 + i // 6 % 4] ELSE printf('genre %d', i // 6 % 30) END",
    "rank": "1 + i // 180 % 100",
    "home_country": "['DE','GB','FR','ES'][1 + artist % 4]",
    "certainty": "['reliable', 'uncertain'][1 + i // 5 % 2]",
    "signal": "['streams', 'plays', 'orders'][1 + i // 3 % 3]",
    "change": "mixed(i) % 200 / 100.0 - 1",
}
_OF_DELIVERY: Final = {
    "source": "['artists', 'venues', 'events', 'ticket_sales', 'listens'][1 + i % 5]",
    "delivery_date": f"{TODAY} - CAST(i // 5 AS INTEGER)",
    "file": "printf('file-%d.csv', i)",
    "rows_in": "1000 + mixed(i) % 9000",
    "rows_quarantined": "mixed(i) % 30",
    "is_rejected": "CASE WHEN i % 97 = 0 THEN 1 ELSE 0 END",
}
_SPECIAL: Final[Mapping[str, Mapping[str, str]]] = {
    "ticket_sales": _OF_SALE,
    "sales_by_channel": _OF_SALE,
    "event_performance": _OF_WHOLE_EVENT,
    "events_on_sale": _OF_WHOLE_EVENT,
    "venue_utilisation": _OF_VENUE_MONTH,
    "sales_against_targets": _OF_VENUE_MONTH,
    "sales_targets": _OF_VENUE_MONTH,
    "artist_popularity": _OF_ARTIST_DAY,
    "trending_artists": _OF_RANKING,
    "data_freshness": _OF_DELIVERY,
}
_BY_TYPE: Final = {
    ColumnType.STRING: "printf('value %d', mixed(i) % 20)",
    ColumnType.INTEGER: "mixed(i) % 1000",
    ColumnType.DECIMAL: "mixed(i) % 10000 / 100.0",
    ColumnType.DATETIME: f"{TODAY} - CAST(mixed(i) % 1000 AS INTEGER)",
    ColumnType.BOOLEAN: "mixed(i) % 2 = 0",
}


def rows_sql(data_set: str, columns: Mapping[str, ColumnType], rows: int) -> str:
    """A SELECT of so many rows of a data set; columns that nobody thought of are made by type."""
    of_event = ROWS_AN_EVENT.get(data_set, 1)
    entries = 8 if data_set == "sales_by_channel" else 1
    shown = []
    for name, kind in columns.items():
        sql = _SPECIAL.get(data_set, {}).get(name) or _OF_EVENT.get(name) or _BY_TYPE[kind]
        spice = "DECIMAL(18, 4)" if name in _MONEY else SPICE_TYPES[kind]
        shown.append(f'CAST({sql} AS {spice}) AS "{name}"')
    made = ", ".join(f"{sql} AS {name}" for name, sql in _EVENT.items())
    return (
        f"SELECT {', '.join(shown)} FROM (SELECT *, {made} FROM (SELECT range AS i,"
        f" range // {of_event} AS e, CAST(range // {entries} % {of_event // entries} AS INTEGER)"
        f" AS k FROM range({rows})))"
    )


def write_rows(
    connection: duckdb.DuckDBPyConnection,
    data_set: str,
    columns: Mapping[str, ColumnType],
    rows: int,
    file: Path,
) -> None:
    """The rows as a Parquet file."""
    connection.execute(_MIXED)
    sql = rows_sql(data_set, columns, rows)
    connection.execute(f"COPY ({sql}) TO '{file}' (FORMAT parquet, COMPRESSION zstd)")
