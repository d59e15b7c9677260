"""Where ministack's CloudFormation lets resource types be added and wrapped.

Everything here is private to ministack 1.5.33; tests/contract/localaws/test_cloudformation.py
holds what is used of it.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

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
        stacks: Any = importlib.import_module(f"{package}.stacks")
        self._stacks = stacks
        self._responses: Any = importlib.import_module("ministack.core.responses")
        self._table: dict[str, dict[str, Any]] = self._provisioners._RESOURCE_HANDLERS
        self._blocking: set[str] = set()
        runs_on_worker_thread = stacks._runs_on_worker_thread

        def blocks(name: str) -> bool:
            return name in self._blocking or runs_on_worker_thread(name)

        stacks._runs_on_worker_thread = blocks

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

    def serve_untransformed(self, served: frozenset[str]) -> None:
        """Take a template's SAM types as they are, when all that it has are among `served`.

        ministack applies the transform with a package of its own, which is not installed, to
        types that it would make other resources of; these are made as they stand.
        """
        engine: Any = importlib.import_module("ministack.services.cloudformation.engine")
        apply_transforms = engine._apply_transforms

        def apply(template: dict[str, Any], *arguments: Any, **named: Any) -> Any:
            resources = template.get("Resources") or {}
            types = {str(one.get("Type")) for one in resources.values() if isinstance(one, dict)}
            found = {name for name in types if name.startswith("AWS::Serverless::")}
            if found and found <= served:
                template = engine._without_transform(template, engine._SAM_TRANSFORM)
            return apply_transforms(template, *arguments, **named)

        for module in self._modules_with("_apply_transforms"):
            module._apply_transforms = apply

    def _modules_with(self, name: str) -> list[Any]:
        """ministack's modules that hold a function under its own name."""
        package = "ministack.services.cloudformation"
        parts = ("engine", "handlers", "changesets", "stacks")
        modules = [importlib.import_module(f"{package}.{part}") for part in parts]
        return [module for module in modules if hasattr(module, name)]

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
