"""Athena that really runs queries: Trino's language on DuckDB, over the lake's own tables.

`executions`, `workgroups`, `saved_queries` and `data_catalogs` speak the protocol; `state` keeps
what was acknowledged; `runner` carries a query to its end; `execution` runs one statement;
`engine` is DuckDB, `translation`, `functions` and `macros` make Trino's meaning of its SQL;
`sources`, `iceberg_tables` and `tables` are what queries read. `federation` finds the connector of
a data catalog beside AwsDataCatalog; `dynamodb_connector` is the one that there is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import botocore.session

from localaws.athena.data_catalogs import DataCatalogs
from localaws.athena.executions import Executions
from localaws.athena.federation import Federation
from localaws.athena.runner import Runner
from localaws.athena.saved_queries import NamedQueries, PreparedStatements
from localaws.athena.state import AthenaStore
from localaws.athena.workgroups import WorkGroups
from localaws.connectors import Connectors
from localaws.errors import not_implemented

if TYPE_CHECKING:
    from localaws.host import Host
    from localaws.operations import Call, Document, Handler


def register(host: Host) -> None:
    """Serve all of Athena: what is missing is an error, never ministack's own Athena."""
    store = AthenaStore(host.store)
    federation = Federation(store, Connectors(host.store))
    runner = Runner(
        store, federation, host.call, host.options.endpoint_url, host.options.state_dir / "athena"
    )
    handlers: dict[str, Handler] = {}
    for part in (
        Executions(store, runner, host.call),
        WorkGroups(store),
        NamedQueries(store),
        PreparedStatements(store),
        DataCatalogs(store, federation, host.call),
    ):
        handlers |= part.handlers()
    model = botocore.session.Session().get_service_model("athena")
    for name in model.operation_names:
        handlers.setdefault(name, _refuse)
    host.operations.register("athena", handlers)
    host.on_start.append(runner.resume)
    host.on_stop.append(runner.shut_down)


def _refuse(_request: Document, call: Call) -> Document:
    raise not_implemented("athena", call.operation)
