"""The vectorised CSV writer says the same as Python's."""

from __future__ import annotations

import datetime as dt

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rlm.generate.breakages import truncated
from rlm.generate.csv_bytes import (
    SECOND_OF_DAY,
    Block,
    chosen,
    iso_day,
    iso_second,
    lines,
    number,
    table,
)

words = st.text(
    st.characters(codec="utf-8", exclude_characters="\0,\n\r\""), max_size=12
)  # fmt: skip


@given(st.lists(st.tuples(st.integers(-1, 99_999), words), min_size=1, max_size=40))
def test_lines_are_those_of_a_plain_join(rows: list[tuple[int, str]]) -> None:
    values = np.array([value for value, _ in rows])
    texts = table(text for _, text in rows)
    block = lines(
        [
            number(values, 5),
            chosen(texts, np.arange(len(rows))),
            number(values, 7, b"id-", padded=True),
        ]
    )
    expected = [
        f"{value},{text},id-{value:07d}" if value >= 0 else f",{text}," for value, text in rows
    ]
    assert block.rows == len(rows)
    assert block.payload.decode() == "".join(f"{line}\n" for line in expected)


@given(st.lists(st.binary().map(lambda b: b.replace(b"\n", b"")), max_size=20))
def test_block_gives_its_lines_back(given_lines: list[bytes]) -> None:
    assert Block.of(given_lines).lines() == given_lines


@given(st.integers(0, 4_000_000_000))
def test_moments_are_iso_8601(second: int) -> None:
    moment = dt.datetime.fromtimestamp(second, dt.UTC)
    text = f"{moment:%Y-%m-%dT%H:%M:%SZ}"
    assert iso_second(second) == text
    assert iso_day(second // 86_400) + SECOND_OF_DAY[second % 86_400].tobytes().decode() == text


@given(st.lists(st.sampled_from(["", "a", "bc"]), min_size=3, max_size=8))
def test_truncated_line_always_lacks_cells(cells: list[str]) -> None:
    line = ",".join(cells).encode()
    assert truncated(line, b",").count(b",") < line.count(b",")
