"""Lint, types and tests, each in the runtime that it is about, and one honest line at the end."""

from __future__ import annotations

import os
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.etree import ElementTree as Xml

from .checks import lint_commands, type_commands
from .console import table
from .failures import PlatformError
from .layout import ROOT, environment_without_python_settings, python_of
from .side_by_side import Command, lanes, run_side_by_side

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from .console import Console
    from .layout import State
    from .side_by_side import Ended


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


# The longest first: what begins last should not be what all the others wait for.
SUITES = (
    Suite("glue", "glue", ("tests/glue",), ("src", "infra/local", "tests/glue")),
    Suite("contract", "dev", ("tests/contract",), ("infra/local",)),
    Suite("e2e", "dev", ("tests/e2e",), ("infra/platform",)),
    Suite("infra", "infra", ("tests/infra",), ("infra/aws",)),
    Suite("unit", "dev", ("tests/unit",), ("infra/platform", "infra/local")),
    Suite("dags", "airflow", ("tests/dags",), ("plugins", "infra/platform")),
)
FAST = ("unit",)
# A line of pytest -v: the test, how it ended, and the part of the suite that is done.
_ENDED_TEST = re.compile(
    r"^(?P<test>\S+?::.+) (?P<end>PASSED|FAILED|ERROR|SKIPPED)(?: \(.*\))? +\[ *(?P<part>\d+)%\]$"
)
_QUIET_SECONDS = 20.0
_LINES_WITHOUT_A_SECTION = 60


def run_checks(console: Console) -> bool:
    """Lint, types, and the tests that need no server: under two minutes."""
    results = ROOT / ".local" / "test-results"
    suites = [suite for suite in SUITES if suite.name in FAST]
    checks = [*lint_commands(results), *type_commands(results)]
    return _run(checks, suites, results, console, ["-m", "not slow"])


def run_tests(state: State, environ: Mapping[str, str], console: Console) -> bool:
    """Everything, side by side; TESTS names some of the suites."""
    wanted = (environ.get("TESTS") or "").split()
    unknown = sorted(set(wanted) - {suite.name for suite in SUITES})
    if unknown:
        raise PlatformError(
            f"TESTS names no suite {', '.join(unknown)}; "
            f"there are {', '.join(suite.name for suite in SUITES)}"
        )
    results = state.folder / "test-results"
    suites = [suite for suite in SUITES if not wanted or suite.name in wanted]
    checks = [] if wanted else [*lint_commands(results), *type_commands(results)]
    return _run(checks, suites, results, console, [])


def _run(
    checks: Sequence[Command],
    suites: Sequence[Suite],
    results: Path,
    console: Console,
    more: Sequence[str],
) -> bool:
    """Run all, show each failure as it comes and each bad output whole, and report."""
    began = time.monotonic()
    tests = {suite.name: _suite_command(suite, results, more) for suite in suites}
    # Lint is done in a second and says most. The longest suite takes one lane from then on; the
    # types come before the others, so that nothing long is left for the end.
    longest, *others = tests.values()
    commands = [*checks[:2], longest, *checks[2:], *others]
    at_once = min(lanes(), len(commands))
    console.say(f"steps: {len(commands)}, at once: {at_once}; what each prints is in {results}")
    shown = _Progress(console, set(tests))
    ended = {end.name: end for end in run_side_by_side(commands, shown.see, shown.tell)}
    is_clean = all(ended[check.name].exit_code == 0 for check in checks)
    seconds = time.monotonic() - began
    is_good = _report([_result(ended[name], results) for name in tests], console, seconds)
    for check in checks:
        if ended[check.name].exit_code != 0:
            console.write(f"{check.name} is NOT clean, see above")
    return is_clean and is_good


def _suite_command(suite: Suite, results: Path, more: Sequence[str]) -> Command:
    """Pytest in the suite's environment; what an earlier run reported is forgotten."""
    results.mkdir(parents=True, exist_ok=True)
    _junit(suite.name, results).unlink(missing_ok=True)
    environ = environment_without_python_settings()
    environ["PYTHONPATH"] = os.pathsep.join(str(ROOT / path) for path in suite.python_path)
    pytest = [str(python_of(suite.environment)), "-m", "pytest", "-v", "--durations=25"]
    pytest += [f"--junitxml={_junit(suite.name, results)}", "--color=no"]
    # A cache each: they write it when they end, perhaps at once.
    pytest += ["-o", f"cache_dir=.pytest_cache/{suite.name}"]
    log = results / f"{suite.name}.log"
    return Command(suite.name, [*pytest, *more, *suite.paths], environ, log)


def _junit(name: str, results: Path) -> Path:
    return results / f"{name}.xml"


class _Progress:
    """What a person sees of several commands at once: failures as they come, the rest in short."""

    def __init__(self, console: Console, suites: set[str]) -> None:
        self._console = console
        self._suites = suites
        self._said_at: dict[str, float] = {}

    def see(self, command: Command, line: str) -> None:
        found = _ENDED_TEST.match(line) if command.name in self._suites else None
        if found is None:
            return
        now = time.monotonic()
        if found["end"] in ("FAILED", "ERROR"):
            self._console.say(f"{command.name}: {found['end']} {found['test']}")
        elif now - self._said_at.setdefault(command.name, now) > _QUIET_SECONDS:
            self._said_at[command.name] = now
            self._console.say(f"{command.name}: {found['part']} % done")

    def tell(self, command: Command, ended: Ended) -> None:
        good, bad = (
            ("passed", "NOT passed") if command.name in self._suites else ("clean", "NOT clean")
        )
        word = good if ended.exit_code == 0 else bad
        self._console.say(f"{command.name}: {word} ({ended.seconds:.1f} s)")
        if ended.exit_code != 0:
            self._console.write(_what_failed(ended))


def _what_failed(ended: Ended) -> str:
    """The part of the output that tells of failures; its end where it has no such part."""
    lines = ended.output().splitlines()
    for number, line in enumerate(lines):
        if re.match(r"^=+ (FAILURES|ERRORS) =+$", line):
            return "\n".join(lines[number:])
    return "\n".join([*lines[-_LINES_WITHOUT_A_SECTION:], f"exit code {ended.exit_code}"])


def _result(ended: Ended, results: Path) -> Result:
    passed, failed, skipped = _counts(_junit(ended.name, results))
    # pytest ends with 5 where it finds no test, and never gets to write where it breaks.
    is_good = ended.exit_code == 0 and passed > 0
    if not is_good and failed == 0:
        failed = 1
    return Result(ended.name, passed, failed, skipped, ended.seconds, is_good)


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


def _report(results: Sequence[Result], console: Console, seconds: float) -> bool:
    rows = [
        [r.name, str(r.passed), str(r.failed), str(r.skipped), f"{r.seconds:.0f}"] for r in results
    ]
    console.write("\n" + table(["suite", "passed", "failed", "skipped", "seconds"], rows))
    passed = sum(result.passed for result in results)
    failed = sum(result.failed for result in results)
    skipped = sum(result.skipped for result in results)
    console.write(f"\n{passed} passed, {failed} failed, {skipped} skipped in {seconds:.0f} s")
    return bool(results) and all(result.is_good for result in results)
