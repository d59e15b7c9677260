"""Functions of one row as SQL, by their documented names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rlm.quicksight.sql.scalars.conditional import CONDITIONAL
from rlm.quicksight.sql.scalars.date import DATE
from rlm.quicksight.sql.scalars.numeric import NUMERIC
from rlm.quicksight.sql.scalars.string import STRING

if TYPE_CHECKING:
    from collections.abc import Callable

    from rlm.quicksight.expressions.tree import Expression
    from rlm.quicksight.sql.translator import Translator

SCALARS: dict[str, Callable[[Translator, tuple[Expression, ...]], str]] = {
    **CONDITIONAL,
    **DATE,
    **NUMERIC,
    **STRING,
}
