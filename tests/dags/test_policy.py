"""What every DAG of this repository must have; none of it can pass on an empty bag."""

from __future__ import annotations

import ast
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from airflow.dag_processing.dagbag import DagBag

DAGS = Path(__file__).resolve().parents[2] / "dags"
EXPECTED = {
    "build_marts",
    "ingest_sources",
    "load_serving_tables",
    "maintain_lake",
    "monitor_model",
    "process_artist_images",
    "publish_event_reports",
    "refresh_dashboards",
    "train_recommender",
}
TIERS = {"tier:1", "tier:2", "tier:3"}
DOC_PARTS = ("**Impact of failure.**", "**What a rerun does.**")
# At import a DAG file may name things; it may not look at the clock, the network or Airflow's data.
FORBIDDEN_CALLS = {"now", "today", "utcnow", "time", "client", "resource", "urlopen", "get_conn"}
FORBIDDEN_MODULES = {"boto3", "requests", "httpx", "urllib", "pandas", "pyspark", "socket", "time"}
WHOLE_RUN_OF_RETRIES = timedelta(hours=24)


def all_tasks(bag: DagBag) -> list[Any]:
    tasks = [task for dag in bag.dags.values() for task in dag.tasks]
    assert tasks, "no task in any DAG"
    return tasks


def test_every_file_is_loaded_without_error(dag_bag: DagBag) -> None:
    assert dag_bag.import_errors == {}
    assert set(dag_bag.dags) == EXPECTED


def test_a_file_is_the_dag_that_its_name_says(dag_bag: DagBag) -> None:
    files = {file.stem for file in DAGS.glob("*.py")}
    assert files == set(dag_bag.dags)
    for dag_id, dag in dag_bag.dags.items():
        assert Path(dag.fileloc).stem == dag_id


@pytest.mark.parametrize("dag_id", sorted(EXPECTED))
def test_dag_says_who_owns_it_and_what_its_failure_means(dag_bag: DagBag, dag_id: str) -> None:
    dag = dag_bag.dags[dag_id]
    assert dag.description
    assert dag.owner not in ("", "airflow")
    assert len(TIERS & set(dag.tags)) == 1
    for part in DOC_PARTS:
        assert part in (dag.doc_md or ""), f"{dag_id}'s doc_md lacks {part}"


@pytest.mark.parametrize("dag_id", sorted(EXPECTED))
def test_dag_ends_and_does_not_catch_up(dag_bag: DagBag, dag_id: str) -> None:
    dag = dag_bag.dags[dag_id]
    assert dag.catchup is False
    assert dag.dagrun_timeout is not None
    assert dag.max_active_runs <= 4


def test_every_task_retries_has_an_end_and_says_what_it_does(dag_bag: DagBag) -> None:
    for task in all_tasks(dag_bag):
        assert task.retries >= 1, task.task_id
        assert task.retry_delay >= timedelta(seconds=10), task.task_id
        assert task.execution_timeout is not None, task.task_id
        assert task.execution_timeout <= WHOLE_RUN_OF_RETRIES, task.task_id
        assert task.doc_md, task.task_id
        assert task.owner not in ("", "airflow"), task.task_id


def test_what_waits_on_aws_holds_no_worker(dag_bag: DagBag) -> None:
    waiting = [task for task in all_tasks(dag_bag) if hasattr(task, "deferrable")]
    assert waiting, "no deferrable operator was looked at"
    assert [task.task_id for task in waiting if not task.deferrable] == []


def test_params_have_a_type(dag_bag: DagBag) -> None:
    looked_at = 0
    for dag in dag_bag.dags.values():
        for name, param in dag.params.items():
            schema = dag.params.get_param(name).schema
            assert schema.get("type"), f"{dag.dag_id} {name} takes anything: {param!r}"
            assert schema.get("description") or dag.params.get_param(name).description
            looked_at += 1
    assert looked_at


def test_dag_files_import_no_engine_and_ask_nothing_at_import() -> None:
    files = sorted(DAGS.glob("*.py"))
    assert files
    for file in files:
        tree = ast.parse(file.read_text())
        imported = {
            name.split(".")[0]
            for node in ast.walk(tree)
            for name in (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else []
            )
        }
        assert imported, file
        assert imported & FORBIDDEN_MODULES == set(), file
        called = {
            node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            for node in ast.walk(tree)
            if isinstance(node, ast.Call)
        }
        assert called, file
        assert called & FORBIDDEN_CALLS == set(), file


def test_forbidden_calls_are_seen_where_they_are() -> None:
    tree = ast.parse("import datetime\nx = datetime.datetime.now()\n")
    called = {
        node.func.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }
    assert called & FORBIDDEN_CALLS == {"now"}
