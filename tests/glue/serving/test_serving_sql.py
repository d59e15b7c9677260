"""The serving queries on a small world: Spark and the local Athena make the same items of it."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sqlglot
from gold.cases import right_silver
from gold.marts import Marts
from sqlglot import exp

from rlm.domain.json_tables import ARTIST_PROFILES
from rlm.domain.serving_feeds import FEEDS, Feed, feed
from rlm.domain.serving_items import Entry, entries
from rlm.serving.queries import load_query

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import SparkSession

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
NAMES = [one.name for one in FEEDS]
Items = dict[tuple[str, ...], Entry]


def items_of(one: Feed, header: list[str], rows: list[list[Any]]) -> Items:
    texts = [[_text(value) for value in row] for row in rows]
    return {entry.key: entry for entry in entries(one, header, texts)}


@pytest.fixture(scope="module")
def marts(spark: SparkSession) -> Iterator[Marts]:
    before = spark.conf.get("spark.sql.shuffle.partitions")
    spark.conf.set("spark.sql.shuffle.partitions", "1")
    marts = Marts(spark)
    silver = right_silver()
    silver["artists"][0] |= {"tags": ["loud", "live"], "country": "DE", "formed_year": 1994}
    silver["artists"].append({"artist_id": "new", "name": "New", "genres": ["folk"]})
    silver["events"][0] |= {
        "support_ids": ["flat"],
        "price_tiers": [["stand", 2500], ["seat", 4500]],
    }
    silver["venues"][0] |= {"latitude": 52.5, "longitude": 13.4, "timezone": "Europe/Berlin"}
    for source, rows in silver.items():
        marts.put_silver(source, rows)
    marts.build()
    # What a job without Spark writes. The last artist has no profile yet.
    profile_columns = {name: hive_type for name, hive_type, _ in ARTIST_PROFILES.columns}
    profiles = [
        {
            "artist_id": artist["artist_id"],
            "profile_key": f"artists/{artist['artist_id']}/profile.json",
            "image_keys": ["small.webp", "large.webp"] if artist["artist_id"] == "up" else [],
            "image_version": "v1" if artist["artist_id"] == "up" else None,
        }
        for artist in silver["artists"][:-1]
    ]
    marts.put("gold.artist_profiles", marts.frame(profiles, profile_columns))
    yield marts
    spark.conf.set("spark.sql.shuffle.partitions", before)


@pytest.fixture(scope="module")
def of_spark(marts: Marts) -> dict[str, Items]:
    found = {}
    for name in NAMES:
        (sql,) = sqlglot.transpile(load_query(feed(name)).statement, read="athena", write="spark")
        answer = marts.select(sql, name)
        found[name] = items_of(feed(name), answer.columns, [list(row) for row in answer.collect()])
    return found


@pytest.fixture(scope="module")
def of_athena(marts: Marts, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Items]:
    asked = tmp_path_factory.mktemp("athena") / "asked.json"
    relations = {}
    for name, view in marts.relations.items():
        frame = marts.spark.table(view)
        columns = {f.name: f.dataType.simpleString() for f in frame.schema.fields}
        relations[name] = {"columns": columns, "rows": marts.rows(name)}
    questions = {name: load_query(feed(name)).statement for name in NAMES}
    asked.write_text(json.dumps({"relations": relations, "questions": questions}, default=str))
    answered = subprocess.run(
        [ROOT / ".venv/local-aws/bin/python", HERE / "ask_serving.py", asked],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": str(ROOT / "infra/local")},
    )
    assert answered.returncode == 0, answered.stderr[-2000:]
    return {
        name: items_of(feed(name), answer["header"], answer["rows"])
        for name, answer in json.loads(answered.stdout).items()
    }


@pytest.mark.parametrize("name", NAMES)
def test_spark_and_athena_make_the_same_items(
    of_spark: dict[str, Items], of_athena: dict[str, Items], name: str
) -> None:
    assert of_spark[name]
    assert of_athena[name] == of_spark[name]


def test_items_say_what_the_world_says(of_athena: dict[str, Items]) -> None:
    night = of_athena["Events"][("e1",)].item
    assert night["headliner_name"] == "Up"
    assert night["place"] == "DE#Berlin"
    assert night["starts_at"] == "2026-07-01T18:00:00Z"
    assert (night["lowest_price_cents"], night["highest_price_cents"]) == (2500, 4500)
    assert (night["support_ids"], night["is_sold_out"]) == (["flat"], False)
    assert of_athena["Events"][("full",)].item["is_sold_out"] is True
    up = of_athena["Artists"][("up",)].item
    assert (up["streams"], up["popularity_as_of"], up["tags"]) == (
        400,
        "2026-06-14",
        ["loud", "live"],
    )
    assert (up["image_keys"], up["image_version"]) == (["small.webp", "large.webp"], "v1")
    assert up["last_event_at"] == max(
        entry.item["starts_at"]
        for entry in of_athena["Events"].values()
        if entry.item.get("headliner_id") == "up"
    )
    flat, new = (of_athena["Artists"][(key,)].item for key in ("flat", "new"))
    assert flat["profile_key"] == "artists/flat/profile.json"
    assert "image_keys" not in flat
    assert (up["has_events"], new["has_events"], "last_event_at" in new) == (True, False, False)
    assert "profile_key" not in new
    full = of_athena["EventAnalytics_summary"][("event#full", "summary")].item
    assert (full["net_tickets"], full["sell_through"], full["sold_out_on"]) == (3, 1, "2026-06-14")


def test_sales_are_kept_apart_by_currency_and_simulation_and_summed_by_subject(
    of_athena: dict[str, Items],
) -> None:
    sales = {key: entry.item for key, entry in of_athena["EventAnalytics_sales"].items()}
    real = sales["event#e1", "sales#2026-05#EUR#real"]
    # Four sold on one day, one of them refunded on another.
    assert real["days"] == ["2026-05-10", "2026-05-12"]
    assert (real["tickets_sold"], real["tickets_refunded"]) == ([4, 0], [0, 1])
    assert (real["gross_cents"], real["net_cents"]) == ([4000, 0], [4000, -1000])
    assert sales["event#e1", "sales#2026-05#USD#real"]["tickets_sold"] == [1]
    assert sales["event#e1", "sales#2026-05#EUR#simulated"]["is_simulated"] is True
    # The venue has e1, and on the last of May the 150 of the event that is over.
    venue = sales["venue#v1", "sales#2026-05#EUR#real"]
    assert venue["days"] == ["2026-05-10", "2026-05-12", "2026-05-31"]
    assert venue["tickets_sold"] == [4, 0, 150]
    assert sales["artist#flat", "sales#2026-05#EUR#real"]["tickets_sold"] == [150]


def test_trends_and_months_are_lists_in_order(of_athena: dict[str, Items]) -> None:
    trends = of_athena["Trends"]
    assert trends
    for entry in trends.values():
        ranks = entry.item["ranks"]
        assert ranks == list(range(1, len(list(entry.item["artist_ids"])) + 1))  # type: ignore[arg-type]
    month = of_athena["EventAnalytics_popularity"]["artist#up", "popularity#2026-06"].item
    assert month["days"] == [f"2026-06-{day:02}" for day in range(1, 15)]
    assert month["streams"] == [200] * 7 + [400] * 7


@pytest.mark.parametrize("name", NAMES)
def test_a_parser_finds_the_tables_that_we_find(name: str) -> None:
    query = load_query(feed(name))
    tables = sqlglot.parse_one(query.statement, read="athena").find_all(exp.Table)
    assert {(t.db, t.name) for t in tables if t.db} == set(query.inputs)
    pinned = query.on_snapshots("dev", {f"{d}.{t}": 7 for d, t in query.databases("dev")})
    again = list(sqlglot.parse_one(pinned, read="athena").find_all(exp.Table))
    assert {(t.db, t.name) for t in again if t.db} == set(query.databases("dev"))
    assert all(t.args.get("version") for t in again if t.db)


def _text(value: Any) -> str:
    """A value of either engine as Athena's result file has it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dt.datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S.%f")
    return str(value)
