"""What Athena answers to a query, as text: each pair is (Athena's SQL, the rows of its CSV)."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).parents[3]
PYTHON = Path(os.environ.get("LOCAL_AWS_PYTHON", REPOSITORY / ".venv/local-aws/bin/python"))

# AWS: Trino's semantics, and Athena's way to write values into result files.
ROWS: dict[str, list[list[str | None]]] = {
    # Literals and how values are written.
    "SELECT 1, 'a', 1.50, 2e0, true, NULL": [["1", "a", "1.50", "2.0", "true", None]],
    "SELECT DATE '2026-06-01', TIMESTAMP '2026-06-01 18:00:00'": [
        ["2026-06-01", "2026-06-01 18:00:00.000"]
    ],
    "SELECT 1e7, 9999999e0, 1e-3, 1.2e-4, 12345678.9e0, -2.5e10, 1e0/0, 0e0/0e0": [
        ["1.0E7", "9999999.0", "0.001", "1.2E-4", "1.23456789E7", "-2.5E10", "Infinity", "NaN"]
    ],
    "SELECT ARRAY[1, NULL], MAP(ARRAY['k'], ARRAY[2]), ROW(1, 'x')": [
        ["[1, null]", "{k=2}", "{field0=1, field1=x}"]
    ],
    "SELECT CAST(ROW(1, 'x') AS ROW(a bigint, b varchar)), X'4869'": [["{a=1, b=x}", "48 69"]],
    "SELECT from_iso8601_timestamp('2026-06-01T02:00:00+02:00')": [["2026-06-01 00:00:00.000 UTC"]],
    # Arithmetic.
    "SELECT 7/2, -7/2, 7 % 3, -7 % 3, 7e0/2, 10/4e0": [["3", "-3", "1", "-1", "3.5", "2.5"]],
    "SELECT x, 100 * x / sum(x) OVER () FROM (VALUES 1, 2) AS t(x) ORDER BY x": [
        ["1", "33"],
        ["2", "66"],
    ],
    "SELECT sum(x)/count(*), avg(x), sum(x) * 1e0 / count(*) FROM (VALUES 1, 2) AS t(x)": [
        ["1", "1.5", "1.5"]
    ],
    "SELECT round(2.5e0), round(-2.5e0), round(2.345e0, 2), ceil(1.2e0), floor(5), "
    "truncate(1.9e0)": [["3.0", "-3.0", "2.35", "2.0", "5", "1.0"]],
    "SELECT CAST(5 AS decimal(10,2)) * 2, sum(CAST(1.5 AS decimal(10,2)))": [["10.00", "1.50"]],
    "SELECT DECIMAL '0.01', DECIMAL '-12.50', 5 * DECIMAL '0.01'": [["0.01", "-12.50", "0.05"]],
    # Casts.
    "SELECT CAST(2.5e0 AS integer), CAST(-2.5e0 AS bigint), CAST('12' AS bigint)": [
        ["3", "-3", "12"]
    ],
    "SELECT TRY_CAST('1.7' AS integer), try(1/0), try(CAST('x' AS date))": [[None, None, None]],
    "SELECT CAST(1e7 AS varchar), CAST(1.50 AS varchar), CAST('abc' AS varchar(2))": [
        ["1.0E7", "1.50", "ab"]
    ],
    # Times.
    "SELECT date_diff('day', TIMESTAMP '2026-01-01 23:00:00', TIMESTAMP '2026-01-02 01:00:00')": [
        ["0"]
    ],
    "SELECT date_diff('month', DATE '2026-01-31', DATE '2026-02-28')": [["1"]],
    "SELECT date_add('month', 1, DATE '2026-01-31'), DATE '2026-01-31' + INTERVAL '1' MONTH": [
        ["2026-02-28", "2026-02-28"]
    ],
    "SELECT date_trunc('month', DATE '2026-05-17'), date_trunc('hour', TIMESTAMP "
    "'2026-05-17 12:34:56')": [["2026-05-01", "2026-05-17 12:00:00.000"]],
    "SELECT CAST(from_iso8601_timestamp('2026-03-08T04:59:59Z') AT TIME ZONE 'America/New_York' "
    "AS date)": [["2026-03-07"]],
    "SELECT z, date(at_timezone(from_iso8601_timestamp('2026-06-01T05:30:00Z'), z)) FROM (VALUES "
    "'America/New_York', 'America/Los_Angeles') AS t(z) ORDER BY z": [
        ["America/Los_Angeles", "2026-05-31"],
        ["America/New_York", "2026-06-01"],
    ],
    "SELECT year(d), quarter(d), day_of_week(d), week(d), extract(month FROM d) FROM "
    "(VALUES DATE '2026-06-07') AS t(d)": [["2026", "2", "7", "23", "6"]],
    "SELECT date_format(t, '%Y-%m-%d %H:%i:%s'), format_datetime(t, 'yyyy/MM/dd') FROM "
    "(VALUES TIMESTAMP '2026-06-01 08:05:03') AS v(t)": [["2026-06-01 08:05:03", "2026/06/01"]],
    "SELECT date_parse('2026-06-01 08:05', '%Y-%m-%d %H:%i')": [["2026-06-01 08:05:00.000"]],
    "SELECT date_diff('day', min(d), max(d)), CAST(max(d) AS timestamp) FROM (VALUES DATE "
    "'2026-01-01', DATE '2026-01-31') AS t(d)": [["30", "2026-01-31 00:00:00.000"]],
    # Texts.
    "SELECT substr('hello', 2), substr('hello', -3), substr('hello', 0), substr('hello', 2, 3)": [
        ["ello", "llo", "", "ell"]
    ],
    "SELECT split('a,b', ','), split_part('a,b', ',', 2), split_part('a,b', ',', 5)": [
        ["[a, b]", "b", None]
    ],
    "SELECT concat('a', NULL), 'a' || 'b', concat('a', 'b', 'c')": [[None, "ab", "abc"]],
    "SELECT regexp_like('abc', 'b'), regexp_extract('a1', '[0-9]'), regexp_extract('a', '[0-9]')": [
        ["true", "1", None]
    ],
    "SELECT regexp_replace('a1b2', '([0-9])', '<$1>')": [["a<1>b<2>"]],
    "SELECT format('%s has %d of %.2f and %05d %,d %%', 'x', 3, 2.5e0, 42, 1234567)": [
        ["x has 3 of 2.50 and 00042 1,234,567 %"]
    ],
    "SELECT json_extract_scalar(j, '$.a.b'), json_extract_scalar(j, '$.a') FROM (VALUES "
    '\'{"a":{"b":1}}\') AS t(j)': [["1", None]],
    # Arrays, maps, lambdas.
    "SELECT ARRAY[5, 6][1], element_at(ARRAY[5], 2), element_at(MAP(ARRAY['a'], ARRAY[1]), 'z')": [
        ["5", None, None]
    ],
    "SELECT cardinality(ARRAY[1, NULL]), cardinality(MAP(ARRAY['a'], ARRAY[1]))": [["2", "1"]],
    "SELECT transform(ARRAY[1, 4], x -> x / 2), filter(ARRAY[1, 2], x -> x > 1)": [
        ["[0, 2]", "[2]"]
    ],
    "SELECT reduce(ARRAY[1, 2, 3], 0, (s, x) -> s + x, s -> s * 10)": [["60"]],
    "SELECT array_join(ARRAY[1, NULL, 3], '-'), array_distinct(ARRAY[2, 1, 2])": [
        ["1-3", "[2, 1]"]
    ],
    "SELECT x, n FROM UNNEST(ARRAY['a', 'b']) WITH ORDINALITY AS t(x, n)": [["a", "1"], ["b", "2"]],
    "SELECT k, v FROM (VALUES MAP(ARRAY['a'], ARRAY[1])) AS s(m) CROSS JOIN UNNEST(m) AS t(k, v)": [
        ["a", "1"]
    ],
    "SELECT b FROM (VALUES ARRAY[ROW(1, 'x')]) AS s(r) CROSS JOIN UNNEST(r) AS t(a, b)": [["x"]],
    "SELECT d FROM UNNEST(sequence(DATE '2026-01-31', DATE '2026-02-01')) AS t(d)": [
        ["2026-01-31"],
        ["2026-02-01"],
    ],
    # Aggregates, windows, sets.
    "SELECT array_agg(x ORDER BY x DESC), map_agg(k, x), max_by(k, x), approx_distinct(k), "
    "approx_percentile(x, 0.5) FROM (VALUES (1, 'a'), (2, 'b'), (3, 'c')) AS t(x, k)": [
        ["[3, 2, 1]", "{a=1, b=2, c=3}", "c", "3", "2"]
    ],
    "SELECT k, sum(x), grouping(k) FROM (VALUES (1, 'a'), (2, 'b')) AS t(x, k) "
    "GROUP BY GROUPING SETS ((k), ()) ORDER BY 1": [
        ["a", "1", "0"],
        ["b", "2", "0"],
        [None, "3", "1"],
    ],
    "SELECT listagg(x, ',') WITHIN GROUP (ORDER BY x DESC) FROM (VALUES 'a', 'b') AS t(x)": [
        ["b,a"]
    ],
    "SELECT x, lag(x) OVER (ORDER BY x), rank() OVER (ORDER BY x DESC) FROM (VALUES 1, 2) AS t(x) "
    "ORDER BY x": [["1", None, "2"], ["2", "1", "1"]],
    "SELECT x FROM (VALUES 1, NULL, 2) AS t(x) ORDER BY x": [["1"], ["2"], [None]],
    "SELECT greatest(1, NULL), greatest(1, 3), if(1 > 2, 'a'), coalesce(NULL, 4)": [
        [None, "3", None, "4"]
    ],
    "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 3) SELECT n FROM t": [
        ["1"],
        ["2"],
        ["3"],
    ],
}

# AWS: the query ends FAILED with this StateChangeReason (what is ours only begins NOT_SUPPORTED).
FAILURES = {
    "SELECT 1/0": "DIVISION_BY_ZERO: Division by zero",
    "SELECT sum(x) / 0 FROM (VALUES 1) AS t(x)": "DIVISION_BY_ZERO: Division by zero",
    "SELECT * FROM nope": "SCHEMA_NOT_FOUND: line 1:15: Schema 'default' does not exist",
    "SELECT * FROM db.nope": (
        "TABLE_NOT_FOUND: line 1:18: Table 'awsdatacatalog.db.nope' does not exist"
    ),
    "SELECT\n  nope FROM (SELECT 1 x)": (
        "COLUMN_NOT_FOUND: line 2:3: Column 'nope' cannot be resolved"
    ),
    "SELECT CAST('x' AS integer)": "INVALID_CAST_ARGUMENT: Cannot cast 'x' to integer",
    "SELECT DATE '2026-01-01' = '2026-01-01'": "TYPE_MISMATCH: ",
    "SELECT d FROM (SELECT DATE '2026-01-01' d) WHERE d >= '2026-01-01'": "TYPE_MISMATCH: ",
    "SELECT x, count(*) FROM (VALUES 1) AS t(x)": "EXPRESSION_NOT_AGGREGATE: 'x' must be",
    "SELECT ARRAY[1][3]": "INVALID_FUNCTION_ARGUMENT: Array subscript must be less than",
    "SELECT foo(1)": "FUNCTION_NOT_FOUND: line 1:8: Function 'foo' not registered",
    "SELECT 2147483647 + 1": "NUMERIC_VALUE_OUT_OF_RANGE: ",
    "SELECT 1 FROM": "SYNTAX_ERROR: line 1:",
    # Nothing that would come out differently is run.
    "SELECT soundex('a')": "NOT_SUPPORTED: the local Athena does not support the function soundex",
    "SELECT 1.0 / 3": "NOT_SUPPORTED: the local Athena does not support division of decimal(2,1)",
    "SELECT DATE '2026-01-02' - DATE '2026-01-01'": "NOT_SUPPORTED: ",
    "SELECT x AT TIME ZONE 'UTC' FROM (VALUES current_timestamp) AS t(x)": "NOT_SUPPORTED: ",
    "SELECT * FROM db.t TABLESAMPLE BERNOULLI (10)": "NOT_SUPPORTED: ",
    "SELECT CAST('a' AS char(3))": "NOT_SUPPORTED: ",
}


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """Every statement's answer, from one run of the engine."""
    folder = tmp_path_factory.mktemp("tables")
    (folder / "rows.csv").write_text("1,a\n")
    table = {
        "Name": "t",
        "Parameters": {},
        "StorageDescriptor": {
            "Columns": [{"Name": "n", "Type": "int"}, {"Name": "s", "Type": "string"}],
            "Location": str(folder),
            "SerdeInfo": {
                "SerializationLibrary": "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
                "Parameters": {"field.delim": ","},
            },
        },
    }
    statements = [*ROWS, *FAILURES, "SELECT n, s FROM db.t"]
    asked = {"tables": {"db.t": table}, "statements": [{"sql": sql} for sql in statements]}
    ran = subprocess.run(
        [str(PYTHON), "-m", "localaws.athena"],
        input=json.dumps(asked),
        env=os.environ | {"PYTHONPATH": str(REPOSITORY / "infra/local")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    answered = json.loads(ran.stdout)
    return dict(zip(statements, answered, strict=True))


@pytest.mark.parametrize("sql", ROWS)
def test_query_gives_athenas_rows(answers: dict[str, dict[str, Any]], sql: str) -> None:
    assert answers[sql].get("rows", answers[sql]) == ROWS[sql]


@pytest.mark.parametrize("sql", FAILURES)
def test_query_fails_in_athenas_words(answers: dict[str, dict[str, Any]], sql: str) -> None:
    found = str(answers[sql].get("error", answers[sql]))
    assert found[: len(FAILURES[sql])] == FAILURES[sql]


def test_table_on_local_disk_is_read(answers: dict[str, dict[str, Any]]) -> None:
    assert answers["SELECT n, s FROM db.t"] == {
        "columns": [["n", "integer"], ["s", "varchar"]],
        "rows": [["1", "a"]],
    }
