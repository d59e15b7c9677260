"""What the generator planted is found in the marts, and what it did not plant is not."""

from __future__ import annotations

import datetime as dt
import io
import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from gold.landing import put_silver_of
from gold.marts import Marts, gold_tables, offending

from rlm.generate.delivery_files import DeliveryFolder
from rlm.generate.generation import Progress, Request, generate
from rlm.generate.sizes import size_for

if TYPE_CHECKING:
    from gold.cases import Row
    from pyspark.sql import SparkSession

pytestmark = pytest.mark.slow

FIRST_DELIVERY = dt.date(2026, 6, 1)


@dataclass(frozen=True)
class Generated:
    marts: Marts
    truth: dict[str, Any]
    fan_groups: dict[str, str]
    rows: dict[str, list[Row]]
    """By gold table."""


@pytest.fixture(scope="module")
def generated(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Generated:
    landing = tmp_path_factory.mktemp("landing")
    request = Request(size_for(24_000), FIRST_DELIVERY, 2, seed=5, with_broken_rows=False)
    generate(request, DeliveryFolder(landing), Progress(io.StringIO()))
    truth = json.loads((landing / "_truth/truth.json").read_text())
    marts = Marts(spark)
    put_silver_of(landing, marts)
    marts.build()
    lines = (landing / "_truth/fan_groups.csv").read_text().split()[1:]
    fan_groups = dict(line.split(",") for line in lines)
    rows = {name: marts.rows(f"gold.{name}") for name in gold_tables()}
    return Generated(marts, truth, fan_groups, rows)


def test_no_check_complains(generated: Generated) -> None:
    checks = [check for table in gold_tables().values() for check in table.checks]
    answers = offending([(check, generated.marts) for check in checks])
    complaints = {c.name: rows[:3] for c, rows in zip(checks, answers, strict=True) if rows}
    assert complaints == {}


@pytest.mark.parametrize("window_days", [7, 28])
def test_the_artists_on_the_rise_are_the_trending_ones(
    generated: Generated, window_days: int
) -> None:
    risers = {riser["artist_id"] for riser in generated.truth["risers"]}
    ranking = sorted(
        (
            row
            for row in generated.rows["trending_artists"]
            if row["window_days"] == window_days and row["dimension"] == "all"
        ),
        key=lambda row: row["rank"],
    )
    assert len(risers) >= 5
    assert {row["artist_id"] for row in ranking[: len(risers)]} == risers
    assert {row["artist_id"] for row in ranking if row["is_reliable"]} == risers
    assert len(ranking) > len(risers)


def test_the_artists_on_the_rise_have_the_momentum_that_was_planted(generated: Generated) -> None:
    risers = {riser["artist_id"] for riser in generated.truth["risers"]}
    last = generated.truth["happened"]["last"]
    momentum = {
        row["artist_id"]: row["momentum"]
        for row in generated.rows["artist_popularity_daily"]
        if row["measured_on"].isoformat() == last and row["momentum"] is not None
    }
    # They grow by 4 % a day, until they have twenty times their usual audience.
    rising = [momentum[artist] for artist in risers]
    others = [value for artist, value in momentum.items() if artist not in risers]
    assert max(others) < 0.015 < 0.025 < min(rising) <= max(rising) < 0.055


def test_early_sell_outs_are_flagged_and_no_others(generated: Generated) -> None:
    planted = {event["event_id"]: event for event in generated.truth["sold_out_early"]}
    events = {row["event_id"]: row for row in generated.rows["event_performance"]}
    assert len(planted) >= 10
    assert {key for key, row in events.items() if row["is_sold_out"]} == set(planted)
    for key, event in planted.items():
        assert events[key]["milestone"] == "sold_out"
        assert events[key]["net_tickets"] == event["capacity"]
        # The truth counts days in UTC, a zone's midnight is up to a day away.
        by = dt.date.fromisoformat(event["sold_out_by"]) + dt.timedelta(days=1)
        assert events[key]["sold_out_on"] <= by
    others = generated.truth["not_sold_out"]
    assert len(others) >= 10
    for event in others:
        row = events[event["event_id"]]
        assert row["tickets_sold"] == event["tickets_sold"]
        assert row["milestone"] != "sold_out"
        assert row["sold_out_on"] is None


def test_a_rushed_event_is_ahead_of_its_peers_and_most_keep_pace(generated: Generated) -> None:
    rushed = {event["event_id"] for event in generated.truth["sold_out_early"]}
    paced = [r for r in generated.rows["event_performance"] if r["pace_ratio"] is not None]
    fast = [row["pace_ratio"] for row in paced if row["event_id"] in rushed]
    ordinary = sorted(row["pace_ratio"] for row in paced if row["event_id"] not in rushed)
    assert len(fast) >= 5
    assert len(ordinary) >= 50
    assert min(fast) > 1
    assert 0.7 < ordinary[len(ordinary) // 2] < 1.3


def test_a_slow_event_is_behind_its_peers(generated: Generated) -> None:
    planted = {event["event_id"]: event for event in generated.truth["slow_sellers"]}
    events = {row["event_id"]: row for row in generated.rows["event_performance"]}
    assert len(planted) >= 5
    for key, event in planted.items():
        row = events[key]
        assert (row["capacity"], row["tickets_sold"]) == (event["capacity"], event["tickets_sold"])
        assert row["comparable_events"] >= 5
        assert row["sell_through"] < row["comparable_share"] / 2
        assert row["pace_ratio"] < 0.5
    ordinary = [
        row["pace_ratio"]
        for key, row in events.items()
        if key not in planted and row["pace_ratio"] is not None
    ]
    assert len(ordinary) >= 50
    # Events that have sold a ticket or two so far are slow by chance.
    assert sum(ratio < 0.5 for ratio in ordinary) < len(ordinary) / 8


def test_days_add_up_to_the_truth_to_the_cent(generated: Generated) -> None:
    cents: Counter[str] = Counter()
    tickets: Counter[str] = Counter()
    for row in generated.rows["ticket_sales_daily"]:
        cents[row["currency"]] += row["net_cents"]
        tickets["sold"] += row["tickets_sold"]
        tickets["refunded"] += row["tickets_refunded"]
    told = generated.truth["ticket_sales"]
    assert {c: n for c, n in cents.items() if n} == {
        c: n for c, n in told["gross_cents"].items() if n
    }
    assert tickets == {"sold": told["tickets_sold"], "refunded": told["tickets_refunded"]}


def test_fans_have_affinity_to_the_genres_of_their_group(generated: Generated) -> None:
    genre_of = {r["artist_id"]: r["genres"][0] for r in generated.marts.rows("silver.artists")}
    by_fan: dict[str, Counter[str]] = {}
    for row in generated.rows["fan_artist_affinity"]:
        genre = genre_of[row["artist_id"]]
        by_fan.setdefault(row["fan_id"], Counter())[genre] += row["affinity"]
    liked = {fan: a.most_common(1)[0][0] for fan, a in by_fan.items() if sum(a.values()) > 20}
    groups = generated.truth["tastes"]["groups"]
    found = [
        liked[fan] in groups[group] for fan, group in generated.fan_groups.items() if fan in liked
    ]
    assert len(found) > 200
    assert sum(found) / len(found) > 0.9
