"""What a run found is told, whatever breaks in it; an undisturbed run that shows little is not."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from unittest.mock import MagicMock

import pytest

from bringup.console import Console
from bringup.failures import PlatformError
from chaos import command
from chaos.answers import row_of
from chaos.book import Book
from chaos.command import Undisturbed
from chaos.disk import Disk
from chaos.pictures import expected_parts
from chaos.plan import Call
from chaos.report import write_report

if TYPE_CHECKING:
    from chaos.compare import Picture

ANSWERED = {
    "answers.recommend": [row_of("recommend?fan_id=a", 200, {"source": "model"})],
    "answers.analyze": [row_of("analyze?event_id=a", 200, {})],
    "answers.fetch-trends": [row_of("fetch-trends", 200, {})],
}
PICTURE: Picture = {part: ["row"] for part in expected_parts("dev")} | ANSWERED


class Quiet(Console):
    def write(self, text: str) -> None:
        pass


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A chaos run of which nothing is real: no server, no file, no call."""
    platform = MagicMock(env="dev")
    made = {
        "_platform": platform,
        "set_up": SimpleNamespace(folder=Path("sources")),
        "stages_of": [],
        "GatewayFaults": MagicMock(),
        "Disturbance": MagicMock(),
        "Supervisor": MagicMock(restarts=[], problems=[(1.0, "dashboards", "disk full")]),
        "Workload": MagicMock(reruns=[], hurried=[]),
        "Api": MagicMock(),
        "ApiLoad": MagicMock(asked=[], problem="the load died"),
        "AlarmWatch": MagicMock(),
        "take_picture": PICTURE,
        "Book": Book(),
    }
    made["GatewayFaults"].calls.return_value = []
    made["AlarmWatch"].changes.return_value = []
    made["Workload"].patiently = lambda call: call()
    for name, one in made.items():
        monkeypatch.setattr(command, name, MagicMock(return_value=one))
    return SimpleNamespace(**made)


def disturb() -> Any:
    undisturbed = Undisturbed(PICTURE, [Call("s3", "GetObject")], 1.0)
    disk = Disk(Path("state"), Path("state.img"), is_own=False, why_not="not root")
    return command._disturb({}, disk, undisturbed, 4, 1, Quiet())


def test_what_helpers_found_is_in_the_verdict(run: SimpleNamespace) -> None:
    told = disturb()
    assert (told.problem, told.differences, told.alarms) == ("", [], [])
    assert told.load_problem == run.ApiLoad.problem
    assert told.failed_starts == run.Supervisor.problems


def test_alarms_that_cannot_be_read_do_not_keep_the_report_from_being_written(
    run: SimpleNamespace, tmp_path: Path
) -> None:
    run.AlarmWatch.changes.side_effect = ConnectionError("nobody there")
    run.Workload.run.side_effect = PlatformError("build_marts failed 7 times")
    told = disturb()
    assert told.problem == (
        "PlatformError: build_marts failed 7 times; ConnectionError: nobody there"
    )
    assert told.alarms == []
    run.Supervisor.stop.assert_called_once()
    write_report(told, tmp_path)
    assert "nobody there" in (tmp_path / "report.html").read_text()


@pytest.mark.parametrize(
    ("part", "rows", "why"),
    [
        ("gold.fan_artist_affinity", [], "gold.fan_artist_affinity: nothing there to compare"),
        ("answers.analyze", [row_of("analyze?a", 404, {})], "answers.analyze: no answer has"),
        ("answers.recommend", [row_of("a", 200, {"source": "popular"})], "no answer is the model"),
    ],
)
@pytest.mark.usefixtures("run")
def test_undisturbed_run_that_shows_too_little_is_refused(
    part: str, rows: list[str], why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "take_picture", lambda _platform: PICTURE | {part: rows})
    with pytest.raises(PlatformError, match=f"the undisturbed run shows too little: .*{why}"):
        command._undisturbed({}, tmp_path, Quiet())
    assert not (tmp_path / "undisturbed.json").exists()


@pytest.mark.usefixtures("run")
def test_undisturbed_run_that_shows_enough_is_kept(tmp_path: Path) -> None:
    assert command._undisturbed({}, tmp_path, Quiet()).picture == PICTURE
    assert command._undisturbed({"REUSE": "1"}, tmp_path, Quiet()).picture == PICTURE
