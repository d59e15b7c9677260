"""`rlm recommend benchmark`: what it prints, what it leaves out, and what it refuses."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from checkerboard import SIZE
from click.testing import CliRunner

from rlm.cli import main
from rlm.recommend.commands import MODELS
from rlm.recommend.models import KINDS

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A checkerboard: each fan's own number is in test, the next one of the group in valid."""
    lines: dict[str, list[str]] = {"train": [], "valid": [], "test": []}
    for fan in range(SIZE):
        group = [(fan + step) % SIZE for step in range(0, SIZE, 2)]
        for name, artists in (("test", group[:1]), ("valid", group[1:2]), ("train", group[2:])):
            lines[name].append(" ".join(map(str, [fan, *artists])))
    for name, texts in lines.items():
        (tmp_path / f"{name}.txt").write_text("\n".join(texts) + "\n")
    return tmp_path


def run(files: Path, *more: str) -> Result:
    parts = ["--train", str(files / "train.txt"), "--valid", str(files / "valid.txt")]
    return CliRunner().invoke(main, ["recommend", "benchmark", *parts, *more])


def test_models_on_the_command_line_are_those_of_the_library() -> None:
    assert set(MODELS) == {*KINDS, "default", "tuned", "best"}


def test_strict_keeps_what_is_valid_in_the_running_on_test(files: Path) -> None:
    done = run(files, "--test", str(files / "test.txt"), "--model", "item-knn", "--count", "2")
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    parts = {one["part"]: one for one in found["judged"]}
    assert (found["protocol"], set(parts)) == ("strict", {"valid", "test"})
    # Two of the group are missing from train, and lists hold two: both are always found.
    assert (parts["valid"]["recall"], parts["test"]["recall"]) == (1.0, 1.0)
    assert parts["test"]["fans"] == SIZE
    assert parts["valid"]["ndcg"] + parts["test"]["ndcg"] == pytest.approx(1 + 1 / 1.5849625)


def test_full_leaves_out_what_is_valid(files: Path) -> None:
    more = ("--protocol", "full", "--test", str(files / "test.txt"), "--count", "1")
    done = run(files, *more, "--model", "item-knn")
    assert done.exit_code == 0, done.output
    (judged,) = json.loads(done.stdout)["judged"]
    assert (judged["part"], judged["recall"], judged["ndcg"]) == ("test", 1.0, 1.0)


def test_full_without_test_is_refused(files: Path) -> None:
    done = run(files, "--protocol", "full")
    assert done.exit_code == 2
    assert "--test" in done.output


def test_artists_that_only_test_has_count_as_not_found(files: Path) -> None:
    (files / "test.txt").write_text("0 0 9999\n")
    done = run(files, "--test", str(files / "test.txt"), "--model", "item-knn", "--count", "2")
    judged = json.loads(done.stdout)["judged"][1]
    assert (judged["fans"], judged["recall"]) == (1, 0.5)


@pytest.mark.parametrize(("text", "named"), [("1 2\n3 x\n", "line 2"), ("", "no fan")])
def test_file_of_another_form_is_an_error_that_says_where(
    files: Path, text: str, named: str
) -> None:
    (files / "train.txt").write_text(text)
    done = run(files)
    assert done.exit_code == 1
    assert named in done.output
    assert "Traceback" not in done.output


def test_progress_and_table_go_to_stderr(files: Path) -> None:
    done = run(files, "--model", "popularity")
    assert len(done.stdout.splitlines()) == 1
    assert "popularity valid" in done.stderr
