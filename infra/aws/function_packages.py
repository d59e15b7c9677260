"""The package of each Lambda function: its handler, what that imports of rlm, and its libraries.

No Docker and no download: everything in a package is pure Python and comes from this repository or
from the `lambda` environment, so that one package runs on arm64 and on any machine that tests it.
The same sources give the same bytes. A function's package changes only when something that it
imports does.
"""

from __future__ import annotations

import ast
import py_compile
import sys
import tempfile
from functools import cache
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import TYPE_CHECKING, Final

from same_bytes import write_zip

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PYTHON: Final = (3, 12)
# What pip writes beside a package's files and nobody imports.
_LEFT_OUT: Final = (".dist-info/", "__pycache__/", ".pyc")
# Built into another machine's language: it would not run on arm64.
_COMPILED: Final = (".so", ".pyd", ".dylib")


class PackageError(Exception):
    """A package cannot be built; the message says what is missing."""


def build_function_packages(repository: Path, environments: Path | None = None) -> dict[str, Path]:
    """A zip for each folder of `lambdas` that has a handler, by the folder's name.

    `environments` has the environment `lambda`; without it, the repository's own has.
    """
    if sys.version_info[:2] != PYTHON:
        raise PackageError(
            f"packages are compiled by Python 3.12, this is {sys.version.split()[0]}"
        )
    handlers = sorted((repository / "lambdas").glob("*/handler.py"))
    if not handlers:
        raise PackageError(f"{repository / 'lambdas'} has no handler")
    libraries = _library_files(repository, environments or repository / ".venv")
    folder = repository / "build" / "functions"
    folder.mkdir(parents=True, exist_ok=True)
    packages = {}
    for handler in handlers:
        files = {"handler.py": handler, **_imported_files(handler, repository / "src"), **libraries}
        packages[handler.parent.name] = _write(folder / f"{handler.parent.name}.zip", files)
    return packages


def _write(target: Path, files: Mapping[str, Path]) -> Path:
    """Sources and what Python makes of them: /var/task cannot be written to at a cold start."""
    contents = {}
    for name, path in files.items():
        contents[name] = path.read_bytes()
        if name.endswith(".py"):
            folder, _, stem = name.removesuffix(".py").rpartition("/")
            cached = f"__pycache__/{stem}.cpython-{PYTHON[0]}{PYTHON[1]}.pyc"
            contents[f"{folder}/{cached}" if folder else cached] = _compiled(
                name, path, contents[name]
            )
    return write_zip(target, contents)


@cache
def _compiled(name: str, path: Path, content: bytes) -> bytes:
    """Bytecode of that content, taken as it is at run time: nothing changes in a package."""
    with tempfile.TemporaryDirectory() as scratch:
        made = py_compile.compile(
            str(path),
            cfile=f"{scratch}/compiled.pyc",
            dfile=f"/var/task/{name}",
            doraise=True,
            invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
        )
        return Path(str(made)).read_bytes()


def _imported_files(handler: Path, source: Path) -> dict[str, Path]:
    """The modules of rlm that a handler imports, and what those import, by their place."""
    found: dict[str, Path] = {}
    waiting = list(_imports(handler))
    while waiting:
        module = waiting.pop()
        parts = module.split(".")
        for length in range(1, len(parts) + 1):
            path = _module_file(source, parts[:length])
            if path is None:  # a name in a module, not a module
                break
            name = path.relative_to(source).as_posix()
            if name not in found:
                found[name] = path
                waiting += _imports(path)
    return found


def _module_file(source: Path, parts: list[str]) -> Path | None:
    base = source.joinpath(*parts)
    for path in (base / "__init__.py", base.with_suffix(".py")):
        if path.is_file():
            return path
    return None


def _imports(path: Path) -> Iterator[str]:
    """What a module imports of rlm when it runs: not what it imports for its types alone."""
    pending: list[ast.AST] = [ast.parse(path.read_text(encoding="utf-8"))]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            pending += node.orelse
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.startswith("rlm"))
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "rlm":
            for alias in node.names:
                yield f"{node.module}.{alias.name}"
        pending += ast.iter_child_nodes(node)


def _library_files(repository: Path, environments: Path) -> dict[str, Path]:
    """Every file of the pinned libraries and of what they need, by its place in a package."""
    site = environments / "lambda" / "lib" / "python3.12" / "site-packages"
    installed = {_key(found.name): found for found in distributions(path=[str(site)])}
    waiting = _pins(repository / "lambdas" / "requirements.txt")
    files: dict[str, Path] = {}
    done: set[str] = set()
    while waiting:
        name, version = waiting.popitem()
        done.add(name)
        found = installed.get(name)
        if found is None or (version and found.version != version):
            raise PackageError(f"{site} lacks {name} {version}: run `make setup ENVS=lambda`")
        files.update(_files_of(found, name))
        waiting |= {need: "" for need in _needs(found) if need not in done}
    return files


def _files_of(distribution: Distribution, name: str) -> dict[str, Path]:
    files = {}
    for file in distribution.files or ():
        place = file.as_posix()
        if place.startswith("../") or any(part in place for part in _LEFT_OUT):
            continue
        if place.endswith(_COMPILED):
            raise PackageError(f"{name} is compiled ({place}): it would run on one processor only")
        files[place] = Path(str(file.locate()))
    return files


def _needs(distribution: Distribution) -> Iterator[str]:
    """What a library needs always; what an extra of it needs is not asked for."""
    for line in distribution.requires or ():
        requirement, _, marker = line.partition(";")
        if "extra" not in marker:
            yield _key(requirement.strip().partition(" ")[0].rstrip("<>=!~(0123456789.,"))


def _pins(requirements: Path) -> dict[str, str]:
    lines = (line.partition("#")[0].strip() for line in requirements.read_text().splitlines())
    return {_key(name): version for name, _, version in (x.partition("==") for x in lines if x)}


def _key(name: str) -> str:
    return name.lower().replace("_", "-")
