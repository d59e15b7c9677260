"""AWS clients with the timeouts and retries that loading serving tables needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from botocore.config import Config

CONNECT_TIMEOUT_SECONDS = 3
READ_TIMEOUT_SECONDS = 10
"""Of one request for items: what is on its way ends, one way or the other, within both."""


@dataclass(frozen=True)
class ServingClients:
    """The clients of one session; boto3 sits at the border, so they are of any type."""

    dynamodb: Any
    """Never retries by itself: a request that it sent late, unasked, could undo a newer one."""
    s3: Any
    glue: Any


def open_clients(session: Any, write_threads: int) -> ServingClients:
    """Clients of a boto3 session."""
    patient = Config(
        retries={"mode": "standard", "total_max_attempts": 5},
        connect_timeout=5,
        read_timeout=60,
    )
    once = Config(
        retries={"total_max_attempts": 1},
        connect_timeout=CONNECT_TIMEOUT_SECONDS,
        read_timeout=READ_TIMEOUT_SECONDS,
        max_pool_connections=write_threads,
        # It looks at every attribute of every item again, which `marshalled` has just made.
        parameter_validation=False,
    )
    return ServingClients(
        dynamodb=session.client("dynamodb", config=once),
        s3=session.client("s3", config=patient),
        glue=session.client("glue", config=patient),
    )
