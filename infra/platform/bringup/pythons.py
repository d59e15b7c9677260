"""Finds the interpreters that the environments are built with, or has uv fetch them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from .failures import PlatformError
from .layout import ENVIRONMENTS

if TYPE_CHECKING:
    from collections.abc import Iterator

# A Python that was built without these cannot install packages or keep Airflow's database.
PROBE = "import ssl, sqlite3, venv, zlib, sys; print('%d.%d' % sys.version_info[:2])"


def find_python(version: str, uv: Path) -> Path:
    """An interpreter of this version ("3.12") that works; uv fetches one if there is none."""
    for candidate in _candidates(version):
        if _version_of(candidate) == version:
            return candidate
    return _fetched(version, uv)


def _candidates(version: str) -> Iterator[Path]:
    """Where a machine may keep a Python; pyenv's unselected versions are not on the PATH."""
    yield Path(sys.executable)
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        candidate = Path(folder) / f"python{version}"
        # pyenv's shims answer for versions that are not selected, and then fail.
        if candidate.exists() and "shims" not in candidate.parts:
            yield candidate
    for root in (os.environ.get("PYENV_ROOT"), Path.home() / ".pyenv"):
        if root:
            yield from sorted(
                Path(root).glob(f"versions/{version}*/bin/python{version}"), reverse=True
            )
    for folder in ("/usr/local/bin", "/usr/bin", "/opt/homebrew/bin"):
        yield Path(folder) / f"python{version}"


def _version_of(python: Path) -> str | None:
    """What the interpreter says it is; None when it cannot run or lacks a needed module."""
    if not python.exists():
        return None
    try:
        answer = subprocess.run(  # noqa: S603 - an interpreter that was found on this machine
            [str(python), "-c", PROBE], capture_output=True, text=True, timeout=30, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return answer.stdout.strip() if answer.returncode == 0 else None


def _fetched(version: str, uv: Path) -> Path:
    """The interpreter that uv keeps, or downloads now."""
    environ = {**os.environ, "UV_PYTHON_INSTALL_DIR": str(ENVIRONMENTS / "pythons")}
    install = subprocess.run(  # noqa: S603 - our pinned uv
        [str(uv), "--system-certs", "python", "install", "--quiet", "--no-bin", version],
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    if install.returncode == 0:
        found = subprocess.run(  # noqa: S603 - our pinned uv
            [str(uv), "python", "find", "--managed-python", version],
            env=environ,
            capture_output=True,
            text=True,
            check=False,
        )
        if found.returncode == 0:
            return Path(found.stdout.strip())
    reason = (install.stderr.strip().splitlines() or ["no reason given"])[-1]
    hint = f"apt-get install python{version} python{version}-venv"
    if shutil.which("pyenv"):
        hint = f"pyenv install {version}"
    raise PlatformError(
        f"Python {version} is missing: not on the PATH, not under pyenv, and uv could not fetch it"
        f" ({reason}). Install it, for example with `{hint}`, and run the command again."
    )
