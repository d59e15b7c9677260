"""What the SQL files of gold tables may say, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlglot

from rlm.domain.gold import GoldSqlError, Reads, in_dependency_order
from rlm.jobs.sql_files import Step, load_gold, parse_gold, read_gold, renamed, steps
from rlm.jobs.sql_headers import Column, header_columns, header_prose
from rlm.names import GOLD_TABLES, SOURCES

SQL_FILES = Path(__file__).parents[3] / "include/sql/gold"
SQL = """\
-- table: what it is
-- grain: one row a day,
--   counted in its own zone
-- key: a, b
-- partition: a
-- touched: SELECT a FROM changed.events
--   WHERE a > 1
-- reads: silver.events WHERE starts_on_local >= <partition>
--
--   no part of the line above
WITH e AS (SELECT * FROM silver.events), day AS (SELECT * FROM e)
SELECT a, b FROM day JOIN gold.monthly AS m USING (a) WHERE x = 'silver.artists' -- silver.venues
;
"""


def test_header_inputs_and_statement_are_read() -> None:
    table = parse_gold("daily", SQL)
    assert (table.key, table.partition) == (("a", "b"), "a")
    assert table.inputs == {"silver.events", "gold.monthly"}
    assert table.upstream == {"monthly"}
    (touched,) = table.touched
    assert touched.sql == "SELECT a FROM changed.events WHERE a > 1"
    assert table.follows_changes_of("silver.events")
    assert not table.follows_changes_of("gold.monthly")
    assert table.reads == (Reads("silver.events", "starts_on_local >= <partition>"),)


def test_only_the_names_of_tables_are_exchanged() -> None:
    sql = "SELECT 'silver.events', events.a -- of silver.events\nFROM `silver`.events, gold.m AS m"
    assert renamed(
        sql, {"silver.events": "(SELECT 1 AS a)", "gold.m": "cat.m VERSION AS OF 7"}
    ) == (
        "SELECT 'silver.events', events.a -- of silver.events\n"
        "FROM (SELECT 1 AS a) AS events, cat.m VERSION AS OF 7 AS m"
    )


def test_named_queries_are_told_apart_with_how_often_they_are_read() -> None:
    sql = (
        "WITH a AS (SELECT ')' AS x, (1) AS y FROM silver.events), -- ( not\n"
        "b AS (WITH c AS (SELECT * FROM a) SELECT * FROM c JOIN a USING (x))\n"
        "SELECT * FROM b"
    )
    assert steps(sql) == (
        Step("a", "SELECT ')' AS x, (1) AS y FROM silver.events", 2),
        Step("b", "WITH c AS (SELECT * FROM a) SELECT * FROM c JOIN a USING (x)", 1),
        Step("", "SELECT * FROM b", 0),
    )
    assert steps("SELECT 1 FROM silver.events") == (Step("", "SELECT 1 FROM silver.events", 0),)
    with pytest.raises(GoldSqlError, match=r"expected WITH name AS \(...\)"):
        steps("WITH a (x) AS (SELECT 1) SELECT * FROM a")


def test_columns_on_which_a_table_can_depend_are_known() -> None:
    table = parse_gold("daily", SQL)
    assert table.may_read("silver.events", "row_hash")  # SELECT *
    assert table.may_read("gold.monthly", "B")
    assert not table.may_read("gold.monthly", "tickets")
    natural = (
        "-- key: a\n-- partition: none\nSELECT count(*) FROM silver.events NATURAL JOIN gold.m"
    )
    assert parse_gold("daily", natural).read_whole == {"silver.events", "gold.m"}
    counted = natural.replace("NATURAL JOIN", "JOIN").replace("gold.m", "gold.m USING (a)")
    assert parse_gold("daily", counted).read_whole == frozenset()
    touched = "-- touched: SELECT a.* FROM changed.m AS a\n"
    partitioned = touched + counted.replace("none", "a")
    assert parse_gold("daily", partitioned).read_whole == {"gold.m"}


def test_another_comment_is_the_same_table_another_condition_is_not() -> None:
    table = parse_gold("daily", SQL)
    assert parse_gold("daily", SQL.replace("what it is", "x")).fingerprint == table.fingerprint
    assert parse_gold("daily", SQL.replace("a > 1", "a > 2")).fingerprint != table.fingerprint
    assert parse_gold("daily", SQL.replace("x = ", "y = ")).fingerprint != table.fingerprint


@pytest.mark.parametrize(
    ("found", "instead", "complaint"),
    [
        ("-- key: a, b\n", "", "must say key once"),
        ("-- partition: a\n", "-- partition: none\n", "touched partitions of a table that"),
        ("changed.events", "changed.venues", r"changes of \['venues'\]"),
        ("changed.events", "silver.events", "reads no changed rows"),
        ("<partition>", "a", "expected <table> WHERE"),
        ("reads: silver.events", "reads: silver.venues", r"speaks of \['silver.venues'\]"),
        ("gold.monthly", "lake.monthly", "tables are named silver.x or gold.x"),
        ("gold.monthly", "changed.monthly", "only a touched line"),
        ("SELECT a, b FROM", "SELECT a, b FRM (", "gold.daily"),
        ("\n;", "\n; SELECT 1", "expected one SELECT, found 2"),
        ("SELECT a, b FROM", "DELETE FROM silver.events; SELECT a, b FROM", "expected one SELECT"),
    ],
)  # fmt: skip
def test_wrong_sql_file_is_refused(found: str, instead: str, complaint: str) -> None:
    assert found in SQL
    with pytest.raises(GoldSqlError, match=complaint):
        parse_gold("daily", SQL.replace(found, instead))


@pytest.mark.parametrize(
    ("checks", "complaint"),
    [
        ("-- check: a\n-- severity: bad\nSELECT 1", "not fail or warn"),
        ("-- check: a\n-- severity: fail\n-- scope: day\nSELECT 1", "scope day"),
        ("-- check: a\n-- severity: fail\nSELECT 1;\n-- check: a\n-- severity: fail\nSELECT 1",
         "comes twice"),
        ("SELECT 1", "has no name"),
        ("-- check: a\n-- severity: fail\n", "expected one SELECT"),
    ],
)  # fmt: skip
def test_wrong_checks_are_refused(checks: str, complaint: str) -> None:
    with pytest.raises(GoldSqlError, match=complaint):
        parse_gold("daily", SQL, checks)


def test_every_gold_table_has_a_file_and_checks() -> None:
    gold = load_gold()
    assert sorted(gold) == sorted(GOLD_TABLES)
    ordered = [t.name for t in in_dependency_order(gold, SOURCES)]
    for name, table in gold.items():
        assert any(c.severity == "fail" for c in table.checks), name
        assert all(ordered.index(u) < ordered.index(name) for u in table.upstream)


def test_folder_without_tables_and_checks_without_a_table_are_refused(tmp_path: Path) -> None:
    (tmp_path / "gold").mkdir()
    with pytest.raises(GoldSqlError, match="no SQL file"):
        read_gold(tmp_path)
    (tmp_path / "gold/daily.sql").write_text(SQL)
    (tmp_path / "checks").mkdir()
    (tmp_path / "checks/dayly.sql").write_text("-- check: a\n-- severity: fail\nSELECT 1")
    with pytest.raises(GoldSqlError, match=r"checks of \['dayly'\]"):
        read_gold(tmp_path)


@pytest.mark.parametrize("table", GOLD_TABLES)
def test_a_header_lists_the_columns_that_the_statement_selects(table: str) -> None:
    text = (SQL_FILES / f"{table}.sql").read_text("utf-8")
    selected = sqlglot.parse_one(load_gold()[table].select, read="spark").named_selects
    listed = header_columns(text)
    assert sorted(column.name for column in listed) == sorted(selected)
    assert all(column.type for column in listed)


def test_columns_share_types_and_notes_and_lines_go_on() -> None:
    text = """\
-- table: what it is
--
-- Of days.
-- Nothing else.
--
-- Money is whole.
-- columns:
--   a, b STRING, c INT (1 is best)
--   d ARRAY<STRUCT<x STRING, y BIGINT>>
--   e BIGINT                    first,
--                               then more
SELECT 1
"""
    assert header_columns(text) == (
        Column("a", "STRING", ""),
        Column("b", "STRING", ""),
        Column("c", "INT", "1 is best"),
        Column("d", "ARRAY<STRUCT<x STRING, y BIGINT>>", ""),
        Column("e", "BIGINT", "first, then more"),
    )
    assert header_prose(text) == ("Of days. Nothing else.", "Money is whole.")
