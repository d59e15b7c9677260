"""awswrangler, as analysts use it, on the local S3, Glue catalog and Athena."""

from __future__ import annotations

import datetime as dt
import sys
from dataclasses import dataclass
from decimal import Decimal
from importlib import util
from pathlib import Path
from typing import TYPE_CHECKING, Any

import awswrangler as wr
import boto3
import pandas as pd
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]
BUCKET, DATABASE = "wrangled", "wrangled"
RESULTS = f"s3://{BUCKET}/results/"
COLUMNS = ("event_id", "tickets", "price", "is_sold_out", "changed_at", "day", "share", "month")
HOW = {
    "plain": {"ctas_approach": False},
    "ctas": {"ctas_approach": True},
    "unload": {"ctas_approach": False, "unload_approach": True},
}


def events() -> pd.DataFrame:
    """Each type that the lake has, with a null in each column but the partition's."""
    return pd.DataFrame(
        {
            "event_id": ["e1", "e2", 'ü, "x"', None],
            "tickets": pd.array([1, 2, None, 4], dtype="Int64"),
            "price": [1.5, 2.0, None, 4.25],
            "is_sold_out": pd.array([True, False, True, None], dtype="boolean"),
            "changed_at": pd.to_datetime(
                ["2026-06-01 10:00:00.123", "2026-06-02", None, "2026-06-03"], format="ISO8601"
            ),
            "day": [dt.date(2026, 6, 1), dt.date(2026, 6, 2), None, dt.date(2026, 6, 4)],
            "share": [Decimal("1.10"), None, Decimal("2.20"), Decimal("3.30")],
            "tags": [["a", "b"], [], None, ["c"]],
            "month": ["2026-05", "2026-05", "2026-06", "2026-06"],
        }
    )


@dataclass
class Analyst:
    """Somebody whose environment names the local AWS."""

    gateway: Any

    def write(self, frame: pd.DataFrame, table: str, mode: str = "overwrite") -> None:
        wr.s3.to_parquet(
            frame,
            f"s3://{BUCKET}/{table}/",
            dataset=True,
            database=DATABASE,
            table=table,
            partition_cols=["month"],
            mode=mode,
        )

    def read(self, sql: str, how: str = "plain", **more: Any) -> pd.DataFrame:
        # UNLOAD wants a folder with nothing in it.
        output = f"s3://{BUCKET}/{how}-{abs(hash((sql, str(more))))}/"
        return wr.athena.read_sql_query(
            sql, database=DATABASE, s3_output=output, **HOW[how], **more
        )

    def tables(self) -> set[str]:
        return {table["Name"] for table in wr.catalog.get_tables(database=DATABASE)}


@pytest.fixture(scope="module")
def analyst(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Analyst]:
    spec = util.spec_from_file_location(
        "localaws_gateway", ROOT / "tests/contract/localaws/conftest.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    gateway = module.GatewayProcess(tmp_path_factory.mktemp("wrangled") / "state").start()
    try:
        with pytest.MonkeyPatch.context() as patch:
            for name, value in {
                "AWS_ENDPOINT_URL": gateway.endpoint_url,
                "AWS_ACCESS_KEY_ID": "test",
                "AWS_SECRET_ACCESS_KEY": "test",
                "AWS_DEFAULT_REGION": "us-east-1",
            }.items():
                patch.setenv(name, value)
            # Of another test, with its credentials.
            patch.setattr(boto3, "DEFAULT_SESSION", None)
            gateway.client("s3").create_bucket(Bucket=BUCKET)
            gateway.client("glue").create_database(DatabaseInput={"Name": DATABASE})
            yield Analyst(gateway)
    finally:
        gateway.stop()


@pytest.fixture(scope="module")
def written(analyst: Analyst) -> Analyst:
    analyst.write(events(), "events")
    return analyst


def test_written_table_is_in_the_catalog_with_its_types_and_partitions(written: Analyst) -> None:
    assert wr.catalog.get_table_types(DATABASE, "events") == {
        "event_id": "string",
        "tickets": "bigint",
        "price": "double",
        "is_sold_out": "boolean",
        "changed_at": "timestamp",
        "day": "date",
        "share": "decimal(3,2)",
        "tags": "array<string>",
        "month": "string",
    }
    partitions = wr.catalog.get_partitions(DATABASE, "events")
    assert sorted(values for (values,) in partitions.values()) == ["2026-05", "2026-06"]


@pytest.mark.parametrize("how", HOW)
def test_rows_come_back_as_they_were_written(written: Analyst, how: str) -> None:
    # Athena's CSV has no form for arrays that could be read again.
    columns = [*COLUMNS, *(["tags"] if how != "plain" else [])]
    named = ", ".join(columns)
    found = written.read(f"SELECT {named} FROM events", how)  # noqa: S608
    assert list(found.columns) == columns
    assert rows_of(found) == rows_of(events()[columns])
    assert [str(found[name].dtype) for name in ("tickets", "price", "is_sold_out")] == [
        "Int64",
        "float64",
        "boolean",
    ]
    assert str(found["changed_at"].dtype).startswith("datetime64")


@pytest.mark.parametrize("keeps", [True, False])
def test_ctas_leaves_no_table_and_files_only_if_asked_to(written: Analyst, keeps: bool) -> None:
    before = written.tables()
    output = f"s3://{BUCKET}/chunks-{keeps}/"
    chunks = wr.athena.read_sql_query(
        "SELECT * FROM events",
        database=DATABASE,
        s3_output=output,
        chunksize=3,
        keep_files=keeps,
    )
    lengths = [len(chunk) for chunk in chunks]
    assert (sum(lengths), len(lengths)) == (4, 2)
    assert written.tables() == before
    # What Athena itself keeps, the list of the files, is not awswrangler's to delete.
    left = [uri for uri in wr.s3.list_objects(output) if not uri.endswith("-manifest.csv")]
    assert bool(left) is keeps


def test_parameters_stand_for_values(written: Analyst) -> None:
    found = written.read(
        "SELECT event_id FROM events WHERE tickets >= ? AND month = ?",
        params=["2", "'2026-05'"],
        paramstyle="qmark",
    )
    assert found["event_id"].tolist() == ["e2"]
    found = written.read(
        "SELECT tickets FROM events WHERE event_id = :event", "ctas", params={"event": "e1"}
    )
    assert found["tickets"].tolist() == [1]


@pytest.mark.parametrize("how", HOW)
def test_query_that_fails_says_what_athena_says(written: Analyst, how: str) -> None:
    with pytest.raises(wr.exceptions.QueryFailed, match=r"COLUMN_NOT_FOUND: .*'nope'"):
        written.read("SELECT nope FROM events", how)


def test_what_is_appended_and_overwritten_is_seen_by_the_next_query(analyst: Analyst) -> None:
    analyst.write(events(), "days")
    analyst.write(events().head(1).assign(month="2026-07"), "days", mode="append")
    analyst.write(events().tail(1), "days", mode="overwrite_partitions")
    counted = analyst.read("SELECT month, count(*) AS n FROM days GROUP BY month ORDER BY month")
    assert rows_of(counted) == rows_of(
        pd.DataFrame({"month": ["2026-05", "2026-06", "2026-07"], "n": [2, 1, 1]})
    )


def test_kept_ctas_is_a_table_to_be_described(written: Analyst) -> None:
    made = wr.athena.create_ctas_table(
        "SELECT event_id, tickets, month FROM events",
        database=DATABASE,
        ctas_table="copied",
        s3_output=f"s3://{BUCKET}/copied/",
        partitioning_info=["month"],
        wait=True,
    )
    assert made["ctas_table"] == "copied"
    described = wr.athena.describe_table("copied", database=DATABASE, s3_output=RESULTS)
    types = dict(zip(described["Column Name"], described["Type"], strict=True))
    assert types == {"event_id": "string", "tickets": "bigint", "month": "string"}
    shown = wr.athena.show_create_table("copied", database=DATABASE, s3_output=RESULTS)
    assert shown.startswith("CREATE EXTERNAL TABLE")
    assert f"'s3://{BUCKET}/copied" in shown
    assert written.read("SELECT count(*) AS n FROM copied")["n"].tolist() == [4]


def test_iceberg_tables_are_spark_s_to_make(written: Analyst) -> None:
    with pytest.raises(wr.exceptions.QueryFailed, match=r"NOT_SUPPORTED: .*Iceberg"):
        wr.athena.to_iceberg(
            events().drop(columns=["tags"]),
            database=DATABASE,
            table="frozen",
            table_location=f"s3://{BUCKET}/frozen/",
            temp_path=f"s3://{BUCKET}/temporary/",
            s3_output=RESULTS,
        )
    assert "frozen" not in written.tables()


def rows_of(frame: pd.DataFrame) -> list[tuple[Any, ...]]:
    """Rows in an order of their own; nothing is None, whatever pandas calls it."""
    plain = [tuple(map(_plain, row)) for row in frame.itertuples(index=False)]
    return sorted(plain, key=repr)


def _plain(value: Any) -> Any:
    if isinstance(value, pd.Timestamp):
        return value.to_pydatetime()
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, list):
        return value
    return None if pd.isna(value) else value
