"""What a request to ministack needs before its answer may leave: read from its name, no state."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from localaws.wire import Request

_READS = (
    "Get", "List", "Describe", "BatchGet", "Head", "Query", "Scan", "Search", "Filter", "Lookup",
    "Test", "Validate", "Simulate", "TransactGet", "Estimate", "Detect",
)  # fmt: skip
_JOURNALED = {
    "dynamodb": {
        "PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems",
        "ExecuteStatement", "BatchExecuteStatement", "ExecuteTransaction",
    },
    "logs": {"PutLogEvents", "CreateLogStream"},
    "monitoring": {"PutMetricData"},
}  # fmt: skip


class Need(Enum):
    """What must happen before a request's answer may leave."""

    NOTHING = "nothing"
    JOURNAL = "journal"
    STATE = "state"
    STACKS = "stacks"
    STACKS_MOVE = "stacks move"
    SWEEP = "sweep"
    EVERYTHING = "everything"


@dataclass(frozen=True)
class Plan:
    """What one request needs, and the states that it is about."""

    need: Need
    keys: tuple[str, ...] = ()


def need_of(request: Request, service: str, operation: str, keys: Sequence[str]) -> Plan:
    """What this request needs if it succeeds; `keys` are the states of its service."""
    reads = operation.startswith(_READS) if operation else request.method in ("GET", "HEAD")
    if service == "cloudformation":
        # A stack moves on after its answer, in many services: its readers wait for all of them.
        return Plan(Need.STACKS if reads else Need.STACKS_MOVE)
    if reads:
        return Plan(Need.NOTHING)
    if service == "s3":
        about_objects = request.s3_level == "key" or "delete" in request.query
        return Plan(Need.NOTHING if about_objects else Need.STATE, ("s3",))
    if operation in _JOURNALED.get(service, ()):
        return Plan(Need.JOURNAL, tuple(keys))
    if not keys or request.path.endswith("/invocations"):
        # Whatever an invoked function did, it did by requests of its own; its logs are swept up.
        return Plan(Need.SWEEP)
    return Plan(Need.STATE, tuple(keys))
