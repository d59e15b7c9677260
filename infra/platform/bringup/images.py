"""What a container image is on a machine without containers: its programs, in an environment."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from rlm import names

from .layout import ROOT, python_of

if TYPE_CHECKING:
    from pathlib import Path


def write_images(file: Path, env: str) -> None:
    """Tell the local AWS where the image of each ECR repository lies; it reads the file anew.

    The environment holds what the image's Dockerfile installs, `rlm` as well.
    """
    images = {
        names.recommender_image(env): {
            "programs": str(ROOT / "include" / "sagemaker" / "recommender"),
            "python": str(python_of("recommender")),
        }
    }
    partial = file.with_suffix(".partial")
    partial.write_text(json.dumps({"images": images}, indent=2) + "\n", encoding="utf-8")
    partial.replace(file)
