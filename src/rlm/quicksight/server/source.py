"""Where the page's dashboards come from: the protocol between the server and its sources."""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - part of the public types
from collections.abc import Mapping, Sequence  # noqa: TC003 - part of the public types
from dataclasses import dataclass, field
from typing import Any, Protocol

from rlm.quicksight.results import VisualResult  # noqa: TC001 - part of the public types


class NotThereError(LookupError):
    """There is no such dashboard, sheet or file, or this user may not see it."""


@dataclass(frozen=True)
class Listing:
    """One dashboard on the index page."""

    dashboard_id: str
    name: str
    description: str = ""
    sheets: tuple[tuple[str, str], ...] = ()
    """Id and name of each sheet."""
    refreshed_at: dt.datetime | None = None
    """UTC, without a zone: when the oldest of its data sets was refreshed; None: not known."""
    version: str = ""
    """`version 7`, `draft`: what is shown."""
    problem: str = ""
    """Why it cannot be drawn at all: an error of its files, say."""


class SheetDraw(Protocol):
    """What a board found for one sheet: `SheetResult` of the queries."""

    @property
    def visuals(self) -> tuple[VisualResult, ...]: ...

    @property
    def controls(self) -> tuple[Any, ...]: ...

    @property
    def parameters(self) -> Mapping[str, tuple[Any, ...]]: ...


class SheetBoard(Protocol):
    """`queries.board.Board`, as far as the page needs it."""

    def draw_plan(self, sheet_id: str, state: Any) -> SheetDraw: ...


@dataclass(frozen=True)
class Opened:
    """A dashboard as one user sees it."""

    dashboard_id: str
    name: str
    definition: Mapping[str, Any]
    board: SheetBoard
    theme: Mapping[str, Any] | None = None
    """ThemeConfiguration; None: the theme of `base_theme`."""
    base_theme: str = "CLASSIC"
    version: str = ""
    refreshed_at: dt.datetime | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    """DashboardPublishOptions."""


class Source(Protocol):
    """Dashboards, and who may look at them; its methods are called from worker threads."""

    is_live: bool
    """Whether dashboards change while they are looked at: the page then asks and reloads."""

    def listings(self, user: str) -> Sequence[Listing]:
        """The dashboards that the user may see."""

    def users(self) -> Sequence[str]:
        """Names that can be chosen; the first is who looks if none is."""

    def stamp(self, dashboard_id: str, user: str) -> str:
        """Changes whenever the definition, the theme or the rows do; cheap, asked often.

        Raises NotThereError.
        """

    def open(self, dashboard_id: str, user: str) -> Opened:
        """The dashboard as it is now. Raises NotThereError."""

    def static_file(self, dashboard_id: str, user: str, file_id: str) -> tuple[bytes, str]:
        """Bytes and media type of an image on a sheet. Raises NotThereError."""
