"""How a resource type calls the service that it belongs to, as the stack's owner."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from localaws.errors import AwsError
from localaws.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Callable

    from localaws.host import InProcessCall
    from localaws.ministack_cloudformation_seam import Scope as StackScope
    from localaws.operations import Document

Tags = dict[str, str]


class ResourceError(Exception):
    """Why a resource cannot be made; CloudFormation shows it as the resource's reason."""


class Services:
    """Calls in the account and region of the stack that is being worked on."""

    def __init__(self, call: InProcessCall, scope: Callable[[], StackScope]) -> None:
        self._call = call
        self._scope = scope

    def __call__(self, service: str, operation: str, payload: Document) -> Document:
        if _is_on_the_event_loop():
            # Waiting here for the loop to answer would stop the gateway for good.
            raise ResourceError(f"{service}:{operation} can be called by stacks only")
        scope = self._scope()
        return self._call(service, operation, payload, region=scope.region, account=scope.account)

    def call_unless_gone(
        self, service: str, operation: str, payload: Document, gone: tuple[str, ...]
    ) -> None:
        """Call to delete something; the errors in `gone` say that it is deleted already."""
        try:
            self(service, operation, payload)
        except AwsError as error:
            if error.code not in gone:
                raise

    def account(self) -> str:
        return self._scope().account

    def scope(self) -> Scope:
        """Whose stack is being worked on."""
        found = self._scope()
        return Scope(found.account, found.region)

    def arn(self, service: str, resource: str) -> str:
        scope = self._scope()
        return f"arn:aws:{service}:{scope.region}:{scope.account}:{resource}"


def only(resource_type: str, properties: dict[str, Any], served: frozenset[str]) -> None:
    """Raise when a template sets a property that the provider would drop."""
    unknown = sorted(properties.keys() - served)
    if unknown:
        raise ResourceError(f"{resource_type}: the local AWS does not serve {', '.join(unknown)}")


def tags_of(value: object) -> Tags:
    """A template's tags, a map or a list of Key and Value."""
    if isinstance(value, dict):
        return {str(key): str(item) for key, item in value.items()}
    if isinstance(value, list):
        return {str(tag["Key"]): str(tag["Value"]) for tag in value}
    return {}


def _is_on_the_event_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
