"""QuickSight: data sources and data sets that are really filled, dashboards with versions.

`protocol` speaks REST as the service's own model has it; `state` keeps what was acknowledged.
`preparation` makes a data set's tables and transforms one SELECT, `sources` fetch what it reads,
`ingesting` carries rows into `spice`, where `GET /_localaws/quicksight/spice/{account}/{data set}`
gives them to whoever draws them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from localaws.quicksight.service import serve

if TYPE_CHECKING:
    from localaws.host import Host


def register(host: Host) -> None:
    """Serve QuickSight's operations; what is missing is an error that names it."""
    serve(host)
