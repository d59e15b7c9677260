"""Which members of a definition code reads: evidence for the ledger of what is honoured.

`watched` gives the same definition as mappings that remember who asked for what; a member that is
not there is remembered too, since code asks for it all the same.
"""

from __future__ import annotations

from collections.abc import ItemsView, Mapping
from typing import TYPE_CHECKING, Any

from rlm.quicksight.definitions.shapes import KINDS

if TYPE_CHECKING:
    from rlm.quicksight.definitions.shapes import Shapes


class Watched(dict[str, Any]):
    """A structure of the API that notes its members as `<shape>.<member>` when they are read."""

    def __init__(
        self, members: Mapping[str, Any], shape: str, is_listed: bool, reads: set[str]
    ) -> None:
        super().__init__(members)
        self._shape = shape
        self._is_listed = is_listed
        self._reads = reads

    def __getitem__(self, key: str) -> Any:
        self._reads.add(f"{self._shape}.{key}")
        return super().__getitem__(key)

    def __contains__(self, key: object) -> bool:
        self._reads.add(f"{self._shape}.{key}")
        return super().__contains__(key)

    def get(self, key: str, default: Any = None) -> Any:
        self._reads.add(f"{self._shape}.{key}")
        return super().get(key, default)

    def items(self) -> ItemsView[str, Any]:  # type: ignore[override]
        # Who goes through all members of any structure has not understood each of them; of a
        # kind, or of wells, that is how they are read.
        if self._is_listed:
            self._reads.update(f"{self._shape}.{key}" for key in dict.keys(self))
        return super().items()


def watched(value: Any, shape: str, shapes: Shapes, reads: set[str]) -> Any:
    """The value with every structure in it watched; what is read is put into `reads`."""
    model = shapes.by_name.get(shape, {})
    if isinstance(value, Mapping):
        members = model.get("members", {})
        inner = {
            key: watched(item, members.get(key, model.get("value", "")), shapes, reads)
            for key, item in value.items()
        }
        is_listed = shape in KINDS or bool(model.get("union")) or shape.endswith("FieldWells")
        return Watched(inner, shape, is_listed, reads)
    if isinstance(value, list):
        return [watched(one, model.get("member", ""), shapes, reads) for one in value]
    return value
