"""What columns must be like for an expression to have a wished value."""

from __future__ import annotations

import datetime as dt
from random import Random
from typing import TYPE_CHECKING

import pytest

from rlm.quicksight.expressions import parse
from rlm.quicksight.query import ColumnType
from rlm.quicksight.samples.constants import Constants
from rlm.quicksight.samples.solving import Solver
from rlm.quicksight.samples.wishes import Wish

if TYPE_CHECKING:
    from collections.abc import Callable

NOW = dt.datetime.fromisoformat("2026-06-15T10:30")
COLUMNS = {
    "city": ColumnType.STRING,
    "kind": ColumnType.STRING,
    "tickets": ColumnType.INTEGER,
    "gross": ColumnType.DECIMAL,
    "sold_on": ColumnType.DATETIME,
    "opened_on": ColumnType.DATETIME,
}
YES = Wish(among=(True,))


def solved(expression: str, wish: Wish = YES, **calculated: str) -> dict[str, Wish] | None:
    """Wishes by column; None where the expression cannot be as wished."""
    solver = Solver(
        COLUMNS,
        {name: parse(text) for name, text in calculated.items()},
        Constants({"By": ("net",), "Cities": ("Berlin", "Paris"), "Unset": ()}, NOW),
        Random(0),
    )
    return solver.wishes if solver.wish(parse(expression), wish) else None


@pytest.mark.parametrize(
    ("expression", "column", "wish"),
    [
        ("{city} = 'Berlin'", "city", Wish(among=("Berlin",), is_null=False)),
        ("'Berlin' = {city}", "city", Wish(among=("Berlin",), is_null=False)),
        ("{city} <> 'Berlin'", "city", Wish(not_among=frozenset({"Berlin"}))),
        ("NOT({city} = 'Berlin')", "city", Wish(not_among=frozenset({"Berlin"}))),
        ("in({city}, ['a', 'b'])", "city", Wish(among=("a", "b"), is_null=False)),
        ("in({city}, ${Cities})", "city", Wish(among=("Berlin", "Paris"), is_null=False)),
        ("contains({city}, 'er')", "city", Wish(contains=("er",), is_null=False)),
        ("startsWith(toLower({city}), 'b')", "city", Wish(starts="b", is_null=False)),
        ("locate({city}, 'er') > 0", "city", Wish(contains=("er",), is_null=False)),
        ("locate({city}, 'er') = 0", "city", Wish(without=("er",))),
        ("isNull({city})", "city", Wish(is_null=True)),
        ("left({city}, 2) = 'Be'", "city", Wish(starts="Be", is_null=False)),
        ("split({city}, '/', 3) = 'z'", "city", Wish(among=("x/x/z",), is_null=False)),
        ("substring({city}, 3, 2) = 'ab'", "city", Wish(starts="xxab", is_null=False)),
        ("replace({city}, '-', '') = 'ab'", "city", Wish(among=("ab",), is_null=False)),
        ("strlen({city}) > 0", "city", Wish(not_among=frozenset({""}), is_null=False)),
        ("strlen({city}) = 0", "city", Wish(among=("",), is_null=False)),
        (
            "mod({tickets}, 4) = 1",
            "tickets",
            Wish(among=tuple(range(5, 118, 4)), is_null=False),
        ),
        ("{tickets} >= 5", "tickets", Wish(low=5.0, is_null=False)),
        ("2 * {tickets} + 1 <= 21", "tickets", Wish(high=10.0, is_null=False)),
        ("10 - {tickets} >= 3", "tickets", Wish(high=7.0, is_null=False)),
        (
            "{sold_on} >= addDateTime(-1, 'MM', now())",
            "sold_on",
            Wish(low=dt.datetime.fromisoformat("2026-05-15T10:30"), is_null=False),
        ),
        (
            "dateDiff({sold_on}, now(), 'DD') <= 7",
            "sold_on",
            Wish(low=NOW - dt.timedelta(days=7), is_null=False),
        ),
        (
            "truncDate('MM', {sold_on}) >= truncDate('MM', now())",
            "sold_on",
            Wish(low=dt.datetime.fromisoformat("2026-06-01"), is_null=False),
        ),
    ],
)
def test_a_condition_is_turned_round(expression: str, column: str, wish: Wish) -> None:
    assert solved(expression) == {column: wish}


@pytest.mark.parametrize(
    ("expression", "first", "second"),
    [
        ("{tickets} = {gross}", "tickets", "gross"),
        ("{city} = {kind}", "city", "kind"),
        ("{sold_on} = {opened_on}", "sold_on", "opened_on"),
        ("ifelse(maxOver({sold_on}, [{city}], PRE_AGG) = {opened_on}, 1, 0) = 1",
         "sold_on", "opened_on"),
    ],
)  # fmt: skip
def test_two_columns_are_equal(expression: str, first: str, second: str) -> None:
    found = solved(expression)
    assert found is not None
    assert found[first].among == found[second].among is not None


def test_what_is_the_last_of_all_is_of_the_last_day() -> None:
    found = solved("{sold_on} = maxOver({sold_on}, [], PRE_AGG)")
    assert found is not None
    assert found["sold_on"].among == (dt.datetime.fromisoformat("2026-06-15"),)


def test_a_text_that_is_a_date_is_one() -> None:
    found = solved("{city} = formatDate({sold_on}, 'yyyy-MM-dd')")
    assert found is not None
    assert isinstance(found["city"].low, dt.datetime)
    assert found["city"] == found["sold_on"]


def test_a_value_that_one_column_must_have_is_that_of_the_other() -> None:
    found = solved("{city} = 'Ulm' AND {kind} = {city}")
    assert found is not None
    assert found["kind"].among == ("Ulm",)


@pytest.mark.parametrize(
    ("expression", "least", "most"),
    [
        ("dateDiff({opened_on}, {sold_on}, 'MI') > -30", -0.5, None),
        ("dateDiff({opened_on}, {sold_on}) < 0", None, 0),
        ("dateDiff({opened_on}, {sold_on}, 'DD') = 3", 72, 72),
        ("dateDiff({opened_on}, {sold_on}, 'HH') >= 5 AND {city} = 'a'", 5, None),
    ],
)
def test_two_moments_are_so_far_apart(
    expression: str, least: float | None, most: float | None
) -> None:
    found = solved(expression)
    assert found is not None
    [[opened], [sold]] = (found[name].among or () for name in ("opened_on", "sold_on"))
    assert isinstance(opened, dt.datetime)
    assert isinstance(sold, dt.datetime)
    hours = (sold - opened) / dt.timedelta(hours=1)
    assert least is None or hours >= least
    assert most is None or hours <= most


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("{gross} / {tickets} = 3", 3),
        ("{gross} - {tickets} = -2", -2),
        ("{gross} * {tickets} = 6", 6),
    ],
)
def test_two_numbers_make_a_third(expression: str, value: float) -> None:
    found = solved(expression)
    assert found is not None
    [[gross], [tickets]] = (found[name].among or () for name in ("gross", "tickets"))
    sign = expression.split()[1]
    assert {"/": gross / tickets, "-": gross - tickets, "*": gross * tickets}[sign] == value  # type: ignore[operator]


def test_a_joined_text_is_cut_where_its_constants_stand() -> None:
    assert solved("concat('In ', {city}, ' (', {kind}, ')') = 'In Ulm (club)'") == {
        "city": Wish(among=("Ulm",), is_null=False),
        "kind": Wish(among=("club",), is_null=False),
    }
    assert solved("concat('In ', {city}, ' (', {kind}, ')') = 'At Ulm (club)'") is None


def test_a_part_of_a_document_is_put_where_it_is_read() -> None:
    assert solved("parseJson({city}, '$.a[1].b') = 'x'") == {
        "city": Wish(among=('{"a": [null, {"b": "x"}]}',), is_null=False)
    }


@pytest.mark.parametrize(
    ("expression", "is_right"),
    [
        ("extract('HH', {sold_on}) = 9", lambda one: one.hour == 9),
        ("extract('WD', {sold_on}) = 1", lambda one: one.isoweekday() == 7),
        ("extract('MM', {sold_on}) >= 11", lambda one: one.month >= 11),
        ("extract('Q', {sold_on}) = 2", lambda one: one.month in (4, 5, 6)),
    ],
)
def test_a_part_of_a_moment_is_that_of_moments_past(
    expression: str, is_right: Callable[[dt.datetime], bool]
) -> None:
    found = solved(expression)
    assert found is not None
    moments = [one for one in found["sold_on"].among or () if isinstance(one, dt.datetime)]
    assert moments
    assert all(is_right(one) and one < NOW for one in moments)


def test_a_partition_has_the_value_of_its_only_row() -> None:
    assert solved("sumOver(ifelse({kind} = 'vip', 1, 0), [{city}], PRE_AGG) = 0") == {
        "city": Wish(is_null=False, is_unique=True),
        "kind": Wish(not_among=frozenset({"vip"})),
    }


def test_through_branches_and_calculated_fields() -> None:
    found = solved(
        "{label} = 'Storage'",
        label="ifelse({city} = 'a', 'Other', contains({kind}, 'SPICE'), 'Storage', 'None')",
    )
    assert found == {
        "city": Wish(not_among=frozenset({"a"})),
        "kind": Wish(contains=("SPICE",), is_null=False),
    }


def test_branches_by_parameters_are_those_of_the_defaults() -> None:
    assert solved("ifelse(${By} = 'net', {gross}, {tickets}) > 3") == {
        "gross": Wish(low=3 + 1e-6, is_null=False)
    }


def test_all_parts_of_a_conjunction_hold_together() -> None:
    assert solved("{city} = 'a' AND {city} <> 'b' AND {tickets} > 1") == {
        "city": Wish(among=("a",), not_among=frozenset({"b"}), is_null=False),
        "tickets": Wish(low=1 + 1e-6, is_null=False),
    }


@pytest.mark.parametrize(
    "expression",
    [
        "{city} = 'a' AND {city} = 'b'",
        "{city} = 'ab' AND NOT(contains({city}, 'A'))",
        "{tickets} > 5 AND {tickets} < 3",
        "{city} = ${Unset}",
        "${By} = 'gross'",
        # Deeper than anybody follows.
        " + ".join(["{tickets}"] * 900) + " > 5",
        # No calendar has such a year.
        "addDateTime(-9000, 'YYYY', {sold_on}) > now()",
    ],
)
def test_what_cannot_be_is_said(expression: str) -> None:
    assert solved(expression) is None


def test_without_success_no_wish_is_left() -> None:
    solver = Solver(COLUMNS, {}, Constants({}, NOW), Random(0))
    assert not solver.wish(parse("{tickets} > 1 AND {city} = 'a' AND {city} = 'b'"), YES)
    assert solver.wishes == {}
