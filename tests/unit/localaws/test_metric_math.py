"""Metric math, by small series whose results can be seen."""

from __future__ import annotations

import pytest

from localaws.cloudwatch.metric_math import MathError, Series, Value, Window, evaluate

M1 = Series(60, {0: 1.0, 60: 2.0, 180: 4.0})
M2 = Series(60, {0: 0.0, 60: 4.0, 120: 8.0})
WINDOW = Window(0, 240, 60)


def value(expression: str) -> Value:
    return evaluate({"e": expression}, {"m1": M1, "m2": M2}, WINDOW)["e"]


def points(expression: str) -> dict[int, float]:
    found = value(expression)
    assert isinstance(found, Series)
    return dict(found.points)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        # Only times that both have; a division by zero is no point.
        ("m1 / m2", {60: 0.5}),
        ("m1 + m2 * 2", {0: 1.0, 60: 10.0}),
        ("-m1 ^ 2", {0: -1.0, 60: -4.0, 180: -16.0}),
        ("10 - m1 / 2 - 1", {0: 8.5, 60: 8.0, 180: 7.0}),
        ("m1 >= 2", {0: 0.0, 60: 1.0, 180: 1.0}),
        ("m1 > 1 AND m2 < 5 OR m1 == 1", {0: 1.0, 60: 1.0}),
        ("ABS(0 - m1)", {0: 1.0, 60: 2.0, 180: 4.0}),
        ("CEIL(m1 / 3)", {0: 1.0, 60: 1.0, 180: 2.0}),
        ("FLOOR(m1 / 3)", {0: 0.0, 60: 0.0, 180: 1.0}),
        ("FILL(m1, 0)", {0: 1.0, 60: 2.0, 120: 0.0, 180: 4.0}),
        ("FILL(m1, REPEAT)", {0: 1.0, 60: 2.0, 120: 2.0, 180: 4.0}),
        ("FILL(m1, LINEAR)", {0: 1.0, 60: 2.0, 120: 3.0, 180: 4.0}),
        ("FILL(m1, m2)", {0: 1.0, 60: 2.0, 120: 8.0, 180: 4.0}),
        ("DIFF(m1)", {60: 1.0, 180: 2.0}),
        ("DIFF_TIME(m1)", {60: 60.0, 180: 120.0}),
        ("RATE(m1)", {60: 1 / 60, 180: 1 / 60}),
        ("RUNNING_SUM(m1)", {0: 1.0, 60: 3.0, 180: 7.0}),
        ("IF(m1 > 1, m1, 0)", {0: 0.0, 60: 2.0, 180: 4.0}),
        # Without a third part, false is no point.
        ("IF(m1 > 1, m1)", {60: 2.0, 180: 4.0}),
        ("SUM([m1, m2])", {0: 1.0, 60: 6.0, 120: 8.0, 180: 4.0}),
        ("SUM(METRICS())", {0: 1.0, 60: 6.0, 120: 8.0, 180: 4.0}),
        ('AVG(METRICS("2"))', {0: 0.0, 60: 4.0, 120: 8.0}),
        ("MAX(METRICS())", {0: 1.0, 60: 4.0, 120: 8.0, 180: 4.0}),
        ("m1 - MIN(m1)", {0: 0.0, 60: 1.0, 180: 3.0}),
        ("m1 / PERIOD(m1)", {0: 1 / 60, 60: 2 / 60, 180: 4 / 60}),
        ("TIME_SERIES(3)", {0: 3.0, 60: 3.0, 120: 3.0, 180: 3.0}),
        ("FIRST(SORT(METRICS(), SUM, DESC))", {0: 0.0, 60: 4.0, 120: 8.0}),
        ("MINUTE(m1)", {0: 0.0, 60: 1.0, 180: 3.0}),
        ("LOG10(m1 * 10 - m1 * 10 + 100)", {0: 2.0, 60: 2.0, 180: 2.0}),
    ],
)
def test_a_series_of_an_expression(expression: str, expected: dict[int, float]) -> None:
    assert points(expression) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("MAX(m1)", 4.0),
        ("AVG(m2)", 4.0),
        ("METRIC_COUNT(METRICS())", 2.0),
        ("DATAPOINT_COUNT(m1)", 3.0),
        ("2 + 3 * 4", 14.0),
        ("(2 + 3) * 4", 20.0),
    ],
)
def test_a_number_of_an_expression(expression: str, expected: float) -> None:
    assert value(expression) == expected


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("SEARCH('{AWS/Lambda} x', 'Sum')", "SEARCH is not served by the local AWS"),
        ("ANOMALY_DETECTION_BAND(m1, 2)", "no model of anomalies"),
        ("MEDIAN(m1)", "there is no function MEDIAN"),
        ("m1 +", "ends too early"),
        ("m1 m2", "unexpected m2"),
        ("m1 % 2", "cannot be read"),
        ("(m1", "expected )"),
        ("m3", "no query with the id m3"),
        ("e", "e -> e is a circle"),
        ("FILL(m1, SOMETIMES)", "one of REPEAT, LINEAR"),
        ("RATE(1)", "takes a time series, not a number"),
        ("METRIC_COUNT(m1)", "takes an array of time series"),
        ("METRICS() / METRICS()", "two arrays"),
        ("1 / 0", "has no value"),
        ("IF(0, 1)", "has no value"),
        ("ABS(m1, m2)", "takes 1 arguments, not 2"),
    ],
)
def test_what_cannot_be_evaluated_says_why(expression: str, message: str) -> None:
    with pytest.raises(MathError) as raised:
        value(expression)
    assert message in str(raised.value)


def test_expressions_use_each_other() -> None:
    values = evaluate({"total": "m1 + m2", "share": "m1 / total"}, {"m1": M1, "m2": M2}, WINDOW)
    share = values["share"]
    assert isinstance(share, Series)
    assert dict(share.points) == pytest.approx({0: 1.0, 60: 1 / 3})


def test_nothing_fills_nothing_but_with_a_number() -> None:
    empty = {"m1": Series(60)}
    values = evaluate({"zero": "FILL(m1, 0)", "last": "FILL(m1, REPEAT)"}, empty, WINDOW)
    zero, last = values["zero"], values["last"]
    assert isinstance(zero, Series)
    assert isinstance(last, Series)
    assert dict(zero.points) == {0: 0.0, 60: 0.0, 120: 0.0, 180: 0.0}
    assert dict(last.points) == {}


def test_a_point_that_is_not_finite_has_no_whole_number() -> None:
    series = Series(60, {0: float("inf"), 60: 1.5, 120: float("nan")})
    for name, expected in (("CEIL", 2.0), ("FLOOR", 1.0)):
        found = evaluate({"e": f"{name}(m)"}, {"m": series}, WINDOW)["e"]
        assert isinstance(found, Series)
        assert dict(found.points) == {60: expected}
