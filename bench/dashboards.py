"""What a sheet of the dashboards asks of 10 million rows: milliseconds of query time.

    .venv/dev/bin/python bench/dashboards.py
    .venv/dev/bin/python bench/dashboards.py --only ticket_sales --explain

Each sheet can be asked at two scales. `as it is`: the daily facts have 10 million rows, the other
data sets as many as there are beside such facts (SHARES). `largest`, where that is another number:
the largest data set of the sheet has 10 million rows, whatever it is, so that sheets of events or
venues look at 10 million events or months of venues.

Rows are loaded and asked as the dashboards page does it, by a board of its own for each of several
runs; the best run counts. The floor is one scan in the same run: a sum of one column, grouped by
one text. Fails where the statements of one sheet, as it is, together take more than 300 ms. They
run in one thread: the CPU time, told beside it, is what they take where nothing else runs.
Writes bench/results/dashboards.json.
"""

from __future__ import annotations

import argparse
import datetime as dt
import hashlib
import json
import os
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

ROOT = Path(__file__).resolve().parents[1]
PYTHON = ROOT / ".venv/dev/bin/python"
if "dev" not in Path(sys.prefix).name:
    # Benchmarks are started by another runtime; this one needs that of the tests.
    os.execv(PYTHON, [str(PYTHON), *sys.argv])  # noqa: S606 - our own environment

import duckdb  # noqa: E402
from made.dashboard_rows import rows_sql, write_rows  # noqa: E402

from rlm.dashboards.files import packaged_files  # noqa: E402
from rlm.dashboards.rows import SpiceCopy, Warehouse  # noqa: E402
from rlm.quicksight.definitions.columns import data_set_columns  # noqa: E402
from rlm.quicksight.deployment.resources import Kind  # noqa: E402
from rlm.quicksight.queries.board import Board  # noqa: E402
from rlm.quicksight.queries.state import State  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rlm.quicksight.query import ColumnType, DataSet
    from rlm.quicksight.results import VisualResult

MOST_MILLISECONDS = 300
RUNS = 3
NOW = dt.datetime(2026, 7, 1, 8)  # noqa: DTZ001 - UTC, without a zone
SHARES: Final = {
    "ticket_sales": 1.0,
    "sales_by_channel": 1.0,
    "artist_popularity": 1.0,
    "event_performance": 1 / 160,
    "events_on_sale": 1 / 1000,
    "venue_utilisation": 1 / 140,
    "sales_targets": 1 / 140,
    "sales_against_targets": 1 / 140,
    "trending_artists": 1 / 500,
    "data_freshness": 1 / 1000,
}
"""Rows beside a row of ticket_sales: 10 million of those are 62,500 events in three and a half
years, at 1,500 venues."""
FLOORS: Final = {
    "artist_popularity": ("streams", "genre"),
    "trending_artists": ("streams", "genre"),
    "venue_utilisation": ("tickets", "country"),
}


@dataclass
class Statement:
    """One statement, and what it took."""

    sql: str
    milliseconds: float
    cpu_milliseconds: float


class Timed:
    """A connection that notes what each statement takes, with fetching its rows."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self.statements: list[Statement] = []

    def execute(self, sql: str) -> Timed:
        self._began = time.perf_counter(), time.process_time()
        self._sql = sql
        self._connection.execute(sql)
        return self

    @property
    def description(self) -> Any:
        return self._connection.description

    def fetchall(self) -> list[Any]:
        rows = self._connection.fetchall()
        wall, cpu = time.perf_counter() - self._began[0], time.process_time() - self._began[1]
        self.statements.append(Statement(self._sql, _ms(wall), _ms(cpu)))
        return rows


@dataclass(frozen=True)
class Sheet:
    """One sheet of a dashboard, and how many rows each of its data sets gets."""

    dashboard: str
    definition: Mapping[str, Any]
    sheet_id: str
    scale: str
    rows: Mapping[str, int]


def sheets(rows: int, only: str) -> Iterator[Sheet]:
    """All sheets of the dashboards in dashboards/, at both scales."""
    files = packaged_files()
    known = files.placeholders("dev", "000000000000", "eu-west-1")
    for dashboard in files.names[Kind.DASHBOARD]:
        if only not in ("", dashboard):
            continue
        definition = files.dashboard(dashboard, known).definition
        for sheet in definition["Sheets"]:
            used = sorted(set(_identifiers(sheet)))
            most = max((SHARES[one] for one in used), default=1.0)
            for scale, whole in {"as it is": 1.0, "largest": most}.items():
                if scale == "as it is" or whole < 1:
                    wanted = {one: max(1, round(rows * SHARES[one] / whole)) for one in used}
                    yield Sheet(dashboard, definition, sheet["SheetId"], scale, wanted)


def _identifiers(tree: Any) -> Iterator[str]:
    if isinstance(tree, dict):
        if isinstance(tree.get("DataSetIdentifier"), str):
            yield tree["DataSetIdentifier"]
        for one in tree.values():
            yield from _identifiers(one)
    elif isinstance(tree, list):
        for one in tree:
            yield from _identifiers(one)


class Store:
    """Data sets as the dashboards page holds them; files of rows are kept for the next run."""

    def __init__(self) -> None:
        self.warehouse = Warehouse()
        self._folder = ROOT / "build" / "bench" / "dashboards"
        self._folder.mkdir(parents=True, exist_ok=True)
        files = packaged_files()
        known = files.placeholders("dev", "000000000000", "eu-west-1")
        self._columns = {
            name: data_set_columns(files.read(Kind.DATA_SET, name, known))
            for name in files.names[Kind.DATA_SET]
        }
        self.held: dict[tuple[str, int], DataSet] = {}

    def columns(self, name: str) -> Mapping[str, ColumnType]:
        return self._columns[name]

    def data_set(self, name: str, rows: int) -> DataSet:
        """So many rows of a data set, loaded as the page loads its copies."""
        if (name, rows) not in self.held:
            sql = rows_sql(name, self._columns[name], rows)
            digest = hashlib.sha256(sql.encode()).hexdigest()[:12]
            file = self._folder / f"{name}-{digest}.parquet"
            if not file.exists():
                partial = file.with_suffix(".partial")
                write_rows(duckdb.connect(), name, self._columns[name], rows, partial)
                partial.replace(file)
            began = time.perf_counter()
            copy = SpiceCopy(f"{name}-{rows}", "1", file, None)
            self.held[name, rows] = self.warehouse.data_set(name, copy)
            print(f"{name}: {rows:,} rows loaded in {time.perf_counter() - began:.1f} s")
        return self.held[name, rows]


def measured(sheet: Sheet, store: Store, explained: bool) -> dict[str, Any]:
    """The best of several runs of a sheet that nobody has looked at yet."""
    for name, rows in sheet.rows.items():
        store.data_set(name, rows)
    # Data sets of other sheets: no rows are needed.
    declared = [one["Identifier"] for one in sheet.definition["DataSetIdentifierDeclarations"]]
    data_sets = {
        name: store.held[name, sheet.rows[name]]
        if name in sheet.rows
        else store.warehouse.empty(name, store.columns(name))
        for name in declared
    }
    largest = max(sheet.rows, key=lambda name: sheet.rows[name])
    value, text = FLOORS.get(largest, ("tickets_sold", "country"))
    relation = data_sets[largest].relation
    scan = f"SELECT {text}, sum({value}) FROM {relation} GROUP BY 1"  # noqa: S608
    runs: list[list[Statement]] = []
    floors, draws = [], []
    for _ in range(RUNS):
        timed = Timed(store.warehouse.cursor())
        timed.execute(scan).fetchall()
        floors.append(timed.statements.pop().milliseconds)
        board = Board(sheet.definition, data_sets, timed, NOW)  # type: ignore[arg-type]
        began = time.perf_counter()
        found = board.draw_plan(sheet.sheet_id, State())
        draws.append(_ms(time.perf_counter() - began))
        runs.append(timed.statements)
    best = min(runs, key=_total)
    statements = sorted(best, key=lambda one: -one.milliseconds)
    if explained:
        for one in statements[:4]:
            plan = store.warehouse.cursor().execute(f"EXPLAIN ANALYZE {one.sql}").fetchall()
            print(f"\n{one.sql}\n{plan[0][1]}")
    floor = min(floors)
    return {
        "dashboard": sheet.dashboard,
        "sheet": sheet.sheet_id,
        "scale": sheet.scale,
        "rows": dict(sheet.rows),
        "visuals": len(found.visuals),
        "unsupported": [one.visual_id for one in found.visuals if one.unsupported],
        "empty": [one.visual_id for one in found.visuals if _is_empty(one)],
        "milliseconds": round(_total(statements), 1),
        "cpu_milliseconds": round(min(sum(s.cpu_milliseconds for s in one) for one in runs), 1),
        "draw_milliseconds": round(min(draws), 1),
        "floor_milliseconds": floor,
        "ratio_to_floor": round(_total(statements) / floor, 1),
        "statements": [asdict(one) for one in statements],
    }


def _is_empty(visual: VisualResult) -> bool:
    return visual.table is not None and not visual.table.rows


def _total(statements: list[Statement]) -> float:
    return sum(one.milliseconds for one in statements)


def _ms(seconds: float) -> float:
    return round(1000 * seconds, 2)


def _say(one: Mapping[str, Any]) -> None:
    print(
        f"{one['dashboard']} / {one['sheet']}, {one['scale']}: {one['milliseconds']} ms"
        f" ({one['cpu_milliseconds']} of CPU) in {len(one['statements'])} statements,"
        f" {one['ratio_to_floor']} x the floor of {one['floor_milliseconds']} ms;"
        f" {one['visuals']} visuals, drawn in {one['draw_milliseconds']} ms"
    )
    for statement in one["statements"]:
        print(f"  {statement['milliseconds']:8.1f} ms  {' '.join(statement['sql'].split())[:150]}")
    for kind in ("unsupported", "empty"):
        if one[kind]:
            print(f"  {kind}: {', '.join(one[kind])}")


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--only", default="", help="one dashboard")
    parser.add_argument("--scale", default="as it is", help="or 'largest', or 'all'")
    parser.add_argument("--explain", action="store_true", help="plans of the dearest statements")
    chosen = parser.parse_args()
    store = Store()
    found = []
    for sheet in sheets(chosen.rows, chosen.only):
        if chosen.scale in ("all", sheet.scale):
            found.append(measured(sheet, store, chosen.explain))
            _say(found[-1])
    results = ROOT / "bench" / "results"
    results.mkdir(exist_ok=True)
    told = {"most_milliseconds": MOST_MILLISECONDS, "sheets": found}
    (results / "dashboards.json").write_text(json.dumps(told, indent=2))
    judged = [one for one in found if one["scale"] == "as it is"]
    return 1 if any(one["milliseconds"] > MOST_MILLISECONDS for one in judged) else 0


if __name__ == "__main__":
    sys.exit(main())
