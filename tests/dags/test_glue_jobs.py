"""What the tasks that run Glue jobs do when a try before, or another run, is at work on the job."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from airflow.providers.amazon.aws.operators.glue import GlueJobOperator
from airflow.sdk.exceptions import TaskDeferred
from airflow.ti_deps.dependencies_states import ACTIVE_STATES
from airflow.utils.state import TaskInstanceState

if TYPE_CHECKING:
    from airflow.dag_processing.dagbag import DagBag

JOBS = {
    "build_marts",
    "clean_sources",
    "maintain_lake",
    "process_artist_images",
    "publish_event_reports",
}


class Glue:
    """The runs of a job, the latest first; a new one is RUNNING."""

    def __init__(self, *states: str) -> None:
        self.runs = [{"Id": f"before-{n}", "JobRunState": s} for n, s in enumerate(states)]
        self.task: str | None = None

    def get_job(self, JobName: str) -> dict[str, Any]:  # noqa: N803
        return {"Job": {"Name": JobName}}

    def get_job_runs(self, **_request: Any) -> dict[str, Any]:
        return {"JobRuns": [run | {"Arguments": self.arguments} for run in self.runs]}

    def start_job_run(self, JobName: str, Arguments: dict[str, str]) -> dict[str, str]:  # noqa: N803
        assert JobName
        self.arguments = Arguments
        return {"JobRunId": "new"}


class Instance:
    """A task instance at its next try: Airflow cleared what the try before had pushed."""

    dag_id, task_id, run_id, map_index = "a_dag", "a_task", "manual__1", -1

    def xcom_pull(self, **_asked: Any) -> None:
        return None

    def xcom_push(self, **_pushed: Any) -> None:
        return None


def run_id(task: GlueJobOperator, glue: Glue) -> str:
    """Which run of the job a try waits for."""
    task.hook = SimpleNamespace(  # type: ignore[misc]
        conn=glue, conn_partition="aws", conn_region_name="us-east-1",
        initialize_job=lambda arguments, _: glue.start_job_run("job", arguments),
    )  # fmt: skip
    context: Any = {"ti": Instance(), "task": task}
    task._job_run_id = None
    glue.arguments = {task.TASK_UUID_ARG: task._get_task_uuid(context)}
    with pytest.raises(TaskDeferred) as deferred:
        task.execute(context)
    return str(deferred.value.trigger.serialize()[1]["run_id"])


def glue_tasks(bag: DagBag) -> dict[str, Any]:
    return {
        task.task_id: task
        for dag in bag.dags.values()
        for task in dag.tasks
        if isinstance(task, GlueJobOperator)
    }


def test_every_job_is_taken_up_again_by_a_retry(dag_bag: DagBag) -> None:
    assert {
        task_id for task_id, task in glue_tasks(dag_bag).items() if task.resume_glue_job_on_retry
    } == JOBS


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        (("RUNNING",), "before-0"),
        (("STARTING", "FAILED"), "before-0"),
        (("FAILED",), "new"),
        (("SUCCEEDED",), "new"),
        (("TIMEOUT", "FAILED"), "new"),
        ((), "new"),
    ],
)
def test_a_retry_waits_for_the_run_at_work_and_for_none_that_ended(
    dag_bag: DagBag, states: tuple[str, ...], expected: str
) -> None:
    assert run_id(glue_tasks(dag_bag)["clean_sources"], Glue(*states)) == expected


def test_jobs_of_several_runs_take_turns(dag_bag: DagBag) -> None:
    """Glue refuses a second run of a job, and a refusal would cost one of the task's few tries."""
    # A task that waits for its job without a worker counts as active.
    assert TaskInstanceState.DEFERRED in ACTIVE_STATES
    looked_at = 0
    for task in glue_tasks(dag_bag).values():
        looked_at += 1
        assert 1 in (task.dag.max_active_runs, task.max_active_tis_per_dag), task.task_id
    assert looked_at == len(JOBS)
