"""What a run changed is announced in one go, and what it left alone is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from airflow.sdk.exceptions import AirflowSkipException

from rlm import names
from rlm_plugin.gold_assets import gold_asset
from rlm_plugin.marts_report import built_tables
from rlm_plugin.run_report import loaded_tables
from rlm_plugin.table_events import PublishTablesOperator

if TYPE_CHECKING:
    from airflow.dag_processing.dagbag import DagBag

REPORT = {"run_id": "manual__1", "business_date": "2026-06-01"}


class Events:
    """What a task adds to an alias."""

    def __init__(self) -> None:
        self.added: dict[str, Any] = {}

    def add(self, asset: Any, extra: dict[str, Any]) -> None:
        self.added[asset.name] = extra


def publish(changes: dict[str, dict[str, Any]]) -> tuple[list[str], dict[str, Any]]:
    operator = PublishTablesOperator(
        task_id="publish",
        assets={table: gold_asset("dev", table) for table in ("one", "other", "third")},
        alias="rlm_dev_gold",
        report=REPORT,
        changes=lambda report: changes if report is REPORT else {},
    )
    events = Events()
    found = operator.execute({"outlet_events": {operator.alias: events}})  # type: ignore[typeddict-item]
    return found, events.added


def test_changed_tables_alone_are_announced_with_their_counts_and_run() -> None:
    published, events = publish({"third": {"rows": 3}, "one": {"rows": 9, "rows_loaded": 2}})
    assert published == ["one", "third"]
    assert events == {
        "rlm_dev_gold.one": {"rows": 9, "rows_loaded": 2, **REPORT},
        "rlm_dev_gold.third": {"rows": 3, **REPORT},
    }


def test_run_that_changed_nothing_announces_nothing() -> None:
    with pytest.raises(AirflowSkipException, match="none of one, other, third"):
        publish({})


@pytest.mark.parametrize(
    ("dag_id", "layer", "tables", "changes"),
    [
        ("ingest_sources", "silver", names.SOURCES, loaded_tables),
        ("build_marts", "gold", names.GOLD_TABLES, built_tables),
    ],
)
def test_each_layer_is_announced_by_its_job(
    dag_bag: DagBag, dag_id: str, layer: str, tables: tuple[str, ...], changes: Any
) -> None:
    task = dag_bag.dags[dag_id].get_task("publish")
    database = names.database("dev", layer)
    assert {table: asset.name for table, asset in task.assets.items()} == {
        table: f"{database}.{table}" for table in tables
    }
    assert task.alias.name == database
    assert task.changes is changes
