"""What build_marts computes anew, what it leaves, and what it refuses to publish."""

# ruff: noqa: S608 - the statements name tables of this world
from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from build_marts.marts import CHECKS, DAILY, GOLD, MONTHLY

from rlm.domain.gold import GoldSqlError
from rlm.jobs.build_marts.plan import Dates
from rlm.jobs.sql_files import parse_gold

if TYPE_CHECKING:
    from build_marts.marts import Marts

pytestmark = pytest.mark.slow

MAY, JUNE, JULY = (dt.date(2026, m, 1) for m in (5, 6, 7))


def open_three_months(marts: Marts) -> None:
    marts.events(e1="Europe/Berlin", e2="America/New_York")
    marts.sales(
        ("s1", "e1", "2026-05-10T12:00:00", 1),
        ("s2", "e1", "2026-06-10T12:00:00", 2),
        # Still June in New York.
        ("s3", "e2", "2026-07-01T02:00:00", 4),
        ("s4", "e2", "2026-07-10T12:00:00", 8),
    )


def test_only_touched_partitions_are_computed_anew(marts: Marts) -> None:
    open_three_months(marts)
    results = marts.build()
    assert {r.mode for r in results.values()} == {"full"}
    assert (results["daily"].partitions, results["daily"].rows) == (3, 4)
    assert marts.rows("monthly") == [
        ("e1", MAY, 1), ("e1", JUNE, 2), ("e2", JUNE, 4), ("e2", JULY, 8),
    ]  # fmt: skip

    # Nothing changed: nothing is done, whatever compaction did to the files.
    assert set(marts.statuses(marts.build()).values()) == {"unchanged"}
    marts.compact("ticket_sales")
    assert set(marts.statuses(marts.build()).values()) == {"unchanged"}

    # A correction moves a sale from July (New York: June) to May, in another event.
    marts.sales(("s3", "e1", "2026-05-20T12:00:00", 4))
    marts.compact("ticket_sales")
    results = marts.build()
    daily = results["daily"]
    assert (daily.status, daily.mode, daily.partitions) == ("built", "incremental", 2)
    assert (results["monthly"].mode, results["monthly"].partitions) == ("incremental", 2)
    assert (results["totals"].mode, results["fans"].status) == ("full", "unchanged")
    assert marts.rows("monthly") == [("e1", MAY, 5), ("e1", JUNE, 2), ("e2", JULY, 8)]
    assert marts.rows("totals") == [("e1", 7), ("e2", 8)]

    # A correction of what gold does not read touches nothing.
    marts.put("ticket_sales", "sale_id", [{"sale_id": "s4", "channel": "partner"}])
    assert (marts.build()["daily"].status, marts.build()["daily"].status) == ("built", "unchanged")
    assert marts.reported()["monthly"]["status"] == "unchanged"

    # The last sale of a month goes: its partition is empty.
    marts.delete_sale("s4")
    assert marts.build()["daily"].partitions == 1
    assert marts.rows("totals") == [("e1", 7)]
    # Another time zone moves sales, though none of them changed.
    marts.sales(("s5", "e1", "2026-06-30T23:00:00", 16))
    marts.build()
    assert ("e1", JULY, 16) in marts.rows("monthly")
    marts.events(e1="UTC")
    marts.build()
    assert ("e1", JUNE, 18) in marts.rows("monthly")
    assert not [r for r in marts.rows("monthly") if r[1] == JULY]


def test_failing_check_keeps_what_is_published_and_blocks_what_reads_it(marts: Marts) -> None:
    open_three_months(marts)
    marts.build()
    before = {t: marts.rows(t) for t in GOLD}
    marts.sales(("s1", "e1", "2026-05-10T12:00:00", 0), ("s2", "e1", "2026-06-10T12:00:00", 200000))
    marts.put("listens", "fan_id", [{"fan_id": "f", "plays": 3}])
    results = marts.build()
    assert marts.statuses(results) == {
        "daily": "failed", "monthly": "blocked", "totals": "blocked", "fans": "built",
    }  # fmt: skip
    assert {t: marts.rows(t) for t in GOLD} == {**before, "fans": [("f", 3)]}
    reported = marts.reported()["daily"]
    assert reported["rows"] == 4
    failed, warned = reported["checks"]
    offender = '{"event_id":"e1","sale_date":"2026-05-10","tickets":0}'
    assert (failed["rows"], failed["sample"]) == (1, [offender])
    assert (warned["severity"], warned["rows"]) == ("warn", 1)
    assert any(offender in line for line in marts.said)
    # What was refused can be looked at.
    branch = reported["reason"].split("'")[1]
    assert ("e1", dt.date(2026, 5, 10), 0, MAY) in marts.rows("daily", f"VERSION AS OF '{branch}'")

    # It fails until its input is right; a warning does not stop it.
    assert marts.build()["daily"].status == "failed"
    marts.sales(("s1", "e1", "2026-05-10T12:00:00", 1))
    results = marts.build()
    assert set(marts.statuses(results).values()) == {"built", "unchanged"}
    assert [c.rows for c in results["daily"].checks] == [0, 1]
    assert marts.rows("totals") == [("e1", 200001), ("e2", 12)]
    refs = marts.spark.sql(f"SELECT name FROM {marts.name('daily')}.refs").collect()
    assert [r.name for r in refs] == ["main"]


def test_many_offending_rows_are_counted_and_the_first_named(marts: Marts) -> None:
    marts.events(e1="UTC")
    marts.sales(*((f"s{n}", "e1", f"2026-05-{n:02d}T12:00:00", 0) for n in range(1, 26)))
    (failed, _) = marts.build()["daily"].checks
    assert failed.rows == 25
    days = [json.loads(row)["sale_date"] for row in failed.sample]
    assert days == [f"2026-05-{n:02d}" for n in range(1, 21)]
    assert marts.rows("daily") == []


def test_changed_sql_rebuilds_the_table_and_its_columns(marts: Marts) -> None:
    open_three_months(marts)
    marts.build("daily", "monthly")
    other = MONTHLY.replace("sum(tickets) AS tickets", "count(*) AS days, max(tickets) AS most")
    gold = {**GOLD, "monthly": parse_gold("monthly", other)}
    result = marts.build("daily", "monthly", gold=gold)["monthly"]
    assert (result.mode, result.reason) == ("full", "its SQL changed")
    assert marts.spark.table(marts.name("monthly")).columns == [
        "event_id", "sale_month", "days", "most",
    ]  # fmt: skip
    assert marts.rows("monthly")[0] == ("e1", MAY, 1, 1)

    moved = other.replace("partition: sale_month", "partition: event_id").replace(
        "SELECT sale_month FROM changed", "SELECT event_id FROM changed"
    )
    gold["monthly"] = parse_gold("monthly", moved)
    assert marts.build("monthly", gold=gold)["monthly"].partitions == 2 + 3
    marts.sales(("s1", "e1", "2026-05-10T12:00:00", 9))
    results = marts.build("daily", "monthly", gold=gold)
    assert (results["monthly"].mode, results["monthly"].partitions) == ("incremental", 1)
    assert marts.rows("monthly")[0] == ("e1", MAY, 1, 9)

    texts = parse_gold("monthly", moved.replace("count(*)", "'many'"))
    result = marts.build("monthly", gold={**gold, "monthly": texts})["monthly"]
    assert result.status == "failed"
    assert "days is bigint and its SQL now answers string" in str(result.reason)
    broken = parse_gold("monthly", moved.replace("count(*)", "count(nothing)"))
    result = marts.build("monthly", gold={**gold, "monthly": broken})["monthly"]
    assert result.status == "failed"
    assert "nothing" in str(result.reason)
    assert marts.rows("monthly")[0] == ("e1", MAY, 1, 9)


def test_changed_checks_are_asked_of_what_is_there(marts: Marts) -> None:
    open_three_months(marts)
    marts.build("daily")
    strict = {"daily": parse_gold("daily", DAILY, CHECKS.replace("tickets <= 0", "tickets <= 1"))}
    result = marts.build(gold=strict)["daily"]
    assert (result.status, result.partitions, result.checks[0].rows) == ("failed", 0, 1)
    relaxed = {"daily": parse_gold("daily", DAILY)}
    assert marts.build(gold=relaxed)["daily"].reason == "its checks changed"
    assert marts.build(gold=relaxed)["daily"].status == "unchanged"


def test_dates_and_full_compute_anew_what_did_not_change(marts: Marts) -> None:
    open_three_months(marts)
    marts.build()
    results = marts.build("daily", dates=Dates(dt.date(2026, 6, 9), dt.date(2026, 6, 11)))
    assert (results["daily"].mode, results["daily"].partitions) == ("incremental", 1)
    # Any of the sales around the first of July may be one of that day in its zone.
    results = marts.build("daily", dates=Dates(dt.date(2026, 6, 30), dt.date(2026, 6, 30)))
    assert results["daily"].partitions == 1
    results = marts.build(is_full=True)
    assert {r.reason for r in results.values()} == {"asked for"}
    assert marts.rows("totals") == [("e1", 3), ("e2", 12)]


def test_forgotten_history_rebuilds_the_whole_table(marts: Marts) -> None:
    open_three_months(marts)
    marts.build("daily")
    marts.sales(("s1", "e1", "2026-05-10T12:00:00", 5))
    table = marts.name("ticket_sales").removeprefix("glue_catalog.")
    now = dt.datetime.now(dt.UTC).isoformat(sep=" ")
    marts.spark.sql(
        f"CALL glue_catalog.system.expire_snapshots(table => '{table}',"
        f" older_than => TIMESTAMP '{now}', retain_last => 1)"
    )
    result = marts.build("daily")["daily"]
    assert result.mode == "full"
    assert "no longer reaches back" in str(result.reason) or "expired" in str(result.reason)
    assert marts.rows("daily")[0] == ("e1", dt.date(2026, 5, 10), 5, MAY)


def test_what_cannot_be_ordered_or_found_is_said_before_anything_is_built(marts: Marts) -> None:
    circle = parse_gold("daily", "-- key: a\n-- partition: none\nSELECT a FROM gold.monthly")
    with pytest.raises(GoldSqlError, match=r"circle: \['daily', 'monthly', 'totals'\]"):
        marts.build(gold={**GOLD, "daily": circle})
    wrong = parse_gold("daily", "-- key: a\n-- partition: none\nSELECT a FROM silver.tickets")
    with pytest.raises(GoldSqlError, match=r"reads \['silver.tickets'\]"):
        marts.build(gold={**GOLD, "daily": wrong})
    with pytest.raises(ValueError, match=r"no gold table \['dayly'\]"):
        marts.build("dayly")
    artists = replace(GOLD["fans"], inputs=frozenset({"silver.artists"}))
    with pytest.raises(ValueError, match=r"silver.*artists does not exist; clean_sources"):
        marts.build(gold={"fans": artists})
