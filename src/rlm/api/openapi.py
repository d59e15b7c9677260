"""The API's OpenAPI 3.1 document, made of its operations: `python -m rlm.api.openapi --write`.

Committed as docs/api/openapi.json; a test fails when it is stale. Needs msgspec, which is in no
function's package: nothing that a handler imports may import this.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from rlm import names
from rlm.api.analytics import Analysis
from rlm.api.correlation import HEADER as CORRELATION_ID
from rlm.api.operations import (
    FETCH_EVENT_ANALYTICS,
    FETCH_TRENDS,
    OPERATIONS,
    RECOMMEND_ARTIST,
)
from rlm.api.problems import (
    CONTENT_TYPE,
    KINDS,
    THROTTLED,
    UNAVAILABLE,
)
from rlm.api.recommended import Recommendations
from rlm.api.trends import Trends

if TYPE_CHECKING:
    from rlm.api.operations import Operation
    from rlm.api.parameters import Parameter
    from rlm.api.problems import ProblemKind

VERSION: Final = "1.0.0"
COMMITTED: Final = Path(__file__).resolve().parents[3] / "docs" / "api" / "openapi.json"
_REF: Final = "#/components/schemas/{name}"
_CORRELATION_ID: Final = {
    "name": CORRELATION_ID,
    "in": "header",
    "description": (
        "The caller's own id of the request: 8 to 64 letters, digits and . _ : -. It is in every "
        "log beside the request's id; another form is passed over."
    ),
    "required": False,
    "schema": {"type": "string"},
}
ANSWERS: Final[dict[str, type]] = {
    RECOMMEND_ARTIST.operation_id: Recommendations,
    FETCH_EVENT_ANALYTICS.operation_id: Analysis,
    FETCH_TRENDS.operation_id: Trends,
}


@dataclass(frozen=True)
class ParameterProblem:
    """What is wrong with one parameter."""

    parameter: str
    detail: str


@dataclass(frozen=True)
class Problem:
    """A problem document (RFC 9457). `type` is stable; `errors` name the parameters at fault."""

    type: str
    title: str
    status: int
    detail: str | None
    request_id: str
    errors: tuple[ParameterProblem, ...]


def document() -> dict[str, Any]:
    """The whole document, in a fixed order."""
    types = [*(ANSWERS[operation.operation_id] for operation in OPERATIONS), Problem]
    _, schemas = msgspec.json.schema_components(types, ref_template=_REF)
    kinds = sorted(kind.type for kind in KINDS)
    schemas[Problem.__name__]["properties"]["type"] = {"type": "string", "enum": kinds}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "RLM",
            "version": VERSION,
            "description": (
                "Recommendations for fans, analytics of events, trends of artists. "
                "Every error is a problem document (RFC 9457) with a stable `type`. "
                "An answer's ETag, sent back as If-None-Match, gets 304 while nothing changed."
            ),
        },
        "servers": [
            {
                "url": "https://{api_id}.execute-api.{region}.amazonaws.com/" + names.API_STAGE,
                "description": "AWS",
                "variables": {"api_id": {"default": "api"}, "region": {"default": "eu-west-1"}},
            },
            {
                "url": "http://127.0.0.1:{port}/_aws/execute-api/{api_id}/" + names.API_STAGE,
                "description": "The local AWS",
                "variables": {"port": {"default": "4566"}, "api_id": {"default": "api"}},
            },
        ],
        "security": [{"apiKey": []}],
        "paths": {operation.path: {"get": _get(operation)} for operation in OPERATIONS},
        "components": {
            "securitySchemes": {
                "apiKey": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "x-api-key",
                    "description": "A key of a usage plan; routes for the staff need theirs.",
                }
            },
            "headers": {
                CORRELATION_ID: {
                    "description": "The caller's own id of the request, or the request's.",
                    "schema": {"type": "string"},
                },
                "ETag": {"description": "Names this content.", "schema": {"type": "string"}},
                "CacheControl": {
                    "description": "For how long the answer may be kept.",
                    "schema": {"type": "string"},
                },
                "RetryAfter": {
                    "description": "Seconds after which to try again.",
                    "schema": {"type": "string", "pattern": "^[0-9]+$"},
                },
            },
            "schemas": dict(sorted(schemas.items())),
        },
    }


def written() -> str:
    """The document as it is committed."""
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


def _get(operation: Operation) -> dict[str, Any]:
    answer = ANSWERS[operation.operation_id].__name__
    kept = {
        "ETag": {"$ref": "#/components/headers/ETag"},
        "Cache-Control": {"$ref": "#/components/headers/CacheControl"},
        CORRELATION_ID: {"$ref": f"#/components/headers/{CORRELATION_ID}"},
    }
    return {
        "operationId": operation.operation_id,
        "summary": operation.summary,
        "description": operation.description,
        "tags": ["staff" if operation.is_staff else "public"],
        "parameters": [
            *(_parameter(parameter) for parameter in operation.parameters),
            _CORRELATION_ID,
        ],
        "responses": {
            "200": {
                "description": "The answer.",
                "headers": kept,
                "content": {"application/json": {"schema": {"$ref": _REF.format(name=answer)}}},
            },
            "304": {"description": "The caller holds this content already.", "headers": kept},
            **{str(kind.status): _problem(kind) for kind in KINDS},
        },
    }


def _parameter(parameter: Parameter) -> dict[str, Any]:
    described: dict[str, Any] = {
        "name": parameter.name,
        "in": "query",
        "description": parameter.description,
        "required": parameter.is_required,
        "schema": parameter.schema(),
    }
    if parameter.is_repeatable:
        described |= {"style": "form", "explode": True}
    if parameter.example is not None:
        one = parameter.example
        described["example"] = [one] if parameter.is_repeatable else one
    return described


def _problem(kind: ProblemKind) -> dict[str, Any]:
    described: dict[str, Any] = {"description": f"{kind.title} `{kind.type}`"}
    if kind in (THROTTLED, UNAVAILABLE):
        described["headers"] = {"Retry-After": {"$ref": "#/components/headers/RetryAfter"}}
    schema = {"$ref": _REF.format(name=Problem.__name__)}
    return described | {"content": {CONTENT_TYPE: {"schema": schema}}}


def main(arguments: list[str]) -> int:
    if arguments == ["--write"]:
        COMMITTED.write_text(written(), encoding="utf-8")
    else:
        sys.stdout.write(written())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
