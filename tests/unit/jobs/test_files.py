"""The first look at a file: can it be read by its contract at all?"""

from __future__ import annotations

import gzip
import tracemalloc
from typing import TYPE_CHECKING

import pytest

from rlm.aws.storage import FileStorage
from rlm.domain.delivery import delivered_file
from rlm.jobs.clean_sources.files import InspectedFile, header_columns, inspect
from rlm.jobs.contract_files import load_contracts

if TYPE_CHECKING:
    from pathlib import Path

HEADER = b"fan_id,artist_id,listened_on,plays,updated_at"
LINE = b"f1,a1,2026-06-01,3,2026-06-01T00:00:00Z\n"


def look(
    folder: Path, content: bytes, name: str = "l.csv", source: str = "listens"
) -> InspectedFile:
    path = folder / source / "delivery_date=2026-06-01" / name
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    file = delivered_file(f"file://{path}", "etag", len(content))
    assert file is not None
    return inspect(file, load_contracts()[source], FileStorage())


def test_good_file_is_taken_with_its_columns(tmp_path: Path) -> None:
    found = look(tmp_path, HEADER + b"\r\n" + LINE)
    assert (found.rejected_by, found.reason, found.complete_lines) == (None, None, None)
    assert found.columns == ("fan_id", "artist_id", "listened_on", "plays", "updated_at")


@pytest.mark.parametrize(
    ("content", "name", "reason"),
    [
        (b"", "l.csv", "no bytes"),
        (b"", "l.csv.gz", "no bytes"),
        (b"\n \r\n", "l.csv", "no lines"),
        (gzip.compress(b""), "l.csv.gz", "no lines"),
    ],
)
def test_file_without_lines_is_empty(
    tmp_path: Path, content: bytes, name: str, reason: str
) -> None:
    found = look(tmp_path, content, name)
    assert found.rejected_by == "empty_file"
    assert reason in (found.reason or "")


def test_json_has_no_header_to_judge(tmp_path: Path) -> None:
    found = look(tmp_path, b"not even json\n", "e.jsonl", "events")
    assert (found.rejected_by, found.header, found.columns) == (None, None, ())


@pytest.mark.parametrize(
    ("header", "complaint"),
    [
        (HEADER.replace(b",", b";"), "lacks artist_id, fan_id, listened_on, plays, updated_at"),
        (HEADER.replace(b",plays", b""), "lacks plays"),
        (LINE.strip(), "lacks"),
        (HEADER + b",plays", "repeats plays"),
        (HEADER.replace(b"plays", b"Plays"), "lacks plays"),
        ("fan_id,artist_id".encode("utf-16"), "lacks"),
    ],
)
def test_header_that_does_not_name_the_columns_rejects_the_file(
    tmp_path: Path, header: bytes, complaint: str
) -> None:
    found = look(tmp_path, header + b"\n" + LINE)
    assert found.rejected_by == "header"
    assert complaint in (found.reason or "")


def test_byte_order_mark_blanks_and_quotes_are_not_of_the_names() -> None:
    header = '\ufefffan_id, artist_id ,"a ""b"", c"'
    assert header_columns(header) == ("fan_id", "artist_id", 'a "b", c')


def test_byte_order_mark_does_not_reject_a_file(tmp_path: Path) -> None:
    found = look(tmp_path, b"\xef\xbb\xbf" + HEADER + b"\n" + LINE)
    assert found.rejected_by is None
    assert found.columns[0] == "fan_id"


def test_whole_gzip_is_taken(tmp_path: Path) -> None:
    found = look(tmp_path, gzip.compress(HEADER + b"\n" + LINE * 3), "l.csv.gz")
    assert (found.rejected_by, found.complete_lines) == (None, None)
    assert found.columns[3] == "plays"


def test_gzip_of_several_members_is_whole(tmp_path: Path) -> None:
    members = gzip.compress(HEADER + b"\n") + gzip.compress(LINE) + gzip.compress(LINE)
    found = look(tmp_path, members, "l.csv.gz")
    assert (found.rejected_by, found.complete_lines) == (None, None)


def test_cut_gzip_says_what_is_left_of_it(tmp_path: Path) -> None:
    # Stored, not compressed: the place of the cut is the place in the content.
    content = HEADER + b"\n" + LINE * 3
    whole = gzip.compress(content, compresslevel=0)
    start = whole.index(HEADER)
    cut = whole[: start + len(HEADER) + 1 + 2 * len(LINE) + 10]
    found = look(tmp_path, cut, "l.csv.gz")
    assert found.rejected_by is None
    assert (found.complete_lines, found.broken_line) == (3, LINE[:10].decode())


def test_gzip_cut_between_its_content_and_its_checksum_ends_early(tmp_path: Path) -> None:
    found = look(tmp_path, gzip.compress(HEADER + b"\n" + LINE)[:-4], "l.csv.gz")
    assert (found.complete_lines, found.broken_line) == (2, "")


def test_gzip_with_a_cut_last_member_ends_early(tmp_path: Path) -> None:
    cut = gzip.compress(HEADER + b"\n" + LINE) + gzip.compress(LINE)[:-2]
    assert look(tmp_path, cut, "l.csv.gz").complete_lines == 3


def test_gzip_cut_in_its_head_has_no_lines_left(tmp_path: Path) -> None:
    found = look(tmp_path, gzip.compress(HEADER)[:5], "l.csv.gz")
    assert (found.complete_lines, found.broken_line) == (0, "")


def test_corrupt_gzip_is_read_up_to_its_break(tmp_path: Path) -> None:
    content = HEADER + b"\n" + LINE * 2
    packed = gzip.compress(content) + b"these bytes are no gzip"
    found = look(tmp_path, packed, "l.csv.gz")
    assert (found.complete_lines, found.broken_line) == (3, "")


def test_file_that_only_calls_itself_gzip_has_no_lines(tmp_path: Path) -> None:
    found = look(tmp_path, HEADER + b"\n" + LINE, "l.csv.gz")
    assert found.complete_lines == 0


def test_cut_gzip_with_a_bad_header_is_rejected_and_keeps_its_break(tmp_path: Path) -> None:
    packed = gzip.compress(HEADER.replace(b",", b";") + b"\n" + LINE)[:-1]
    found = look(tmp_path, packed, "l.csv.gz")
    assert (found.rejected_by, found.complete_lines) == ("header", 2)


def test_a_line_without_an_end_takes_no_more_memory_than_is_shown_of_it(tmp_path: Path) -> None:
    packed = gzip.compress(HEADER + b"\n" + b"x" * 8_000_000)
    tracemalloc.start()
    found = look(tmp_path, packed[:-2], "l.csv.gz")
    _, most_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (found.complete_lines, len(found.broken_line)) == (1, 1 << 20)
    assert most_bytes < 7_000_000
