"""QuickSight's REST protocol: requests and answers as its own model describes them."""

from __future__ import annotations

import asyncio
import re
from functools import cache
from typing import TYPE_CHECKING, Any

import botocore.session

from localaws import model_constraints, wire
from localaws.errors import AwsError, not_implemented
from localaws.operations import RestCall, Route

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from localaws.operations import Call, Document

    Handler = Callable[[Document, Call], Document]

# A user's name may be `role/session`, a resource's ARN has slashes.
_WITH_SLASHES = {"UserName", "MemberName", "ResourceArn", "PrincipalId"}
_METHODS = ("DELETE", "GET", "PATCH", "POST", "PUT")
# Structures of which exactly one member may be set.
_UNIONS = {
    "PhysicalTable",
    "TransformOperation",
    "DataSourceParameters",
    "Visual",
    "Filter",
    "ParameterDeclaration",
    "FilterControl",
    "ParameterControl",
    "DashboardSourceEntity",
    "AnalysisSourceEntity",
    "TemplateSourceEntity",
}
# HTTP statuses of what succeeds at once, and of what goes on after the answer.
_CREATED = {"CreateDataSet", "CreateIngestion", "CreateRefreshSchedule", "RegisterUser",
            "CreateGroup", "CreateFolder", "CreateTheme"}  # fmt: skip
_ACCEPTED = {"CreateDataSource", "UpdateDataSource", "CreateDashboard", "UpdateDashboard",
             "CreateAnalysis", "UpdateAnalysis", "CreateTemplate", "UpdateTemplate",
             "StartAssetBundleExportJob", "StartAssetBundleImportJob"}  # fmt: skip


def routes(handlers: Mapping[str, Handler]) -> list[Route]:
    """A route for each handler; all other operations of the model are refused by their names."""
    unknown = handlers.keys() - set(_model().operation_names)
    if unknown:
        raise ValueError(f"QuickSight has no operations {', '.join(sorted(unknown))}")
    operations = [_model().operation_model(name) for name in handlers]
    # The most literal path first: `/users/{UserName}/groups` before `/users/{UserName}`.
    operations.sort(key=lambda one: -len(re.sub(r"{[^}]+}", "", one.http["requestUri"])))
    served = [
        Route(one.name, one.http["method"], _pattern(one), _Operation(one, handlers[one.name]))
        for one in operations
    ]
    anything = re.compile(r"/(?!_localaws/).*")
    return served + [Route("", method, anything, _refuse) for method in _METHODS]


async def _refuse(request: wire.Request, called: RestCall, body: bytes) -> wire.Response:
    for name in _model().operation_names:
        operation = _model().operation_model(name)
        if operation.http["method"] == request.method and _pattern(operation).fullmatch(
            request.path
        ):
            raise not_implemented("quicksight", name)
    raise not_implemented("quicksight", f"{request.method} {request.path}")


class _Operation:
    """One operation: reads its request, checks it, calls its handler, writes the answer."""

    def __init__(self, operation: Any, handler: Handler) -> None:
        self._operation = operation
        self._handler = handler

    async def __call__(self, request: wire.Request, called: RestCall, body: bytes) -> wire.Response:
        name, call = self._operation.name, called.call
        try:
            payload = self._read(request, called.parameters, body)
            answer = await asyncio.to_thread(self._answer, self._handler, payload, call)
        except AwsError as error:
            error.details.setdefault("RequestId", call.request_id)
            raise
        status = 201 if name in _CREATED else 202 if name in _ACCEPTED else 200
        document = _known(self._operation.output_shape, answer)
        document |= {"RequestId": call.request_id, "Status": status}
        encoded = wire.encode_json(request, document, call.request_id)
        return wire.Response(status, encoded.headers, encoded.body)

    def _answer(self, handler: Handler, payload: Document, call: Call) -> Document:
        account = payload.get("AwsAccountId", call.account)
        if account != call.account:
            raise AwsError("AccessDeniedException", f"Account {account} is not the caller's.", 401)
        if broken := list(violations(self._operation.name, payload)):
            raise AwsError("ValidationException", model_constraints.message(broken))
        return handler(payload, call)

    def _read(self, request: wire.Request, path: dict[str, str], body: bytes) -> Document:
        payload = wire.decode_json(body)
        for name, member in self._operation.input_shape.members.items():
            place = member.serialization.get("location")
            if place == "uri":
                payload[name] = _typed(member, path[member.serialization.get("name", name)])
            elif place == "querystring":
                given = request.query.get(member.serialization["name"])
                if given and member.type_name == "list":
                    payload[name] = [_typed(member.member, one) for one in given]
                elif given:
                    payload[name] = _typed(member, given[0])
        return payload


def violations(operation: str, request: Document) -> Iterator[str]:
    """What of a request its operation's model does not allow, each in AWS's words."""
    shape = input_shape(operation)
    yield from model_constraints.broken(shape, request)
    yield from _broken_unions(shape, request, "")


def input_shape(operation: str) -> Any:
    """What botocore's model says of an operation's request."""
    return _model().operation_model(operation).input_shape


@cache
def _model() -> Any:
    return botocore.session.Session().get_service_model("quicksight")


def _pattern(operation: Any) -> re.Pattern[str]:
    def group(found: re.Match[str]) -> str:
        name = found[1]
        return f"(?P<{name}>{'.+' if name in _WITH_SLASHES else '[^/]+'})"

    return re.compile(re.sub(r"{([^}]+)}", group, operation.http["requestUri"].rstrip("/")) + "/?")


def _typed(shape: Any, text: str) -> Any:
    try:
        if shape.type_name in ("integer", "long"):
            return int(text)
    except ValueError as error:
        raise AwsError("InvalidParameterValueException", f"{text} is no number.") from error
    if shape.type_name == "boolean":
        return text.lower() == "true"
    return text


def _broken_unions(shape: Any, value: Any, path: str) -> Iterator[str]:
    kind = shape.type_name
    if kind == "structure" and isinstance(value, dict):
        given = [name for name in shape.members if value.get(name) is not None]
        if shape.name in _UNIONS and len(given) != 1:
            found = ", ".join(given) or "none"
            yield f"Value at '{path}' must have exactly one member set, found {found}"
        for name in given:
            yield from _broken_unions(shape.members[name], value[name], f"{path}.{name}".strip("."))
    elif kind == "list" and isinstance(value, list):
        for number, item in enumerate(value, 1):
            yield from _broken_unions(shape.member, item, f"{path}.{number}")
    elif kind == "map" and isinstance(value, dict):
        for key, item in value.items():
            yield from _broken_unions(shape.value, item, f"{path}.{key}")


def _known(shape: Any, answer: Document) -> Document:
    """What the answer's shape has, two levels deep: handlers may give more than is shown."""
    return {
        name: _known_inside(shape.members[name], value)
        for name, value in answer.items()
        if name in shape.members and value is not None
    }


def _known_inside(shape: Any, value: Any) -> Any:
    if shape.type_name == "structure" and isinstance(value, dict):
        return {
            name: item for name, item in value.items() if name in shape.members and item is not None
        }
    if shape.type_name == "list" and isinstance(value, list):
        return [_known_inside(shape.member, item) for item in value]
    return value
