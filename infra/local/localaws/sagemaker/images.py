"""What an image's URI stands for on a machine without containers: a folder of programs.

A file names the images that there are, and is read anew each time:

    {"images": {"rlm-dev-recommender": {"programs": "recommender", "python": "venv/bin/python",
                                        "environment": {"PYTHONPATH": "src"}}}}

A key is a whole URI, `repository:tag` or `repository`; the most exact one counts. Paths are
relative to the file's folder, also in `PYTHONPATH`.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from localaws.errors import AwsError

if TYPE_CHECKING:
    from pathlib import Path

_PYTHONS = re.compile(r"(/usr/(local/)?bin/)?python3?(\.\d+)?")


@dataclass(frozen=True)
class Image:
    """The programs of one image, and how they are started."""

    uri: str
    programs: Path
    python: Path | None = None
    environment: dict[str, str] = field(default_factory=dict)

    def program(self, name: str) -> list[str]:
        """The command of `docker run IMAGE NAME`: a program on the image's path."""
        path = self.programs / name
        if not path.is_file():
            raise ImageError(f"{self.uri}: {self.programs} holds no program {name!r}")
        return [str(self.python), str(path)] if self.python else [str(path)]

    def command(self, words: list[str]) -> list[str]:
        """An entry point as the image would run it: `python` is its own interpreter."""
        first, *rest = words
        if self.python and _PYTHONS.fullmatch(first):
            return [str(self.python), *rest]
        if not first.startswith("/") and (self.programs / first).is_file():
            return [*self.program(first), *rest]
        return words


class ImageError(Exception):
    """An image that is not here, or lacks what is asked of it; the message names both."""


class Images:
    """The images that a registry file names."""

    def __init__(self, registry: Path | None) -> None:
        self._registry = registry

    def resolve(self, uri: str) -> Image:
        """The image behind a URI; ImageError when the file names none."""
        known = self._read()
        for key in _keys(uri):
            if key in known:
                return self._image(uri, known[key])
        where = self._registry or "no file (start the local AWS with --sagemaker-images)"
        names = ", ".join(sorted(known)) or "none"
        raise ImageError(f"Cannot find image {uri}: {where} names {names}")

    def check(self, uri: str) -> None:
        """Refuse a request for an image that is not here, as AWS does for a repository."""
        try:
            self.resolve(uri)
        except ImageError as error:
            raise AwsError("ValidationException", str(error)) from error

    def _read(self) -> dict[str, Any]:
        if self._registry is None:
            return {}
        try:
            document = json.loads(self._registry.read_text("utf-8"))
            images: dict[str, Any] = document["images"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ImageError(f'{self._registry}: expected {{"images": ...}}: {error!r}') from error
        return images

    def _image(self, uri: str, entry: dict[str, Any]) -> Image:
        assert self._registry is not None  # noqa: S101 - an entry came from it
        base = self._registry.parent
        environment = {str(key): str(value) for key, value in entry.get("environment", {}).items()}
        if "PYTHONPATH" in environment:
            parts = environment["PYTHONPATH"].split(os.pathsep)
            environment["PYTHONPATH"] = os.pathsep.join(str(base / part) for part in parts)
        return Image(
            uri=uri,
            programs=(base / entry["programs"]).absolute(),
            # Not resolved: a virtual environment's python is a link that must stay one.
            python=(base / entry["python"]).absolute() if entry.get("python") else None,
            environment=environment,
        )


def _keys(uri: str) -> list[str]:
    """What an image may be called in the file, the most exact first."""
    repository = uri.partition("/")[2] if "/" in uri and "." in uri.partition("/")[0] else uri
    name = repository.partition("@")[0]
    return [uri, name, name.partition(":")[0]]
