"""Lines of log that nobody would write on purpose: they measure what they can, and hurt nobody."""

from __future__ import annotations

import json
from typing import Any

import pytest

from localaws.emf import Measured, measured_in
from localaws.errors import AwsError
from localaws.log_filters.patterns import compile_pattern
from localaws.log_filters.transformations import check_filter, measured

DEEP = 100_000
FILTER: dict[str, Any] = {
    "filterPattern": "{ $.a = * }",
    "metricTransformations": [
        {"metricNamespace": "n", "metricName": "m", "metricValue": "$.v", "dimensions": {}}
    ],
}


def line(value: str, **more: Any) -> str:
    """A line of the embedded format whose metric x has a value that is written like this."""
    directive = {"Namespace": "n", "Metrics": [{"Name": "x"}], **more}
    aws = json.dumps({"CloudWatchMetrics": [directive]})
    return f'{{"_aws": {aws}, "x": {value}, "job": "j"}}'


def test_a_directive_that_is_made_well_measures() -> None:
    """So that the lines below differ from it in what is odd about them, and in nothing else."""
    assert measured_in(line("7", Dimensions=[["job"]])) == [
        Measured("n", "x", (("job", "j"),), "None", (7.0,))
    ]


@pytest.mark.parametrize(
    "more",
    [
        {"Metrics": ["x"]},
        {"Metrics": "x"},
        {"Metrics": {"Name": "x"}},
        {"Metrics": [{"Name": []}]},
        {"Metrics": [{"Unit": "Count"}]},
        {"Metrics": [{"Name": "x", "Unit": {"of": "none"}}]},
        {"Dimensions": [1]},
        {"Dimensions": [[1]]},
        {"Dimensions": [[[]]]},
        {"Dimensions": "job"},
        {"Dimensions": ["job"]},
        {"Namespace": "\ud800"},
    ],
)
def test_a_directive_that_is_not_made_as_the_format_says_measures_nothing(
    more: dict[str, Any],
) -> None:
    assert measured_in(line("7", **more)) == []


@pytest.mark.parametrize("value", ["1" * 400, "-" + "1" * 400, "1e999", "NaN", "true", "null"])
def test_what_is_no_finite_number_is_no_value(value: str) -> None:
    assert measured_in(line(value)) == []
    assert measured_in(line(f"[{value}, 2]")) == [Measured("n", "x", (), "None", (2.0,))]


def test_a_value_of_half_a_character_is_no_dimension() -> None:
    odd = '"\\ud800"'
    assert measured_in(line("7", Dimensions=[["job"]]).replace('"j"', odd)) == []
    (transformation,) = FILTER["metricTransformations"]
    split = {**FILTER, "metricTransformations": [transformation | {"dimensions": {"d": "$.a"}}]}
    assert list(measured(split, f'{{"a": {odd}, "v": 1}}')) == []
    assert len(list(measured(split, '{"a": "b", "v": 1}'))) == 1


def test_a_line_without_an_end_to_its_nesting_matches_nothing() -> None:
    nested = '{"_aws": ' + "[" * DEEP + "]" * DEEP + "}"
    assert measured_in(nested) == []
    assert not compile_pattern("{ $.a > 1 }").matches(nested)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        *[("1" * 400, []), (f'"{"1" * 400}"', []), ("1e999", []), ('"1e999"', [])],
        *[("NaN", []), ("12", [12.0]), ('" 1.5 "', [1.5])],
    ],
)
def test_a_filter_measures_finite_numbers_alone(value: str, expected: list[float]) -> None:
    found = measured(FILTER, f'{{"a": "b", "v": {value}}}')
    assert [one.values[0] for one in found] == expected


def test_a_number_that_is_too_large_is_not_above_another() -> None:
    assert not compile_pattern("{ $.a > 1 }").matches('{"a": ' + "1" * 400 + "}")
    assert compile_pattern("{ $.a > 1 }").matches('{"a": 2}')


@pytest.mark.parametrize("default", ["none", 10**400, float("inf"), True])
def test_a_default_value_that_is_no_number_is_refused(default: object) -> None:
    (transformation,) = FILTER["metricTransformations"]
    request = {**FILTER, "metricTransformations": [{**transformation, "defaultValue": default}]}
    with pytest.raises(AwsError, match="defaultValue"):
        check_filter(request)
    check_filter({**FILTER, "metricTransformations": [{**transformation, "defaultValue": 0}]})
