"""HTTP around the answers: SageMaker's two routes, and errors that say what is wrong.

Each invocation leaves one line of log, with the ids by which the caller's own log knows it.
"""

from __future__ import annotations

import json
import logging
import time
from typing import TYPE_CHECKING, Final

from rlm.recommend.contract import RequestError
from rlm.recommend.server.log import request_ids
from rlm.recommend.server.messages import BadRequestError, read_body, written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any
    from wsgiref.types import StartResponse, WSGIEnvironment

    from rlm.recommend.server.answering import Answering

# As much as SageMaker passes on.
_MOST_BYTES: Final = 6 * 1024 * 1024
_JSON: Final = "application/json"
_log = logging.getLogger("rlm.recommend.server")


class RefusedError(Exception):
    """A request that gets a status of 4xx and a text."""

    def __init__(self, status: str, text: str) -> None:
        super().__init__(text)
        self.status = status


def application(
    answering: Answering,
) -> Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]]:
    """The endpoint as a WSGI application."""

    def answer(environ: WSGIEnvironment) -> bytes:
        match environ["REQUEST_METHOD"], environ["PATH_INFO"]:
            case "GET", "/ping":
                return b'{"status":"healthy"}'
            case "POST", "/invocations":
                return written(answering.answers(read_body(_body(environ))))
            case _, "/ping" | "/invocations":
                raise RefusedError("405 Method Not Allowed", "GET /ping or POST /invocations")
            case _, path:
                raise RefusedError("404 Not Found", f"no {path}; there are /ping and /invocations")

    def handle(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        status, began = "200 OK", time.perf_counter()
        try:
            body = answer(environ)
        except (BadRequestError, RequestError) as error:
            status, body = "400 Bad Request", _problem(error)
        except RefusedError as error:
            status, body = error.status, _problem(error)
        except Exception as error:  # noqa: BLE001 - the endpoint goes on
            # The log says all of it; the caller learns that it is our fault.
            _log.exception("unexpected error", extra={"fields": _ids(environ)})
            status, body = "500 Internal Server Error", _problem(type(error).__name__)
        if environ["PATH_INFO"] == "/invocations":
            fields = {
                "status": int(status[:3]),
                "milliseconds": round((time.perf_counter() - began) * 1000, 2),
                "model_version": answering.model_version,
                **_ids(environ),
            }
            _log.info("answered", extra={"fields": fields})
        headers = [("Content-Type", _JSON), ("Content-Length", str(len(body)))]
        start_response(status, headers)
        return [body]

    return handle


def _ids(environ: WSGIEnvironment) -> dict[str, str]:
    return request_ids(str(environ.get("HTTP_X_AMZN_SAGEMAKER_CUSTOM_ATTRIBUTES") or ""))


def _body(environ: WSGIEnvironment) -> bytes:
    kind = str(environ.get("CONTENT_TYPE") or _JSON).partition(";")[0].strip().lower()
    if kind != _JSON:
        raise RefusedError(
            "415 Unsupported Media Type", f"Content-Type is {kind}, expected {_JSON}"
        )
    try:
        length = int(environ.get("CONTENT_LENGTH") or 0)
    except ValueError:
        raise BadRequestError("Content-Length is not a number") from None
    if length > _MOST_BYTES:
        raise RefusedError("413 Content Too Large", f"{length} bytes, at most {_MOST_BYTES}")
    read: Any = environ["wsgi.input"].read(length)
    return bytes(read)


def _problem(error: object) -> bytes:
    return json.dumps({"error": str(error)}).encode()
