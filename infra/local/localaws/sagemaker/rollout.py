"""How a blue/green update moves traffic: a list of steps, read from a DeploymentConfig."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from localaws.errors import AwsError, not_implemented

if TYPE_CHECKING:
    from localaws.operations import Document

# As long as AWS lets a deployment take when it does not say.
DEFAULT_TIMEOUT_SECONDS = 14_400.0


@dataclass(frozen=True)
class Step:
    """Give the new fleet this share of the requests, then look at the alarms for so long."""

    share: float
    wait_seconds: float


@dataclass(frozen=True)
class Rollout:
    """A whole update: its steps, and what is around them."""

    steps: tuple[Step, ...]
    termination_wait_seconds: float = 0.0
    timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS
    alarms: tuple[str, ...] = ()


def read(config: Document | None, instances: int) -> Rollout:
    """The rollout of a fleet of so many instances; without a config all traffic moves at once."""
    config = config or {}
    if config.get("RollingUpdatePolicy"):
        raise not_implemented("sagemaker", "UpdateEndpoint with RollingUpdatePolicy")
    policy = config.get("BlueGreenUpdatePolicy") or {}
    rollback = config.get("AutoRollbackConfiguration") or {}
    routing = policy.get("TrafficRoutingConfiguration") or {
        "Type": "ALL_AT_ONCE",
        "WaitIntervalInSeconds": 0,
    }
    return Rollout(
        steps=_steps(routing, instances),
        termination_wait_seconds=float(policy.get("TerminationWaitInSeconds", 0)),
        timeout_seconds=float(
            policy.get("MaximumExecutionTimeoutInSeconds", DEFAULT_TIMEOUT_SECONDS)
        ),
        alarms=tuple(alarm["AlarmName"] for alarm in rollback.get("Alarms") or []),
    )


def _steps(routing: Document, instances: int) -> tuple[Step, ...]:
    wait = float(routing["WaitIntervalInSeconds"])
    kind = routing["Type"]
    if kind == "ALL_AT_ONCE":
        return (Step(1.0, wait),)
    if kind == "CANARY":
        share = _share(routing.get("CanarySize"), instances, "CanarySize")
        return (Step(share, wait), Step(1.0, wait))
    share = _share(routing.get("LinearStepSize"), instances, "LinearStepSize")
    count = -int(-1.0 // share)  # rounded up: the last step is what is left
    return tuple(Step(min(1.0, share * number), wait) for number in range(1, count + 1))


def _share(size: Document | None, instances: int, name: str) -> float:
    """AWS: a canary or a step is at most half of the fleet."""
    if not size:
        raise AwsError("ValidationException", f"{name} is required for this type of routing.")
    is_count = size["Type"] == "INSTANCE_COUNT"
    share = size["Value"] / instances if is_count else size["Value"] / 100
    if not 0 < share <= 0.5:
        raise AwsError(
            "ValidationException",
            f"{name} must be between 1 instance and 50% of the fleet's {instances} instances.",
        )
    return float(share)
