"""The two ways in which our resource types are made, once for all of them.

`Completed`: ministack makes the resource, its service's own operations add what is missing.
`Named`: the service's own operations make it, under the name that Ref gives.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from localaws.cloudformation.services import Tags, tags_of

if TYPE_CHECKING:
    from localaws.ministack_cloudformation_seam import Made, Properties, Provider

NameResource = Callable[[str, str], str]
# (physical id, properties as they were, properties as they shall be)
Complete = Callable[[str, "Properties", "Properties"], None]
Check = Callable[["Properties"], None]


class Completed:
    """As ministack makes it, checked before and completed after; half of it does not stay."""

    def __init__(
        self,
        made_by_ministack: Provider,
        complete: Complete | None = None,
        check: Check | None = None,
    ) -> None:
        self._ministack = made_by_ministack
        self._complete = complete or _nothing
        self._check = check or _anything

    def create(self, logical_id: str, properties: Properties, stack_name: str) -> Made:
        self._check(properties)
        made = self._ministack.create(logical_id, properties, stack_name)
        try:
            self._complete(made[0], {}, properties)
        except Exception:
            self._ministack.delete(made[0], properties)
            raise
        return made

    def update(
        self,
        physical_id: str,
        old: Properties,
        new: Properties,
        stack_name: str,
        logical_id: str,
    ) -> Made:
        self._check(new)
        made = self._ministack.update(physical_id, old, new, stack_name, logical_id)
        # Another resource has none of the old one's settings.
        self._complete(made[0], old if made[0] == physical_id else {}, new)
        return made

    def delete(self, physical_id: str, properties: Properties) -> None:
        self._ministack.delete(physical_id, properties)


class NamedCalls(Protocol):
    """What a service calls its operations on one type; an exception fails the resource."""

    def create(self, name: str, properties: Properties, tags: Tags) -> None: ...

    def update(self, name: str, old: Properties, new: Properties) -> None:
        """Change everything but tags; what the template no longer says goes back to default."""
        ...

    def change_tags(self, name: str, removed: list[str], given: Tags) -> None:
        """Remove some tags, then give others; one of both may be empty."""
        ...

    def delete(self, name: str, properties: Properties) -> None:
        """What is gone already is no error."""
        ...


class Named:
    """Ref gives the resource's name: the template's, or one that CloudFormation makes."""

    def __init__(self, calls: NamedCalls, name_resource: NameResource) -> None:
        self._calls = calls
        self._name_resource = name_resource

    def create(self, logical_id: str, properties: Properties, stack_name: str) -> Made:
        name = properties.get("Name") or self._name_resource(stack_name, logical_id)
        self._calls.create(name, properties, tags_of(properties.get("Tags")))
        return name, {}

    def update(
        self,
        physical_id: str,
        old: Properties,
        new: Properties,
        stack_name: str,
        logical_id: str,
    ) -> Made:
        self._calls.update(physical_id, old, new)
        before, after = tags_of(old.get("Tags")), tags_of(new.get("Tags"))
        if before != after:
            self._calls.change_tags(physical_id, sorted(before.keys() - after.keys()), after)
        return physical_id, {}

    def delete(self, physical_id: str, properties: Properties) -> None:
        self._calls.delete(physical_id, properties)


def _nothing(_physical_id: str, _old: Properties, _new: Properties) -> None: ...


def _anything(_properties: Properties) -> None: ...
