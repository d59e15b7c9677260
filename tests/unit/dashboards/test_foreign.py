"""Definitions of anybody's, read from files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rlm.dashboards.foreign import read_definition
from rlm.quicksight.definitions.findings import DefinitionError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.json", '{"Name": "Sales", "Definition": {"Sheets": []}}'),
        ("a.yaml", "Name: Sales\nDefinition:\n  Sheets: []\n"),
    ],
)
def test_a_definition_is_read_from_json_and_yaml(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    assert read_definition(tmp_path / name) == ("Sales", {"Sheets": []})


def test_what_cannot_be_read_names_its_file(tmp_path: Path) -> None:
    for name, text in (("a.json", "Sheets: []"), ("b.yaml", "a: [")):
        (tmp_path / name).write_text(text)
        with pytest.raises(DefinitionError, match=r"expected JSON|not readable as YAML") as caught:
            read_definition(tmp_path / name)
        assert caught.value.file == str(tmp_path / name)
