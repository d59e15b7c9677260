"""The committed OpenAPI document: not stale, and still what callers of the released one rely on."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import pytest

from rlm.api.compatibility import breaking_changes
from rlm.api.openapi import ANSWERS, COMMITTED, document, written
from rlm.api.operations import OPERATIONS

if TYPE_CHECKING:
    from collections.abc import Callable

# What callers have been promised: replaced by a release, never to silence this test.
RELEASED = COMMITTED.with_name("released.json")


def test_the_committed_document_is_the_one_that_the_code_makes() -> None:
    assert COMMITTED.read_text(encoding="utf-8") == written(), (
        "docs/api/openapi.json is stale: run python -m rlm.api.openapi --write"
    )


def test_callers_of_the_released_document_are_still_served() -> None:
    released = json.loads(RELEASED.read_text(encoding="utf-8"))
    assert released["paths"], "the released document promises nothing"
    assert breaking_changes(released, document()) == []


def test_every_operation_has_an_answer_and_every_parameter_a_description() -> None:
    assert {one.operation_id for one in OPERATIONS} == ANSWERS.keys()
    for operation in OPERATIONS:
        for parameter in operation.parameters:
            assert parameter.description.endswith("."), parameter.name
            assert parameter.example is not None, parameter.name
            parameter.read([str(parameter.example)])


def _set(*path: Any, to: Any) -> Callable[[Any], None]:
    def change(whole: Any) -> None:
        for key in path[:-1]:
            whole = whole[key]
        whole[path[-1]] = to

    return change


def _add(*path: Any, to: Any) -> Callable[[Any], None]:
    def change(whole: Any) -> None:
        for key in path:
            whole = whole[key]
        whole.append(to)

    return change


def _drop(*path: Any) -> Callable[[Any], None]:
    def change(whole: Any) -> None:
        for key in path[:-1]:
            whole = whole[key]
        del whole[path[-1]]

    return change


TRENDS = ("paths", "/fetch-trends", "get")
SCHEMAS = ("components", "schemas")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (_drop("paths", "/analyze"), "GET /analyze is gone"),
        (_drop(*TRENDS, "parameters", 0), "GET /fetch-trends: parameter window is gone"),
        (
            _set(*TRENDS, "parameters", 1, "required", to=True),
            "GET /fetch-trends: parameter genre is required now",
        ),
        (
            _set(*TRENDS, "parameters", 0, "schema", "enum", to=["7d"]),
            "GET /fetch-trends: parameter window: no longer takes 28d",
        ),
        (
            _set(*TRENDS, "parameters", 3, "schema", "maximum", to=50),
            "GET /fetch-trends: parameter limit: maximum was 100, is 50",
        ),
        (
            _set(*TRENDS, "parameters", 3, "schema", "minimum", to=2),
            "GET /fetch-trends: parameter limit: minimum was 1, is 2",
        ),
        (
            _set(*TRENDS, "parameters", 3, "schema", "default", to=5),
            "GET /fetch-trends: parameter limit: default was 20, is 5",
        ),
        (
            _set(*TRENDS, "parameters", 1, "schema", "pattern", to="^x$"),
            "GET /fetch-trends: parameter genre: has another pattern",
        ),
        (
            _drop(*TRENDS, "responses", "304"),
            "GET /fetch-trends: response 304 is gone",
        ),
        (
            _set(*TRENDS, "parameters", 1, "in", to="header"),
            "GET /fetch-trends: parameter genre was in the query as form, values one each, "
            "is in the header as simple, values together",
        ),
        (
            _set("paths", "/recommend", "get", "parameters", 1, "explode", to=False),
            "GET /recommend: parameter artist_id was in the query as form, values one each, "
            "is in the query as form, values together",
        ),
        (_set(*TRENDS, "security", to=[]), "GET /fetch-trends: another key opens it"),
        (
            _set("components", "securitySchemes", "apiKey", "name", to="api-key"),
            "GET /fetch-trends: another key opens it",
        ),
        (
            _set(*SCHEMAS, "Problem", "properties", "type", "enum", 0, to="urn:rlm:problem:new"),
            "schema Problem: property type is never urn:rlm:problem:conflicting-parameters now",
        ),
        (
            _set(*SCHEMAS, "Problem", "properties", "type", to={"type": "string"}),
            "schema Problem: property type was enum, is string",
        ),
        (_drop(*SCHEMAS, "Trend", "properties", "rank"), "schema Trend: property rank is gone"),
        (
            _set(*SCHEMAS, "Trend", "properties", "rank", to={"type": "string"}),
            "schema Trend: property rank was integer, is string",
        ),
        (
            _set(
                *(*SCHEMAS, "Trend", "properties", "signal"),
                to={"anyOf": [{"type": "string"}, {"type": "null"}]},
            ),
            "schema Trend: property signal was string, is null or string",
        ),
        (
            _set(*SCHEMAS, "Trend", "required", to=[]),
            "schema Trend: property rank may be missing now",
        ),
    ],
)
def test_what_would_break_a_caller_is_told(change: Callable[[Any], None], told: str) -> None:
    old = document()
    new = copy.deepcopy(old)
    change(new)
    assert told in breaking_changes(old, new)


@pytest.mark.parametrize(
    "change",
    [
        _set(*TRENDS, "parameters", 3, "schema", "maximum", to=200),
        _set(*TRENDS, "parameters", 0, "schema", "enum", to=["7d", "28d", "90d"]),
        _set(*SCHEMAS, "Trend", "properties", "more", to={"type": "string"}),
        _set("paths", "/new", to={"get": {"responses": {}}}),
        _set(*TRENDS, "parameters", 1, "style", to="form"),
        _set("components", "securitySchemes", "apiKey", "description", to="A key."),
        _add(*SCHEMAS, "Problem", "properties", "type", "enum", to="urn:rlm:problem:more"),
        _set(*SCHEMAS, "Trend", "properties", "signal", to={"type": "string", "enum": ["plays"]}),
        _set(
            *(*SCHEMAS, "Trend", "properties", "change"),
            to={"type": "number"},
        ),
    ],
)
def test_what_frees_a_caller_breaks_nothing(change: Callable[[Any], None]) -> None:
    old = document()
    new = copy.deepcopy(old)
    change(new)
    assert breaking_changes(old, new) == []


def test_no_handler_imports_what_makes_the_document() -> None:
    handlers = sorted((Path(__file__).parents[3] / "lambdas").glob("*/handler.py"))
    assert len(handlers) == len(OPERATIONS)
    for handler in handlers:
        assert "openapi" not in handler.read_text(encoding="utf-8")


def test_the_examples_of_the_reference_are_answers_to_questions_that_there_are() -> None:
    examples = json.loads(COMMITTED.with_name("examples.json").read_text(encoding="utf-8"))
    described = document()
    assert examples.keys() == {one.operation_id for one in OPERATIONS}
    for operation in OPERATIONS:
        example = examples[operation.operation_id]
        assert example["query"].keys() <= {one.name for one in operation.parameters}
        answer = ANSWERS[operation.operation_id].__name__
        schema = {"$ref": f"#/components/schemas/{answer}", "components": described["components"]}
        jsonschema_rs.validate(schema, example["answer"])
