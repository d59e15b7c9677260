"""A deployment that is killed leaves what a second one finishes."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import pytest

pytestmark = pytest.mark.slow


def test_a_deployment_killed_at_any_step_is_finished_by_the_next(world: Any) -> None:
    command = [sys.executable, "-m", "rlm.cli", "dashboards", "deploy", "--publish"]
    # Each is killed as it begins with the first thing that the ones before it left.
    for step in range(1, 6):
        with subprocess.Popen(
            [*command, "--folder", str(world.folder)],
            env={**os.environ, **world.environ},
            stderr=subprocess.PIPE,
            text=True,
        ) as deployment:
            assert deployment.stderr
            for line in deployment.stderr:
                if line.startswith("[1/"):
                    deployment.kill()
                    break
        assert deployment.wait() in (-9, 0), step
    world.rlm("deploy", "--publish")
    assert world.plan("--publish") == []
    assert world.rows_in_spice() == 3
    assert world.title() == "Tickets by city"
    # Nothing was made twice.
    assert len(world.versions()) == 1
