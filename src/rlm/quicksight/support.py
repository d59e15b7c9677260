"""What of QuickSight's API is honoured, approximated or ignored: declared beside the code.

A module that honours something has a `SUPPORT` tuple made with `honoured`, `approximated` and
`ignored`; `MODULES` lists those modules. A path is `<shape>.<member>` as the API's model names
them: `Visual.BarChartVisual`, `Filter.CategoryFilter`, `FilterControl.Dropdown`,
`LayoutConfiguration.GridLayout`, `BarChartConfiguration.Orientation`, `LegendOptions.Position`;
`LegendOptions.*` stands for every member. What nobody declares counts as ignored.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Status(StrEnum):
    """From best to worst."""

    HONOURED = "honoured"
    APPROXIMATED = "approximated"
    IGNORED = "ignored"


@dataclass(frozen=True)
class Support:
    """How one member of the API is treated."""

    path: str
    """`<shape>.<member>` or `<shape>.*`."""
    status: Status
    note: str = ""
    """How it is approximated, or why it is ignored."""


# Modules with a SUPPORT tuple; one that is not there yet declares nothing.
MODULES: Final = (
    "rlm.quicksight.definitions.support",
    "rlm.quicksight.queries.support",
    "rlm.quicksight.drawing.support",
)


def honoured(*paths: str) -> tuple[Support, ...]:
    return tuple(Support(path, Status.HONOURED) for path in paths)


def approximated(note: str, *paths: str) -> tuple[Support, ...]:
    return tuple(Support(path, Status.APPROXIMATED, note) for path in paths)


def ignored(note: str, *paths: str) -> tuple[Support, ...]:
    return tuple(Support(path, Status.IGNORED, note) for path in paths)


def declared(modules: Iterable[str] = MODULES) -> dict[str, Support]:
    """Everything declared, by path; of two declarations the worse counts, notes are joined."""
    found: dict[str, Support] = {}
    for module in modules:
        parent = module.rpartition(".")[0]
        if find_spec(parent) is None or find_spec(module) is None:
            continue
        for one in import_module(module).SUPPORT:
            found[one.path] = _worse(found[one.path], one) if one.path in found else one
    return found


def support_of(path: str, found: Mapping[str, Support]) -> Support:
    """The declaration for a path: its own, else its shape's `.*`, else ignored."""
    shape = path.partition(".")[0]
    return found.get(path) or found.get(f"{shape}.*") or Support(path, Status.IGNORED)


def _worse(one: Support, other: Support) -> Support:
    order = list(Status)
    status = max(one.status, other.status, key=order.index)
    notes = dict.fromkeys(note for note in (one.note, other.note) if note)
    return Support(one.path, status, "; ".join(notes))
