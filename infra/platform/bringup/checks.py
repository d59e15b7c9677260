"""Lint, format, types and the search for credentials, each as a command of its own."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from .layout import ENVIRONMENTS, environment_without_python_settings, python_of
from .side_by_side import Command


@dataclass(frozen=True)
class TypeCheck:
    """Code that mypy reads with the packages of the environment that runs it."""

    environment: str
    paths: tuple[str, ...]
    mypy_path: tuple[str, ...] = ()
    excluded: str = "^$"
    # Codes that this check cannot judge.
    without: tuple[str, ...] = ()


# The longest first: the CDK's own types are most of what all of these read.
TYPE_CHECKS = (
    TypeCheck("infra", ("infra/aws",), ("infra/aws",)),
    TypeCheck(
        "dev",
        (
            *("src", "lambdas", "infra/compose"),
            *(f"infra/platform/{part}" for part in ("bringup", "chaos", "reference")),
        ),
        ("infra/platform", "infra/compose"),
        "src/rlm/jobs/",
    ),
    TypeCheck("glue", ("src/rlm/jobs", "include/glue"), ("src",)),
    # Its parts run in two environments; the stubs for both are in a third.
    TypeCheck("dev", ("infra/local/localaws",), (), "^$", ("import-not-found", "unused-ignore")),
    TypeCheck("airflow", ("plugins", "dags"), ("plugins",)),
)


def lint_commands(results: Path) -> list[Command]:
    """The linter, the formatter, and the search for credentials: a second or two each."""
    ruff = str(ENVIRONMENTS / "dev" / "bin" / "ruff")
    secrets = [str(python_of("dev")), str(Path(__file__).with_name("secret_scan.py"))]
    output = "--output-format=concise"
    return [
        _command("lint", [ruff, "check", "--quiet", output, "."], results),
        _command("format", [ruff, "format", "--check", output, "."], results),
        _command("secrets", secrets, results),
    ]


def type_commands(results: Path) -> list[Command]:
    """One mypy a TypeCheck; each has a cache of its own, so that they can run at once."""
    return [_type_command(check, results) for check in TYPE_CHECKS]


def _type_command(check: TypeCheck, results: Path) -> Command:
    title = f"types {' '.join(check.paths)}"
    mypy = [str(ENVIRONMENTS / "dev" / "bin" / "mypy"), "--no-error-summary"]
    mypy += ["--python-executable", str(python_of(check.environment))]
    # Stubs are in the dev environment: elsewhere libraries without types are taken as Any.
    for code in (*(() if check.environment == "dev" else ("import-untyped",)), *check.without):
        mypy += ["--disable-error-code", code]
    mypy += ["--exclude", check.excluded, "--cache-dir", f".mypy_cache/{_file_name(title)}"]
    command = _command(title, [*mypy, *check.paths], results)
    environ = {**command.environ, "MYPYPATH": os.pathsep.join(check.mypy_path)}
    return Command(title, command.arguments, environ, command.log)


def _command(title: str, arguments: list[str], results: Path) -> Command:
    log = results / f"{_file_name(title)}.log"
    return Command(title, arguments, environment_without_python_settings(), log)


def _file_name(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", title)
