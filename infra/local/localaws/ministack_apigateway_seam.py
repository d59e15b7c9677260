"""Where ministack answers requests to REST APIs: routing, keys, plans, validation, responses.

Private to ministack 1.5.33; tests/contract/localaws/test_apigateway.py holds what is used of it.
"""

from __future__ import annotations

import importlib
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from localaws.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Mapping

# What API Gateway calls the request that is being answered.
_REQUEST_ID: ContextVar[str] = ContextVar("rest_api_request_id")


class RestApis:
    """ministack's REST APIs."""

    def __init__(self) -> None:
        self._module: Any = importlib.import_module("ministack.services.apigateway_v1")
        self._complete_events()
        self._name_refusals()

    def scope_of(self, api_id: str) -> Scope | None:
        """Whose API it is; None when there is none."""
        found = self._module.find_api_scope(api_id)
        return Scope(*found) if found else None

    def name_of(self, scope: Scope, api_id: str) -> str:
        api = self._module._rest_apis._data.get((scope.account, scope.region, api_id)) or {}
        return str(api.get("name", api_id))

    async def execute(
        self,
        api_id: str,
        stage: str,
        method: str,
        path: str,
        headers: Mapping[str, str],
        query: Mapping[str, list[str]],
        body: bytes,
        request_id: str,
    ) -> tuple[int, dict[str, Any], bytes]:
        """Answer one request as the deployed stage would."""
        token = _REQUEST_ID.set(request_id)
        try:
            answer: tuple[int, dict[str, Any], bytes] = await self._module.handle_execute(
                api_id, stage, method, path, dict(headers), body, dict(query)
            )
        finally:
            _REQUEST_ID.reset(token)
        return answer

    def _complete_events(self) -> None:
        """Functions get the id of the request, and which key was sent, as AWS tells them."""
        module = self._module
        build = module._build_lambda_event_v1

        def complete(*arguments: Any, **options: Any) -> Any:
            event = build(*arguments, **options)
            context = event["requestContext"]
            context["requestId"] = _REQUEST_ID.get(context["requestId"])
            context["extendedRequestId"] = context["requestId"]
            given = event["headers"].get("x-api-key")
            if key := module._resolve_api_key(given):
                context["identity"] |= {"apiKey": given, "apiKeyId": key["id"]}
            return event

        setattr(module, "_build_lambda_event_v1", complete)  # noqa: B010 - it is private

    def _name_refusals(self) -> None:
        """What the gateway itself refuses says the id that the answer's header says."""
        module = self._module
        refuse = module._gateway_error_response

        def named(error: Any, request: dict[str, Any]) -> Any:
            known = _REQUEST_ID.get(request["request_id"])
            return refuse(error, request | {"request_id": known})

        setattr(module, "_gateway_error_response", named)  # noqa: B010 - it is private
