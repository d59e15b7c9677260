"""The sets that others made, where they are at hand."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

_REPOSITORY = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """`DATA_DIR`, or `../shared/data`; skips where it holds nothing."""
    folder = Path(os.environ.get("DATA_DIR", _REPOSITORY / ".." / "shared" / "data"))
    if not (folder / "tickit").is_dir():
        pytest.skip(f"the sets that others made are not in {folder}; DATA_DIR says where they are")
    return folder
