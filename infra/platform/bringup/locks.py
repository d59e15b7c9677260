"""Resolves every requirements file into its lock: exact versions and hashes, no index addresses."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .failures import PlatformError
from .layout import ENVIRONMENTS, ROOT, environment_without_python_settings
from .pythons import find_python

if TYPE_CHECKING:
    from .console import Console

UV = ENVIRONMENTS / "tools" / "bin" / "uv"
# The day on which Airflow 3.3.1's constraints were made: resolving with what was published by then
# gives the versions that they pin, without reading them.
AIRFLOW_DAY = "2026-08-12"
# Lines of MWAA's file that only MWAA can follow: its constraints, and the wheel in plugins.zip.
MWAA_ONLY = ("--", "rlm @")


@dataclass(frozen=True)
class Lock:
    """One lock: the files that it resolves, and for which Python."""

    lock: str
    inputs: tuple[str, ...]
    python: str = "3.12"
    published_before: str | None = None


LOCKS = (
    Lock("infra/platform/installer.lock", ("infra/platform/installer.txt",)),
    Lock("infra/platform/build.lock", ("infra/platform/build.txt",)),
    Lock(
        "requirements.lock",
        ("requirements.txt", "infra/platform/airflow.txt"),
        published_before=AIRFLOW_DAY,
    ),
    Lock("tests/dags/requirements.lock", ("tests/dags/requirements.txt",)),
    Lock("tests/requirements.lock", ("tests/requirements.txt",)),
    Lock(
        "include/sagemaker/recommender/requirements.lock",
        ("include/sagemaker/recommender/requirements.txt",),
    ),
    Lock("lambdas/requirements.lock", ("lambdas/requirements.txt", "lambdas/runtime.txt")),
    Lock("infra/aws/requirements.lock", ("infra/aws/requirements.txt",)),
    Lock("infra/compose/requirements.lock", ("infra/compose/requirements.txt",)),
    Lock("infra/local/requirements.lock", ("infra/local/requirements.txt",)),
    Lock("infra/local/notebook/requirements.lock", ("infra/local/notebook/requirements.txt",)),
    Lock("infra/local/glue/requirements.lock", ("infra/local/glue/requirements.txt",), "3.11"),
)


def resolve_locks(console: Console) -> bool:
    """Write every lock anew; versions that still fit stay as they are."""
    for lock in LOCKS:
        before = (ROOT / lock.lock).read_text() if (ROOT / lock.lock).exists() else ""
        _resolve(lock)
        after = (ROOT / lock.lock).read_text()
        if "://" in "".join(line for line in after.splitlines() if not line.startswith("    #")):
            raise PlatformError(f"{lock.lock} holds an address; it must hold versions and hashes")
        console.say(f"{lock.lock}: {'as it was' if after == before else 'changed'}")
    return True


def _resolve(lock: Lock) -> None:
    python = find_python(lock.python, UV)
    command = [
        *(str(UV), "--system-certs", "pip", "compile", "--quiet", "--python", str(python)),
        *("--generate-hashes", "--no-emit-index-url", "--no-emit-find-links", "--no-header"),
        *("--output-file", lock.lock),
    ]
    if lock.published_before:
        command += ["--exclude-newer", lock.published_before]
    text = None
    if len(lock.inputs) == 1:
        command.append(lock.inputs[0])
    else:
        lines = [line for name in lock.inputs for line in (ROOT / name).read_text().splitlines()]
        text = "\n".join(line for line in lines if not line.startswith(MWAA_ONLY))
        command.append("-")
    step = subprocess.run(  # noqa: S603 - our pinned uv
        command,
        cwd=ROOT,
        env=environment_without_python_settings(),
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
    if step.returncode != 0:
        raise PlatformError(f"resolving {lock.lock} failed:\n{step.stderr.strip()}")
