"""Result files as Athena writes them, read line by line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rlm.aws.storage import FileStorage
from rlm.serving.results import read_rows

if TYPE_CHECKING:
    from pathlib import Path


def read(folder: Path, text: str) -> tuple[list[str], list[list[str]]]:
    file = folder / "result.csv"
    file.write_bytes(text.encode())
    rows = read_rows(FileStorage(), f"file://{file}")
    return rows.header, list(rows.rows)


def test_quotes_line_ends_and_nothing(tmp_path: Path) -> None:
    text = '"id","name"\n"1","say ""hi"",\r\nand\nbye"\n"2",\n"3",""\n'
    assert read(tmp_path, text) == (
        ["id", "name"],
        [["1", 'say "hi",\r\nand\nbye'], ["2", ""], ["3", ""]],
    )


def test_long_values_are_read_whole(tmp_path: Path) -> None:
    long = "ü" * 300_000
    assert read(tmp_path, f'"id"\n"{long}"\n')[1] == [[long]]


def test_file_without_a_header_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="is empty"):
        read(tmp_path, "")


def test_record_of_another_width_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="record 3 has 1 values, expected 2"):
        read(tmp_path, '"id","name"\n"1","a"\n"2"\n')


def test_file_that_ends_within_a_value_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="unexpected end"):
        read(tmp_path, '"id","name"\n"1","a')
