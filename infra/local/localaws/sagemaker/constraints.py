"""What SageMaker checks of every request before it looks at anything: its own model's constraints.

Requests are also held against what is served here: a member that would be dropped is an error.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

import botocore.session

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
    broken = list(_broken(shape, request, ""))
    if broken:
        noun = "validation error" if len(broken) == 1 else "validation errors"
        text = f"{len(broken)} {noun} detected: {'; '.join(broken)}"
        raise AwsError("ValidationException", text)


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


def _broken(shape: Any, value: Any, path: str) -> Iterator[str]:
    kind = shape.type_name
    if kind == "structure":
        if not isinstance(value, dict):
            yield _fails(value, path, "Member must be a structure")
            return
        for name, member in shape.members.items():
            inner = f"{path}.{_camel(name)}" if path else _camel(name)
            if value.get(name) is not None:
                yield from _broken(member, value[name], inner)
            elif name in shape.required_members:
                yield _fails(None, inner, "Member must not be null")
    elif kind == "list":
        if not isinstance(value, list):
            yield _fails(value, path, "Member must be a list")
            return
        yield from _size(shape, value, path)
        for number, item in enumerate(value, 1):
            yield from _broken(shape.member, item, f"{path}.{number}.member")
    elif kind == "map":
        yield from _size(shape, value, path)
        for key, item in value.items():
            yield from _broken(shape.value, item, f"{path}.{key}.member")
    elif kind == "string":
        yield from _text(shape, str(value), path)
    elif kind in ("integer", "long", "float", "double"):
        if isinstance(value, bool) or not isinstance(value, int | float):
            yield _fails(value, path, "Member must be a number")
            return
        low, high = shape.metadata.get("min"), shape.metadata.get("max")
        if low is not None and value < low:
            yield _fails(value, path, f"Member must have value greater than or equal to {low}")
        if high is not None and value > high:
            yield _fails(value, path, f"Member must have value less than or equal to {high}")


def _text(shape: Any, value: str, path: str) -> Iterator[str]:
    options = shape.metadata.get("enum")
    if options and value not in options:
        yield _fails(value, path, f"Member must satisfy enum value set: [{', '.join(options)}]")
    yield from _size(shape, value, path)
    pattern = shape.metadata.get("pattern", "")
    # Python's expressions know no Unicode classes; what needs them says little more than "text".
    if pattern and "\\p{" not in pattern and not re.fullmatch(_python(pattern), value):
        yield _fails(value, path, f"Member must satisfy regular expression pattern: {pattern}")


def _size(shape: Any, value: Any, path: str) -> Iterator[str]:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if low is not None and len(value) < low:
        yield _fails(value, path, f"Member must have length greater than or equal to {low}")
    if high is not None and len(value) > high:
        yield _fails(value, path, f"Member must have length less than or equal to {high}")


def _python(pattern: str) -> str:
    return pattern.replace("\\z", "\\Z")


def _fails(value: Any, path: str, rule: str) -> str:
    shown = "null" if value is None else f"'{value}'"
    return f"Value {shown} at '{path}' failed to satisfy constraint: {rule}"


def _camel(name: str) -> str:
    return name[:1].lower() + name[1:]


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
