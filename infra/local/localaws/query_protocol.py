"""The query protocol: a form of dotted names in, XML out, both as botocore's model has them."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

import botocore.session

from localaws.errors import AwsError

if TYPE_CHECKING:
    from collections.abc import Mapping

Document = dict[str, Any]


def decode(service: str, operation: str, body: bytes) -> Document:
    """The parameters of a form; one that the operation does not have is an error."""
    fields = dict(parse_qsl(body.decode("utf-8"), keep_blank_values=True))
    return decode_fields(service, operation, fields)


def decode_fields(service: str, operation: str, given: Mapping[str, str]) -> Document:
    """The same of a form that was taken apart already."""
    fields = {name: value for name, value in given.items() if name not in ("Action", "Version")}
    shape = _operation(service, operation).input_shape
    if shape is None:
        return {}
    read: set[str] = set()
    found: Document = _structure(shape, "", fields, read)
    if unknown := sorted(fields.keys() - read):
        raise AwsError("InvalidParameterValue", f"{operation} has no parameter {unknown[0]}.")
    return found


def encode(service: str, operation: str, document: Document, request_id: str) -> bytes:
    """A success; members that the operation's answer does not have are left out."""
    model = _operation(service, operation)
    inside = ""
    if model.output_shape is not None:
        inside = _xml(model.output_shape, document)
        if wrapper := model.output_shape.serialization.get("resultWrapper"):
            inside = f"<{wrapper}>{inside}</{wrapper}>"
    namespace = model.service_model.metadata.get("xmlNamespace", "")
    return (
        f'<{operation}Response xmlns="{namespace}">{inside}<ResponseMetadata>'
        f"<RequestId>{request_id}</RequestId></ResponseMetadata></{operation}Response>"
    ).encode()


@cache
def _operation(service: str, operation: str) -> Any:
    model = botocore.session.Session().get_service_model(service)
    return model.operation_model(operation)


def _structure(shape: Any, prefix: str, fields: dict[str, str], read: set[str]) -> Document:
    found: Document = {}
    for name, member in shape.members.items():
        value = _value(member, prefix + member.serialization.get("name", name), fields, read)
        if value is not None:
            found[name] = value
    return found


def _value(shape: Any, name: str, fields: dict[str, str], read: set[str]) -> Any:
    if shape.type_name == "structure":
        return _structure(shape, f"{name}.", fields, read) or None
    if shape.type_name == "list":
        prefix = f"{name}."
        if not shape.serialization.get("flattened"):
            # botocore writes the name that the model has; the protocol's own is `member`.
            prefix += f"{shape.member.serialization.get('name', 'member')}."
        found: list[Any] = []
        while (
            value := _value(shape.member, f"{prefix}{len(found) + 1}", fields, read)
        ) is not None:
            found.append(value)
        return found or None
    if name not in fields:
        return None
    read.add(name)
    return _scalar(shape.type_name, name, fields[name])


def _scalar(kind: str, name: str, text: str) -> Any:
    try:
        if kind in ("integer", "long"):
            return int(text)
        if kind in ("float", "double"):
            return float(text)
    except ValueError as error:
        raise AwsError("InvalidParameterValue", f"{name} is {text!r}, not a number.") from error
    if kind == "boolean":
        return text.lower() == "true"
    return text


def _xml(shape: Any, value: Any) -> str:
    if shape.type_name == "structure":
        return "".join(
            _element(member, member.serialization.get("name", name), value[name])
            for name, member in shape.members.items()
            if value.get(name) is not None
        )
    if isinstance(value, bool):
        return str(value).lower()
    if shape.type_name == "timestamp":
        return _moment(value)
    return escape(str(value))


def _element(shape: Any, name: str, value: Any) -> str:
    if shape.type_name == "list":
        item = shape.member.serialization.get("name", "member")
        inside = "".join(_element(shape.member, item, one) for one in value)
        return f"<{name}>{inside}</{name}>"
    return f"<{name}>{_xml(shape, value)}</{name}>"


def _moment(value: Any) -> str:
    if isinstance(value, int | float):
        value = datetime.fromtimestamp(value, UTC)
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return str(value)
