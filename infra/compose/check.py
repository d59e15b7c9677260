"""Check the containers, as far as this machine can: `make compose-check [STEPS="file build"]`.

- `file`: docker-compose.yaml is read by Docker's own program, the Dockerfile by a linter.
- `build`: the images are built, by Docker, or by buildah where only podman is at hand.
- `run`: `docker compose up` from nothing; every server becomes healthy, the pipeline succeeds, and
  the pages answer on this machine's loopback. Then all of it is removed again.

What cannot be done is said as `skipped`, with what is missing; what fails ends the check with 1.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

from engines import DOCKERFILE, ROOT, engine, say

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from engines import Engine

STEPS = ("file", "build", "run")
PROJECT = "rlm"
PAGES = (
    ("RLM_AWS_PORT", "4566", "/_localaws/health"),
    ("RLM_AIRFLOW_PORT", "8080", "/api/v2/monitor/health"),
    ("RLM_DASHBOARDS_PORT", "8090", "/healthz"),
)
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
FILL_SECONDS = 3600.0
POLL_SECONDS = 5.0
# No engine, or no root for the one that is there: the images are not judged.
SKIPPED = "skipped: no Docker engine answers, and podman, buildah and runc are not here for root"


class CheckError(Exception):
    """Something is not as it must be; the message says what."""


def main(arguments: list[str] | None = None) -> int:
    """Take the steps; 0 if none failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("steps", nargs="*", choices=STEPS, help="all of them if none")
    parser.add_argument("--keep", action="store_true", help="leave what `run` started running")
    parser.add_argument(
        "--python", type=Path, default=Path(sys.executable), help="for stand-ins of base images"
    )
    options = parser.parse_args(arguments)
    steps = options.steps or STEPS
    try:
        if "file" in steps:
            _check_files()
        if {"build", "run"} & set(steps):
            chosen = engine(options.python, _run)
            if chosen is None:
                say(f"build, run: {SKIPPED}")
                return 0
            if "build" in steps:
                began = time.monotonic()
                chosen.build()
                say(f"build: every image is built by {chosen.name} in {_since(began)}")
            if "run" in steps:
                _check_run(chosen, options.keep)
    except (CheckError, subprocess.CalledProcessError, OSError, RuntimeError) as problem:
        say(f"NOT good: {problem}")
        return 1
    return 0


def _check_files() -> None:
    _run([*_compose(), "config", "--quiet"])
    say("file: docker-compose.yaml is one")
    hadolint = _program("hadolint")
    if hadolint is None:
        say("file: Dockerfile: skipped: hadolint is not here")
        return
    _run([hadolint, "--failure-threshold", "info", DOCKERFILE])
    say("file: the linter finds nothing in the Dockerfile")


def _check_run(chosen: Engine, is_kept: bool) -> None:
    with chosen.running() as (variables, options):
        compose = [*_compose(), "--file", "docker-compose.yaml", *options]
        environ = {**os.environ, **variables}
        began = time.monotonic()
        if subprocess.run(  # noqa: S603 - asks what runs
            [*compose, "ps", "--all", "--quiet"],
            cwd=ROOT,
            env=environ,
            capture_output=True,
            check=True,
        ).stdout.strip():
            raise CheckError(
                f"the project {PROJECT} has containers already; `docker compose down` first"
            )
        try:
            _run([*compose, "up", "--no-build", "--detach"], environ)
            say(f"run: every server is healthy after {_since(began)}")
            for line in _follow_fill(compose, environ):
                say(f"  {line}")
            say(f"run: the pipeline succeeded after {_since(began)}")
            _check_servers(compose, environ)
            for variable, default, path in PAGES:
                url = f"http://127.0.0.1:{os.environ.get(variable) or default}{path}"
                with OPENER.open(url, timeout=30) as answer:
                    say(f"run: {url} answers {answer.status}")
        except BaseException:
            _run([*compose, "ps", "--all"], environ)
            _run([*compose, "logs", "--no-color", "--tail", "30"], environ)
            raise
        finally:
            if not is_kept:
                _run([*compose, "down", "--volumes"], environ)


def _follow_fill(compose: Sequence[str], environ: Mapping[str, str]) -> Iterator[str]:
    """What the filling container says, line by line; raises CheckError if it fails."""
    seen = 0
    deadline = time.monotonic() + FILL_SECONDS
    while time.monotonic() < deadline:
        (state,) = _states(compose, environ, "fill")
        lines = _output([*compose, "logs", "--no-color", "--no-log-prefix", "fill"], environ)
        told = lines.splitlines()
        yield from told[seen:]
        seen = len(told)
        if state["State"] == "exited":
            if state["ExitCode"] != 0:
                raise CheckError(f"the pipeline failed: `fill` ended with {state['ExitCode']}")
            return
        time.sleep(POLL_SECONDS)
    raise CheckError(f"`fill` did not end within {FILL_SECONDS:.0f} s")


def _check_servers(compose: Sequence[str], environ: Mapping[str, str]) -> None:
    """Every container that is to run does, is healthy, and has no rights."""
    states = {one["Service"]: one for one in _states(compose, environ)}
    config = json.loads(_output([*compose, "config", "--format", "json"], environ))
    for name, service in config["services"].items():
        state = states.get(name, {})
        if service.get("restart") == "no":
            if state.get("ExitCode") != 0:
                raise CheckError(f"{name} ended with {state.get('ExitCode')}")
        elif state.get("State") != "running" or state.get("Health") != "healthy":
            raise CheckError(f"{name} is {state.get('State')}, {state.get('Health')}")
        else:
            user = _output([*compose, "exec", "-T", name, "id", "-u"], environ).strip()
            if user == "0":
                raise CheckError(f"{name} runs as root")
            say(f"run: {name} is healthy, user {user}")


def _states(
    compose: Sequence[str], environ: Mapping[str, str], *services: str
) -> list[dict[str, object]]:
    listed = _output([*compose, "ps", "--all", "--format", "json", *services], environ)
    return [json.loads(line) for line in listed.splitlines()]


def _compose() -> list[str]:
    """Docker's program for compose files: this project's own, else the machine's."""
    found = _program("docker-compose")
    if found is None:
        raise CheckError("docker-compose is not here: `make setup ENVS=compose` installs it")
    return [found]


def _program(name: str) -> str | None:
    own = Path(sys.executable).with_name(name)
    return str(own) if own.exists() else shutil.which(name)


def _run(command: Sequence[str], environ: Mapping[str, str] | None = None) -> None:
    subprocess.run(  # noqa: S603 - commands of this check
        list(command), cwd=ROOT, env=None if environ is None else dict(environ), check=True
    )


def _output(command: Sequence[str], environ: Mapping[str, str]) -> str:
    return subprocess.run(  # noqa: S603 - commands of this check
        list(command),
        cwd=ROOT,
        env=dict(environ),
        check=True,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ).stdout


def _since(began: float) -> str:
    return f"{time.monotonic() - began:.0f} s"


if __name__ == "__main__":
    # Ended from outside, it still removes what it started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    raise SystemExit(main())
