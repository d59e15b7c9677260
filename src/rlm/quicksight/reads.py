"""Which members of a definition code reads: evidence for the ledger of what is honoured.

`watched` gives the same definition as mappings that remember who asked for what; a member that is
not there is remembered too, since code asks for it all the same.
"""

from __future__ import annotations

from collections.abc import ItemsView, Mapping
from typing import TYPE_CHECKING, Any, Final

from rlm.quicksight.definitions.shapes import CHOICES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rlm.quicksight.definitions.shapes import Shapes

# Structures that are read member by member, whatever there is.
_LISTED: Final = ("FieldWells", "ConditionalFormattingOption")


class Watched(dict[str, Any]):
    """Structures of the API, joined to one, that note `<shape>.<member>` of what is read."""

    def __init__(
        self, members: Mapping[str, Any], shapes: tuple[str, ...], is_listed: bool, reads: set[str]
    ) -> None:
        super().__init__(members)
        self._shapes = shapes
        self._is_listed = is_listed
        self._reads = reads

    def __getitem__(self, key: str) -> Any:
        self._note(key)
        return super().__getitem__(key)

    def __contains__(self, key: object) -> bool:
        self._note(key)
        return super().__contains__(key)

    def get(self, key: str, default: Any = None) -> Any:
        self._note(key)
        return super().get(key, default)

    def items(self) -> ItemsView[str, Any]:  # type: ignore[override]
        # Who goes through all members of any structure has not understood each of them; of a
        # kind, or of wells, that is how they are read.
        if self._is_listed:
            for key in dict.keys(self):
                self._note(key)
        return super().items()

    def __or__(self, other: Mapping[str, Any]) -> Watched:  # type: ignore[override]
        """Both, still watched: what is read of it is read of either."""
        return self._joined(dict.items(self), other)

    def __ror__(self, other: Mapping[str, Any]) -> Watched:  # type: ignore[override]
        return self._joined(other.items(), self)

    def _joined(self, first: Iterable[tuple[str, Any]], then: Mapping[str, Any]) -> Watched:
        shapes = self._shapes + (then._shapes if isinstance(then, Watched) else ())
        both = dict(first)
        both.update(dict.items(then) if isinstance(then, dict) else then)
        return Watched(both, tuple(dict.fromkeys(shapes)), self._is_listed, self._reads)

    def _note(self, key: object) -> None:
        self._reads.update(f"{shape}.{key}" for shape in self._shapes)


def joined(*parts: Mapping[str, Any]) -> dict[str, Any]:
    """One structure of several, of which the later ones win; what is watched stays watched."""
    found: dict[str, Any] = {}
    for part in parts:
        found = found | part if isinstance(part, dict) else found | dict(part)
    return found


def watched(value: Any, shape: str, shapes: Shapes, reads: set[str]) -> Any:
    """The value with every structure in it watched; what is read is put into `reads`."""
    model = shapes.by_name.get(shape, {})
    if isinstance(value, Mapping):
        members = model.get("members", {})
        inner = {
            key: watched(item, members.get(key, model.get("value", "")), shapes, reads)
            for key, item in value.items()
        }
        is_listed = shape in CHOICES or bool(model.get("union")) or shape.endswith(_LISTED)
        return Watched(inner, (shape,), is_listed, reads)
    if isinstance(value, list):
        return [watched(one, model.get("member", ""), shapes, reads) for one in value]
    return value
