"""The dashboards page: lists dashboards, draws their sheets, answers clicks and choices.

`create_app(source)` makes the application; a `Source` says which dashboards there are.
"""

from rlm.quicksight.server.app import create_app
from rlm.quicksight.server.running import Running, running, serve
from rlm.quicksight.server.source import Listing, NotThereError, Opened, SheetBoard, Source

__all__ = [
    "Listing",
    "NotThereError",
    "Opened",
    "Running",
    "SheetBoard",
    "Source",
    "create_app",
    "running",
    "serve",
]
