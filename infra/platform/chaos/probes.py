"""How one sees that what a fault hit is well again."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from rlm import names

from .api_load import Api
from .plan import SERVERS
from .victims import NoVictimError, pids_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from .book import Entry
    from .supervisor import Supervisor
    from .workload import Workload


@dataclass(frozen=True)
class Probes:
    """Look at a platform from outside, as often as they are called."""

    workload: Workload
    supervisor: Supervisor

    def of(self, entry: Entry) -> Callable[[], bool]:
        """For one that is about to be hit: the probe knows how things are before.

        Raises NoVictimError where nothing is at work that could be seen to recover.
        """
        name = entry.fault.target
        if name in SERVERS:
            return lambda: self.supervisor.is_healthy(name, entry.ended_at)
        workers: dict[str, Callable[[], Callable[[], bool]]] = {
            "glue-job": self._glue_probe,
            "training-job": self._training_probe,
            "endpoint-server": self._endpoint_probe,
            "lambda-worker": lambda: self._api_answers,
            "database-server": lambda: lambda: bool(pids_of(self.supervisor, "database-server")),
            "task-worker": self._task_probe,
        }
        return workers[name]()

    def _glue_probe(self) -> Callable[[], bool]:
        """Whether each run that was at work succeeded, or a later one of its job is at it."""
        glue = self.workload.platform.client("glue")
        jobs = [names.glue_job(self.workload.platform.env, job) for job in names.GLUE_JOBS]

        def runs(job: str) -> list[dict[str, Any]]:
            told: list[dict[str, Any]] = glue.get_job_runs(JobName=job, MaxResults=5)["JobRuns"]
            return told

        struck = [
            (job, run)
            for job in jobs
            for run in self.workload.patiently(partial(runs, job))
            # The agent is there before Spark is.
            if run["JobRunState"] in ("STARTING", "RUNNING")
        ]
        if not struck:
            raise NoVictimError("no run of a Glue job was at work")

        def is_done(job: str, before: dict[str, Any]) -> bool:
            return any(
                run["JobRunState"] == "SUCCEEDED"
                if run["Id"] == before["Id"]
                else run["StartedOn"] > before["StartedOn"]
                and run["JobRunState"] in ("RUNNING", "SUCCEEDED")
                for run in runs(job)
            )

        return lambda: all(is_done(job, before) for job, before in struck)

    def _training_probe(self) -> Callable[[], bool]:
        """Whether each training that was at work was completed, or a later one is at it."""
        sagemaker = self.workload.platform.client("sagemaker")

        def trainings() -> list[dict[str, Any]]:
            told: list[dict[str, Any]] = sagemaker.list_training_jobs(
                MaxResults=10, SortBy="CreationTime", SortOrder="Descending"
            )["TrainingJobSummaries"]
            return told

        struck = [
            one
            for one in self.workload.patiently(trainings)
            if one["TrainingJobStatus"] == "InProgress"
        ]
        if not struck:
            raise NoVictimError("no training was at work")

        def is_done(before: dict[str, Any]) -> bool:
            return any(
                one["TrainingJobStatus"] == "Completed"
                if one["TrainingJobName"] == before["TrainingJobName"]
                else one["CreationTime"] > before["CreationTime"]
                and one["TrainingJobStatus"] in ("InProgress", "Completed")
                for one in trainings()
            )

        return lambda: all(map(is_done, struck))

    def _endpoint_probe(self) -> Callable[[], bool]:
        """Whether all of its servers are there, and answer."""
        platform = self.workload.platform
        sagemaker, endpoint = platform.client("sagemaker"), names.endpoint(platform.env)

        def is_well() -> bool:
            # During a rollout there are twice as many.
            variants = sagemaker.describe_endpoint(EndpointName=endpoint)["ProductionVariants"]
            wanted = sum(one["DesiredInstanceCount"] for one in variants)
            there = len(pids_of(self.supervisor, "endpoint-server"))
            _, document = self._api().ask("recommend?fan_id=fan-0000001&limit=3")
            is_models = document.get("source") != "precomputed" and document.get("model_version")
            return there >= wanted and bool(is_models)

        return is_well

    def _task_probe(self) -> Callable[[], bool]:
        before = self.workload.patiently(self.workload.api.running_tasks)
        if not before:
            raise NoVictimError("no task was running")

        def is_well() -> bool:
            now = self.workload.api.running_tasks()
            return not any(now.get(task) == number for task, number in before.items())

        return is_well

    def _api_answers(self) -> bool:
        return self._api().ask("fetch-trends?limit=3")[0] == 200

    def _api(self) -> Api:
        platform = self.workload.platform
        return Api.of(platform.client("apigateway"), platform.aws.url, platform.env)
