"""Nothing that an author, a reader or a column's name says is ever run as SQL."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rlm.quicksight.expressions import UnsupportedExpressionError
from rlm.quicksight.expressions.tree import Call, Column, Literal, Names, Operation, Parameter
from rlm.quicksight.query import Aggregate, ColumnType, Dimension, Measure, Query

EVIL = [
    "'; DROP TABLE facts; --",
    '"; DROP TABLE facts; --',
    "' OR 1=1 --",
    '" OR 1=1 --',
    "\\'; DROP TABLE facts; --",
    "$$; DROP TABLE facts; $$",
    "/* */",
    "%s {0} ? $1",
    "a\nb",
    "😀'\"",
    "'||(SELECT 1)||'",
]


@pytest.mark.parametrize("evil", EVIL)
def test_texts_and_parameters_stay_texts(world, evil):
    world.table(k=[evil, "other"], v=[1, 2])
    world.parameters = {"one": (evil,), "many": (evil, "x")}

    def total(condition):
        measure = Measure("m", Column("v"), Aggregate("SUM"))
        return world.run(Query("facts", measures=(measure,), filters=(condition,)))

    assert total(Operation("=", (Column("k"), Literal(evil)))) == [(1,)]
    assert total(Operation("=", (Column("k"), Parameter("one")))) == [(1,)]
    assert total(Call("in", (Column("k"), Parameter("many")))) == [(1,)]
    assert total(Call("in", (Column("k"), Names((Literal(evil),))))) == [(1,)]
    assert total(Call("contains", (Column("k"), Literal(evil)))) == [(1,)]
    assert world.ask("COUNT:v") == [(2,)]


@pytest.mark.parametrize("evil", EVIL)
def test_names_of_columns_fields_and_aliases_stay_names(world, evil):
    world.columns({evil: ["a", "a"], "v": [1, 2]})
    measure = Measure(evil + "!", Column("v"), Aggregate("SUM"))

    assert world.run(Query("facts", (Dimension(evil, Column(evil)),), (measure,))) == [("a", 3)]


@pytest.mark.parametrize("evil", [one for one in EVIL if "%" not in one])
def test_formats_and_delimiters_stay_texts(world, evil):
    world.table(k=[f"left{evil}right"])
    part = Measure("m", Call("split", (Column("k"), Literal(evil), Literal(2))), None)
    day = Call("parseDate", (Literal("2024-01-02"), Literal("yyyy-MM-dd")))
    quoted = Literal("'" + evil.replace("'", "''") + "'yyyy")
    shown = Measure("n", Call("formatDate", (day, quoted)), None)

    assert world.run(Query("facts", measures=(part, shown), is_detail=True)) == [
        ("right", f"{evil}2024")
    ]


def test_periods_and_percentiles_are_words_and_numbers_only(world):
    world.table(v=[1.0], day=["x"])
    world.types["day"] = ColumnType.DATETIME
    evil = Literal("day', now()); DROP TABLE facts; --")
    for tree in (
        Call("truncDate", (evil, Column("day"))),
        Call("percentile", (Column("v"), evil)),
        Call("windowSum", (Call("sum", (Column("v"),)), Names(()), evil, Literal(0))),
    ):
        with pytest.raises(UnsupportedExpressionError):
            world.run(Query("facts", measures=(Measure("m", tree),)))


def test_nul_is_refused(world):
    world.table(v=[1])

    with pytest.raises(UnsupportedExpressionError, match="NUL"):
        world.run(Query("facts", (Dimension("d", Literal("a\0b")),)))


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40))
def test_any_text_comes_back_as_it_was(world, text):
    world.table(any=[1])

    assert world.run(Query("facts", (Dimension("d", Literal(text)),), is_detail=True)) == [(text,)]
