"""RDS's parts, put together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import botocore.session

from localaws.errors import not_implemented
from localaws.rds.instances import Instances
from localaws.rds.servers import Servers
from localaws.rds.tags import Tags

if TYPE_CHECKING:
    from localaws.host import Host
    from localaws.operations import Call, Document, Handler


def serve(host: Host) -> None:
    """Serve RDS's operations, and take up again what the last process left."""
    servers = Servers(host.options.state_dir / "rds", host.options.endpoint_url)
    instances = Instances(host.store.table("rds.instances"), servers)
    handlers: dict[str, Handler] = {**instances.handlers(), **Tags(instances).handlers()}
    model = botocore.session.Session().get_service_model("rds")
    for name in model.operation_names:
        handlers.setdefault(name, _refuse)
    host.operations.register("rds", handlers)
    host.on_start.append(instances.resume)
    host.on_stop.append(servers.shut_down)


def _refuse(_request: Document, call: Call) -> Document:
    raise not_implemented("rds", call.operation)
