"""QuickSight's parts, put together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from localaws.quicksight import protocol
from localaws.quicksight.account import Account
from localaws.quicksight.aliases import Aliases
from localaws.quicksight.analyses import Analyses
from localaws.quicksight.bundles import Bundles
from localaws.quicksight.dashboards import Dashboards
from localaws.quicksight.data_sets import DataSets
from localaws.quicksight.data_sources import DataSources
from localaws.quicksight.definitions import Definitions
from localaws.quicksight.embedding import Embedding
from localaws.quicksight.folders import Folders
from localaws.quicksight.ingesting import Ingesting
from localaws.quicksight.ingestion_records import IngestionRecords
from localaws.quicksight.ingestions import Ingestions
from localaws.quicksight.kinds import TEMPLATE, THEME
from localaws.quicksight.permissions import Permissions
from localaws.quicksight.refreshes import Refreshes
from localaws.quicksight.sources import Sources
from localaws.quicksight.spice import Spice
from localaws.quicksight.state import QuickSightStore
from localaws.quicksight.tags import Tags
from localaws.quicksight.templates import Templates
from localaws.quicksight.themes import Themes
from localaws.quicksight.users import Users
from localaws.telemetry import Telemetry

if TYPE_CHECKING:
    from localaws.host import Host
    from localaws.quicksight.protocol import Handler

_SERVICE = "quicksight"


def serve(host: Host) -> None:
    """Serve QuickSight's operations, and end what the last process left."""
    store = QuickSightStore(host.store)
    telemetry = Telemetry(host.call, "quicksight-telemetry")
    sources = Sources(store, host.call)
    spice = Spice(host.options.state_dir / "quicksight", store)
    ingesting = Ingesting(store, IngestionRecords(store, telemetry), sources, spice)
    users = Users(store)
    folders = Folders(store, users.groups_of)
    themes = Themes(store)
    definitions = Definitions(store)
    refreshes = Refreshes(store, ingesting)
    embedding = Embedding(store, users, host.options.dashboards_url)
    bundles = Bundles(
        store,
        host.call,
        host.options.state_dir / "quicksight" / "bundles",
        host.options.endpoint_url,
    )
    data_sources = DataSources(store, sources, folders, users.groups_of)
    handlers: dict[str, Handler] = {}
    for part in (
        Account(store),
        data_sources,
        DataSets(store, ingesting, spice, folders, users.groups_of),
        Ingestions(store, ingesting),
        refreshes,
        themes,
        Aliases(store, THEME),
        Templates(store),
        Aliases(store, TEMPLATE),
        Analyses(store, definitions, folders, themes.check_exists, users.groups_of),
        Dashboards(store, definitions, folders, themes.check_exists, users.groups_of),
        folders,
        embedding,
        bundles,
        Permissions(store),
        Tags(store, users),
        users,
    ):
        handlers |= part.handlers()
    host.operations.add_routes(_SERVICE, protocol.routes(handlers))
    local_routes = [*spice.routes(), *embedding.routes(), *bundles.routes()]
    for signed_for in ("", _SERVICE):
        host.operations.add_routes(signed_for, local_routes)
    host.on_start += [
        data_sources.resume,
        ingesting.resume,
        bundles.resume,
        telemetry.start,
        refreshes.start,
    ]
    host.on_stop += [refreshes.stop, ingesting.shut_down, telemetry.stop]
