"""Which operations are served here instead of by ministack."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from localaws.wire import Request, Response

if TYPE_CHECKING:
    import re

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

# For REST operations, which a method and a path name: the whole request, and the whole answer.
RestHandler = Callable[[Request, "RestCall", bytes], Awaitable[Response]]


@dataclass(frozen=True)
class Route:
    """One REST operation; `path` has a named group for each parameter."""

    operation: str
    method: str
    path: re.Pattern[str]
    handler: RestHandler


@dataclass(frozen=True)
class RestCall:
    """Who calls a REST operation, with the parameters that stand in its path."""

    call: Call
    parameters: dict[str, str]


class Operations:
    """The handlers by service and operation; what is not listed falls through to ministack.

    `operations["glue"]["StartJobRun"] = handler` overrides or adds one operation.
    Service names are those of the SigV4 credential scope (`glue`, `application-autoscaling`).
    """

    def __init__(self) -> None:
        self._by_service: dict[str, dict[str, Handler]] = {}
        self._routes: dict[str, list[Route]] = {}

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

    def add_routes(self, service: str, routes: list[Route]) -> None:
        """Serve REST operations; they are looked for when a request names no operation."""
        self._routes.setdefault(service, []).extend(routes)

    def find_route(self, service: str, request: Request) -> tuple[Route, dict[str, str]] | None:
        """The route that a request takes, and the parameters in its path."""
        for route in self._routes.get(service, ()):
            found = route.path.fullmatch(request.path)
            if found and route.method == request.method:
                return route, found.groupdict()
        return None

    def services(self) -> dict[str, list[str]]:
        """The operations served here, by service, for the health page."""
        found = {name: set(handlers) for name, handlers in self._by_service.items()}
        for name, routes in self._routes.items():
            found.setdefault(name, set()).update(
                route.operation for route in routes if route.operation
            )
        return {name: sorted(served) for name, served in sorted(found.items()) if served}
