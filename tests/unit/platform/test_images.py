"""The local AWS finds the recommender's programs behind the URI that ECR gives its image."""

from __future__ import annotations

import json
from pathlib import Path

from bringup.commands import STATE_FILES
from bringup.images import write_images
from bringup.layout import State
from bringup.local_aws import local_aws_for


def test_each_image_names_programs_that_are_there(tmp_path: Path) -> None:
    state = State(tmp_path)
    write_images(state.images, "dev")
    (image,) = json.loads(state.images.read_text())["images"].items()
    assert image[0] == "rlm-dev-recommender"
    programs = Path(image[1]["programs"])
    assert (programs / "train").is_file()
    assert (programs / "serve").is_file()
    assert image[1]["python"].endswith(".venv/recommender/bin/python")


def test_local_aws_is_told_where_its_images_are(tmp_path: Path) -> None:
    state = State(tmp_path)
    command = list(local_aws_for(state, {}).process.command)
    assert command[command.index("--sagemaker-images") + 1] == str(state.images)


def test_file_goes_with_the_state() -> None:
    assert State(Path("state")).images.name in STATE_FILES
