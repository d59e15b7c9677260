"""Which operations are served here instead of by ministack."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

Document = dict[str, Any]


@dataclass(frozen=True)
class Call:
    """Who calls what: the part of a request that is not its parameters."""

    service: str
    operation: str
    region: str
    account: str
    request_id: str


# A plain function runs in a worker thread and may block (and may call other services);
# a coroutine function runs on the event loop and must not.
Handler = Callable[[Document, Call], Document | Awaitable[Document]]


class Operations:
    """The handlers by service and operation; what is not listed falls through to ministack.

    `operations["glue"]["StartJobRun"] = handler` overrides or adds one operation.
    Service names are those of the SigV4 credential scope (`glue`, `application-autoscaling`).
    """

    def __init__(self) -> None:
        self._by_service: dict[str, dict[str, Handler]] = {}

    def __getitem__(self, service: str) -> dict[str, Handler]:
        return self._by_service.setdefault(service, {})

    def register(self, service: str, handlers: dict[str, Handler]) -> None:
        """Add handlers by operation name; two parts that claim one operation are a bug."""
        taken = self[service].keys() & handlers.keys()
        if taken:
            raise ValueError(f"{service}: {', '.join(sorted(taken))} already has a handler")
        self[service].update(handlers)

    def find(self, service: str, operation: str) -> Handler | None:
        return self._by_service.get(service, {}).get(operation)

    def services(self) -> dict[str, list[str]]:
        """The operations served here, by service, for the health page."""
        return {name: sorted(found) for name, found in sorted(self._by_service.items()) if found}
