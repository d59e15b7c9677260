"""The last line of `make test` is honest: what did not run did not pass."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bringup import suites
from bringup.console import Console
from bringup.suites import SUITES, Result, Suite, _report, _run_suite


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    """Runs a suite that consists of one file with this content."""
    monkeypatch.setattr(suites, "python_of", lambda _name: Path(sys.executable))

    def run_suite(content: str) -> Result:
        file = tmp_path / "test_one.py"
        file.write_text(content)
        return _run_suite(
            Suite("one", "dev", (str(file),)), tmp_path, Console(), ["-p", "no:cacheprovider"]
        )

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
    run: object, content: str, passed: int, failed: int, skipped: int, is_good: bool
) -> None:
    assert callable(run)
    result = run(content)
    assert (result.passed, result.failed, result.skipped, result.is_good) == (
        passed,
        failed,
        skipped,
        is_good,
    )


def test_one_bad_suite_makes_all_bad(capsys: pytest.CaptureFixture[str]) -> None:
    good = Result("unit", 3, 0, 1, 1.0, is_good=True)
    bad = Result("dags", 2, 1, 0, 1.0, is_good=False)
    assert _report([good], Console())
    assert not _report([good, bad], Console())
    assert not _report([], Console())
    assert "5 passed, 1 failed, 1 skipped" in capsys.readouterr().out


def test_every_folder_of_tests_belongs_to_one_suite() -> None:
    tests = Path(__file__).resolve().parents[2]
    tested = {file.relative_to(tests).parts[0] for file in tests.rglob("test_*.py")}
    claimed = [path for suite in SUITES for path in suite.paths]
    assert len(claimed) == len(set(claimed))
    assert {f"tests/{folder}" for folder in tested} <= set(claimed)
