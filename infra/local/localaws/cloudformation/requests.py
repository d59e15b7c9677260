"""A template's properties as a service's request: templates carry numbers and truth as text."""

from __future__ import annotations

from functools import cache
from typing import Any

import botocore.session


def as_request(service: str, operation: str, properties: dict[str, Any]) -> dict[str, Any]:
    """The properties that an operation takes, each of the type that it takes them in.

    Only for types whose properties have the names of the operation's members.
    """
    shape = _operation(service, operation)
    request: dict[str, Any] = _typed(
        shape, {key: properties[key] for key in shape.members if key in properties}
    )
    return request


@cache
def _operation(service: str, operation: str) -> Any:
    model = botocore.session.Session().get_service_model(service)
    return model.operation_model(operation).input_shape


def _typed(shape: Any, value: Any) -> Any:
    kind = shape.type_name
    if kind == "structure" and isinstance(value, dict):
        members = shape.members
        return {
            key: _typed(members[key], item) if key in members else item
            for key, item in value.items()
        }
    if kind == "list" and isinstance(value, list):
        return [_typed(shape.member, item) for item in value]
    if kind == "map" and isinstance(value, dict):
        return {key: _typed(shape.value, item) for key, item in value.items()}
    if kind in ("integer", "long"):
        return int(value)
    if kind in ("float", "double"):
        return float(value)
    if kind == "boolean":
        return str(value).lower() == "true"
    if kind == "string" and not isinstance(value, str):
        return str(value)
    return value
