"""Glue job runs through the API: each run is a real process with a real end."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.slow

END_SECONDS = 60.0
FINAL = ("SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT", "ERROR")


class Glue:
    """A gateway's Glue with a bucket of scripts."""

    def __init__(self, gateway: Any) -> None:
        self.api = gateway.client("glue")
        self.logs = gateway.client("logs")
        self.s3 = gateway.client("s3", s3={"addressing_style": "path"})

    def create(self, name: str, script: str, command: str = "pythonshell", **job: Any) -> str:
        self.s3.create_bucket(Bucket="scripts")
        self.s3.put_object(Bucket="scripts", Key=f"{name}.py", Body=script.encode())
        self.api.create_job(
            Name=name,
            Role="arn:aws:iam::000000000000:role/glue",
            Command={"Name": command, "ScriptLocation": f"s3://scripts/{name}.py"},
            **job,
        )
        return name

    def start(self, name: str, **run: Any) -> str:
        return str(self.api.start_job_run(JobName=name, **run)["JobRunId"])

    def run(self, name: str, run_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.api.get_job_run(JobName=name, RunId=run_id)["JobRun"]
        return found

    def wait(self, name: str, run_id: str, states: tuple[str, ...] = FINAL) -> dict[str, Any]:
        deadline = time.monotonic() + END_SECONDS
        while time.monotonic() < deadline:
            run = self.run(name, run_id)
            if run["JobRunState"] in states:
                return run
            time.sleep(0.1)
        pytest.fail(f"{name} {run_id} is still {run['JobRunState']}, expected {states}")

    def log(self, run_id: str, kind: str = "output", group: str = "python-jobs") -> list[str]:
        events = self.logs.get_log_events(
            logGroupName=f"/aws-glue/{group}/{kind}", logStreamName=run_id, startFromHead=True
        )["events"]
        return [event["message"] for event in events]


@pytest.fixture
def glue(glue_gateway: Any) -> Glue:
    return Glue(glue_gateway)


def code(raised: pytest.ExceptionInfo[ClientError]) -> str:
    return str(raised.value.response["Error"]["Code"])


def test_a_run_gets_job_defaults_its_own_arguments_and_glues(glue: Glue) -> None:
    # AWS: the run's arguments over the job's; NonOverridableArguments over both; --JOB_NAME and
    # --JOB_RUN_ID are added; GetJobRun shows only the arguments of StartJobRun.
    name = glue.create(
        "arguments",
        "import sys; print(sys.argv[1:])",
        DefaultArguments={"--a": "job", "--b": "job", "--c": "job"},
        NonOverridableArguments={"--c": "fixed"},
    )
    run_id = glue.start(name, Arguments={"--b": "run", "--c": "run"})

    run = glue.wait(name, run_id)

    assert run["JobRunState"] == "SUCCEEDED"
    assert run["Arguments"] == {"--b": "run", "--c": "run"}
    own = ["--a", "job", "--b", "run", "--c", "fixed"]
    assert glue.log(run_id) == [str([*own, "--JOB_NAME", name, "--JOB_RUN_ID", run_id])]


def test_a_finished_run_tells_when_it_ran_and_where_it_logged(glue: Glue) -> None:
    # AWS: run ids are jr_ and 64 hex digits; LogGroupName is the prefix of the two log groups.
    name = glue.create("bookkeeping", "print('done')", GlueVersion="5.1", Timeout=7)
    run = glue.wait(name, glue.start(name))

    assert run["Id"].startswith("jr_")
    assert len(run["Id"]) == 67
    assert run["CompletedOn"] >= run["StartedOn"]
    assert run["ExecutionTime"] == int((run["CompletedOn"] - run["StartedOn"]).total_seconds())
    assert (run["LogGroupName"], run["Timeout"], run["Attempt"]) == (
        "/aws-glue/python-jobs",
        7,
        0,
    )
    assert "ErrorMessage" not in run
    assert [r["Id"] for r in glue.api.get_job_runs(JobName=name)["JobRuns"]] == [run["Id"]]


def test_a_script_that_raises_fails_its_run_with_line_and_error(glue: Glue) -> None:
    # AWS: FAILED; ErrorMessage holds "Failed Line Number: 2; ValueError: ..."; the error log has
    # the traceback.
    name = glue.create("raises", "print('before')\nraise ValueError('no such venue')\n")
    run_id = glue.start(name)

    run = glue.wait(name, run_id)

    assert run["JobRunState"] == "FAILED"
    assert run["ErrorMessage"] == "Failed Line Number: 2; ValueError: no such venue"
    assert glue.log(run_id) == ["before"]
    assert glue.log(run_id, "error")[-1] == "ValueError: no such venue"


@pytest.mark.parametrize(
    ("script", "state", "message"),
    [
        ("import sys; sys.exit(0)", "SUCCEEDED", None),
        ("import sys; sys.exit(3)", "FAILED", "Failed Line Number: 1; SystemExit: 3"),
        ("import os; os._exit(4)", "FAILED", "Command failed with exit code 4"),
        ("import os; os.kill(os.getpid(), 9)", "FAILED", "Command failed with exit code -9"),
        ("def broken(:", "FAILED", "Failed Line Number: 1; SyntaxError: invalid syntax"),
    ],
)
def test_the_way_a_script_ends_decides_the_state(
    glue: Glue, script: str, state: str, message: str | None
) -> None:
    name = glue.create(f"ends-{abs(hash(script))}", script)
    run = glue.wait(name, glue.start(name))
    assert run["JobRunState"] == state
    assert (run.get("ErrorMessage") or "").startswith(message or "")
    assert bool(message) == ("ErrorMessage" in run)


def test_a_missing_script_fails_the_run_and_is_named(glue: Glue) -> None:
    # AWS: the run is accepted, then FAILED.
    name = glue.create("missing", "pass")
    glue.s3.delete_object(Bucket="scripts", Key="missing.py")
    run = glue.wait(name, glue.start(name))
    assert run["JobRunState"] == "FAILED"
    assert "s3://scripts/missing.py" in run["ErrorMessage"]


def test_modules_that_the_runtime_lacks_are_named(glue: Glue) -> None:
    # AWS installs them when the run starts; here the locked runtime must hold them.
    name = glue.create("modules", "pass")
    asked = "boto3,surely-not-installed==1.0,pyspark==2.0.0"
    run = glue.wait(name, glue.start(name, Arguments={"--additional-python-modules": asked}))
    assert run["JobRunState"] == "FAILED"
    assert "surely-not-installed==1.0 (not installed)" in run["ErrorMessage"]
    assert "pyspark==2.0.0 (installed: 3.5.6)" in run["ErrorMessage"]
    assert "boto3" not in run["ErrorMessage"]


def test_logs_are_there_while_the_run_runs(glue: Glue) -> None:
    name = glue.create("talks", "import time\nprint('first', flush=True)\ntime.sleep(60)")
    run_id = glue.start(name)
    glue.wait(name, run_id, ("RUNNING",))
    deadline = time.monotonic() + 10
    lines: list[str] = []
    while not lines and time.monotonic() < deadline:
        try:
            lines = glue.log(run_id)
        except glue.logs.exceptions.ResourceNotFoundException:
            time.sleep(0.2)
    assert lines == ["first"]
    assert glue.run(name, run_id)["JobRunState"] == "RUNNING"
    glue.api.batch_stop_job_run(JobName=name, JobRunIds=[run_id])
    glue.wait(name, run_id)


def test_a_stopped_run_ends_with_all_its_processes(glue: Glue, tmp_path: Any) -> None:
    # AWS: STOPPING, then STOPPED. A run that has ended, or never was, is an error in the answer.
    marker = tmp_path / "alive"
    child = f"import time, pathlib\nwhile 1: pathlib.Path({str(marker)!r}).touch(); time.sleep(.1)"
    name = glue.create(
        "stops",
        f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {child!r}])",
    )
    run_id = glue.start(name)
    deadline = time.monotonic() + END_SECONDS
    while not marker.exists() and time.monotonic() < deadline:
        time.sleep(0.1)

    answer = glue.api.batch_stop_job_run(JobName=name, JobRunIds=[run_id, "jr_none"])

    assert answer["SuccessfulSubmissions"] == [{"JobName": name, "JobRunId": run_id}]
    assert [e["ErrorDetail"]["ErrorCode"] for e in answer["Errors"]] == ["EntityNotFoundException"]
    assert glue.wait(name, run_id)["JobRunState"] == "STOPPED"
    marker.unlink()
    time.sleep(0.5)
    assert not marker.exists(), "a process of the stopped run still runs"
    again = glue.api.batch_stop_job_run(JobName=name, JobRunIds=[run_id])
    assert again["Errors"][0]["ErrorDetail"]["ErrorCode"] == "InvalidInputException"


def test_more_runs_than_allowed_are_refused(glue: Glue) -> None:
    # AWS: ConcurrentRunsExceededException; one run at a time unless the job says otherwise.
    name = glue.create(
        "concurrent", "import time; time.sleep(60)", ExecutionProperty={"MaxConcurrentRuns": 2}
    )
    runs = [glue.start(name), glue.start(name)]
    with pytest.raises(ClientError) as raised:
        glue.start(name)
    assert code(raised) == "ConcurrentRunsExceededException"
    glue.api.batch_stop_job_run(JobName=name, JobRunIds=runs)
    for run_id in runs:
        glue.wait(name, run_id)
    stopped_all = glue.start(name)
    glue.api.batch_stop_job_run(JobName=name, JobRunIds=[stopped_all])
    assert glue.wait(name, stopped_all)["JobRunState"] == "STOPPED"


def test_a_failed_run_is_retried_as_often_as_the_job_says(glue: Glue) -> None:
    # AWS: each retry is a run of its own, <first id>_attempt_<n>, with PreviousRunId and Attempt.
    name = glue.create("retries", "raise SystemExit(1)", MaxRetries=2)
    first = glue.start(name)
    last = f"{first}_attempt_2"
    glue.wait(name, first)
    deadline = time.monotonic() + END_SECONDS
    while time.monotonic() < deadline:
        runs = glue.api.get_job_runs(JobName=name)["JobRuns"]
        if runs[0]["Id"] == last and runs[0]["JobRunState"] == "FAILED":
            break
        time.sleep(0.2)
    assert [(r["Id"], r["Attempt"], r["JobRunState"]) for r in runs] == [
        (last, 2, "FAILED"),
        (f"{first}_attempt_1", 1, "FAILED"),
        (first, 0, "FAILED"),
    ]
    assert runs[0]["PreviousRunId"] == f"{first}_attempt_1"


def test_a_job_can_name_its_log_groups(glue: Glue) -> None:
    # AWS: <prefix>/output and <prefix>/error; the stream is the run's id.
    name = glue.create("own-logs", "print('here')")
    run_id = glue.start(name, Arguments={"--custom-logGroup-prefix": "/music/glue"})
    assert glue.wait(name, run_id)["LogGroupName"] == "/music/glue"
    events = glue.logs.get_log_events(logGroupName="/music/glue/output", logStreamName=run_id)
    assert [event["message"] for event in events["events"]] == ["here"]


def test_extra_py_files_are_importable_also_under_a_zip_name(glue: Glue) -> None:
    import io
    import zipfile

    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("venue_names/__init__.py", "NAME = 'Paradiso'")
    name = glue.create("imports", "import venue_names; print(venue_names.NAME)")
    glue.s3.put_object(Bucket="scripts", Key="lib/venues.zip", Body=archive.getvalue())
    run_id = glue.start(name, Arguments={"--extra-py-files": "s3://scripts/lib/venues.zip"})
    assert glue.wait(name, run_id)["JobRunState"] == "SUCCEEDED"
    assert glue.log(run_id) == ["Paradiso"]


def test_the_script_does_not_see_the_gateways_own_code(glue: Glue) -> None:
    name = glue.create("isolated", "import localaws")
    run = glue.wait(name, glue.start(name))
    assert run["ErrorMessage"].endswith("ModuleNotFoundError: No module named 'localaws'")


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"--conf": "master=local"}, "spark.<name>=<value>"),
        ({"--enable-glue-datacatalog": "true"}, "--enable-glue-datacatalog"),
    ],
)
def test_what_cannot_be_honoured_is_refused_at_start(
    glue: Glue, arguments: dict[str, str], named: str
) -> None:
    name = glue.create(f"refused{len(named)}", "pass")
    with pytest.raises(ClientError, match=named) as raised:
        glue.start(name, Arguments=arguments)
    assert code(raised) == "InvalidInputException"
    assert glue.api.get_job_runs(JobName=name)["JobRuns"] == []


def test_another_glue_version_or_engine_is_not_passed_off_as_this_one(glue: Glue) -> None:
    old = glue.create("old", "pass", command="glueetl", GlueVersion="4.0")
    with pytest.raises(ClientError, match=r"GlueVersion 4\.0"):
        glue.start(old)
    ray = glue.create("ray", "pass", command="glueray")
    with pytest.raises(ClientError, match="glueray"):
        glue.start(ray)


def test_unknown_jobs_and_runs_are_not_found(glue: Glue) -> None:
    # AWS: EntityNotFoundException for all of these; DeleteJob of an unknown job succeeds.
    calls: list[Callable[[], Any]] = [
        lambda: glue.api.get_job(JobName="nobody"),
        lambda: glue.api.start_job_run(JobName="nobody"),
        lambda: glue.api.get_job_runs(JobName="nobody"),
        lambda: glue.api.get_job_run(JobName="nobody", RunId="jr_1"),
        lambda: glue.api.get_job_bookmark(JobName="nobody"),
        lambda: glue.api.update_job(JobName="nobody", JobUpdate={"Role": "r"}),
    ]
    for call in calls:
        with pytest.raises(ClientError) as raised:
            call()
        assert code(raised) == "EntityNotFoundException"
    assert glue.api.delete_job(JobName="nobody")["JobName"] == "nobody"


def test_a_job_is_kept_as_it_was_given(glue: Glue) -> None:
    # AWS: GetJob returns every setting, and defaults for those that were left out.
    name = glue.create(
        "definition",
        "pass",
        command="glueetl",
        ExecutionProperty={"MaxConcurrentRuns": 3},
        WorkerType="G.1X",
        NumberOfWorkers=2,
        Tags={"owner": "etl"},
    )
    job = glue.api.get_job(JobName=name)["Job"]
    assert job["ExecutionProperty"] == {"MaxConcurrentRuns": 3}
    assert (job["Timeout"], job["GlueVersion"], job["MaxRetries"]) == (480, "5.1", 0)
    arn = f"arn:aws:glue:us-east-1:000000000000:job/{name}"
    assert glue.api.get_tags(ResourceArn=arn)["Tags"] == {"owner": "etl"}
    with pytest.raises(ClientError) as raised:
        glue.create(name, "pass")
    assert code(raised) == "AlreadyExistsException"

    # AWS: UpdateJob replaces the definition; what it leaves out is back at its default.
    glue.api.update_job(
        JobName=name,
        JobUpdate={"Role": "other", "Command": job["Command"], "Timeout": 5},
    )
    changed = glue.api.get_job(JobName=name)["Job"]
    assert (changed["Role"], changed["Timeout"]) == ("other", 5)
    assert changed["ExecutionProperty"] == {"MaxConcurrentRuns": 1}
    assert name in glue.api.list_jobs(MaxResults=100)["JobNames"]
    glue.api.delete_job(JobName=name)
    assert glue.api.batch_get_jobs(JobNames=[name])["JobsNotFound"] == [name]
