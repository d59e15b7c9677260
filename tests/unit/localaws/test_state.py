"""Documents on the disk, in the order of their keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from localaws.state import Store

if TYPE_CHECKING:
    from pathlib import Path


def test_the_newest_are_kept_and_other_tables_are_left_alone(tmp_path: Path) -> None:
    store = Store(tmp_path / "kept.sqlite")
    table, other = store.table("some"), store.table("other")
    for number in range(5):
        table.put(f"{number}", {"number": number})
        other.put(f"{number}", {})
    for count, expected in ((6, "01234"), (5, "01234"), (2, "34"), (1, "4"), (1, "4")):
        table.keep_newest(count)
        assert [key for key, _ in table.items()] == list(expected)
    assert len(other.items()) == 5
    store.table("none").keep_newest(1)
