"""Calculated columns of data sets: the row-level part of QuickSight's expressions, as SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from localaws.quicksight.failures import not_served

if TYPE_CHECKING:
    from localaws.quicksight.columns import Column


def translate(expression: str, columns: tuple[Column, ...], name: str) -> tuple[str, str]:
    """SQL and type of an expression; AWS's error for what is unknown."""
    raise not_served(f"the expression of {name}")
