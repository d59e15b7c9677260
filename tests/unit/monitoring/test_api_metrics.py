"""What a function tells CloudWatch is what the catalog says: where, by what, in which unit."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, get_args

from rlm.api.function import Answered, ApiFunction
from rlm.api.operations import RECOMMEND_ARTIST
from rlm.api.recommended import Source
from rlm.aws.faults import DependencyError
from rlm.monitoring.metrics import (
    ANSWERS_BY,
    API_NAMESPACE,
    DEPENDENCY_FAULTS,
    FALLBACKS,
    METRICS,
    STALE_ANSWERS,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

EVENT = {
    "httpMethod": "GET",
    "path": "/recommend",
    "resource": "/recommend",
    "headers": {},
    "multiValueHeaders": {},
    "queryStringParameters": {"fan_id": "f1"},
    "multiValueQueryStringParameters": {"fan_id": ["f1"]},
    "requestContext": {"requestId": "r", "identity": {}},
    "body": None,
}


def answered(_query: Any, _ids: Any) -> Answered:
    told = (STALE_ANSWERS, FALLBACKS, *ANSWERS_BY.values())
    return Answered({}, dict.fromkeys(told, 1.0))


def faulted(_query: Any, _ids: Any) -> Answered:
    raise DependencyError("dynamodb", "timeout", "nobody there")


def line_of(
    answer: Callable[[Any, Any], Answered], capsys: pytest.CaptureFixture[str]
) -> dict[str, Any]:
    ApiFunction(RECOMMEND_ARTIST, answer, "dev")(dict(EVENT), None)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    (found,) = (line for line in lines if "_aws" in line)
    return dict(found)


def test_the_lines_of_functions_are_the_catalogs_metrics(
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = set()
    for answer in (answered, faulted):
        line = line_of(answer, capsys)
        assert (line["environment"], line["service"]) == ("dev", "RecommendArtist")
        (told,) = line["_aws"]["CloudWatchMetrics"]
        (by,) = told["Dimensions"]
        found |= {
            (told["Namespace"], one["Name"], one["Unit"], tuple(sorted(by)))
            for one in told["Metrics"]
        }
    of_the_api = [one for one in METRICS if one.namespace == API_NAMESPACE]
    assert DEPENDENCY_FAULTS in of_the_api
    assert found == {
        (one.namespace, one.name, one.unit, tuple(sorted(one.dimensions))) for one in of_the_api
    }


def test_whoever_made_an_answer_is_counted() -> None:
    assert set(ANSWERS_BY) == set(get_args(Source))
