"""Makes the source files that the platform ingests: generated, or imported from real data sets."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .failures import PlatformError
from .layout import ROOT, environment_without_python_settings, python_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from .console import Console
    from .layout import State

IMPORTS = ("tickit-lastfm", "broadway")
WAYS = ("generated", *IMPORTS)


@dataclass(frozen=True)
class SourceFiles:
    """A folder in the landing layout, and the command that fills it."""

    way: str
    folder: Path
    command: tuple[str, ...]


def source_files_for(state: State, environ: Mapping[str, str]) -> SourceFiles:
    """What SOURCE names, `generated` unless set.

    Generated files are of RLM_SIZE or RLM_TICKET_SALES sales, and of RLM_SEED;
    imports read the data sets in DATA_DIR, which has no default.
    """
    way = environ.get("SOURCE") or "generated"
    if way not in WAYS:
        raise PlatformError(f"SOURCE is {way!r}, expected one of {', '.join(WAYS)}")
    program = str(python_of("dev").with_name("rlm"))
    if way == "generated":
        sales = environ.get("RLM_TICKET_SALES")
        size = environ.get("RLM_SIZE") or "small"
        seed = environ.get("RLM_SEED") or "1"
        folder = state.sources / f"generated-{sales or size}-{seed}"
        how_big = ("--ticket-sales", sales) if sales else ("--size", size)
        options = (*how_big, "--seed", seed, "--broken", "--force", "--out", str(folder))
        return SourceFiles(way, folder, (program, "generate", *options))
    data_folder = _data_folder(way, environ.get("DATA_DIR"))
    folder = state.sources / way
    arguments = ("--data-dir", str(data_folder), "--out", str(folder))
    return SourceFiles(way, folder, (program, "import", way, *arguments))


def _data_folder(way: str, named: str | None) -> Path:
    folder = (ROOT / named).resolve() if named else None
    if folder is None or not folder.is_dir():
        found = f"is {folder}, which is no folder" if folder else "is not set"
        raise PlatformError(
            f"SOURCE={way} imports data sets from the folder DATA_DIR, which {found};"
            f" docs/data-sources.md says what it must hold and where to get that:"
            f" make run SOURCE={way} DATA_DIR=..."
        )
    return folder


def make_source_files(files: SourceFiles, console: Console) -> None:
    """Fill the folder, unless the same command already did.

    Files never change once they are delivered: newer code makes others only after `make clean`.
    """
    mark = files.folder.with_suffix(".made-with")
    wanted = json.dumps(files.command[1:])
    if mark.exists() and files.folder.is_dir() and mark.read_text() == wanted:
        console.say(f"source files ({files.way}): already made")
        return
    mark.unlink(missing_ok=True)
    shutil.rmtree(files.folder, ignore_errors=True)
    files.folder.parent.mkdir(parents=True, exist_ok=True)
    lines: list[str] = []
    with subprocess.Popen(  # noqa: S603 - our own command line
        list(files.command),
        cwd=ROOT,
        env=environment_without_python_settings(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as step:
        for line in step.stdout or ():
            lines.append(line.rstrip())
            console.say(f"  {lines[-1]}")
    if step.returncode != 0:
        tail = "\n".join(lines[-15:])
        raise PlatformError(f"making source files failed: {' '.join(files.command)}\n{tail}")
    mark.write_text(wanted)
