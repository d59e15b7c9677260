"""Application Auto Scaling for tables and endpoint variants: bounds are enforced, policies kept.

Capacity does not follow the load: a table here never throttles, and an endpoint's servers share
the cores of this machine, so that more of them would serve no more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from localaws.application_autoscaling.capacities import TableCapacity, VariantCapacity
from localaws.application_autoscaling.policies import Policies
from localaws.application_autoscaling.targets import Targets

if TYPE_CHECKING:
    from localaws.host import Host

SERVICE = "application-autoscaling"


def register(host: Host) -> None:
    """Serve the operations on scalable targets and scaling policies."""
    capacities = (TableCapacity(host.call), VariantCapacity(host.call))
    targets = Targets(host.store, capacities)
    policies = Policies(host.store, targets)
    host.operations.register(SERVICE, targets.handlers(policies.forget_target))
    host.operations.register(SERVICE, policies.handlers())
