"""What a rollout asks of QuickSight; `rlm.aws.quicksight.QuickSight` is it on AWS."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence  # noqa: TC003 - part of the public types
from dataclasses import dataclass
from typing import Any, Protocol

from rlm.quicksight.deployment.resources import Kind, ResourceKey  # noqa: TC001

ENDED_INGESTIONS = frozenset({"COMPLETED", "FAILED", "CANCELLED"})


class ServiceError(RuntimeError):
    """QuickSight refused or failed; the message is QuickSight's, with what it was about."""


@dataclass(frozen=True)
class Sent:
    """What a create or update call answered."""

    arn: str
    ingestion_id: str | None = None
    """Of a data set in SPICE: what its change started."""
    version: int | None = None
    """Of a dashboard or theme."""


@dataclass(frozen=True)
class Ingestion:
    """One copy of a data set into SPICE."""

    data_set_id: str
    id: str
    status: str
    rows: int = 0
    """Copied by this one; an incremental one copies a part of all."""
    total_rows: int | None = None
    """In SPICE afterwards, where the service says it."""
    rows_dropped: int = 0
    error: str = ""
    """`SQL_EXCEPTION: line 1:15: ...`, as the service says it."""

    @property
    def has_ended(self) -> bool:
        return self.status in ENDED_INGESTIONS


class Service(Protocol):
    """One account's QuickSight in one region. Every method raises `ServiceError`."""

    region: str
    account: str

    def found(self, kind: Kind) -> Iterable[tuple[str, str]]:
        """Id and ARN of every resource of that kind."""

    def tags(self, arn: str) -> Mapping[str, str]: ...

    def tag(self, arn: str, tags: Mapping[str, str]) -> None: ...

    def described(self, kind: Kind, resource_id: str) -> Mapping[str, Any] | None:
        """The fields of `Deployed` but for kind, id and tags; None where there is none."""

    def create(
        self, kind: Kind, resource_id: str, body: Mapping[str, Any], tags: Mapping[str, str],
        description: str,
    ) -> Sent: ...  # fmt: skip

    def update(
        self, kind: Kind, resource_id: str, body: Mapping[str, Any], description: str
    ) -> Sent: ...

    def delete(self, kind: Kind, resource_id: str) -> None:
        """Delete it; what stood in a folder stays."""

    def state(self, kind: Kind, resource_id: str, version: int | None) -> tuple[str, str]:
        """Status, and the service's errors in words."""

    def change_permissions(
        self, kind: Kind, resource_id: str, grant: Mapping[str, Iterable[str]],
        revoke: Mapping[str, Iterable[str]],
    ) -> None: ...  # fmt: skip

    def change_link_permissions(
        self, dashboard_id: str, grant: Mapping[str, Iterable[str]],
        revoke: Mapping[str, Iterable[str]],
    ) -> None: ...  # fmt: skip

    def change_schedules(
        self, data_set_id: str, create: Sequence[Mapping[str, Any]],
        update: Sequence[Mapping[str, Any]], delete: Sequence[str],
    ) -> None: ...  # fmt: skip

    def put_refresh_properties(self, data_set_id: str, properties: Mapping[str, Any]) -> None: ...

    def change_members(
        self, folder_id: str, add: Iterable[ResourceKey], remove: Iterable[ResourceKey]
    ) -> None:
        """What stands in a folder; what is removed from it stays."""

    def publish(self, dashboard_id: str, version: int) -> None: ...

    def start_ingestion(self, data_set_id: str, ingestion_id: str, kind: str) -> Ingestion: ...

    def ingestion(self, data_set_id: str, ingestion_id: str) -> Ingestion: ...

    def newest_ingestion(self, data_set_id: str) -> Ingestion | None: ...
