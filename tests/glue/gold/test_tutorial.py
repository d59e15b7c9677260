"""The mart of docs/tutorials/add-a-mart.md, taken from the page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
import yaml
from gold.cases import HERE, cases_in, comparable, matches, refused_in, right_silver, world_inputs
from gold.marts import Marts, offending

from rlm.jobs.sql_files import parse_gold
from rlm.jobs.sql_headers import header_columns

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = pytest.mark.slow

PAGE = (HERE.parents[2] / "docs/tutorials/add-a-mart.md").read_text("utf-8")
FILES = dict(re.findall(r"^```\w+ (\S+/\S+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
SQL = FILES["include/sql/gold/city_demand.sql"]
TABLE = parse_gold("city_demand", SQL, FILES["include/sql/checks/city_demand.sql"])
NAME = f"gold.{TABLE.name}"


def test_its_cases_hold(small_spark: SparkSession) -> None:
    cases = cases_in(TABLE.name, yaml.safe_load(FILES["tests/glue/gold/tables/city_demand.yaml"]))
    marts = Marts(small_spark)
    for relation, rows in world_inputs(cases).items():
        marts.put_rows(relation, rows)
    marts.put(NAME, marts.select(TABLE.select))
    rows = marts.rows(NAME)
    assert sorted(rows[0]) == sorted(column.name for column in header_columns(SQL))
    assert len(cases) == 2
    for case in cases:
        found = [row for row in rows if matches(row, case.only)]
        columns = case.expect[0].keys()
        assert comparable(found, columns) == comparable(case.expect, columns)


def test_its_checks_pass_on_a_right_table_and_refuse_each_edit(small_spark: SparkSession) -> None:
    marts = Marts(small_spark)
    for source, given in right_silver().items():
        marts.put_silver(source, given)
    marts.build("ticket_sales_daily", "event_performance")
    answer = marts.select(TABLE.select).localCheckpoint()
    marts.put(NAME, answer)
    right = marts.rows(NAME)
    assert offending([(check, marts) for check in TABLE.checks]) == [[] for _ in TABLE.checks]
    edits = yaml.safe_load(FILES["tests/glue/gold/checks/city_demand.yaml"])
    checks = {check.name: check for check in TABLE.checks}
    assert edits.keys() == checks.keys()
    columns = {field.name: field.dataType.simpleString() for field in answer.schema.fields}
    asked = []
    for edit in refused_in(TABLE.name, edits, {NAME: right}):
        wrong = marts.copy()
        wrong.put(NAME, wrong.frame(edit.rows, columns))
        asked.append((checks[edit.check], wrong))
    assert all(offending(asked))
