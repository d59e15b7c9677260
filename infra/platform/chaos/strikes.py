"""What each fault does to a platform, and how one sees that it is well again."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rlm import names

from .api_load import Api
from .book import Entry
from .pictures import COPY_MARK
from .plan import SERVERS
from .victims import pids_of

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from .disk import Disk
    from .plan import Fault
    from .supervisor import Supervisor
    from .workload import Late, Workload


class NoVictimError(Exception):
    """There is nobody whom this fault could hit now."""


@dataclass
class Strikes:
    """Brings faults about, one a call.

    `late` gives the deliveries that come late by name, `stage_numbers` the stages that they are of.
    """

    workload: Workload
    supervisor: Supervisor
    disk: Disk
    late: dict[str, Late]
    stage_numbers: dict[str, int]
    dice: random.Random
    clock: Callable[[], float] = time.time
    landed_late: set[str] = field(default_factory=set)

    def strike(self, fault: Fault) -> tuple[Entry, Callable[[], bool]]:
        """Do it; what is known of it, and the probe that says when all is well.

        Raises NoVictimError when nobody is there to be hit.
        """
        match fault.kind:
            case "kill":
                return self._kill(fault)
            case "freeze":
                return self._freeze(fault)
            case "disk":
                return self._fill_disk(fault)
            case "delivery":
                return self._deliver(fault)
        raise ValueError(f"{fault.kind} is no strike")

    # -- processes ----------------------------------------------------------------------------

    def _kill(self, fault: Fault) -> tuple[Entry, Callable[[], bool]]:
        pids = self._victims(fault.target)
        entry = Entry(fault, 0.0)
        is_well = self._probe_of(entry)
        pid = self.dice.choice(pids)
        entry.began_at = self.clock()
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        entry.ended_at = self.clock()
        return entry, is_well

    def _freeze(self, fault: Fault) -> tuple[Entry, Callable[[], bool]]:
        pids = self._victims(fault.target)
        entry = Entry(fault, 0.0)
        is_well = self._probe_of(entry)
        pid = self.dice.choice(pids)
        entry.began_at = self.clock()
        try:
            os.kill(pid, signal.SIGSTOP)
            time.sleep(fault.seconds)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
        entry.ended_at = self.clock()
        return entry, is_well

    def _victims(self, name: str) -> list[int]:
        pids = pids_of(self.supervisor, name)
        if not pids:
            raise NoVictimError(f"no {name} was at work")
        return pids

    def _probe_of(self, entry: Entry) -> Callable[[], bool]:
        """The probe for one that is about to be hit: it knows how things are before."""
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
        """Whether a run of every job that ran came to its end after now."""
        glue, struck = self.workload.platform.client("glue"), self.clock()
        jobs = [names.glue_job(self.workload.platform.env, job) for job in names.GLUE_JOBS]

        def runs(job: str) -> list[tuple[str, float]]:
            told = glue.get_job_runs(JobName=job, MaxResults=5)["JobRuns"]
            return [(run["JobRunState"], run["StartedOn"].timestamp()) for run in told]

        ran = [job for job in jobs if any(state == "RUNNING" for state, _ in runs(job))]

        def is_well() -> bool:
            return all(
                any(state in ("SUCCEEDED", "RUNNING") and at >= struck for state, at in runs(job))
                for job in ran
            )

        return is_well

    def _training_probe(self) -> Callable[[], bool]:
        sagemaker, struck = self.workload.platform.client("sagemaker"), self.clock()

        def is_well() -> bool:
            told = sagemaker.list_training_jobs(MaxResults=10)["TrainingJobSummaries"]
            return any(
                one["CreationTime"].timestamp() >= struck
                and one["TrainingJobStatus"] in ("InProgress", "Completed")
                for one in told
            )

        return is_well

    def _endpoint_probe(self) -> Callable[[], bool]:
        before = len(pids_of(self.supervisor, "endpoint-server"))

        def is_well() -> bool:
            there = len(pids_of(self.supervisor, "endpoint-server"))
            _, document = self._api().ask("recommend?fan_id=fan-0000001&limit=3")
            return there >= before and document.get("source") == "model"

        return is_well

    def _task_probe(self) -> Callable[[], bool]:
        before = self.workload.patiently(self.workload.api.running_tasks)

        def is_well() -> bool:
            now = self.workload.api.running_tasks()
            return not any(now.get(task) == number for task, number in before.items())

        return is_well

    def _api_answers(self) -> bool:
        return self._api().ask("fetch-trends?limit=3")[0] == 200

    def _api(self) -> Api:
        platform = self.workload.platform
        return Api.of(platform.client("apigateway"), platform.aws.url, platform.env)

    # -- the disk -----------------------------------------------------------------------------

    def _fill_disk(self, fault: Fault) -> tuple[Entry, Callable[[], bool]]:
        entry = Entry(fault, self.clock())
        self.disk.fill()
        try:
            deadline = time.monotonic() + fault.seconds
            while time.monotonic() < deadline:
                if not entry.noticed and not self._takes_objects():
                    entry.noticed.append("S3 refused to write")
                time.sleep(0.5)
        finally:
            self.disk.free()
        entry.ended_at = self.clock()
        return entry, lambda: self._takes_objects() and self.supervisor.all_healthy()

    def _takes_objects(self) -> bool:
        s3, lake = (
            self.workload.platform.client("s3"),
            names.bucket(self.workload.platform.env, "access-logs"),
        )
        try:
            s3.put_object(Bucket=lake, Key="chaos/probe", Body=b"x" * 65536)
        except Exception:  # noqa: BLE001 - any of them means no
            return False
        return True

    # -- deliveries ---------------------------------------------------------------------------

    def _deliver(self, fault: Fault) -> tuple[Entry, Callable[[], bool]]:
        entry = Entry(fault, self.clock())
        s3 = self.workload.platform.client("s3")
        bucket = names.bucket(self.workload.platform.env, "landing")
        if fault.target == "late":
            self.workload.land(self.late[fault.detail].keys)
            self.landed_late.add(fault.detail)
        else:
            files = [key for key in self.workload.landed if "/images/" not in key]
            key = self.dice.choice(files)
            again = key
            if fault.target == "copy":
                folder, _, name = key.rpartition("/")
                stem, _, ending = name.partition(".")
                again = f"{folder}/{stem}{COPY_MARK}-{fault.number}.{ending}"
            body = (self.workload.folder / key).read_bytes()
            self.workload.patiently(lambda: s3.put_object(Bucket=bucket, Key=again, Body=body))
            entry.noticed.append(again)
        runs = self.workload.ingest()
        entry.ended_at = self.clock()
        return entry, lambda: not (runs & self.workload.ingestions())
