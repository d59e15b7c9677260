"""The lines that Lambda itself writes around an invocation's, in the function's format; pure."""

from __future__ import annotations

import datetime as dt
import json
import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from localaws.lambda_functions.function import Function


def started(function: Function, request_id: str) -> str:
    if function.has_json_logs:
        record = {"requestId": request_id, "version": function.version}
        return _event("platform.start", record)
    return f"START RequestId: {request_id} Version: {function.version}"


def ended(
    function: Function, request_id: str, milliseconds: float, error: Mapping[str, Any] | None
) -> list[str]:
    """Memory is not measured here, so the lines do not speak of what was used."""
    billed = math.ceil(milliseconds)
    if function.has_json_logs:
        record = {
            "requestId": request_id,
            "status": "success" if error is None else "error",
            "metrics": {
                "durationMs": round(milliseconds, 3),
                "billedDurationMs": billed,
                "memorySizeMB": function.memory_megabytes,
            },
        }
        if error is not None:
            record["errorType"] = error.get("errorType", "")
        failure = [] if error is None else [json.dumps(dict(error))]
        return [*failure, _event("platform.report", record)]
    failure = (
        [] if error is None else [f"[ERROR] {error.get('errorType')}: {error.get('errorMessage')}"]
    )
    return [
        *failure,
        f"END RequestId: {request_id}",
        f"REPORT RequestId: {request_id}\tDuration: {milliseconds:.2f} ms\t"
        f"Billed Duration: {billed} ms\tMemory Size: {function.memory_megabytes} MB",
    ]


def _event(kind: str, record: Mapping[str, Any]) -> str:
    time = dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
    return json.dumps({"time": time, "type": kind, "record": record})
