"""What the gateway answers by itself, in the words of the functions' problem documents."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from aws_cdk import aws_apigateway as apigateway

from rlm.api.operations import EXPOSED_HEADERS
from rlm.api.problems import (
    CONTENT_TYPE,
    FORBIDDEN,
    INTERNAL,
    INVALID_PARAMETER,
    METHOD_NOT_ALLOWED,
    NOT_FOUND,
    THROTTLED,
    TOO_LARGE,
    UNAVAILABLE,
)

if TYPE_CHECKING:
    from rlm.api.problems import ProblemKind

_JSON: Final = "application/json"
_PROBLEMS: Final = (
    # Whatever is none of these: a signature that is none, where nobody needs one.
    (apigateway.ResponseType.DEFAULT_4_XX, FORBIDDEN),
    (apigateway.ResponseType.ACCESS_DENIED, FORBIDDEN),
    (apigateway.ResponseType.INVALID_API_KEY, FORBIDDEN),
    (apigateway.ResponseType.THROTTLED, THROTTLED),
    (apigateway.ResponseType.QUOTA_EXCEEDED, THROTTLED),
    (apigateway.ResponseType.BAD_REQUEST_PARAMETERS, INVALID_PARAMETER),
    (apigateway.ResponseType.REQUEST_TOO_LARGE, TOO_LARGE),
    # Only methods that are not allowed look at what a body is of.
    (apigateway.ResponseType.UNSUPPORTED_MEDIA_TYPE, METHOD_NOT_ALLOWED),
    (apigateway.ResponseType.RESOURCE_NOT_FOUND, NOT_FOUND),
    # Its name for a path that leads nowhere.
    (apigateway.ResponseType.MISSING_AUTHENTICATION_TOKEN, NOT_FOUND),
    (apigateway.ResponseType.INTEGRATION_FAILURE, UNAVAILABLE),
    (apigateway.ResponseType.INTEGRATION_TIMEOUT, UNAVAILABLE),
    (apigateway.ResponseType.DEFAULT_5_XX, INTERNAL),
)
_RETRY_SECONDS: Final = "1"
_HEADERS: Final = {
    "Content-Type": f"'{CONTENT_TYPE}'",
    "Access-Control-Allow-Origin": "'*'",
    "Access-Control-Expose-Headers": f"'{EXPOSED_HEADERS}'",
    "Cache-Control": "'no-store'",
}
_ALLOWED: Final = {"Allow": "'GET, OPTIONS'"}


def gateway_responses(api: apigateway.RestApi) -> None:
    """One for each way in which the gateway refuses or gives up."""
    for response_type, kind in _PROBLEMS:
        headers = _HEADERS
        if kind in (THROTTLED, UNAVAILABLE):
            headers = headers | {"Retry-After": f"'{_RETRY_SECONDS}'"}
        if kind == METHOD_NOT_ALLOWED:
            headers = headers | _ALLOWED
        api.add_gateway_response(
            f"{response_type.response_type}Response",
            type=response_type,
            status_code=str(kind.status),
            response_headers=headers,
            templates={_JSON: _template(kind, "$context.error.messageString")},
        )


def refuse_other_methods(resource: apigateway.Resource) -> apigateway.Method:
    """405 with what is allowed: by itself API Gateway says 403 and that a token is missing."""
    headers = _HEADERS | _ALLOWED
    status = str(METHOD_NOT_ALLOWED.status)
    detail = json.dumps(METHOD_NOT_ALLOWED.title)
    integration = apigateway.MockIntegration(
        request_templates={_JSON: json.dumps({"statusCode": METHOD_NOT_ALLOWED.status})},
        # A body that is not JSON is an unsupported type to the gateway, which is told as 405 too.
        passthrough_behavior=apigateway.PassthroughBehavior.NEVER,
        integration_responses=[
            apigateway.IntegrationResponse(
                status_code=status,
                response_parameters={
                    f"method.response.header.{name}": value for name, value in headers.items()
                },
                response_templates={_JSON: _template(METHOD_NOT_ALLOWED, detail)},
            )
        ],
    )
    return resource.add_method(
        "ANY",
        integration,
        method_responses=[
            apigateway.MethodResponse(
                status_code=status,
                response_parameters={f"method.response.header.{name}": True for name in headers},
            )
        ],
    )


def _template(kind: ProblemKind, detail: str) -> str:
    """A problem document; `detail` is a JSON text, or a variable of the gateway that is one."""
    document: dict[str, Any] = {
        "type": kind.type,
        "title": kind.title,
        "status": kind.status,
        "detail": "<detail>",
        "request_id": "$context.requestId",
        "errors": [],
    }
    return json.dumps(document).replace('"<detail>"', detail)
