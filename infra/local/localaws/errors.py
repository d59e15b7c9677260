"""The errors that a handler answers with, as AWS would name them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class AwsError(Exception):
    """An error that the caller receives in its protocol's shape, under AWS's own code.

    `status` is the HTTP status; AWS answers 400 for almost every client fault.
    `details` are the members that an error has beside its message; JSON carries them.
    """

    def __init__(
        self,
        code: str,
        message: str,
        status: int = 400,
        details: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.details = dict(details or {})


class PortInUseError(Exception):
    """The gateway's port is taken; the message says how to choose another."""


class StateInUseError(Exception):
    """Another process works on the same state; two of them would destroy it."""


def not_implemented(service: str, operation: str) -> AwsError:
    """The answer to a call that neither ministack nor this package serves."""
    return AwsError(
        "NotImplementedException",
        f"The local AWS does not implement {service}:{operation}.",
        status=501,
    )
