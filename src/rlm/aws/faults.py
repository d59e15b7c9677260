"""How a call to another service can fail, in the few words that a caller decides by."""

from __future__ import annotations

from typing import Final, Literal

import botocore.exceptions

Fault = Literal["throttled", "timeout", "refused", "gone", "malformed", "failed"]

_THROTTLED: Final = frozenset(
    {
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
_GONE: Final = frozenset(
    {"ResourceNotFoundException", "ValidationError", "ValidationException", "AccessDeniedException"}
)
# What reading an answer that makes no sense raises; its numbers and its depth may be any.
NONSENSE: Final = (
    *(AttributeError, KeyError, OverflowError, RecursionError, TypeError, ValueError),
)


class DependencyError(Exception):
    """A service that the answer needs did not give what was asked of it."""

    def __init__(self, dependency: str, fault: Fault, detail: str) -> None:
        super().__init__(f"{dependency} {fault}: {detail}")
        self.dependency = dependency
        self.fault = fault


def fault_of(
    error: botocore.exceptions.BotoCoreError | botocore.exceptions.ClientError,
) -> Fault:
    """What happened, by the SDK's error."""
    if isinstance(error, botocore.exceptions.ClientError):
        return fault_of_code(error.response.get("Error", {}).get("Code", ""))
    if isinstance(
        error,
        botocore.exceptions.ConnectTimeoutError | botocore.exceptions.ReadTimeoutError,
    ):
        return "timeout"
    if isinstance(
        error,
        botocore.exceptions.EndpointConnectionError | botocore.exceptions.ConnectionClosedError,
    ):
        return "refused"
    return "failed"


def fault_of_code(code: str) -> Fault:
    """What happened, by the code of an answer that is an error."""
    if code in _THROTTLED:
        return "throttled"
    return "gone" if code in _GONE else "failed"
