"""maintain_lake: when it runs, what its job is told, what it makes of the job's report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from airflow.sdk.exceptions import AirflowFailException

from rlm import names
from rlm_plugin import upkeep_report
from rlm_plugin.upkeep_report import CheckUpkeepOperator

if TYPE_CHECKING:
    from airflow.dag_processing.dagbag import DagBag


@pytest.fixture
def dag(dag_bag: DagBag) -> Any:
    return dag_bag.dags["maintain_lake"]


def rendered_arguments(dag: Any, **params: Any) -> dict[str, str]:
    task = dag.get_task("maintain_lake")
    context = {"params": {**dag.params.dump(), **params}, "run_id": "manual__2026-06-02T07:00+x1"}
    arguments: dict[str, str] = task.render_template(task.script_args, context)
    return arguments


def test_it_runs_on_sundays_before_the_first_delivery(dag: Any, dag_bag: DagBag) -> None:
    assert dag.timetable.expression == "0 2 * * 0"
    assert dag_bag.dags["ingest_sources"].timetable.expression == "0 6 * * *"


def test_job_is_told_everything_as_text(dag: Any) -> None:
    assert rendered_arguments(dag) == {
        "--env": "dev",
        "--run_id": "manual__2026-06-02T07-00-x1",
        "--lake": "s3://rlm-dev-lake",
        "--tables": "all",
        "--keep_days": "7",
        "--orphan_days": "3",
    }


def test_some_tables_reach_the_job_by_name(dag: Any) -> None:
    arguments = rendered_arguments(dag, tables=["silver.events", "gold.trending_artists"])
    assert arguments["--tables"] == "silver.events,gold.trending_artists"


def test_every_table_of_silver_and_gold_can_be_asked_for(dag: Any) -> None:
    known = dag.params.get_param("tables").schema["items"]["enum"]
    assert len(known) == len(names.SOURCES) + len(names.GOLD_TABLES)


def check(monkeypatch: pytest.MonkeyPatch, tables: dict[str, Any]) -> Any:
    monkeypatch.setattr(upkeep_report, "read_report", lambda *_: {"run_id": "x", "tables": tables})
    operator = CheckUpkeepOperator(
        task_id="check", bucket="rlm-dev-lake", report_key="runs/maintain_lake/x.json"
    )
    return operator.execute({})


def upkeep(status: str) -> dict[str, Any]:
    return {
        "status": status,
        "before": {"stored_bytes": 900},
        "after": {"stored_bytes": 400},
        "steps": {"snapshots_expired": 3, "orphans_removed": 0},
        "seconds": 1.0,
    }


def test_what_was_saved_is_handed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    found = check(monkeypatch, {"silver.events": upkeep("maintained")})
    assert found == {"silver.events": {"before": 900, "after": 400}}


def test_busy_table_is_told_of_and_fails_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check(monkeypatch, {"silver.events": upkeep("busy")})
    assert "silver.events: others kept writing it" in capsys.readouterr().out


def test_report_of_no_table_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(AirflowFailException, match="speaks of no table"):
        check(monkeypatch, {})
