"""Text of calculated fields becomes trees, or an error with its place."""

from __future__ import annotations

from decimal import Decimal

import pytest

from rlm.quicksight.expressions import (
    ExpressionError,
    columns_of,
    functions_of,
    parameters_of,
    parse,
)
from rlm.quicksight.expressions.parser import parse_located
from rlm.quicksight.expressions.tree import (
    Call,
    Column,
    Literal,
    Names,
    Operation,
    Parameter,
    Sorted,
)

A, B, C = Column("a"), Column("b"), Column("c")


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("{Net sales, EUR}", Column("Net sales, EUR")),
        ("sales_2024", Column("sales_2024")),
        ("{a\\}b\\\\}", Column("a}b\\")),
        ("${Region}", Parameter("Region")),
        ("${6ae4e600-65a3-4537}", Parameter("6ae4e600-65a3-4537")),
        ("$Region", Parameter("Region")),
        ("'it''s'", Literal("it's")),
        ("'it\\'s'", Literal("it's")),
        ('"say ""so"""', Literal('say "so"')),
        ("\"it's ''\"", Literal("it's ''")),
        # Only quotes and backslashes are escaped: this is a backslash and an n.
        ('"\\n"', Literal("\\n")),
        ("'\\\\'", Literal("\\")),
        ("'a\nb'", Literal("a\nb")),
        ("12", Literal(12)),
        ("-12", Literal(-12)),
        ("1.50", Literal(Decimal("1.50"))),
        (".5", Literal(Decimal("0.5"))),
        ("2e3", Literal(Decimal(2000))),
        ("NULL", Literal(None)),
        ("true", Literal(True)),
        ("+a", A),
        ("((a))", A),
        ("\u200b a \ufeff", A),
        ("a /* one */ + // two\n b", Operation("+", (A, B))),
        ("a \u2212 b", Operation("-", (A, B))),
        ("a != b", Operation("<>", (A, B))),
        ("SUMOVER(Sum(a), [b, c desc], pre_agg)", None),
        ("now()", Call("now", ())),
    ],
)
def test_text_becomes_a_tree(text, tree):
    if tree is None:
        partition = Names((B, Sorted(C, "DESC")))
        tree = Call("sumOver", (Call("sum", (A,)), partition, Literal("PRE_AGG")))

    assert parse(text) == tree


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("a + b * c", "a + (b * c)"),
        ("a - b - c", "(a - b) - c"),
        ("a / b * c", "(a / b) * c"),
        ("a * b ^ c", "a * (b ^ c)"),
        ("a ^ b ^ c", "a ^ (b ^ c)"),
        ("-a ^ b", "-(a ^ b)"),
        ("a ^ -b", "a ^ (-b)"),
        ("-2 ^ b", "-(2 ^ b)"),
        ("a % b + c", "(a % b) + c"),
        ("a + b > c", "(a + b) > c"),
        ("a = b AND b = c OR a = c", "((a = b) AND (b = c)) OR (a = c)"),
        ("a OR b AND c", "a OR (b AND c)"),
        ("NOT a = b AND c", "(NOT (a = b)) AND c"),
        ("not(a) or b", "(NOT a) OR b"),
        ("NOT NOT a", "NOT (NOT a)"),
    ],
)
def test_operators_bind_in_the_documented_order(text, same):
    assert parse(text) == parse(same)


def test_level_aware_aggregates_take_lists_that_follow_the_visual():
    tree = parse("sum({a}, [${visualDimensions}, !{b}])")

    assert tree == Call("sum", (A, Names((Parameter("visualDimensions"), Operation("not", (B,))))))
    assert parameters_of(tree) == ()
    assert columns_of(tree) == ("a", "b")


def test_words_are_words_only_where_a_function_has_them():
    assert parse("periodToDateSum(a, b, month)") == Call(
        "periodToDateSum", (A, B, Literal("MONTH"))
    )
    assert parse("sum({PRE_AGG})") == Call("sum", (Column("PRE_AGG"),))
    assert parse("contains(a, MONTH)") == Call("contains", (A, Column("MONTH")))
    assert parse("contains(a, b, case_insensitive)") == Call(
        "contains", (A, B, Literal("CASE_INSENSITIVE"))
    )


@pytest.mark.parametrize(
    ("text", "line", "column", "problem"),
    [
        ("", 1, 1, "found the end of the expression, expected a field, a value or a function"),
        ("a +", 1, 4, "found the end of the expression, expected a field, a value or a function"),
        ("a b", 1, 3, "found `b`, expected an operator or the end of the expression"),
        ("sum({a}", 1, 8, "found the end of the expression, expected an operator, `,` or `)`"),
        ("sum({a} {b})", 1, 9, "found {b}, expected an operator, `,` or `)`"),
        ("[{a} {b}]", 1, 6, "found {b}, expected an operator, `,` or `]`"),
        ("sum(,)", 1, 5, "found `,`, expected a field, a value or a function"),
        ("\n  ifelse(a = 1,\n 'x' 'y', 2)", 3, 6, "found 'y', expected an operator, `,` or `)`"),
        ("a + {b", 1, 5, "this name is never closed: expected }"),
        ("a + {}", 1, 5, "expected a name between { and }"),
        ("'abc", 1, 1, "this text is never closed: expected another '"),
        ("a /* b", 1, 3, "this comment is never closed: expected */"),
        ("a ; b", 1, 3, "found ';', expected a name, a number, a text or an operator"),
        ("(a", 1, 3, "found the end of the expression, expected an operator or `)`"),
        ("a AND OR b", 1, 7, "found `OR`, expected a field, a value or a function"),
    ],
)
def test_error_names_place_found_and_expected(text, line, column, problem):
    with pytest.raises(ExpressionError) as error:
        parse(text)

    assert (error.value.line, error.value.column) == (line, column)
    assert error.value.problem == problem
    assert str(error.value) == f"line {line}, column {column}: {problem}"


@pytest.mark.parametrize(
    ("wrong", "right"),
    [("summ", "sum"), ("if", "ifelse"), ("toUppercase", "toUpper"), ("DateDif", "dateDiff")],
)
def test_unknown_function_suggests_the_nearest(wrong, right):
    with pytest.raises(ExpressionError, match=f"did you mean `{right}`") as error:
        parse(f"1 + {wrong}(a)")

    assert (error.value.line, error.value.column) == (1, 5)


def test_brackets_in_brackets_have_a_bound_and_an_error():
    assert parse("(" * 100 + "a" + ")" * 100) == A
    with pytest.raises(ExpressionError, match="at most 100 brackets"):
        parse("(" * 5000 + "a" + ")" * 5000)


def test_parts_know_their_place():
    located = parse_located("sum({a}) +\n  {b}")

    assert located.position(()) == (1, 1)
    assert located.position((0,)) == (1, 1)
    assert located.position((0, 0)) == (1, 5)
    assert located.position((1,)) == (2, 3)


def test_references_are_listed_once_in_order():
    tree = parse("ifelse(${p} = 1, sum({a}) + {b}, sum({a})) + min({c} + ${p})")

    assert columns_of(tree) == ("a", "b", "c")
    assert parameters_of(tree) == ("p",)
    assert functions_of(tree) == ("ifelse", "sum", "min")
