"""RDS that really runs PostgreSQL: one server process an instance, on loopback.

`instances` speaks the protocol, `descriptions` makes an instance's description from a request,
`servers` keeps the servers running, each under a `server_agent` of its own; `programs` says where
PostgreSQL's programs are and as whom they run; `roles` makes the users that RDS makes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from localaws.host import Host


def register(host: Host) -> None:
    """Serve all of RDS: what is missing is an error, never ministack's own RDS."""
    # Imported here: the agents of servers are modules of this package, and need little of it.
    from localaws.rds.service import serve

    serve(host)
