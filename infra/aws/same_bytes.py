"""Files and zips whose bytes follow from their content, not from when or where they are made."""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

# The first moment that a zip can tell.
_NO_TIME: Final = (1980, 1, 1, 0, 0, 0)
_NO_TIME_SECONDS: Final = 315_532_800
_LEFT_BY_PROGRAMS: Final = ("__pycache__", ".ipynb_checkpoints", ".DS_Store")


def write_zip(target: Path, contents: Mapping[str, bytes]) -> Path:
    """A zip of these files by name, put there in one step: others may read it meanwhile."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in sorted(contents.items()):
            entry = zipfile.ZipInfo(name, _NO_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            made.writestr(entry, content)
    with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as scratch:
        scratch.write(buffer.getvalue())
    Path(scratch.name).replace(target)
    target.chmod(0o644)
    return target


def write_file(target: Path, content: bytes, *, is_program: bool = False) -> None:
    """A file with its mode and time fixed, so that an archive of it is the same each time too."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
    target.chmod(0o755 if is_program else 0o644)
    os.utime(target, (_NO_TIME_SECONDS, _NO_TIME_SECONDS))


def copy_file(source: Path, target: Path) -> None:
    """The source's bytes; a program stays one."""
    is_program = bool(source.stat().st_mode & 0o100)
    write_file(target, source.read_bytes(), is_program=is_program)


def copy_tree(source: Path, target: Path, pattern: str = "**/*") -> None:
    """What is in a folder, less what programs leave there."""
    for path in sorted(source.glob(pattern)):
        if path.is_file() and not set(path.parts) & set(_LEFT_BY_PROGRAMS):
            copy_file(path, target / path.relative_to(source))


def digest_of(path: Path) -> str:
    """SHA-256 of a file; of a folder, that of what `sha256sum` says of its files, by name."""
    if path.is_file():
        return hashlib.sha256(path.read_bytes()).hexdigest()
    lines = [f"{digest_of(file)}  {file.relative_to(path).as_posix()}\n" for file in files_of(path)]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def files_of(path: Path) -> list[Path]:
    """The files of a folder, in the order of their names; a file is its own."""
    if path.is_file():
        return [path]
    found = (file for file in path.rglob("*") if file.is_file())
    return sorted(found, key=lambda file: file.relative_to(path).as_posix())
