"""What SOURCE and DATA_DIR name, and what is said of those that name nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bringup.failures import PlatformError
from bringup.layout import State
from bringup.source_files import source_files_for

if TYPE_CHECKING:
    from pathlib import Path


def test_imports_read_the_folder_that_is_named(tmp_path: Path) -> None:
    state = State.of({"RLM_STATE_DIR": str(tmp_path / "state")})
    environ = {"SOURCE": "broadway", "DATA_DIR": str(tmp_path)}
    files = source_files_for(state, environ)
    assert files.folder == state.sources / "broadway"
    assert files.command[1:] == (
        *("import", "broadway", "--data-dir", str(tmp_path), "--out", str(files.folder)),
    )


@pytest.mark.parametrize(
    ("named", "found"),
    [
        ({}, "DATA_DIR, which is not set;"),
        ({"DATA_DIR": ""}, "DATA_DIR, which is not set;"),
        ({"DATA_DIR": "/nowhere"}, "DATA_DIR, which is /nowhere, which is no folder;"),
    ],
)
def test_imports_without_a_folder_say_what_to_do(
    tmp_path: Path, named: dict[str, str], found: str
) -> None:
    state = State.of({"RLM_STATE_DIR": str(tmp_path)})
    with pytest.raises(PlatformError) as raised:
        source_files_for(state, {"SOURCE": "tickit-lastfm", **named})
    assert found in str(raised.value)
    assert "docs/data-sources.md" in str(raised.value)
    assert str(raised.value).endswith("make run SOURCE=tickit-lastfm DATA_DIR=...")


def test_an_unknown_source_names_those_that_there_are(tmp_path: Path) -> None:
    state = State.of({"RLM_STATE_DIR": str(tmp_path)})
    with pytest.raises(PlatformError, match="'rock', expected one of generated, tickit-lastfm"):
        source_files_for(state, {"SOURCE": "rock"})
