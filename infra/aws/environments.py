"""What differs between dev and prod, in one place; everything else is the same template."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class ProvisionedCapacity:
    """Bounds of DynamoDB auto scaling, in capacity units a second, for a table and each index.

    Cheaper than on demand when the load is steady; throttles when it jumps past the target.
    """

    minimum: int
    maximum: int
    target_utilization_percent: int = 70


@dataclass(frozen=True)
class Environment:
    """One deployment of the platform.

    `serving_capacity` None means on demand.
    `keeps_data` decides what deleting a stack does: prod keeps buckets and tables.
    """

    name: str
    keeps_data: bool
    serving_capacity: ProvisionedCapacity | None
    glue_workers: int
    glue_timeout_minutes: int
    log_retention_days: int
    noncurrent_version_days: int


ENVIRONMENTS: Final = {
    "dev": Environment(
        name="dev",
        keeps_data=False,
        serving_capacity=None,
        glue_workers=2,
        glue_timeout_minutes=60,
        log_retention_days=14,
        noncurrent_version_days=7,
    ),
    "prod": Environment(
        name="prod",
        keeps_data=True,
        serving_capacity=ProvisionedCapacity(minimum=5, maximum=200),
        glue_workers=10,
        glue_timeout_minutes=180,
        log_retention_days=180,
        noncurrent_version_days=30,
    ),
}
