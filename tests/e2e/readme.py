"""Commands that a page tells people to type, run as they stand there."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
TIMEOUT_SECONDS = 60


@dataclass(frozen=True)
class Ended:
    """A command that ran, or the program that it lacks."""

    line: str
    missing: str = ""
    exit_code: int = 0
    stdout: str = ""
    stderr: str = ""


def commands_under(heading: str, page: str) -> list[str]:
    """The lines of the section's first block of `sh`; raises `ValueError` if there is none."""
    section = re.search(
        rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL
    )
    block = re.search(
        r"^```sh\n(.*?)^```$", section[1] if section else "", re.MULTILINE | re.DOTALL
    )
    if block is None:
        raise ValueError(f"no block of sh under ## {heading}")
    return [line for line in block[1].splitlines() if line.strip()]


def run_each(lines: list[str]) -> list[Ended]:
    """Each line in a shell of its own, after the exports before it, in the checkout."""
    exports: list[str] = []
    ended = []
    for line in lines:
        if line.startswith("export "):
            exports.append(line)
            continue
        missing = [one for one in programs(line) if not is_there(one)]
        ended.append(Ended(line, missing[0]) if missing else _run(exports, line))
    return ended


def programs(line: str) -> list[str]:
    """The first word of each part of a pipeline."""
    found, is_first = [], True
    for word in shlex.shlex(line, posix=True, punctuation_chars="|"):
        if is_first:
            found.append(word)
        is_first = word == "|"
    return found


def is_there(program: str) -> bool:
    """Whether it can be started: a name on PATH may stand for one that was removed."""
    return _shell(f"{program} --version").returncode == 0


def _run(exports: list[str], line: str) -> Ended:
    done = _shell("\n".join([*exports, line]))
    return Ended(line, "", done.returncode, done.stdout, done.stderr)


def _shell(script: str) -> subprocess.CompletedProcess[str]:
    """Without whatever AWS account the caller has."""
    environ = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "PYTHON"))}
    environ |= {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    return subprocess.run(
        ["sh", "-ec", script],
        cwd=REPOSITORY,
        env=environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
