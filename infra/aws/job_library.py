"""The rlm wheel: whole for Airflow, and as the Glue jobs get it."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Final

# What the wheel carries for Airflow: jobs never read it, and a change of it must not deploy them.
_LEFT_OUT: Final = "rlm/dashboard_files/"


class BuildError(Exception):
    """The rlm wheel could not be built; the message is what the build said."""


def build_job_library(repository: Path, wheel: Path | None = None) -> Path:
    """Build the library and return its path, `build/job-library/rlm.zip`.

    Out of the `wheel` of `rlm`, which is built as well where none is given.
    A wheel under a .zip name, because Spark's workers import from .zip, .egg and .jar only.
    The asset changes when the library does and never otherwise; dashboards stay out of it.
    """
    library = repository / "build" / "job-library" / "rlm.zip"
    library.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=library.parent) as scratch:
        kept = Path(scratch) / "kept.zip"
        _leave_out_dashboards(wheel or build_wheel(repository, Path(scratch)), kept)
        # In one step, since a synthesis and a test may run at the same time.
        kept.replace(library)
    return library


def build_wheel(repository: Path, folder: Path) -> Path:
    """Build the wheel of `rlm` into a folder that has none.

    The same sources give the same bytes: the build backend fixes times and order.
    The backend is installed with the CDK: nothing is downloaded.
    """
    built = subprocess.run(  # noqa: S603  (the pinned build backend)
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=repository,
        capture_output=True,
        text=True,
        check=False,
    )
    wheels = sorted(folder.glob("rlm-*.whl"))
    if built.returncode != 0 or len(wheels) != 1:
        raise BuildError(
            f"hatchling exited with {built.returncode} and left {len(wheels)} wheels, "
            f"expected 1:\n{built.stdout}{built.stderr}"
        )
    return wheels[0]


def _leave_out_dashboards(wheel: Path, kept: Path) -> None:
    """The wheel without the files of dashboards, and without their lines in its record."""
    with zipfile.ZipFile(wheel) as whole, zipfile.ZipFile(kept, "w") as rest:
        for entry in whole.infolist():
            if entry.filename.startswith(_LEFT_OUT):
                continue
            content = whole.read(entry)
            if entry.filename.endswith(".dist-info/RECORD"):
                lines = content.decode().splitlines(keepends=True)
                content = "".join(one for one in lines if not one.startswith(_LEFT_OUT)).encode()
            rest.writestr(entry, content)
