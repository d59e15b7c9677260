"""Glue jobs that really run: definitions, runs, and the process that each run is.

`definitions` and `runs` speak the protocol, `state` keeps what was acknowledged, `arguments`
reads Glue's special job parameters, `engine` starts and watches runs. `agent` and `driver` are
programs, one pair a run, under Glue's Python.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from localaws.glue_jobs.definitions import Definitions
from localaws.glue_jobs.engine import Engine
from localaws.glue_jobs.runs import Runs
from localaws.glue_jobs.state import JobStore
from localaws.spark_runtime import SparkRuntime

if TYPE_CHECKING:
    from localaws.host import Host


def register(host: Host) -> None:
    """Serve Glue's job operations, and take up again the runs that outlived the last process."""
    store = JobStore(host.store)
    runtime = None
    if host.options.glue_python is not None and host.options.jars is not None:
        runtime = SparkRuntime(
            python=host.options.glue_python,
            jars=host.options.jars,
            endpoint=host.options.endpoint_url,
        )
    engine = Engine(store, runtime, host.options.state_dir / "glue_jobs")
    host.operations.register("glue", Definitions(store, host.call).handlers())
    host.operations.register("glue", Runs(store, engine).handlers())
    host.on_start.append(engine.resume)
    host.on_stop.append(engine.shut_down)
