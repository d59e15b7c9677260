"""Where ministack's CloudFormation lets resource types be added and wrapped.

Everything here is private to ministack 1.5.33; tests/contract/localaws/test_cloudformation_seam.py
holds each name that is used.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

Properties = dict[str, Any]
# A resource's physical id and what Fn::GetAtt can read.
Made = tuple[str, dict[str, Any]]

Create = Callable[[str, Properties, str], Made]
Update = Callable[[str, Properties, Properties, str, str], Made]
Delete = Callable[[str, Properties], None]
Watched = tuple[Create, Update | None]


class Provider(Protocol):
    """Makes one type's resources. An exception is the reason that the stack's events show."""

    def create(self, logical_id: str, properties: Properties, stack_name: str) -> Made: ...

    def update(
        self,
        physical_id: str,
        old: Properties,
        new: Properties,
        stack_name: str,
        logical_id: str,
    ) -> Made:
        """Change in place, or make another resource: its new physical id says so."""
        ...

    def delete(self, physical_id: str, properties: Properties) -> None:
        """A resource that is gone already is no error."""
        ...


@dataclass(frozen=True)
class Scope:
    """Whose stack is being worked on."""

    account: str
    region: str


class CloudFormation:
    """ministack's table of resource types, and what surrounds it."""

    def __init__(self) -> None:
        package = "ministack.services.cloudformation"
        self._package: Any = importlib.import_module(package)
        self._provisioners: Any = importlib.import_module(f"{package}.provisioners")
        self._stacks: Any = importlib.import_module(f"{package}.stacks")
        self._responses: Any = importlib.import_module("ministack.core.responses")
        self._table: dict[str, dict[str, Any]] = self._provisioners._RESOURCE_HANDLERS
        self._blocking: set[str] = set()
        runs_on_worker_thread = self._stacks._runs_on_worker_thread
        self._stacks._runs_on_worker_thread = lambda name: (
            name in self._blocking or runs_on_worker_thread(name)
        )

    def types(self) -> list[str]:
        return sorted(self._table)

    def provider(self, resource_type: str) -> MinistackProvider:
        """How ministack itself makes the type, before anything was put in its place."""
        return MinistackProvider(resource_type, dict(self._table[resource_type]))

    def serve(
        self,
        resource_type: str,
        provider: Provider,
        replaced_with: tuple[str, ...],
        blocking: bool = False,
    ) -> None:
        """Let `provider` make the type from now on.

        `replaced_with` names the properties that, changed, make it another resource.
        `blocking` providers call services of this gateway and get a thread of their own.
        """
        kept = self._table.get(resource_type, {})
        self._table[resource_type] = {
            **{key: kept[key] for key in ("import", "snapshot") if key in kept},
            "create": provider.create,
            "update": provider.update,
            "update_with_logical_id": True,
            "delete": provider.delete,
        }
        self._provisioners._REPLACING_PROPERTIES.setdefault(resource_type, replaced_with)
        if blocking:
            self._blocking.add(resource_type)

    def watch(self, around: Callable[[str, Create, Update | None, Delete], Watched]) -> None:
        """Put `around` every type's functions, as they are at this moment."""
        for resource_type, entry in self._table.items():
            functions = MinistackProvider(resource_type, entry)
            if "create" in entry and "delete" in entry:
                has_update = "update" in entry
                create, update = around(
                    resource_type,
                    functions.create,
                    functions.update if has_update else None,
                    functions.delete,
                )
                watched = {**entry, "create": create}
                if update is not None:
                    watched |= {"update": update, "update_with_logical_id": True}
                self._table[resource_type] = watched

    def scope(self) -> Scope:
        """Of the stack that the running provider works for."""
        return Scope(str(self._responses.get_account_id()), str(self._responses.get_region()))

    def generated_name(self, stack_name: str, logical_id: str) -> str:
        """`<stack>-<logical id>-<random>`, as CloudFormation names what has no name."""
        return str(self._provisioners._physical_name(stack_name, logical_id, max_len=255))

    def unfinished(self) -> Iterator[tuple[dict[str, Any], Callable[[str, str], None]]]:
        """Stacks whose operation is not finished, each with a function that ends it.

        The function takes the final status and its reason, and records them as an event.
        """
        for stack in list(self._package._stacks._data.values()):
            status = str(stack.get("StackStatus", ""))
            if status.endswith("_IN_PROGRESS") and status != "REVIEW_IN_PROGRESS":
                yield stack, lambda final, reason, stack=stack: self._end(stack, final, reason)

    def _end(self, stack: dict[str, Any], status: str, reason: str) -> None:
        stack_id, name = stack["StackId"], stack["StackName"]
        stack["StackStatus"], stack["StackStatusReason"] = status, reason
        with self._stacks._stack_region_context(stack, stack_id):
            self._stacks._add_event(
                stack_id, name, name, "AWS::CloudFormation::Stack", status, reason, stack_id
            )


@dataclass(frozen=True)
class MinistackProvider:
    """ministack's own functions for one type, in the shape of a provider."""

    resource_type: str
    functions: dict[str, Any]

    def create(self, logical_id: str, properties: Properties, stack_name: str) -> Made:
        made: Made = self.functions["create"](logical_id, properties, stack_name)
        return made

    def update(
        self,
        physical_id: str,
        old: Properties,
        new: Properties,
        stack_name: str,
        logical_id: str,
    ) -> Made:
        made: Made
        if self.functions.get("update_with_logical_id"):
            made = self.functions["update"](physical_id, old, new, stack_name, logical_id)
        else:
            made = self.functions["update"](physical_id, old, new, stack_name)
        return made

    def delete(self, physical_id: str, properties: Properties) -> None:
        if self.functions.get("delete_with_logical_id"):
            self.functions["delete"](physical_id, properties, None)
        else:
            self.functions["delete"](physical_id, properties)
