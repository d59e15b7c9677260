"""Lint, types and tests, each in the runtime that it is about, and one honest line at the end."""

from __future__ import annotations

import os
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.etree import ElementTree as Xml

from .console import table
from .failures import PlatformError
from .layout import ENVIRONMENTS, ROOT, environment_without_python_settings, python_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from .console import Console
    from .layout import State


@dataclass(frozen=True)
class Suite:
    """Tests that run in one environment; an empty suite is a failure, not a success."""

    name: str
    environment: str
    paths: tuple[str, ...]
    python_path: tuple[str, ...] = ()


@dataclass(frozen=True)
class Result:
    """What one suite came to."""

    name: str
    passed: int
    failed: int
    skipped: int
    seconds: float
    is_good: bool


SUITES = (
    Suite("unit", "dev", ("tests/unit",), ("infra/platform", "infra/local")),
    Suite("contract", "dev", ("tests/contract",), ("infra/local",)),
    Suite("infra", "infra", ("tests/infra",), ("infra/aws",)),
    Suite("dags", "airflow", ("tests/dags",), ("plugins",)),
    Suite("glue", "glue", ("tests/glue",), ("src", "infra/local", "tests/glue")),
    Suite("e2e", "dev", ("tests/e2e",), ("infra/platform",)),
)
FAST = ("unit",)


@dataclass(frozen=True)
class TypeCheck:
    """Code that mypy reads with the packages of the environment that runs it."""

    environment: str
    paths: tuple[str, ...]
    mypy_path: tuple[str, ...] = ()
    excluded: str = "^$"
    # Codes that this check cannot judge.
    without: tuple[str, ...] = ()


TYPE_CHECKS = (
    TypeCheck("dev", ("src", "infra/platform/bringup"), ("infra/platform",), "src/rlm/jobs/"),
    TypeCheck("glue", ("src/rlm/jobs", "include/glue"), ("src",)),
    # Its parts run in two environments; the stubs for both are in a third.
    TypeCheck("dev", ("infra/local/localaws",), (), "^$", ("import-not-found", "unused-ignore")),
    TypeCheck("airflow", ("plugins", "dags"), ("plugins",)),
    TypeCheck("infra", ("infra/aws",), ("infra/aws",)),
)


def run_checks(console: Console) -> bool:
    """Lint, types, and the tests that need no server: under two minutes."""
    is_clean = _lint_and_types(console)
    results = [
        _run_suite(suite, ROOT / ".local", console, ["-m", "not slow"])
        for suite in SUITES
        if suite.name in FAST
    ]
    return _report(results, console) and is_clean


def run_tests(state: State, environ: Mapping[str, str], console: Console) -> bool:
    """Everything; TESTS names some of the suites."""
    wanted = (environ.get("TESTS") or "").split()
    suites = [suite for suite in SUITES if not wanted or suite.name in wanted]
    is_clean = True if wanted else _lint_and_types(console)
    results = [_run_suite(suite, state.folder, console, []) for suite in suites]
    return _report(results, console) and is_clean


def run_benchmarks(console: Console) -> bool:
    """Every program in bench/, in the Glue runtime; each writes its result to bench/results/."""
    programs = sorted((ROOT / "bench").glob("*.py"))
    if not programs:
        raise PlatformError("bench/ holds no benchmark")
    environ = environment_without_python_settings()
    environ["PYTHONPATH"] = os.pathsep.join([str(ROOT / "src"), str(ROOT / "infra" / "local")])
    is_good = True
    for program in programs:
        console.say(f"benchmark {program.stem}")
        step = subprocess.run(  # noqa: S603 - our own benchmarks
            [str(python_of("glue")), str(program)], cwd=ROOT, env=environ, check=False
        )
        is_good &= step.returncode == 0
    return is_good


def _lint_and_types(console: Console) -> bool:
    dev = ENVIRONMENTS / "dev" / "bin"
    is_clean = True
    for title, arguments in (
        ("lint", [str(dev / "ruff"), "check", "--quiet", "--output-format=concise", "."]),
        ("format", [str(dev / "ruff"), "format", "--check", "--output-format=concise", "."]),
    ):
        is_clean &= _passes(title, arguments, console)
    for check in TYPE_CHECKS:
        python = python_of(check.environment)
        mypy = [str(dev / "mypy"), "--no-error-summary", "--python-executable", str(python)]
        # Stubs are in the dev environment: elsewhere libraries without types are taken as Any.
        for code in (*(() if check.environment == "dev" else ("import-untyped",)), *check.without):
            mypy += ["--disable-error-code", code]
        mypy += ["--exclude", check.excluded]
        cache = ["--cache-dir", f".mypy_cache/{check.environment}"]
        more = {"MYPYPATH": os.pathsep.join(check.mypy_path)}
        is_clean &= _passes(
            f"types {' '.join(check.paths)}", [*mypy, *cache, *check.paths], console, more
        )
    return is_clean


def _passes(
    title: str, command: Sequence[str], console: Console, more: Mapping[str, str] | None = None
) -> bool:
    began = time.monotonic()
    environ = {**environment_without_python_settings(), **(more or {})}
    step = subprocess.run(  # noqa: S603 - our own tools
        list(command), cwd=ROOT, env=environ, capture_output=True, text=True, check=False
    )
    word = "clean" if step.returncode == 0 else "NOT clean"
    console.say(f"{title}: {word} ({time.monotonic() - began:.1f} s)")
    if step.returncode != 0:
        console.write(step.stdout + step.stderr)
    return step.returncode == 0


def _run_suite(suite: Suite, results: Path, console: Console, more: Sequence[str]) -> Result:
    """Run pytest in the suite's environment, its output shown as it comes."""
    folder = results / "test-results"
    folder.mkdir(parents=True, exist_ok=True)
    report = folder / f"{suite.name}.xml"
    report.unlink(missing_ok=True)
    console.say(f"tests {suite.name}, in .venv/{suite.environment}")
    began = time.monotonic()
    environ = environment_without_python_settings()
    environ["PYTHONPATH"] = os.pathsep.join(str(ROOT / path) for path in suite.python_path)
    pytest = [str(python_of(suite.environment)), "-m", "pytest", "-q", f"--junitxml={report}"]
    step = subprocess.run(  # noqa: S603 - our own tests
        [*pytest, *more, *suite.paths], cwd=ROOT, env=environ, check=False
    )
    seconds = time.monotonic() - began
    passed, failed, skipped = _counts(report)
    # pytest ends with 5 where it finds no test, and never gets to write where it breaks.
    is_good = step.returncode == 0 and passed > 0
    if not is_good and failed == 0:
        failed = 1
    return Result(suite.name, passed, failed, skipped, seconds, is_good)


def _counts(report: Path) -> tuple[int, int, int]:
    """Passed, failed and skipped tests in a JUnit file; zeros where there is none."""
    if not report.exists():
        return 0, 0, 0
    suites = Xml.parse(report).getroot().iter("testsuite")  # noqa: S314 - pytest wrote it just now
    total = failed = skipped = 0
    for suite in suites:
        total += int(suite.get("tests", "0"))
        failed += int(suite.get("failures", "0")) + int(suite.get("errors", "0"))
        skipped += int(suite.get("skipped", "0"))
    return max(total - failed - skipped, 0), failed, skipped


def _report(results: Sequence[Result], console: Console) -> bool:
    rows = [
        [r.name, str(r.passed), str(r.failed), str(r.skipped), f"{r.seconds:.0f}"] for r in results
    ]
    console.write("\n" + table(["suite", "passed", "failed", "skipped", "seconds"], rows))
    passed = sum(result.passed for result in results)
    failed = sum(result.failed for result in results)
    skipped = sum(result.skipped for result in results)
    seconds = sum(result.seconds for result in results)
    console.write(f"\n{passed} passed, {failed} failed, {skipped} skipped in {seconds:.0f} s")
    return bool(results) and all(result.is_good for result in results)
