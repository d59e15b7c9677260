"""A branch that somebody else takes for one that was left behind."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING
from unittest import mock

from rlm.jobs.iceberg import IcebergTable

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def first_branch_dropped() -> Iterator[None]:
    """Drops the first branch that is made, before anything is written to it."""
    create = IcebergTable.create_branch
    dropped: list[str] = []

    def created(table: IcebergTable, branch: str) -> None:
        create(table, branch)
        if not dropped:
            dropped.append(branch)
            table.drop_branch(branch)

    with mock.patch.object(IcebergTable, "create_branch", created):
        yield
    assert dropped
