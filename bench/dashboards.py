"""How long the questions of each sheet take on 10 million rows, in one thread as the page asks them.

Rows are made in DuckDB, written as the Parquet that SPICE copies are, and read as the page reads
them. Facts have 10 million rows: an event, day and currency; the same by channel; an artist and
day. Of events, venues and rankings there are as many as such facts have. The floor is a sum over
one column, whole.

    .venv/dev/bin/python bench/dashboards.py
    .venv/dev/bin/python bench/dashboards.py --rows 1000000 --visuals
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "src")]

import duckdb  # noqa: E402

from rlm.dashboards.files import DashboardFiles  # noqa: E402
from rlm.dashboards.rows import columns_of  # noqa: E402
from rlm.quicksight.deployment.resources import Kind  # noqa: E402
from rlm.quicksight.queries.board import Board  # noqa: E402
from rlm.quicksight.query import DataSet  # noqa: E402

NOW = dt.datetime(2026, 6, 8, 12)  # noqa: DTZ001 - UTC, without a zone
DAYS, ARTIST_DAYS, ROUNDS = 730, 1000, 3
TARGET_MS = 300.0
# An event sells for a season, at a venue of one city, in the currency of its country.
PLACES = """
    'venue ' || (e % 1200) AS venue_name, 'city ' || (e % 400) AS city,
    ['US', 'DE', 'GB', 'FR', 'JP', 'BR', 'CA', 'AU'][1 + (e % 8)::INT] AS country,
    48.0 + (e % 400) / 40 AS latitude, 2.0 + (e % 400) / 20 AS longitude,
    ['USD', 'EUR', 'GBP', 'EUR', 'JPY', 'BRL', 'CAD', 'AUD'][1 + (e % 8)::INT] AS currency,
    ['pop', 'metal', 'jazz', 'folk', 'punk', 'latin'][1 + (e % 6)::INT] AS genre,
"""
EVENT = f"""
    'event-' || e AS event_id, 'Event ' || e AS event_name, 'concert' AS category,
    'artist-' || (e % 5000) AS artist_id, 'Artist ' || (e % 5000) AS artist_name,
    'venue-' || (e % 1200) AS venue_id, {PLACES}
"""
SALES = """
    1 + i % 5 AS orders, 2 + i % 9 AS tickets_sold, i % 11 // 10 AS tickets_refunded,
    2 + i % 9 - i % 11 // 10 AS net_tickets, ((2 + i % 9) * 45.5)::DECIMAL(18, 4) AS gross,
    (i % 11 // 10 * 45.5)::DECIMAL(18, 4) AS refunded,
"""
NEWEST = "TIMESTAMP '2026-06-08'"
QUERIES = {
    "ticket_sales": f"""
        SELECT {NEWEST} - INTERVAL 1 DAY * (i % {DAYS}) AS sale_date, {EVENT} {SALES}
          'scheduled' AS event_status, {NEWEST} AS starts_on, 30 AS days_to_go, 'real' AS sales_kind,
          (2 * 45.5)::DECIMAL(18, 4) AS net
        FROM (SELECT i, i // 60 AS e FROM range($rows) t(i))""",
    "sales_by_channel": f"""
        SELECT {NEWEST} - INTERVAL 1 DAY * (i % {DAYS}) AS sale_date, {EVENT} {SALES}
          ['web', 'app', 'box_office', 'partner'][1 + (i % 7 // 2)::INT] AS channel, 'floor' AS tier
        FROM (SELECT i, i // 60 AS e FROM range($rows) t(i))""",
    "event_performance": f"""
        SELECT {EVENT} 'scheduled' AS status, ['on sale', 'over', 'over'][1 + (e % 3)::INT] AS phase,
          'on_sale' AS milestone, {NEWEST} - INTERVAL 1 DAY * (e % {DAYS}) AS starts_on,
          {NEWEST} AS starts_at, ['Mon', 'Fri', 'Sat'][1 + (e % 3)::INT] AS weekday,
          {NEWEST} AS on_sale_on, {NEWEST} AS first_sale_date, {NEWEST} AS last_sale_date,
          CAST(NULL AS TIMESTAMP) AS sold_out_on, e % 50 AS days_to_sell_out, {NEWEST} AS as_of_date,
          e % 90 AS days_to_go, 1000 AS capacity, e % 1000 AS tickets_sold, 5 AS tickets_refunded,
          e % 1000 AS net_tickets, 1000 - e % 1000 AS tickets_left, e % 40 AS tickets_last_7_days,
          e % 41 AS tickets_7_days_before, (e % 1000) / 1000 AS sell_through, 1.1 AS pace_ratio,
          0.4 AS comparable_share, 7 AS comparable_events, '' AS pace_missing, 'real' AS sales_kind,
          {", ".join(f"45.5::DECIMAL(18, 4) AS {name}" for name in (
              "gross", "refunded", "net", "average_price", "lowest_price", "highest_price"))}
        FROM range($rows // 60) t(e)""",
    "venue_utilisation": f"""
        SELECT TIMESTAMP '2024-07-01' + INTERVAL 1 MONTH * (e // 1200) AS month,
          'venue-' || (e % 1200) AS venue_id, {PLACES} 1000 AS venue_capacity, 4 AS events,
          0 AS cancelled, 0 AS postponed, 4 AS nights_with_event, 30 AS nights_in_month,
          26 AS nights_free, 4000 AS capacity_offered, e % 4000 AS tickets, 0.5 AS utilisation,
          'real' AS sales_kind, 900::DECIMAL(18, 4) AS gross, 900::DECIMAL(18, 4) AS net
        FROM range(1200 * 24) t(e)""",
    "sales_against_targets": f"""
        SELECT TIMESTAMP '2024-07-01' + INTERVAL 1 MONTH * (e // 1200) AS month,
          'venue-' || (e % 1200) AS venue_id, {PLACES} 2000 AS target_tickets,
          1000::DECIMAL(18, 4) AS target_gross, 4 AS events, 4000 AS capacity_offered,
          e % 4000 AS tickets, 900::DECIMAL(18, 4) AS gross
        FROM range(1200 * 24) t(e)""",
    "data_freshness": f"""
        SELECT 'source ' || (e % 6) AS source, {NEWEST} - INTERVAL 1 DAY * (e // 6) AS delivery_date,
          'file' AS file, 1000 AS size_bytes, 1000 AS rows_in, e % 5 AS rows_quarantined,
          0 AS is_rejected, '' AS reason, '' AS batch_id, '' AS run_id
        FROM range(6 * {DAYS}) t(e)""",
    "artist_popularity": f"""
        SELECT {NEWEST} - INTERVAL 1 DAY * (i % {ARTIST_DAYS}) AS measured_on,
          'artist-' || e AS artist_id, 'Artist ' || e AS artist_name,
          ['pop', 'metal', 'jazz', 'folk', 'punk', 'latin'][1 + (e % 6)::INT] AS genre,
          'pop, jazz' AS genres, ['US', 'DE', 'GB'][1 + (e % 3)::INT] AS home_country,
          1990 AS formed_year, 1000 + i % 977 AS streams, 5000 + i % 977 AS followers,
          i % 7 AS new_followers, (i % 100)::DOUBLE AS score, 1 + e AS rank,
          1 + e AS rank_week_before, e % 5 - 2 AS ranks_gained, 0.01 AS momentum,
          0.07 AS weekly_growth
        FROM (SELECT i, i // {ARTIST_DAYS} AS e FROM range($rows) t(i))""",
    "trending_artists": f"""
        SELECT {NEWEST} AS as_of_date, [7, 28][1 + (e % 2)::INT] AS window_days,
          ['all', 'genre', 'city'][1 + (e % 3)::INT] AS dimension, 'all' AS dimension_value,
          e AS rank, 'artist-' || e AS artist_id, 'Artist ' || e AS artist_name, 'pop' AS genre,
          'DE' AS home_country, 0.2 AS score, 'reliable' AS certainty, 0.3 AS change,
          'streams' AS signal, 1000 + e AS streams, 50 AS plays, 6 AS fans, e % 9 AS orders,
          e % 3 AS concerts_to_come, {NEWEST} AS next_concert_on, 'Wien' AS next_concert_city
        FROM range(5000) t(e)""",
}


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def make_rows(folder: Path, rows: int) -> None:
    """One Parquet file a data set."""
    with duckdb.connect() as connection:
        for name, query in QUERIES.items():
            made = query.replace("$rows", str(rows))
            connection.execute(f"COPY ({made}) TO '{folder / name}.parquet' (FORMAT parquet)")


def milliseconds(since: float) -> float:
    return (time.perf_counter() - since) * 1000


def measure(rows: int, *, each: bool) -> dict[str, Any]:
    """Milliseconds of each sheet, and of each visual alone; the best of some rounds."""
    files = DashboardFiles(ROOT / "dashboards")
    known = files.placeholders("dev", "000000000000", "us-east-1")
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="rlm-bench-") as name, duckdb.connect() as connection:
        folder = Path(name)
        make_rows(folder, rows)
        connection.execute("SET threads = 1")
        for table in QUERIES:
            connection.execute(f"CREATE TABLE {table} AS FROM '{folder / table}.parquet'")
        floors = []
        for _ in range(5):
            start = time.perf_counter()
            connection.execute("SELECT sum(tickets_sold) FROM ticket_sales").fetchall()
            floors.append(milliseconds(start))
        floor = min(floors)
        say(f"floor: {floor:.1f} ms, one sum over {rows:,} rows")
        for dashboard in files.names[Kind.DASHBOARD]:
            one = files.dashboard(dashboard, known)
            sets = {
                identifier: DataSet(identifier, table, columns_of(connection, table))
                for identifier, table in one.data_sets.items()
            }

            def board(definition: Any = one.definition, sets: Any = sets) -> Board:
                # A new one each time: a board remembers its answers.
                return Board(definition, sets, connection, NOW)

            for sheet in one.definition["Sheets"]:
                sheet_id = sheet["SheetId"]
                times = []
                for _ in range(ROUNDS):
                    asked = board()
                    start = time.perf_counter()
                    drawn = asked.draw_plan(sheet_id)
                    times.append(milliseconds(start))
                    statements = asked.statements
                boxed = [v.visual_id for v in drawn.visuals if v.unsupported]
                visuals = {}
                for visual in drawn.visuals if each else ():
                    asked = board()
                    start = time.perf_counter()
                    asked.visual(sheet_id, visual.visual_id)
                    visuals[visual.visual_id] = round(milliseconds(start), 1)
                best = min(times)
                found[f"{dashboard}/{sheet_id}"] = {
                    "ms": round(best, 1),
                    "floors": round(best / floor, 1),
                    "statements": statements,
                    "visuals": visuals,
                }
                say(
                    f"{dashboard}/{sheet_id}: {best:.0f} ms, {best / floor:.0f} floors, "
                    f"{statements} statements{f', boxed: {boxed}' if boxed else ''}"
                )
                for visual_id, taken in sorted(visuals.items(), key=lambda item: -item[1]):
                    say(f"    {taken:8.1f} ms  {visual_id}")
    return {"rows": rows, "floor_ms": round(floor, 2), "target_ms": TARGET_MS, "sheets": found}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--visuals", action="store_true", help="each visual alone, too")
    chosen = parser.parse_args()
    print(json.dumps(measure(chosen.rows, each=chosen.visuals), indent=2))


if __name__ == "__main__":
    main()
