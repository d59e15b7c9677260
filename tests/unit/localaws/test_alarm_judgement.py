"""Missing data as CloudWatch's own tables have it: five values are known of a range of three."""

from __future__ import annotations

import pytest

from localaws.alarms import judge

X, GOOD, NONE = 2.0, 0.0, None
RETAIN = None
TREATMENTS = ("missing", "ignore", "breaching", "notBreaching")
ALARM, OK, UNKNOWN = "ALARM", "OK", "INSUFFICIENT_DATA"


def states(values: tuple[float | None, ...], needed: int) -> tuple[str | None, ...]:
    found = []
    for treatment in TREATMENTS:
        alarm = {
            "ComparisonOperator": "GreaterThanThreshold",
            "Threshold": 1.0,
            "EvaluationPeriods": 3,
            "DatapointsToAlarm": needed,
            "TreatMissingData": treatment,
        }
        verdict = judge(alarm, values)
        found.append(verdict.state if verdict else RETAIN)
    return tuple(found)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((GOOD, NONE, X, NONE, X), (OK, OK, OK, OK)),
        ((NONE, NONE, NONE, NONE, GOOD), (OK, OK, OK, OK)),
        ((NONE, NONE, NONE, NONE, NONE), (UNKNOWN, RETAIN, ALARM, OK)),
        ((GOOD, X, X, NONE, X), (ALARM, ALARM, ALARM, ALARM)),
        ((NONE, NONE, X, NONE, NONE), (ALARM, RETAIN, ALARM, OK)),
    ],
)
def test_three_of_three(values: tuple[float | None, ...], expected: tuple[str | None, ...]) -> None:
    assert states(values, 3) == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((GOOD, NONE, X, NONE, X), (ALARM, ALARM, ALARM, ALARM)),
        ((GOOD, GOOD, X, GOOD, X), (ALARM, ALARM, ALARM, ALARM)),
        ((GOOD, NONE, X, NONE, NONE), (OK, OK, ALARM, OK)),
        ((NONE, NONE, NONE, NONE, GOOD), (OK, OK, ALARM, OK)),
        ((NONE, NONE, NONE, NONE, X), (ALARM, RETAIN, ALARM, OK)),
    ],
)
def test_two_of_three(values: tuple[float | None, ...], expected: tuple[str | None, ...]) -> None:
    assert states(values, 2) == expected


@pytest.mark.parametrize(
    ("comparison", "below", "equal", "above"),
    [
        ("GreaterThanThreshold", OK, OK, ALARM),
        ("GreaterThanOrEqualToThreshold", OK, ALARM, ALARM),
        ("LessThanThreshold", ALARM, OK, OK),
        ("LessThanOrEqualToThreshold", ALARM, ALARM, OK),
    ],
)
def test_every_comparison(comparison: str, below: str, equal: str, above: str) -> None:
    alarm = {"ComparisonOperator": comparison, "Threshold": 1.0, "EvaluationPeriods": 1}
    found = [judge(alarm, [value]) for value in (0.0, 1.0, 2.0)]
    assert [one.state if one else None for one in found] == [below, equal, above]


def test_the_alarms_of_a_table_that_nobody_asks_stay_as_they_are() -> None:
    alarm = {
        "Namespace": "AWS/DynamoDB",
        "ComparisonOperator": "GreaterThanThreshold",
        "Threshold": 1.0,
        "EvaluationPeriods": 1,
    }
    assert judge(alarm, [None]) is None
    said = judge(alarm | {"TreatMissingData": "notBreaching"}, [None])
    assert said is not None
    assert said.state == OK
