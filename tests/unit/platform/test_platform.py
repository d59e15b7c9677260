"""One platform's servers: which there are, and how all of them are stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bringup import platform as module
from bringup.platform import platform_for

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_servers_are_stopped_before_the_aws_that_they_talk_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    platform = platform_for({"RLM_STATE_DIR": str(tmp_path)})
    stopped: list[str] = []

    def stop(pid_file: Path) -> bool:
        stopped.append(pid_file.stem)
        return pid_file.stem != "airflow-triggerer"

    monkeypatch.setattr(module, "stop", stop)
    told = platform.stop()
    names = [process.name for process in platform.processes()]
    assert len(names) == 6
    assert names[0] == told[-1] == stopped[-1] == "local-aws"
    assert sorted(stopped) == sorted(names)
    assert set(told) == {*names} - {"airflow-triggerer"}
