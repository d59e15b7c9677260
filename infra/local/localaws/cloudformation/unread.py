"""A property that nothing read was not applied: its resource fails and says so."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

from localaws.cloudformation.services import ResourceError

if TYPE_CHECKING:
    from _collections_abc import dict_items, dict_keys, dict_values
    from collections.abc import Iterator

    from localaws.ministack_cloudformation_seam import (
        Create,
        Delete,
        Made,
        Properties,
        Update,
        Watched,
    )

# (type, property): why it may be dropped here.
ACCEPTED: dict[tuple[str, str], str] = {}


class ReadProperties(dict[str, Any]):
    """Properties that remember which of them were read.

    Only the first level is watched: a value that is handed on whole is taken as applied.
    """

    def __init__(self, properties: Properties) -> None:
        super().__init__(properties)
        self._read: set[str] = set()

    def unread(self) -> set[str]:
        return set(dict.keys(self)) - self._read

    def __getitem__(self, key: str) -> Any:
        self._read.add(key)
        return super().__getitem__(key)

    def get(self, key: str, default: Any = None) -> Any:
        self._read.add(key)
        return super().get(key, default)

    def pop(self, key: str, *default: Any) -> Any:
        self._read.add(key)
        return super().pop(key, *default)

    # Whoever takes all of them is taken to have read each.

    def __iter__(self) -> Iterator[str]:
        self._read.update(dict.keys(self))
        return super().__iter__()

    def keys(self) -> dict_keys[str, Any]:
        self._read.update(dict.keys(self))
        return super().keys()

    def items(self) -> dict_items[str, Any]:
        self._read.update(dict.keys(self))
        return super().items()

    def values(self) -> dict_values[str, Any]:
        self._read.update(dict.keys(self))
        return super().values()

    def copy(self) -> dict[str, Any]:
        return dict(self.items())

    def __reduce__(self) -> tuple[type[dict[str, Any]], tuple[dict[str, Any]]]:
        """A copy, deep or pickled, is a plain dict: none of this reaches a service's state."""
        return dict, (self.copy(),)

    def __deepcopy__(self, memo: dict[int, Any]) -> dict[str, Any]:
        return deepcopy(self.copy(), memo)


def refuse_unread_properties(
    resource_type: str, create: Create, update: Update | None, delete: Delete
) -> Watched:
    """`create` and `update` that fail when they left a property unread that they should apply."""

    def checked_create(logical_id: str, properties: Properties, stack_name: str) -> Made:
        watched = ReadProperties(properties)
        made = create(logical_id, watched, stack_name)
        dropped = _dropped(resource_type, watched.unread())
        if dropped:
            delete(made[0], properties)
            raise _error(resource_type, dropped)
        return made

    def checked_update(
        physical_id: str, old: Properties, new: Properties, stack_name: str, logical_id: str
    ) -> Made:
        assert update is not None  # noqa: S101  (only used where there is one)
        watched = ReadProperties(new)
        made = update(physical_id, old, watched, stack_name, logical_id)
        changed = {key for key in watched.unread() if old.get(key) != new.get(key)}
        dropped = _dropped(resource_type, changed)
        if dropped:
            raise _error(resource_type, dropped)
        return made

    return checked_create, checked_update if update is not None else None


def _dropped(resource_type: str, unread: set[str]) -> list[str]:
    return sorted(key for key in unread if (resource_type, key) not in ACCEPTED)


def _error(resource_type: str, dropped: list[str]) -> ResourceError:
    return ResourceError(
        f"{resource_type}: the local AWS does not serve the properties {', '.join(dropped)}"
    )
