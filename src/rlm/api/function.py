"""One Lambda function behind one operation: reads the query, calls one function, answers HTTP.

Every answer but a problem has an ETag of its content; every error is a problem document; every
request leaves one line of metrics (CloudWatch's embedded metric format) and no more, unless
something failed. Each line has the ids of `rlm.api.correlation`.
"""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from aws_lambda_powertools.event_handler.api_gateway import APIGatewayRestResolver, Response
from aws_lambda_powertools.logging import Logger
from aws_lambda_powertools.metrics import EphemeralMetrics

from rlm.api.correlation import HEADER, RequestIds, request_ids
from rlm.api.operations import EXPOSED_HEADERS
from rlm.api.parameters import Query, read_query
from rlm.api.problems import CONTENT_TYPE, FORBIDDEN, INTERNAL, NOT_FOUND, UNAVAILABLE, ProblemError
from rlm.aws.faults import DependencyError
from rlm.monitoring.metrics import (
    API_NAMESPACE,
    CLIENT_ERRORS,
    DEPENDENCY_FAULTS,
    HANDLER_MILLISECONDS,
    SERVER_ERRORS,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rlm.api.operations import Operation
    from rlm.monitoring.metrics import Metric

_JSON: Final = "application/json"
_RETRY_AFTER_SECONDS: Final = 2
# Keys are in a header and no cookie is looked at: any page may ask with the key that it has.
_CORS: Final = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": EXPOSED_HEADERS,
}


@dataclass(frozen=True)
class Answered:
    """What an operation found: the body, as dataclasses, and what the metrics shall know of it."""

    body: object
    metrics: Mapping[Metric, float] = field(default_factory=dict)
    properties: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Access:
    """Which API keys open a staff operation; of no account for the others."""

    staff_key_ids: frozenset[str] = frozenset()


class ApiFunction:
    """The handler of one function: `handler = ApiFunction(...)` and Lambda calls it."""

    def __init__(
        self,
        operation: Operation,
        answer: Callable[[Query, RequestIds], Answered],
        environment: str,
        access: Access | None = None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._operation = operation
        self._answer = answer
        self._access = access or Access()
        self._clock = clock
        self._ids = RequestIds("", "")
        # As its metrics: errors in the log are counted by both.
        self._logger = Logger(service=operation.function, environment=environment)
        self._metrics = EphemeralMetrics(namespace=API_NAMESPACE, service=operation.function)
        self._metrics.set_default_dimensions(environment=environment)
        self._app = APIGatewayRestResolver()
        self._app.get(operation.path)(self._respond)
        self._app.exception_handler(ProblemError)(self._tell)
        self._app.exception_handler(DependencyError)(self._tell_unavailable)
        self._app.exception_handler(Exception)(self._tell_bug)
        self._app.not_found(self._tell_unknown_route)

    def __call__(self, event: dict[str, Any], context: Any) -> dict[str, Any]:
        """Answer an event of API Gateway's proxy integration."""
        started = self._clock()
        self._ids = request_ids(event)
        response: dict[str, Any] = self._app.resolve(event, context)
        status = int(response["statusCode"])
        self._count(HANDLER_MILLISECONDS, (self._clock() - started) * 1000)
        # 0 for every request that did not fail: the average is the rate.
        self._count(CLIENT_ERRORS, float(400 <= status < 500))
        self._count(SERVER_ERRORS, float(status >= 500))
        self._metrics.add_metadata("request_id", self._ids.request_id)
        self._metrics.add_metadata("correlation_id", self._ids.correlation_id)
        self._metrics.add_metadata("status", status)
        self._metrics.flush_metrics()
        return response

    def _respond(self) -> Response[str]:
        self._refuse_strangers()
        event = self._app.current_event
        query = read_query(self._operation.parameters, event.multi_value_query_string_parameters)
        found = self._answer(query, self._ids)
        for metric, value in found.metrics.items():
            self._count(metric, value)
        for name, text in found.properties.items():
            self._metrics.add_metadata(name, text)
        return self._answered(found.body, event.headers.get("if-none-match", ""))

    def _answered(self, body: object, if_none_match: str) -> Response[str]:
        text = json.dumps(body, default=vars, separators=(",", ":"), ensure_ascii=False)
        etag = f'"{hashlib.blake2b(text.encode(), digest_size=12).hexdigest()}"'
        operation = self._operation
        reach = "private" if operation.is_personal or operation.is_staff else "public"
        headers = self._headers() | {
            "ETag": etag,
            "Cache-Control": f"{reach}, max-age={operation.fresh_seconds}",
        }
        if _matches(if_none_match, etag):
            return Response(304, body=None, headers=_fixed(headers))
        return Response(200, _JSON, text, headers=_fixed(headers))

    def _refuse_strangers(self) -> None:
        if not self._operation.is_staff:
            return
        identity = self._app.current_event.raw_event["requestContext"].get("identity") or {}
        if identity.get("apiKeyId") not in self._access.staff_key_ids:
            raise ProblemError(FORBIDDEN, f"{self._operation.path} needs a key of the staff's plan")

    def _tell(self, problem: ProblemError) -> Response[str]:
        headers = self._headers() | {"Cache-Control": "no-store"}
        if problem.retry_after_seconds is not None:
            headers["Retry-After"] = str(problem.retry_after_seconds)
        document = problem.document(self._ids.request_id)
        body = json.dumps(document, separators=(",", ":"), ensure_ascii=False)
        return Response(problem.kind.status, CONTENT_TYPE, body, headers=_fixed(headers))

    def _tell_unavailable(self, error: DependencyError) -> Response[str]:
        self._logger.warning(
            str(error), fault=error.fault, dependency=error.dependency, **vars(self._ids)
        )
        self._count(DEPENDENCY_FAULTS, 1)
        return self._tell(
            ProblemError(
                UNAVAILABLE,
                f"{error.dependency}: {error.fault}",
                retry_after_seconds=_RETRY_AFTER_SECONDS,
            )
        )

    def _tell_bug(self, error: Exception) -> Response[str]:
        self._logger.exception("the request failed", **vars(self._ids))
        return self._tell(ProblemError(INTERNAL, f"{type(error).__name__} in the function"))

    def _tell_unknown_route(self, _error: Exception) -> Response[str]:
        asked = self._app.current_event
        detail = f"{asked.http_method} {asked.path} is not answered by this function"
        return self._tell(ProblemError(NOT_FOUND, detail))

    def _headers(self) -> dict[str, str]:
        return _CORS | {HEADER: self._ids.correlation_id}

    def _count(self, metric: Metric, value: float) -> None:
        self._metrics.add_metric(name=metric.name, unit=metric.unit, value=value)


def _matches(if_none_match: str, etag: str) -> bool:
    """Whether the caller holds this very content (weak comparison, RFC 9110, 13.1.2)."""
    held = {part.strip().removeprefix("W/") for part in if_none_match.split(",")}
    return etag in held or "*" in held


def _fixed(headers: Mapping[str, str]) -> dict[str, str | list[str]]:
    return dict(headers)
