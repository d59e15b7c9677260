"""String functions give what the worked examples of their documentation give.

Each case is of docs.aws.amazon.com/quicksight/latest/user/<function>-function.html.
"""

# ruff: noqa: DTZ001 - moments are in UTC without a zone
from __future__ import annotations

import datetime as dt

import pytest

from rlm.quicksight.expressions.functions import GROUPS

STREETS = "'123 Test St;1402 35th Ave;1818 Elm Ct;11 Janes Lane'"
STATES = {"state_nm": ["New York", "new york"]}
PERSONS = {
    "salutation": ["Ms.", "Dr.", "Mr."],
    "firstName": ["Li", "Ana Carolina", "Nikhil"],
    "lastName": ["Juan", "Silva", "Jayashankar"],
}
DOCUMENTED = [
    ("concat", "concat('Hello', 'world')", {}, ["Helloworld"]),
    (
        "concat",
        "concat(salutation, ' ', firstName, ' ', lastName)",
        PERSONS,
        ["Ms. Li Juan", "Dr. Ana Carolina Silva", "Mr. Nikhil Jayashankar"],
    ),
    ("contains", 'contains(state_nm, "New")', STATES, [True, False]),
    ("contains", 'contains(state_nm, "new", CASE_INSENSITIVE)', STATES, [True, True]),
    ("endsWith", 'endsWith(state_nm, "York")', STATES, [True, False]),
    ("endsWith", 'endsWith(state_nm, "york", CASE_INSENSITIVE)', STATES, [True, True]),
    ("left", "left('Seattle Store #14', 3)", {}, ["Sea"]),
    ("locate", "locate('1 and 2 and 3 and 4', 'and')", {}, [3]),
    ("locate", "locate('1 and 2 and 3 and 4', 'and', 4)", {}, [9]),
    ("ltrim", "ltrim('   Seattle Store #14')", {}, ["Seattle Store #14"]),
    (
        "parseDate",
        "parseDate(prodDate, 'MM/dd/yyyy')",
        {"prodDate": ["01-01-1999", "12/31/2006", "1/18/1982", "7/4/2010"]},
        [None, dt.datetime(2006, 12, 31), dt.datetime(1982, 1, 18), dt.datetime(2010, 7, 4)],
    ),
    (
        "parseDecimal",
        "parseDecimal(fee)",
        {"fee": ["2", "2a", "12.13", "3b", "3.9", None, "198.353398"]},
        [2.0, None, 12.13, None, 3.9, None, 198.353398],
    ),
    (
        "parseInt",
        "parseInt(feeType)",
        {"feeType": ["2", "2.1", "2a", "3", "3b", None, "5"]},
        [2, 2, None, 3, None, None, 5],
    ),
    ("parseInt", "parseInt('2.99')", {}, [2]),
    (
        "parseJson",
        'parseJson(JSONObject1, "$.State")',
        {
            "JSONObject1": [
                '{"State":"New York","Product":"Produce","Date Sold":"1/16/2018"}',
                '{"State":"North Carolina","Product":"Bakery Products"}',
                '{"State":"Utah","Product":"Water"}',
            ]
        },
        ["New York", "North Carolina", "Utah"],
    ),
    ("replace", "replace('1 and 2 and 3', 'and', 'or')", {}, ["1 or 2 or 3"]),
    ("right", "right('Seattle Store#14', 12)", {}, ["tle Store#14"]),
    ("rtrim", "rtrim('Seattle Store #14   ')", {}, ["Seattle Store #14"]),
    ("split", "split('one|two|three', '|', 2)", {}, ["two"]),
    ("split", f"split({STREETS}, ';', 3)", {}, ["1818 Elm Ct"]),
    ("startsWith", 'startsWith(state_nm, "New")', STATES, [True, False]),
    ("startsWith", 'startsWith(state_nm, "new", CASE_INSENSITIVE)', STATES, [True, True]),
    ("strlen", "strlen('1421 Main Street')", {}, [16]),
    ("substring", "substring('Fantasy and Science Fiction',13,7)", {}, ["Science"]),
    ("toLower", "toLower('Seattle Store #14')", {}, ["seattle store #14"]),
    (
        "toString",
        "toString(payDate)",
        {"payDate": [dt.datetime(1992, 11, 14), dt.datetime(2012, 10, 12)]},
        ["1992-11-14T00:00:00.000Z", "2012-10-12T00:00:00.000Z"],
    ),
    ("toUpper", "toUpper('Seattle Store #14')", {}, ["SEATTLE STORE #14"]),
    ("trim", "trim('   Seattle Store #14   ')", {}, ["Seattle Store #14"]),
]


@pytest.mark.parametrize(
    ("function", "expression", "columns", "expected"), DOCUMENTED, ids=lambda one: str(one)[:40]
)
def test_function_gives_what_its_documentation_shows(
    world, function, expression, columns, expected
):
    world.columns(columns or {"any": [1]})

    assert function in expression
    assert world.each_row(expression) == expected


def test_every_string_function_has_a_case():
    assert {function for function, *_ in DOCUMENTED} == set(GROUPS["string"])


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("concat('a', NULL)", None),
        ("concat('a', 1, 2.5)", "a12.5"),
        ("split('a,b', ',', 3)", ""),
        ("locate('abc', 'z')", 0),
        ("left('abc', 10)", "abc"),
        ("right('abc', 0)", ""),
        ("left('abc', -1)", ""),
        ("left('abc', {any} - 2)", ""),
        ("left('abc', {any} * 99999999999)", "abc"),
        ("left('abc', NULL)", None),
        ("substring('abc', 0, 2)", "ab"),
        ("substring('abc', {any} + 1)", "bc"),
        ("locate('abcabc', 'c', {any} * 4)", 6),
        ("parseInt('-2.5')", -3),
        ("parseInt('9007199254740993')", 9007199254740993),
        ("parseDecimal('nan')", None),
        ("parseJson('no json', '$.a')", None),
        ("strlen('Ærø')", 3),
        ("toString(TRUE)", "true"),
        ("parseDate('2024-02-30', 'yyyy-MM-dd')", None),
        ("parseDate('02-JUL-2018', 'dd-MMM-yyyy')", dt.datetime(2018, 7, 2)),
    ],
)
def test_edges(world, expression, expected):
    world.table(any=[1])

    assert world.each_row(expression) == [expected]
