"""A run's folder: what its agent and its Spark find there."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from localaws.glue_jobs import arguments
from localaws.spark_runtime import SparkRuntime, spark_environment, write_spark_conf

if TYPE_CHECKING:
    from localaws.operations import Document
    from localaws.scope import Scope

# Of the gateway's own environment a job sees no more than this.
PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "JAVA_HOME")
# Every process of a run has it, whatever else it changes: it tells whose process it is.
RUN_DIR_VARIABLE = "GLUE_JOB_RUN_DIR"
# A restart of the gateway takes seconds; a run that finds nobody for a minute is an orphan.
CONTACT_LOST_SECONDS = 60


def prepare(
    run_dir: Path, run: Document, scope: Scope, runtime: SparkRuntime, timeout_seconds: float
) -> None:
    """Write all that the agent needs; what an earlier attempt left there is removed."""
    shutil.rmtree(run_dir, ignore_errors=True)
    run_dir.mkdir(parents=True)
    run_dir = run_dir.resolve()
    runtime = replace(runtime, region=scope.region)
    given = arguments.read(run["EffectiveArguments"])
    command = run["Command"]

    def local(folder: str, uris: tuple[str, ...]) -> dict[str, str]:
        return {uri: str(run_dir / folder / arguments.file_name(uri)) for uri in uris}

    script = local("script", (command["ScriptLocation"],))
    python_files = local("python", given.extra_py_files)
    jars = local("jars", given.extra_jars)
    files = local("work", given.extra_files)
    conf_dir = run_dir / "conf"
    if command["Name"] == "glueetl":
        submit = {
            "spark.app.name": run["JobName"],
            "spark.submit.pyFiles": ",".join(python_files.values()),
            "spark.jars": ",".join(jars.values()),
        }
        write_spark_conf(
            runtime,
            conf_dir,
            run_dir / "scratch",
            given.datalake_formats,
            extra={key: value for key, value in submit.items() if value} | given.conf,
        )
    # The account that the run belongs to is the one that its credentials name.
    base = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    base |= {"AWS_ACCESS_KEY_ID": scope.account, "AWS_SECRET_ACCESS_KEY": "glue"}
    environment = spark_environment(runtime, conf_dir, base)
    environment |= {
        "PYTHONPATH": str(Path(__file__).parents[2]),
        RUN_DIR_VARIABLE: str(run_dir),
        "TMPDIR": str(run_dir / "scratch"),
    }
    (run_dir / "scratch").mkdir(exist_ok=True)
    group = run["LogGroupName"]
    spec = {
        "endpoint": runtime.endpoint,
        "environment": environment,
        "python_path": os.pathsep.join(python_files.values()),
        "script": script[command["ScriptLocation"]],
        "arguments": script_arguments(run, given),
        "downloads": [
            {"uri": uri, "path": path}
            for paths in (script, python_files, jars, files)
            for uri, path in paths.items()
        ],
        "python_modules": list(given.python_modules),
        "started_on": run["StartedOn"],
        "timeout_minutes": run["Timeout"],
        "timeout_seconds": timeout_seconds,
        "contact_lost_seconds": CONTACT_LOST_SECONDS,
        "log_groups": {"stdout": f"{group}/output", "stderr": f"{group}/error"},
        "log_stream": run["Id"],
    }
    (run_dir / "spec.json").write_text(json.dumps(spec), encoding="utf-8")


def script_arguments(run: Document, given: arguments.JobArguments) -> list[str]:
    """sys.argv after the script's name: its own arguments, and those that Glue always adds.

    A script therefore must tolerate arguments that it does not know.
    """
    return [*given.script, "--JOB_NAME", run["JobName"], "--JOB_RUN_ID", run["Id"]]
