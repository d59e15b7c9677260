"""What is written reads back to the same tree."""

# ruff: noqa: DTZ001 - moments are in UTC without a zone
from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rlm.quicksight.expressions import parse, written
from rlm.quicksight.expressions.functions import FUNCTIONS
from rlm.quicksight.expressions.tree import (
    Call,
    Column,
    Literal,
    Names,
    Operation,
    Parameter,
    Sorted,
)

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
NAMES = TEXTS.filter(lambda text: bool(text.strip()))
PARAMETERS = st.from_regex(r"[A-Za-z][A-Za-z0-9]{0,8}", fullmatch=True)
NUMBERS = st.integers(-(10**12), 10**12) | st.decimals(
    allow_nan=False, allow_infinity=False, places=3, min_value=-(10**6), max_value=10**6
).map(lambda one: one + Decimal("0.0"))
LEAVES = st.one_of(
    NAMES.map(Column),
    PARAMETERS.map(Parameter),
    TEXTS.map(Literal),
    NUMBERS.map(Literal),
    st.sampled_from([Literal(None), Literal(True), Literal(False)]),
)
BINARY = ["+", "-", "*", "/", "%", "^", "=", "<>", "<", "<=", ">", ">=", "and", "or"]


def _grown(inner):
    lists = st.lists(
        inner | st.builds(Sorted, inner, st.sampled_from(["ASC", "DESC"])), max_size=3
    ).map(lambda items: Names(tuple(items)))
    return st.one_of(
        st.builds(
            lambda sign, a, b: Operation(sign, (a, b)), st.sampled_from(BINARY), inner, inner
        ),
        st.builds(lambda sign, a: Operation(sign, (a,)), st.sampled_from(["not", "negate"]), inner),
        st.builds(
            lambda name, items: Call(name, tuple(items)),
            st.sampled_from(sorted(FUNCTIONS)),
            st.lists(inner | lists, max_size=4),
        ),
    )


TREES = st.recursive(LEAVES, _grown, max_leaves=25)


@settings(max_examples=400, deadline=None)
@given(tree=TREES)
def test_written_reads_back(tree):
    assert parse(written(tree)) == tree


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(a+b)*c", "({a} + {b}) * {c}"),
        ("a+(b+c)", "{a} + ({b} + {c})"),
        ("a-b-c", "{a} - {b} - {c}"),
        ("-(1)", "-(1)"),
        ("now('x')", "now('x')"),
        ("(-1)^2", "(-1) ^ 2"),
        ("not (a and b)", "NOT ({a} AND {b})"),
        ('contains(a,"x",case_insensitive)', "contains({a}, 'x', CASE_INSENSITIVE)"),
        ("truncDate('MM', d)", "truncDate('MM', {d})"),
        ("sumover(sum(a),[b],pre_filter)", "sumOver(sum({a}), [{b}], PRE_FILTER)"),
        ("sum(a,[${visualDimensions},!b])", "sum({a}, [${visualDimensions}, !{b}])"),
        ("'it''s'", "'it\\'s'"),
    ],
)
def test_written_form(text, expected):
    assert written(parse(text)) == expected


def test_moment_is_written_as_the_call_that_gives_it():
    text = written(Literal(datetime(2024, 2, 29, 13, 5)))

    assert text == "parseDate('2024-02-29 13:05:00', 'yyyy-MM-dd HH:mm:ss')"


def test_long_chains_are_no_trouble():
    text = " OR ".join(f"{{a}} = {number}" for number in range(3000))
    tree = parse(text)
    other = parse(text.replace("= 0", "= 7", 1))

    assert written(tree) == text
    assert parse(text) == tree
    assert {tree: 1}[parse(text)] == 1
    assert tree != other
    assert tree != Column("a") != tree
