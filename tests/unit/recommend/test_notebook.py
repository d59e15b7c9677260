"""The notebook in docs/ runs from its first cell to its last, on files as a training reads them."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest
from channel_files import ROOT, environment, write_channels

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow
JUPYTER = ROOT / ".venv/notebook/bin/jupyter"
NOTEBOOK = ROOT / "docs/notebooks/recommender.ipynb"


def test_the_notebook_trains_and_judges_on_a_training_set(tmp_path: Path) -> None:
    write_channels(tmp_path)
    done = subprocess.run(
        [
            *(str(JUPYTER), "nbconvert", "--to", "notebook", "--execute", str(NOTEBOOK)),
            *("--output-dir", str(tmp_path), "--output", "done"),
        ],
        env=environment(tmp_path)
        | {
            "TRAINING_SET": str(tmp_path / "input/data"),
            "HOME": str(tmp_path),
            "MPLBACKEND": "Agg",
            "PATH": f"{JUPYTER.parent}:/usr/bin:/bin",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    cells = json.loads((tmp_path / "done.ipynb").read_text())["cells"]
    said = "".join(
        "".join(output.get("text", [])) for cell in cells for output in cell.get("outputs", [])
    )
    assert "160 fans with 60 artists" in said
    assert "approved" in said


def test_the_notebook_is_kept_without_results() -> None:
    cells = json.loads(NOTEBOOK.read_text())["cells"]
    assert [c for c in cells if c["cell_type"] == "code"]
    assert not [c for c in cells if c.get("outputs") or c.get("execution_count")]
