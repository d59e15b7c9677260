"""QuickSight's parts, put together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from localaws.quicksight import protocol
from localaws.quicksight.dashboards import Dashboards
from localaws.quicksight.data_sets import DataSets
from localaws.quicksight.data_sources import DataSources
from localaws.quicksight.definitions import Definitions
from localaws.quicksight.ingesting import Ingesting
from localaws.quicksight.ingestions import Ingestions
from localaws.quicksight.permissions import Permissions
from localaws.quicksight.sources import Sources
from localaws.quicksight.spice import Spice
from localaws.quicksight.state import QuickSightStore
from localaws.quicksight.tags import Tags
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
    ingesting = Ingesting(store, sources, spice, telemetry)
    users = Users(store)
    definitions = Definitions(store)
    handlers: dict[str, Handler] = {}
    for part in (
        DataSources(store, sources, users.groups_of),
        DataSets(store, ingesting, spice, users.groups_of),
        Ingestions(store, ingesting),
        Dashboards(store, definitions, lambda _scope, _arn: None, users.groups_of),
        Permissions(store),
        Tags(store),
        users,
    ):
        handlers |= part.handlers()
    host.operations.add_routes(_SERVICE, protocol.routes(handlers))
    for signed_for in ("", _SERVICE):
        host.operations.add_routes(signed_for, spice.routes())
    host.on_start += [ingesting.resume, telemetry.start]
    host.on_stop += [ingesting.shut_down, telemetry.stop]
