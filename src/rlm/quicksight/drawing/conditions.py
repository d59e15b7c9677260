"""What conditional formatting decided, for cells, rows and KPIs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rlm.quicksight.drawing.look import Look  # noqa: TC001 - part of the public types
from rlm.quicksight.results import (  # noqa: TC001 - part of the public types
    Field,
    ResultTable,
    VisualResult,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True)
class Decisions:
    """Styles of one visual; nothing decided: everything looks as it is."""

    options: Sequence[Mapping[str, Any]] = field(default_factory=tuple)

    @classmethod
    def of(cls, result: VisualResult, table: ResultTable, look: Look) -> Decisions:
        """The decisions of a table or pivot."""
        return cls()

    def of_cell(self, one: Field, row: Sequence[Any]) -> dict[str, Any] | None:
        """Style and icon of a cell."""
        return None

    def of_row(self, row: Sequence[Any]) -> dict[str, str] | None:
        """Style of a whole row."""
        return None
