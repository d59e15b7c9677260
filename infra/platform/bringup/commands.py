"""The commands that run in the dev environment, once it is there."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import sys
from typing import TYPE_CHECKING

from .benchmarks import run_benchmarks
from .bring_up import bring_up, fill
from .console import Console, table
from .dashboards import MARK
from .failures import PlatformError
from .layout import JARS, State
from .locks import resolve_locks
from .platform import platform_for
from .processes import condition, pid_of
from .suites import run_checks, run_tests
from .summary import last_run_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from .platform import Platform

STATE_PARTS = ("aws", "airflow", "sources", "logs", "run", "test-results", "chaos")
STATE_FILES = ("run-summary.json", "secrets.json", "images.json", MARK)


def main(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run one command; 0 only if it did what it promises."""
    command = arguments[0]
    console = Console(float(environ.get("RLM_STARTED_AT") or 0) or None)
    if float(environ.get("RLM_SETUP_SECONDS") or 0):
        console.phase_seconds["setup"] = round(float(environ["RLM_SETUP_SECONDS"]), 2)
    commands: Mapping[str, Callable[[], bool]] = {
        "run": lambda: _run(platform_for(environ), environ, console),
        "fill": lambda: _fill(platform_for(environ), environ, console),
        "status": lambda: _status(platform_for(environ), console),
        "stop": lambda: _stop(platform_for(environ), console),
        "clean": lambda: _clean(platform_for(environ), console),
        "check": lambda: run_checks(console),
        "test": lambda: run_tests(State.of(environ), environ, console),
        "bench": lambda: run_benchmarks(console),
        "lock": lambda: resolve_locks(console),
        "chaos": lambda: _chaos(environ, console),
    }
    try:
        return 0 if commands[command]() else 1
    except PlatformError as problem:
        console.write(f"\nmake {command} stopped: {problem}")
        return 1
    except KeyboardInterrupt:
        console.write(f"\nmake {command} was interrupted; `make status` says what still runs")
        return 130


def _chaos(environ: Mapping[str, str], console: Console) -> bool:
    # Imported here: it is no part of bringing a platform up.
    from chaos.command import run_chaos

    with _alone(State.of(environ)):
        return run_chaos(environ, console)


def _run(platform: Platform, environ: Mapping[str, str], console: Console) -> bool:
    with _alone(platform.state):
        return bring_up(platform, environ, console)


def _fill(platform: Platform, environ: Mapping[str, str], console: Console) -> bool:
    """What `run` does once the servers are there: they run in containers of their own."""
    with _alone(platform.state):
        return fill(platform, environ, console)


def _status(platform: Platform, console: Console) -> bool:
    """Say of each process whether it runs; false if one died that nobody stopped."""
    processes = platform.processes()
    where = {
        "local-aws": platform.aws.url,
        "airflow-api-server": platform.airflow.url,
        "dashboards": platform.dashboards.url,
    }
    rows = []
    for process in processes:
        pid = pid_of(process.pid_file)
        rows.append(
            [process.name, condition(process.pid_file), str(pid or ""), where.get(process.name, "")]
        )
    console.write(table(["process", "state", "pid", "address"], rows))
    dead = [process for process in processes if condition(process.pid_file) == "died"]
    for process in dead:
        console.write(f"{process.name} died; its log: {process.log}. `make run` starts it again.")
    if platform.state.summary.exists():
        console.write(last_run_text(platform.state.summary))
    return not dead


def _stop(platform: Platform, console: Console) -> bool:
    """Stop every server that runs, and say which did."""
    with _alone(platform.state):
        return _stop_processes(platform, console)


def _stop_processes(platform: Platform, console: Console) -> bool:
    stopped = platform.stop()
    console.say(f"stopped {', '.join(stopped)}" if stopped else "nothing was running")
    return True


def _clean(platform: Platform, console: Console) -> bool:
    """Stop, then delete what the platform wrote into its state folder, and nothing else there."""
    with _alone(platform.state):
        _stop_processes(platform, console)
        for name in STATE_PARTS:
            shutil.rmtree(platform.state.folder / name, ignore_errors=True)
        for name in STATE_FILES:
            (platform.state.folder / name).unlink(missing_ok=True)
    console.say(f"forgot all state in {platform.state.folder}; environments and {JARS.name} stay")
    return True


@contextlib.contextmanager
def _alone(state: State) -> Iterator[None]:
    """Hold the platform's lock: two commands at once would start things twice."""
    state.folder.mkdir(parents=True, exist_ok=True)
    with (state.folder / "command.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise PlatformError(
                f"another command is at work on {state.folder}; wait for it, or end it"
            ) from None
        yield


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:], os.environ))
