"""What the check of types lets through, the engine runs: random expressions of every function."""

# ruff: noqa: DTZ001 - moments are in UTC without a zone
from __future__ import annotations

from datetime import datetime
from random import Random

import pytest

from rlm.quicksight.expressions.functions import FUNCTIONS
from rlm.quicksight.expressions.types import check
from rlm.quicksight.query import ColumnType

FACTS = {
    "s": ["a", "2", "2024-01-05", None, "x;y"],
    "n": [1, -2, 3, None, 0],
    "p": [1.5, -2.25, 0.0, None, 1e6],
    "d": [datetime(2024, 1, 5, 3), datetime(2023, 12, 31), datetime(1999, 5, 5), None, None],
    "b": [True, False, None, True, True],
}
FIELDS = {
    ColumnType.STRING: ("{s}", "max({s})", "';'", "'2024-01-02'", "''"),
    ColumnType.INTEGER: ("{n}", "sum({n})", "0", "-3", "7"),
    ColumnType.DECIMAL: ("{p}", "avg({p})", "0.5", "-2.5"),
    ColumnType.DATETIME: ("{d}", "min({d})", "now()", "parseDate('2024-01-02', 'yyyy-MM-dd')"),
    ColumnType.BOOLEAN: ("{b}", "(sum({n}) > 1)", "TRUE"),
}
CONSTANTS = {"percentile": "50", "format": "'yyyy-MM-dd'", "time zone": "'Europe/Berlin'"}


class Author:
    """Writes expressions of a wished type, of rows or of groups."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)

    def expression(self, type_: ColumnType, depth: int, is_aggregate: bool) -> str:
        if depth == 0 or self.random.random() < 0.15:
            of_row, of_group, *constants = FIELDS[type_]
            if is_aggregate:
                return of_group
            return self.random.choice([of_row, of_row, *constants])
        choices = [one for one in FUNCTIONS.values() if self.fits(one, type_, is_aggregate)]
        signs = {"INTEGER": "+-*%", "DECIMAL": "+-*/^", "BOOLEAN": ["=", "<>", "<", ">="]}
        choice = self.random.choice([*choices, *signs.get(type_, ())])
        if isinstance(choice, str):
            inner = self.random.choice(list(ColumnType)) if type_ == "BOOLEAN" else type_
            left, right = (self.expression(inner, depth - 1, is_aggregate) for _ in range(2))
            return f"({left} {choice} {right})"
        return self.call(choice, type_, depth, is_aggregate)

    def fits(self, function, type_, is_aggregate) -> bool:
        if function.level == "table" or (function.level == "aggregate" and not is_aggregate):
            return False
        if isinstance(function.result, int):
            return type_ in function.arguments[function.result].types
        return function.result is None or function.result == type_

    def call(self, function, type_, depth, is_aggregate) -> str:
        is_aggregate = is_aggregate and function.level == "row"
        least = sum(not one.is_optional for one in function.arguments)
        count = self.random.randint(least, len(function.arguments))
        if function.arguments and function.arguments[-1].shape == "names":
            count = least
        agreeing = function.common(count) if function.common else ()
        other = self.random.choice(list(ColumnType))
        written = []
        for index, takes in enumerate(function.arguments[:count]):
            if takes.shape == "values":
                written.append(f"[{FIELDS[other][2]}, NULL]")
            elif takes.words:
                word = self.random.choice(takes.words)
                written.append(word if takes.words_are_bare else f"'{word}'")
            elif takes.is_constant:
                written.append(CONSTANTS[takes.name])
            else:
                if index == function.result or index in agreeing:
                    inner = type_
                elif len(takes.types) == len(ColumnType):
                    inner = type_ if isinstance(function.result, int) else other
                else:
                    inner = self.random.choice(sorted(takes.types))
                written.append(self.expression(inner, depth - 1, is_aggregate))
        return f"{function.name}({', '.join(written)})"


@pytest.mark.parametrize("seed", range(8))
def test_what_is_checked_runs(world, seed):
    world.columns(FACTS)
    author = Author(seed)
    called = set()
    for number in range(60):
        is_aggregate = number % 2 == 1
        type_ = author.random.choice(list(ColumnType))
        text = author.expression(type_, 3, is_aggregate)
        called |= {name for name in FUNCTIONS if f"{name}(" in text}

        found = check(text, world.types)
        try:
            if found.stage in ("row", "constant"):
                assert len(world.ask(text, is_detail=True)) == len(FACTS["s"])
            else:
                assert len(world.ask(text, by=("{b}",))) == 3
        except Exception as error:
            error.add_note(text)
            raise

    assert len(called) > 30
