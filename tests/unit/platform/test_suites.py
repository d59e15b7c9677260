"""The last line of `make test` is honest: what did not run did not pass."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from bringup import suites
from bringup.__main__ import OF_CHECK
from bringup.checks import TYPE_CHECKS
from bringup.console import Console
from bringup.failures import PlatformError
from bringup.layout import State
from bringup.side_by_side import Command
from bringup.suites import FAST, SUITES, Result, Suite, _report

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Outcome(NamedTuple):
    result: Result
    shown: str


@pytest.fixture
def run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[str], Outcome]:
    """Runs a suite that consists of one file with this content."""
    monkeypatch.setattr(suites, "python_of", lambda _name: Path(sys.executable))
    results: list[Result] = []
    report = suites._report

    def kept(found: Sequence[Result], console: Console, seconds: float) -> bool:
        results.extend(found)
        return report(found, console, seconds)

    monkeypatch.setattr(suites, "_report", kept)

    def run_suite(content: str) -> Outcome:
        file = tmp_path / "test_one.py"
        file.write_text(content)
        suite = Suite("one", "dev", (str(file),))
        is_good = suites._run([], [suite], tmp_path, Console(), ["-p", "no:cacheprovider"])
        (result,) = results
        assert is_good == result.is_good
        return Outcome(result, capsys.readouterr().out)

    return run_suite


@pytest.mark.parametrize(
    ("content", "passed", "failed", "skipped", "is_good"),
    [
        ("def test_a(): pass\ndef test_b(): pass", 2, 0, 0, True),
        ("def test_a(): pass\ndef test_b(): assert False", 1, 1, 0, False),
        ("import pytest\ndef test_a(): pass\ndef test_b(): pytest.skip('no data')", 1, 0, 1, True),
        ("import pytest\ndef test_b(): pytest.skip('no data')", 0, 1, 1, False),
        ("", 0, 1, 0, False),
        ("import no_such_module", 0, 1, 0, False),
        ("import os\ndef test_a(): os._exit(0)", 0, 1, 0, False),
    ],
    ids=["passes", "fails", "skips", "skips all", "empty", "does not load", "dies"],
)
def test_suite_is_good_only_if_something_passed_and_nothing_failed(
    run: Callable[[str], Outcome],
    content: str,
    passed: int,
    failed: int,
    skipped: int,
    is_good: bool,
) -> None:
    result = run(content).result
    assert (result.passed, result.failed, result.skipped, result.is_good) == (
        passed,
        failed,
        skipped,
        is_good,
    )


def test_failure_is_named_when_it_comes_and_told_whole_when_its_suite_ends(
    run: Callable[[str], Outcome],
) -> None:
    shown = run(
        "import pytest\n"
        "@pytest.mark.parametrize('said', ['a PASSED b'])\n"
        "def test_a(said):\n    print('seen before')\n    assert said == 'other'\n"
        "def test_b(): pass\n"
    ).shown
    lines = [line.split(" s  ", 1)[-1] for line in shown.splitlines()]
    named = next(n for n, line in enumerate(lines) if line.startswith("one: FAILED "))
    assert lines[named].endswith("test_one.py::test_a[a PASSED b]")
    ended = next(n for n, line in enumerate(lines) if line.startswith("one: NOT passed ("))
    whole = shown.splitlines()[ended + 1 :]
    assert "= FAILURES =" in whole[0]
    assert "seen before" in whole
    assert named < ended


def test_suite_that_dies_shows_its_last_lines(run: Callable[[str], Outcome]) -> None:
    shown = run(
        "import os, sys\ndef test_a():\n    sys.__stderr__.write('last words\\n')\n    os._exit(3)"
    ).shown
    assert "one: NOT passed" in shown
    assert "exit code 3" in shown


def test_check_that_fails_makes_all_bad_and_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(suites, "python_of", lambda _name: Path(sys.executable))
    file = tmp_path / "test_one.py"
    file.write_text("def test_a(): pass")
    complaint = [sys.executable, "-c", "print('line too long'); raise SystemExit(1)"]
    for command, is_good in (([sys.executable, "-c", ""], True), (complaint, False)):
        check = Command("lint", command, dict(os.environ), tmp_path / "lint.log")
        suite = Suite("one", "dev", (str(file),))
        found = suites._run([check], [suite], tmp_path, Console(), ["-p", "no:cacheprovider"])
        assert found is is_good
        assert ("line too long" in capsys.readouterr().out) is not is_good


def test_unknown_suite_is_named(tmp_path: Path) -> None:
    with pytest.raises(PlatformError, match="no suite glu;"):
        suites.run_tests(State(tmp_path), {"TESTS": "glu unit"}, Console())


def test_one_bad_suite_makes_all_bad(capsys: pytest.CaptureFixture[str]) -> None:
    good = Result("unit", 3, 0, 1, 1.0, is_good=True)
    bad = Result("dags", 2, 1, 0, 1.0, is_good=False)
    assert _report([good], Console(), 1.0)
    assert not _report([good, bad], Console(), 1.5)
    assert not _report([], Console(), 0.0)
    assert "5 passed, 1 failed, 1 skipped in 2 s" in capsys.readouterr().out


def test_every_folder_of_tests_belongs_to_one_suite() -> None:
    tests = Path(__file__).resolve().parents[2]
    tested = {file.relative_to(tests).parts[0] for file in tests.rglob("test_*.py")}
    claimed = [path for suite in SUITES for path in suite.paths]
    assert len(claimed) == len(set(claimed))
    assert {f"tests/{folder}" for folder in tested} <= set(claimed)


def test_check_has_every_environment_that_it_runs_in() -> None:
    of_types = {check.environment for check in TYPE_CHECKS}
    of_tests = {suite.environment for suite in SUITES if suite.name in FAST}
    assert of_types
    assert of_tests
    assert of_types | of_tests <= set(OF_CHECK)
