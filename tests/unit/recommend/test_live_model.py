"""The live model as a champion: also one that this code can no longer read."""

from __future__ import annotations

import json
import tarfile
from typing import TYPE_CHECKING, Any

import pytest
from channel_files import write_channels

from rlm.recommend import saved
from rlm.recommend.training import Folders, Hyperparameters, train

if TYPE_CHECKING:
    from pathlib import Path


def trained(opt_ml: Path, version: str, said: list[str]) -> dict[str, Any]:
    folders = Folders(
        opt_ml / "input/data", opt_ml / "model", opt_ml / "output/data", opt_ml / "scratch"
    )
    return train(folders, Hyperparameters(model="item-item"), version, said.append)


@pytest.mark.parametrize("harm", ["format", "torn"])
def test_a_live_model_that_cannot_be_read_leaves_its_place_to_popularity(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, harm: str
) -> None:
    before, now = tmp_path / "before", tmp_path / "now"
    said: list[str] = []
    for opt_ml in (before, now):
        write_channels(opt_ml)
    trained(before, "job-1", said)
    if harm == "format":
        monkeypatch.setattr(saved, "FORMAT", saved.FORMAT + 1)
    else:
        (before / "model/judged/artists.npy").write_bytes(b"")
    live = now / "input/data/live"
    live.mkdir()
    with tarfile.open(live / "model.tar.gz", "w:gz") as archive:
        archive.add(before / "model", arcname=".")
    evaluation = trained(now, "job-2", said)
    assert sorted(evaluation["models"]) == ["candidate", "popularity"]
    assert evaluation["live_version"] is None
    assert evaluation["verdict"]["is_approved"]
    assert "of popularity" in evaluation["verdict"]["reason"]
    (told,) = [line for line in said if line.startswith("job-1, the live model, cannot be judged")]
    assert ("format 1, expected 2" if harm == "format" else "cannot be read") in told
    assert json.loads((now / "model/identity.json").read_text())["model_version"] == "job-2"
