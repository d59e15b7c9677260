"""A file system of its own for the state of a platform, so that its disk can be full.

A loop-mounted file where the system permits it (root on Linux); elsewhere there is no such fault,
and the report says so.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

# Several times what a small platform needs.
SIZE_BYTES = 4 * 1024**3
_BALLAST = ".ballast"


@dataclass(frozen=True)
class Disk:
    """A folder, which is a disk of its own if `is_own`; `image` holds what is written to it."""

    folder: Path
    image: Path
    is_own: bool
    why_not: str = ""

    def fill(self) -> int:
        """Leave no byte; how many it took."""
        if not self.is_own:
            raise RuntimeError(f"{self.folder} is not a disk of its own: {self.why_not}")
        ballast = self.folder / _BALLAST
        with ballast.open("ab", buffering=0) as file:
            size = 1 << 30
            while size >= 4096:
                # Allocated and not written: in an instant, and as full.
                try:
                    os.posix_fallocate(file.fileno(), file.seek(0, os.SEEK_END), size)
                except OSError:
                    size //= 2
        return ballast.stat().st_size

    def free(self) -> None:
        """Take the ballast away."""
        (self.folder / _BALLAST).unlink(missing_ok=True)

    def remove(self) -> None:
        """Unmount it and forget all that it held."""
        if self.is_own:
            for _ in range(50):
                if _run("umount", str(self.folder)).returncode == 0:
                    break
                time.sleep(0.2)
            else:
                # Somebody still looks into it: it goes when they do.
                _run("umount", "--lazy", str(self.folder))
        self.image.unlink(missing_ok=True)
        shutil.rmtree(self.folder, ignore_errors=True)


def make_disk(folder: Path, size_bytes: int = SIZE_BYTES) -> Disk:
    """An empty folder: a disk of its own where that is possible."""
    image = folder.with_suffix(".img")
    if folder.exists() and os.path.ismount(folder):
        Disk(folder, image, is_own=True).remove()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    why_not = _mount(folder, image, size_bytes)
    if why_not:
        image.unlink(missing_ok=True)
    return Disk(folder, image, not why_not, why_not)


def _mount(folder: Path, image: Path, size_bytes: int) -> str:
    """Why it could not be done; empty where it was."""
    if os.geteuid() != 0:
        return "only root may mount a file system"
    with contextlib.suppress(FileNotFoundError):
        with image.open("wb") as file:
            file.truncate(size_bytes)
        # Without a reserve: root would write on when everybody else cannot.
        made = _run("mkfs.ext4", "-q", "-m", "0", str(image))
        if made.returncode != 0:
            return f"mkfs.ext4 failed: {made.stderr.strip()}"
        mounted = _run("mount", "-o", "loop", str(image), str(folder))
        if mounted.returncode != 0:
            return f"mount failed: {mounted.stderr.strip()}"
        shutil.rmtree(folder / "lost+found", ignore_errors=True)
        return ""
    return "mkfs.ext4 or mount is missing"


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - tools of the system
        command, capture_output=True, text=True, check=False
    )
