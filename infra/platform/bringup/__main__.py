"""`python3 -m bringup COMMAND`: sets up what is missing, then hands over to the dev environment."""

from __future__ import annotations

import os
import sys

from . import environments
from .console import Console
from .failures import PlatformError
from .layout import ROOT, environment_without_python_settings, python_of

NEEDS_SETUP = ("run", "lock", "test", "check", "bench", "chaos")
WITHOUT_SETUP = ("status", "stop", "clean")
# Whose code mypy reads and whose fast tests run.
OF_CHECK = ("dev", "airflow", "glue", "infra")


def main(arguments: list[str]) -> int:
    """Run one command; the exit code is 0 only if it did all that it promises."""
    console = Console()
    command, rest = (arguments[0], arguments[1:]) if arguments else ("", [])
    try:
        if command == "setup":
            environments.set_up(console, rest or environments.EVERYTHING)
            console.say("everything is installed")
            return 0
        if command in NEEDS_SETUP:
            wanted = environments.EVERYTHING
            if command == "lock":
                wanted = ("dev",)
            elif command == "check":
                wanted = OF_CHECK
            with console.phase("setup", "setting up the environments"):
                environments.set_up(console, wanted)
        elif command not in WITHOUT_SETUP:
            console.write(f"unknown command {command!r}; `make help` lists them")
            return 2
    except PlatformError as problem:
        console.write(f"\n{command} stopped: {problem}")
        return 1
    return _hand_over(command, rest, console)


def _hand_over(command: str, rest: list[str], console: Console) -> int:
    """Go on in the dev environment: from here on there is Python 3.12 and what its lock holds."""
    python = python_of("dev")
    if not python.exists():
        console.write(f"nothing to {command}: nothing is set up yet; `make run` does it")
        return 0
    environ = environment_without_python_settings()
    environ["PYTHONPATH"] = str(ROOT / "infra" / "platform")
    environ["RLM_STARTED_AT"] = repr(console.started_at)
    environ["RLM_SETUP_SECONDS"] = repr(console.phase_seconds.get("setup", 0.0))
    sys.stdout.flush()
    os.chdir(ROOT)
    os.execve(str(python), [str(python), "-m", "bringup.commands", command, *rest], environ)  # noqa: S606
    return 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
