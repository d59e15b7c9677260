"""What a job prints while Airflow waits for it, from where its service keeps it."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

# Lines that a training prints for SageMaker to read; the summary has the same for people.
_METRIC = "metric "


class JobOutput:
    """Follows the output of a Glue job's runs that start after this object was made."""

    def __init__(self, glue: Any, logs: Any, job: str) -> None:
        self._glue = glue
        self._streams = _Streams(logs)
        self._job = job
        self._earlier = {run["Id"] for run in self._runs()}

    def new_lines(self) -> list[str]:
        """What was printed since the last call."""
        lines: list[str] = []
        for run in self._runs():
            if run["Id"] not in self._earlier:
                group = f"{run.get('LogGroupName', '/aws-glue/jobs')}/output"
                lines += self._streams.new_lines(group, run["Id"])
        return lines

    def _runs(self) -> list[dict[str, Any]]:
        """The latest runs; none while the job is not deployed."""
        try:
            runs: list[dict[str, Any]] = self._glue.get_job_runs(JobName=self._job)["JobRuns"]
        except self._glue.exceptions.EntityNotFoundException:
            return []
        return runs


class TrainingOutput:
    """Follows the output of the SageMaker training jobs whose name begins with `prefix`."""

    def __init__(self, sagemaker: Any, logs: Any, log_group: str, prefix: str) -> None:
        self._sagemaker = sagemaker
        self._logs = logs
        self._streams = _Streams(logs)
        self._log_group = log_group
        self._prefix = prefix
        self._earlier = set(self._jobs())

    def new_lines(self) -> list[str]:
        """What was printed since the last call."""
        lines: list[str] = []
        for job in self._jobs():
            if job not in self._earlier:
                for stream in self._streams_of(job):
                    lines += self._streams.new_lines(self._log_group, stream)
        return [line for line in lines if not line.startswith(_METRIC)]

    def _jobs(self) -> list[str]:
        """The latest jobs, the newest first."""
        answer = self._sagemaker.list_training_jobs(
            NameContains=self._prefix, SortBy="CreationTime", SortOrder="Descending", MaxResults=10
        )
        return [str(job["TrainingJobName"]) for job in answer["TrainingJobSummaries"]]

    def _streams_of(self, job: str) -> list[str]:
        """SageMaker names them after the job and the machine; none before anything was printed."""
        try:
            found = self._logs.describe_log_streams(
                logGroupName=self._log_group, logStreamNamePrefix=f"{job}/"
            )
        except self._logs.exceptions.ResourceNotFoundException:
            return []
        return [str(stream["logStreamName"]) for stream in found["logStreams"]]


class _Streams:
    """Reads log streams on from where it left each of them."""

    def __init__(self, logs: Any) -> None:
        self._logs = logs
        self._tokens: dict[str, str] = {}

    def new_lines(self, group: str, stream: str) -> list[str]:
        token = self._tokens.get(stream)
        try:
            answer = self._logs.get_log_events(
                logGroupName=group,
                logStreamName=stream,
                startFromHead=True,
                **({"nextToken": token} if token else {}),
            )
        except ClientError as problem:
            # A job that has printed nothing yet has no log stream.
            if problem.response["Error"]["Code"] == "ResourceNotFoundException":
                return []
            raise
        self._tokens[stream] = answer["nextForwardToken"]
        return [event["message"].rstrip() for event in answer["events"]]
