"""What a function takes and gives: the form of the registry's entries."""

from __future__ import annotations

from collections.abc import Callable  # noqa: TC003 - part of the public types
from dataclasses import dataclass
from typing import Literal as OneOf

from rlm.quicksight.query import ColumnType

Level = OneOf["row", "aggregate", "table"]
Shape = OneOf["value", "names", "sort", "values"]

TEXT = frozenset({ColumnType.STRING})
WHOLE = frozenset({ColumnType.INTEGER})
NUMBER = frozenset({ColumnType.INTEGER, ColumnType.DECIMAL})
MOMENT = frozenset({ColumnType.DATETIME})
TRUTH = frozenset({ColumnType.BOOLEAN})
ANY = frozenset(ColumnType)

LEVELS = ("PRE_FILTER", "PRE_AGG", "POST_AGG_FILTER")
"""When a window function acts, written as bare words."""


@dataclass(frozen=True)
class Argument:
    """One argument: the types that it accepts, or the words that it is one of."""

    name: str
    types: frozenset[ColumnType] = ANY
    words: tuple[str, ...] = ()
    """Upper case; the only values that it may have."""
    words_are_bare: bool = False
    """Whether the documentation writes the words without quotes."""
    is_optional: bool = False
    shape: Shape = "value"
    """A list of fields, a sort order, or a list of values stands in brackets."""
    is_constant: bool = False
    """Whether it must be a literal (or a parameter), not a field."""


@dataclass(frozen=True)
class Function:
    """A documented function."""

    name: str
    level: Level
    arguments: tuple[Argument, ...]
    result: ColumnType | int | None
    """A type; or the index of the argument whose type it has; None: the common type of `common`."""
    repeating: tuple[int, int] | None = None
    """The arguments of this slice may come again, together."""
    common: Callable[[int], tuple[int, ...]] | None = None
    """Of a number of arguments, those whose types must agree."""

    def accepts_count(self, count: int) -> bool:
        """Whether it may be called with so many arguments."""
        least = sum(not one.is_optional for one in self.arguments)
        if self.repeating is None:
            return least <= count <= len(self.arguments)
        first, end = self.repeating
        return count >= least and (count - len(self.arguments)) % (end - first) == 0

    def argument(self, index: int, count: int) -> Argument:
        """What stands at `index` of a call with `count` arguments."""
        if self.repeating is not None and count > len(self.arguments):
            first, end = self.repeating
            repeated = count - len(self.arguments)
            if index >= end + repeated:
                return self.arguments[index - repeated]
            if index >= end:
                return self.arguments[first + (index - first) % (end - first)]
        return self.arguments[min(index, len(self.arguments) - 1)]

    def usage(self) -> str:
        """As an author would write it, for messages."""
        shown = []
        for index, one in enumerate(self.arguments):
            name = f"[{one.name}]" if one.shape != "value" else one.name
            shown.append(f"({name})" if one.is_optional else name)
            if self.repeating is not None and index == self.repeating[1] - 1:
                shown.append("...")
        return f"{self.name}({', '.join(shown)})"


def optional(argument: Argument) -> Argument:
    """The same, that may be left out."""
    return Argument(
        argument.name,
        argument.types,
        argument.words,
        argument.words_are_bare,
        True,
        argument.shape,
        argument.is_constant,
    )


def names(name: str) -> Argument:
    """A list of fields in brackets."""
    return Argument(name, shape="names")


def sort_order(name: str = "sort order") -> Argument:
    """A list of fields with ASC or DESC."""
    return Argument(name, shape="sort")


def table_of(*functions: Function) -> dict[str, Function]:
    """By name, in the order given."""
    return {one.name: one for one in functions}
