"""Asks OSV which advisories concern what the locks pin: `make audit`.

One source for Python, npm and Maven: https://osv.dev. Every run also asks about a release that is
known to be vulnerable; if that is not found, nobody answered who knows, and the run says so
instead of "nothing found". Standard library alone: it runs before anything is installed.
"""

from __future__ import annotations

import json
import os
import re
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from xml.etree import ElementTree as Xml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ROOT: Final = Path(__file__).resolve().parents[3]
# OSV itself; another address for a mirror of it.
SOURCE_VARIABLE: Final = "RLM_ADVISORIES_URL"
_SOURCE: Final = "https://api.osv.dev"
_SECONDS: Final = 30
_A_BATCH: Final = 500
# Advisories that do not concern us, each with its reason: {"GHSA-...": "we do not parse ..."}.
ACCEPTED: Final[Mapping[str, str]] = {}
_PINNED: Final = re.compile(r"^([A-Za-z0-9][\w.-]*)(?:\[[\w,.-]*\])?==([^\s;\\]+)", re.MULTILINE)
_MADE_HERE: Final = {".git", ".local", ".venv", "build", "node_modules"}
_MAVEN: Final = "{http://maven.apache.org/POM/4.0.0}"


class NoSourceError(Exception):
    """Nobody who knows of advisories answers; the text says what happened."""


@dataclass(frozen=True, order=True)
class Package:
    """A release that a lock pins. `ecosystem` in OSV's words."""

    ecosystem: str
    name: str
    version: str


@dataclass(frozen=True)
class Advisory:
    """One that concerns a release, and the locks that pin it."""

    id: str
    package: Package
    locks: tuple[str, ...]

    def __str__(self) -> str:
        package = self.package
        return f"{self.id}: {package.name} {package.version} in {', '.join(self.locks)}"


# PYSEC-2024-60: a host name that takes for ever to encode.
KNOWN: Final = Package("PyPI", "idna", "3.6")


def pinned(root: Path) -> dict[Package, tuple[str, ...]]:
    """What every lock below `root` pins, and which locks do."""
    found: dict[Package, list[str]] = {}
    for lock, packages in _locks(root):
        for package in packages:
            locks = found.setdefault(package, [])
            if lock not in locks:
                locks.append(lock)
    return {package: tuple(sorted(locks)) for package, locks in sorted(found.items())}


def audit(packages: Mapping[Package, tuple[str, ...]], source: str) -> list[Advisory]:
    """The advisories that concern them and are not accepted. Raises NoSourceError."""
    asked = [KNOWN, *packages]
    answers: list[list[str]] = []
    for start in range(0, len(asked), _A_BATCH):
        answers += _ask(asked[start : start + _A_BATCH], source)
    if not answers[0]:
        raise NoSourceError(f"{source} knows nothing of {KNOWN.name} {KNOWN.version}")
    return [
        Advisory(advisory, package, packages[package])
        for package, advisories in zip(asked[1:], answers[1:], strict=True)
        for advisory in advisories
        if advisory not in ACCEPTED
    ]


def _ask(packages: Sequence[Package], source: str) -> list[list[str]]:
    """The ids of the advisories of each."""
    queries = [
        {"package": {"name": one.name, "ecosystem": one.ecosystem}, "version": one.version}
        for one in packages
    ]
    request = urllib.request.Request(  # noqa: S310 - the address is ours or a person's
        f"{source.rstrip('/')}/v1/querybatch",
        json.dumps({"queries": queries}).encode(),
        {"Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310 - as above
            results: list[dict[str, Any]] = json.load(answer)["results"]
            found = [[str(one["id"]) for one in result.get("vulns") or ()] for result in results]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise NoSourceError(f"{source}: {error}") from error
    if len(found) != len(packages):
        raise NoSourceError(f"{source} answered {len(found)} of {len(packages)} questions")
    return found


def _locks(root: Path) -> Iterator[tuple[str, list[Package]]]:
    """Each lock's path from the root, and what it pins."""
    for folder, below, files in os.walk(root):
        below[:] = sorted(set(below) - _MADE_HERE)
        for path in sorted(Path(folder) / file for file in files):
            name = str(path.relative_to(root))
            if path.suffix == ".lock":
                yield name, _of_pip(path.read_text(encoding="utf-8"))
            elif path.name == "package-lock.json":
                yield name, _of_npm(json.loads(path.read_text(encoding="utf-8")))
            elif path.name == "pom.xml":
                yield name, _of_maven(path)


def _of_pip(text: str) -> list[Package]:
    return [
        Package("PyPI", re.sub(r"[-_.]+", "-", name).lower(), version)
        for name, version in _PINNED.findall(text)
    ]


def _of_npm(document: Mapping[str, Any]) -> list[Package]:
    return [
        Package("npm", str(one.get("name") or path.rpartition("node_modules/")[2]), one["version"])
        for path, one in document["packages"].items()
        if path
    ]


def _of_maven(path: Path) -> list[Package]:
    """Of the dependencies that it names; properties are filled in."""
    root = Xml.parse(path).getroot()  # noqa: S314 - a file of this repository
    properties = {
        one.tag.removeprefix(_MAVEN): one.text or ""
        for one in root.iterfind(f"{_MAVEN}properties/*")
    }

    def text(of: Xml.Element, name: str) -> str:
        given = of.findtext(f"{_MAVEN}{name}") or ""
        return re.sub(r"\$\{([^}]+)\}", lambda found: properties.get(found[1], ""), given)

    return [
        Package("Maven", f"{text(one, 'groupId')}:{text(one, 'artifactId')}", text(one, "version"))
        for one in root.iter(f"{_MAVEN}dependency")
        if text(one, "version")
    ]


def main(environ: Mapping[str, str]) -> int:
    """0 when nothing is known against any; 1 for an advisory, and when nobody could be asked."""
    packages = pinned(ROOT)
    try:
        found = audit(packages, environ.get(SOURCE_VARIABLE) or _SOURCE)
    except NoSourceError as problem:
        # Then a run without a source is a success, and says what it is.
        may_skip = bool(environ.get("AUDIT_MAY_SKIP"))
        word = "SKIPPED" if may_skip else "not done"
        sys.stdout.write(
            f"audit {word}: {len(packages)} releases, and nobody to ask about them ({problem}); "
            f"{SOURCE_VARIABLE} names another source that answers as OSV does\n"
        )
        return 0 if may_skip else 1
    for advisory in found:
        sys.stdout.write(f"{advisory}; https://osv.dev/{advisory.id}\n")
    sys.stdout.write(f"audit: {len(packages)} releases, {len(found)} advisories\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(os.environ))
