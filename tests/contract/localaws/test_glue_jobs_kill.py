"""No way to die leaves a run RUNNING for ever, or a process that nobody watches."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.slow

# Touches a file ten times a second: whether it lives can be seen from outside.
HEARTBEAT = """
import pathlib, sys, time
print("started", flush=True)
while not pathlib.Path({done!r}).exists():
    pathlib.Path({beat!r}).touch()
    time.sleep(0.1)
print("finished", flush=True)
"""


class Job:
    """A job on its own gateway whose script beats until it is told that it is done."""

    def __init__(self, gateway: Any, folder: Path) -> None:
        self.gateway = gateway
        self.beat, self.done = folder / "beat", folder / "done"
        s3 = gateway.client("s3", s3={"addressing_style": "path"})
        s3.create_bucket(Bucket="scripts")
        script = HEARTBEAT.format(beat=str(self.beat), done=str(self.done))
        s3.put_object(Bucket="scripts", Key="beats.py", Body=script.encode())
        gateway.client("glue").create_job(
            Name="beats",
            Role="arn:aws:iam::000000000000:role/glue",
            Command={"Name": "pythonshell", "ScriptLocation": "s3://scripts/beats.py"},
        )

    def start(self) -> str:
        run_id: str = self.gateway.client("glue").start_job_run(JobName="beats")["JobRunId"]
        return run_id

    def start_and_see_it_run(self) -> str:
        run_id = self.start()
        self.wait(run_id, ("RUNNING",))
        wait_until(self.beat.exists)
        return run_id

    def run(self, run_id: str) -> dict[str, Any]:
        glue = self.gateway.client("glue")
        run: dict[str, Any] = glue.get_job_run(JobName="beats", RunId=run_id)["JobRun"]
        return run

    def wait(self, run_id: str, states: tuple[str, ...]) -> dict[str, Any]:
        wait_until(lambda: self.run(run_id)["JobRunState"] in states)
        return self.run(run_id)

    def is_beating(self) -> bool:
        self.beat.unlink(missing_ok=True)
        time.sleep(0.5)
        return self.beat.exists()

    def processes(self) -> dict[str, int]:
        """The run's processes by program, as the machine sees them."""
        listed = subprocess.run(
            ["ps", "-eww", "-o", "pid=,args="], capture_output=True, text=True, check=True
        )
        found = {}
        for line in listed.stdout.splitlines():
            pid, _, arguments = line.strip().partition(" ")
            for program in ("glue_jobs.agent", "glue_jobs/driver.py"):
                if program in arguments and str(self.gateway.state_dir) in arguments:
                    found[program] = int(pid)
        return found


def wait_until(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail("what the test waits for did not come")
        time.sleep(0.1)


@pytest.fixture
def job(new_gateway: Callable[..., Any], tmp_path: Path) -> Job:
    return Job(new_gateway(glue_runtime=True), tmp_path)


def test_a_run_outlives_the_gateway_and_its_end_is_known(job: Job) -> None:
    run_id = job.start_and_see_it_run()
    job.gateway.kill()
    assert job.is_beating()
    forgotten = job.gateway.state_dir / "glue_jobs" / "jr_forgotten"
    forgotten.mkdir()
    job.gateway.start()
    assert job.run(run_id)["JobRunState"] == "RUNNING"
    assert not forgotten.exists()

    job.done.touch()

    assert job.wait(run_id, ("SUCCEEDED", "FAILED"))["JobRunState"] == "SUCCEEDED"
    events = job.gateway.client("logs").get_log_events(
        logGroupName="/aws-glue/python-jobs/output", logStreamName=run_id, startFromHead=True
    )["events"]
    assert [event["message"] for event in events] == ["started", "finished"]
    wait_until(lambda: list((job.gateway.state_dir / "glue_jobs").iterdir()) == [])


def test_a_run_that_ends_while_the_gateway_is_dead_is_found_ended(job: Job) -> None:
    run_id = job.start_and_see_it_run()
    job.gateway.kill()
    job.done.touch()
    time.sleep(1)
    job.gateway.start()
    assert job.wait(run_id, ("SUCCEEDED", "FAILED"))["JobRunState"] == "SUCCEEDED"


def test_an_acknowledged_run_starts_even_if_the_gateway_dies_at_once(job: Job) -> None:
    job.done.touch()
    run_ids = []
    for _ in range(3):
        run_ids.append(job.start())
        job.gateway.kill()
        job.gateway.start()
        job.wait(run_ids[-1], ("SUCCEEDED", "FAILED", "STOPPED"))
    assert [job.run(run_id)["JobRunState"] for run_id in run_ids] == ["SUCCEEDED"] * 3


def test_a_run_can_be_stopped_after_the_gateway_came_back(job: Job) -> None:
    run_id = job.start_and_see_it_run()
    job.gateway.kill()
    job.gateway.start()
    job.gateway.client("glue").batch_stop_job_run(JobName="beats", JobRunIds=[run_id])
    assert job.wait(run_id, ("STOPPED", "FAILED"))["JobRunState"] == "STOPPED"
    assert not job.is_beating()


@pytest.mark.parametrize("is_gateway_killed_too", [False, True])
def test_a_run_whose_agent_is_killed_fails_and_leaves_nothing(
    job: Job, is_gateway_killed_too: bool
) -> None:
    run_id = job.start_and_see_it_run()
    agent = job.processes()["glue_jobs.agent"]
    if is_gateway_killed_too:
        job.gateway.kill()
    os.kill(agent, signal.SIGKILL)
    if is_gateway_killed_too:
        job.gateway.start()

    run = job.wait(run_id, ("FAILED",))

    assert run["ErrorMessage"] == "The process of this job run was killed."
    assert not job.is_beating()
    assert job.processes() == {}


def test_a_killed_script_fails_its_run(job: Job) -> None:
    run_id = job.start_and_see_it_run()
    os.kill(job.processes()["glue_jobs/driver.py"], signal.SIGKILL)
    run = job.wait(run_id, ("FAILED",))
    assert run["ErrorMessage"] == "Command failed with exit code -9"


def test_shutting_the_gateway_down_stops_its_runs(job: Job) -> None:
    run_id = job.start_and_see_it_run()
    job.gateway.stop()
    assert not job.is_beating()
    assert job.processes() == {}
    job.gateway.start()
    run = job.run(run_id)
    assert (run["JobRunState"], run["ErrorMessage"]) == ("STOPPED", "The local AWS was shut down.")


def test_an_orphan_ends_itself(job: Job, tmp_path: Path) -> None:
    """A gateway that does not come back: the agent waits a minute in earnest, here two seconds."""
    run_id = job.start_and_see_it_run()
    run_dir = job.gateway.state_dir / "glue_jobs" / run_id
    spec = json.loads((run_dir / "spec.json").read_text())
    assert spec["contact_lost_seconds"] == 60
    orphan = tmp_path / "orphan"
    orphan.mkdir()
    (orphan / "spec.json").write_text(json.dumps(spec | {"contact_lost_seconds": 2}))
    with (orphan / "lock").open("wb") as lock:
        agent = subprocess.Popen(
            [
                spec["environment"]["PYSPARK_PYTHON"],
                *("-m", "localaws.glue_jobs.agent", str(orphan), str(lock.fileno())),
            ],
            env=spec["environment"],
            pass_fds=(lock.fileno(),),
        )
    wait_until(lambda: (orphan / "driver.pid").exists())
    os.kill(job.processes()["glue_jobs.agent"], signal.SIGKILL)

    job.gateway.kill()

    assert agent.wait(timeout=30) == 0
    status = json.loads((orphan / "status.json").read_text())
    assert status["state"] == "FAILED"
    assert status["error_message"] == f"No contact with {job.gateway.endpoint_url} for 2 seconds."
    assert not job.is_beating()
