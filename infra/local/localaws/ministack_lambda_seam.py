"""Where ministack runs functions: Python ones by `localaws.lambda_functions` instead.

Private to ministack 1.5.33; tests/contract/localaws/test_lambda_functions.py holds what is used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from localaws.lambda_functions.function import Function

if TYPE_CHECKING:
    from collections.abc import Mapping

    from localaws.lambda_functions.engine import Engine
    from localaws.lambda_functions.process import Outcome

# What an invocation gives in ministack's words, and why there is nothing.
_Called = tuple[dict[str, Any] | None, str | None]


class LambdaService:
    """ministack's Lambda, with another engine for Python."""

    def __init__(self) -> None:
        self._service: Any = importlib.import_module("ministack.services.lambda_svc")
        self._runtime: Any = importlib.import_module("ministack.core.lambda_runtime")
        self._rest_apis: Any = importlib.import_module("ministack.services.apigateway_v1")

    def credentials(self, function: Function) -> Mapping[str, str]:
        """Of the function's account, as its processes use them."""
        arn = f"arn:aws:lambda:{function.scope.region}:{function.scope.account}:function:x"
        found: dict[str, str] = self._runtime.execution_credentials({"FunctionArn": arn})
        return {name: value for name, value in found.items() if value}

    def run_with(self, engine: Engine) -> None:
        """Let `engine` run Python functions for whoever invokes them."""
        service = self._service
        dispatch_otherwise = service._execute_function_dispatch
        call_otherwise = self._rest_apis._call_lambda_raw

        def dispatch(
            record: dict[str, Any],
            config: dict[str, Any],
            event: Any,
            request_id: str,
            started: float,
        ) -> Any:
            if not _is_ours(record, config):
                return dispatch_otherwise(record, config, event, request_id, started)
            function = Function.of({**record, "config": config})
            arn = config["FunctionArn"]
            return _result(engine.invoke_from_thread(function, event, arn, request_id))

        def emit_metrics(name: str, duration_ms: float, error: bool, throttle: bool) -> None:
            # The engine has told all the rest. Invoke tells of a throttle a second time, with the
            # time that it took.
            record = service._functions.get(name) if throttle and not duration_ms else None
            if record is not None:
                engine.count_throttle(Function.of(record).scope, name)

        async def call(
            reference: str, event: Any, *, account_id: str | None = None, region: str | None = None
        ) -> _Called:
            """Invoke for a REST API: on the event loop, without a thread."""
            record, config, _name = service._get_func_record_for_ref_in_scope(
                reference, account_id=account_id, region=region
            )
            if record is None or config is None or not _is_ours(record, config):
                other: _Called = await call_otherwise(
                    reference, event, account_id=account_id, region=region
                )
                return other
            record = service._execution_record_for_config(record, config)
            function = Function.of(record)
            slot, limit = service._acquire_execution_slot(record, record["config"])
            if slot is None:
                engine.count_throttle(function.scope, function.name)
                return service._throttle_response(limit, "Rate Exceeded"), None
            try:
                arn = record["config"]["FunctionArn"]
                return _result(await engine.invoke(function, event, arn)), None
            finally:
                service._release_execution_slot(slot)

        reserved_otherwise = service._reserved_concurrency

        def reserved(record: dict[str, Any], config: dict[str, Any]) -> int | None:
            # A version is kept with what was reserved when it was published; AWS reserves for the
            # function, whichever version runs.
            account, region = service._account_region_from_function_config(config)
            function = service._functions.get_scoped(account, region, config["FunctionName"])
            found: int | None = reserved_otherwise(function or record, config)
            return found

        for module, name, function in (
            (service, "_execute_function_dispatch", dispatch),
            (service, "_reserved_concurrency", reserved),
            (service, "_emit_lambda_metrics", emit_metrics),
            (self._rest_apis, "_call_lambda_raw", call),
        ):
            setattr(module, name, function)


def _is_ours(record: Mapping[str, Any], config: Mapping[str, Any]) -> bool:
    """Python in a zip without layers; the rest is ministack's."""
    return (
        str(config.get("Runtime", "")).startswith("python")
        and config.get("PackageType", "Zip") == "Zip"
        and not config.get("Layers")
        and not (config.get("DurableConfig") or {}).get("Enabled")
        and bool(record.get("code_zip"))
    )


def _result(outcome: Outcome) -> dict[str, Any]:
    log = "\n".join(outcome.lines)
    if outcome.error is None:
        return {"body": outcome.payload, "log": log}
    return {"body": outcome.error, "error": True, "log": log}
