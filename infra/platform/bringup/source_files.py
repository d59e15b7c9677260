"""Makes the source files that the platform ingests: generated, or imported from real data sets."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .failures import PlatformError
from .layout import ROOT, environment_without_python_settings, python_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .console import Console
    from .layout import State

IMPORTS = ("tickit-lastfm", "broadway")
WAYS = ("generated", *IMPORTS)
GENERATOR_CODE = ("src/rlm/generate", "src/rlm/importers", "src/rlm/cli.py")


@dataclass(frozen=True)
class SourceFiles:
    """A folder in the landing layout, and the command that fills it."""

    way: str
    folder: Path
    command: tuple[str, ...]


def source_files_for(state: State, environ: Mapping[str, str]) -> SourceFiles:
    """What SOURCE names (`generated` unless set), with RLM_SIZE and RLM_SEED or DATA_DIR."""
    way = environ.get("SOURCE") or "generated"
    if way not in WAYS:
        raise PlatformError(f"SOURCE is {way!r}, expected one of {', '.join(WAYS)}")
    program = (str(python_of("dev")), "-m", "rlm.cli")
    if way == "generated":
        size = environ.get("RLM_SIZE") or "small"
        seed = environ.get("RLM_SEED") or "1"
        folder = state.sources / f"generated-{size}-{seed}"
        arguments = ("generate", "--size", size, "--seed", seed, "--broken", "--force")
        return SourceFiles(way, folder, (*program, *arguments, "--out", str(folder)))
    data_folder = (ROOT / (environ.get("DATA_DIR") or "../shared/data")).resolve()
    if not data_folder.is_dir():
        raise PlatformError(
            f"SOURCE={way} reads data sets from {data_folder}, which is no folder;"
            f" name the one that has them: make run SOURCE={way} DATA_DIR=..."
        )
    folder = state.sources / way
    arguments = ("import", way, "--data-dir", str(data_folder))
    return SourceFiles(way, folder, (*program, *arguments, "--out", str(folder)))


def make_source_files(files: SourceFiles, console: Console) -> None:
    """Fill the folder, unless the same command of the same code already did."""
    mark = files.folder.with_suffix(".made-with")
    wanted = json.dumps({"command": files.command[1:], "code": _code_hash()})
    if mark.exists() and files.folder.is_dir() and mark.read_text() == wanted:
        console.say(f"source files ({files.way}): already made")
        return
    mark.unlink(missing_ok=True)
    shutil.rmtree(files.folder, ignore_errors=True)
    files.folder.parent.mkdir(parents=True, exist_ok=True)
    step = subprocess.run(  # noqa: S603 - our own command line
        list(files.command),
        cwd=ROOT,
        env=environment_without_python_settings(),
        capture_output=True,
        text=True,
        check=False,
    )
    if step.returncode != 0:
        tail = "\n".join((step.stdout + step.stderr).strip().splitlines()[-15:])
        raise PlatformError(f"making source files failed: {' '.join(files.command)}\n{tail}")
    for line in step.stdout.strip().splitlines():
        console.say(f"  {line}")
    mark.write_text(wanted)


def _code_hash() -> str:
    """Changes when what makes the files does."""
    digest = hashlib.sha256()
    for place in GENERATOR_CODE:
        path = ROOT / place
        for file in [path] if path.is_file() else sorted(path.rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                digest.update(file.relative_to(ROOT).as_posix().encode() + file.read_bytes())
    return digest.hexdigest()
