"""Which data sets a run copies, how, and what is published of its own accord."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from rlm.dashboards.deployer import DashboardsDeployer
from rlm.dashboards.files import DashboardFiles
from rlm.quicksight.definitions.findings import DefinitionError

if TYPE_CHECKING:
    from pathlib import Path

TABLE = """\
PhysicalTableMap:
  t:
    CustomSql:
      DataSourceArn: ${{data_source.{source}.arn}}
      Name: t
      SqlQuery: {sql}
      Columns: [{{Name: x, Type: INTEGER}}]
"""
INCREMENTAL = """\
RefreshProperties:
  RefreshConfiguration:
    IncrementalRefresh:
      LookbackWindow: {ColumnName: day, Size: 14, SizeUnit: DAY}
"""


def data_set(source: str, sql: str, more: str = "", mode: str = "SPICE") -> str:
    return f"Name: x\nImportMode: {mode}\n{TABLE.format(source=source, sql=sql)}{more}"


@pytest.fixture
def deployer(tmp_path: Path) -> DashboardsDeployer:
    files = {
        "data_sources/lake.yaml": "Name: Lake\nType: ATHENA\n",
        "data_sources/booking.yaml": "Name: Booking\nType: POSTGRESQL\n",
        "data_sets/sales.yaml": data_set(
            "lake", 'SELECT 1 AS x FROM "rlm_dev_gold"."ticket_sales_daily"', INCREMENTAL
        ),
        "data_sets/artists.yaml": data_set(
            "lake", "SELECT 1 AS x FROM ${database.gold}.trending_artists"
        ),
        "data_sets/targets.yaml": data_set("booking", "SELECT 1 AS x FROM targets"),
        "data_sets/direct.yaml": data_set("lake", "SELECT 1 AS x", mode="DIRECT_QUERY"),
    }
    for file, text in files.items():
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).write_text(text)
    service: Any = SimpleNamespace(account="1", region="us-east-1")
    return DashboardsDeployer(service, DashboardFiles(tmp_path), "dev", print)


def chosen(deployer: DashboardsDeployer, *names: str, **options: Any) -> list[str]:
    return [one.name for one in deployer.refreshes(names, **options)]


def test_all_of_spice_is_copied_where_nothing_is_said(deployer: DashboardsDeployer) -> None:
    assert chosen(deployer) == ["artists", "sales", "targets"]


def test_changed_tables_choose_who_reads_them_and_who_reads_no_table(
    deployer: DashboardsDeployer,
) -> None:
    assert chosen(deployer, tables=["gold.ticket_sales_daily"]) == ["sales", "targets"]
    assert chosen(deployer, tables=["serving.tables"]) == ["targets"]


def test_names_go_before_tables(deployer: DashboardsDeployer) -> None:
    assert chosen(deployer, "artists", tables=["gold.ticket_sales_daily"]) == ["artists"]
    with pytest.raises(DefinitionError, match="there is no data set 'nope'"):
        chosen(deployer, "nope")


def test_what_a_deployment_started_is_waited_for(deployer: DashboardsDeployer) -> None:
    found = deployer.refreshes(["artists"], started={"rlm-dev-sales": "auto-1"})
    assert [(one.name, one.ingestion_id) for one in found] == [
        ("artists", None),
        ("sales", "auto-1"),
    ]


def test_incremental_refreshes_are_full_when_asked(deployer: DashboardsDeployer) -> None:
    kinds = {one.name: one.ingestion_type for one in deployer.refreshes()}
    assert kinds == {
        "artists": "FULL_REFRESH",
        "sales": "INCREMENTAL_REFRESH",
        "targets": "FULL_REFRESH",
    }
    assert {one.ingestion_type for one in deployer.refreshes(full=True)} == {"FULL_REFRESH"}


def test_only_athena_counts(deployer: DashboardsDeployer) -> None:
    sql = {one.name: one.count_sql for one in deployer.refreshes()}
    assert sql["artists"] == (
        "SELECT count(*) AS counted_rows FROM (\n"
        "SELECT 1 AS x FROM rlm_dev_gold.trending_artists\n) AS counted"
    )
    assert sql["targets"] is None
