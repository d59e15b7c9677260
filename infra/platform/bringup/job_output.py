"""What a Glue job prints while Airflow waits for it, from where Glue keeps it."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

RUNNING = ("STARTING", "RUNNING", "STOPPING")


class JobOutput:
    """Follows the output of the job's runs that start after this object was made."""

    def __init__(self, glue: Any, logs: Any, job: str) -> None:
        self._glue = glue
        self._logs = logs
        self._job = job
        self._earlier = {run["Id"] for run in self._runs()}
        self._tokens: dict[str, str] = {}

    def new_lines(self) -> list[str]:
        """What was printed since the last call."""
        lines: list[str] = []
        for run in self._runs():
            if run["Id"] not in self._earlier:
                lines += self._lines_of(run)
        return lines

    def _runs(self) -> list[dict[str, Any]]:
        """The latest runs; none while the job is not deployed."""
        try:
            runs: list[dict[str, Any]] = self._glue.get_job_runs(JobName=self._job)["JobRuns"]
        except self._glue.exceptions.EntityNotFoundException:
            return []
        return runs

    def _lines_of(self, run: dict[str, Any]) -> list[str]:
        where = {
            "logGroupName": f"{run.get('LogGroupName', '/aws-glue/jobs')}/output",
            "logStreamName": run["Id"],
        }
        token = self._tokens.get(run["Id"])
        try:
            answer = self._logs.get_log_events(
                **where, startFromHead=True, **({"nextToken": token} if token else {})
            )
        except ClientError as problem:
            # A job that has printed nothing yet has no log stream.
            if problem.response["Error"]["Code"] == "ResourceNotFoundException":
                return []
            raise
        self._tokens[run["Id"]] = answer["nextForwardToken"]
        return [event["message"].rstrip() for event in answer["events"]]
