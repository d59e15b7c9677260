"""What SageMaker checks of every request before it looks at anything: its own model's constraints.

Requests are also held against what is served here: a member that would be dropped is an error.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import botocore.session

from localaws import model_constraints
from localaws.errors import AwsError, not_implemented

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from localaws.operations import Call, Document, Handler

# A member's name, and what is served of its inside: None is all of it.
Served = dict[str, "Served | None"]


def checked(handlers: Mapping[str, Handler]) -> dict[str, Handler]:
    """The handlers, with every request checked first."""
    return {name: _checked(handler) for name, handler in handlers.items()}


def check(operation: str, request: Document) -> None:
    """Raise AWS's ValidationException with every constraint that the request breaks."""
    shape = _model().operation_model(operation).input_shape
    if found := list(model_constraints.broken(shape, request)):
        raise AwsError("ValidationException", model_constraints.message(found))


def only(operation: str, request: Document, served: Served) -> None:
    """Raise for a member that is set and not served here; switches that are off are not set."""
    for path in _unserved(request, served, ""):
        raise not_implemented("sagemaker", f"{operation} with {path}")


def _checked(handler: Handler) -> Handler:
    def handle(request: Document, call: Call) -> Document:
        check(call.operation, request)
        answer = handler(request, call)
        if not isinstance(answer, dict):
            raise TypeError(f"{call.operation}: a coroutine cannot be checked")
        return answer

    return handle


@cache
def _model() -> Any:
    return botocore.session.Session().get_service_model("sagemaker")


def _unserved(value: Any, served: Served, path: str) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _unserved(item, served, path)
        return
    if not isinstance(value, dict):
        return
    for name, inner in value.items():
        if inner is None or inner is False or inner in ({}, []):
            continue
        here = f"{path}.{name}" if path else name
        if name not in served:
            yield here
        elif (deeper := served[name]) is not None:
            yield from _unserved(inner, deeper, here)
