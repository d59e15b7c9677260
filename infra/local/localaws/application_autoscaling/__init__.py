"""Application Auto Scaling for DynamoDB: bounds and policies are kept, and bounds are enforced.

Capacity does not follow the load: a table here never throttles, so it has no load to follow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from localaws.application_autoscaling.policies import Policies
from localaws.application_autoscaling.targets import Targets

if TYPE_CHECKING:
    from localaws.host import Host

SERVICE = "application-autoscaling"


def register(host: Host) -> None:
    """Serve the operations on scalable targets and scaling policies."""
    targets = Targets(host.store, host.call)
    policies = Policies(host.store, targets)
    host.operations.register(SERVICE, targets.handlers(policies.forget_target))
    host.operations.register(SERVICE, policies.handlers())
