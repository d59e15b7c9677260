"""CloudWatch: alarms, metric math and composite alarms beside ministack's metrics.

ministack keeps all of it, and so does `localaws.durability`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from localaws.cloudwatch.service import CloudWatch
from localaws.ministack_cloudwatch_seam import MinistackCloudWatch
from localaws.ministack_sns_seam import publish_for_alarm

if TYPE_CHECKING:
    from localaws.host import Host


def register(host: Host) -> None:
    """Judge alarms from now on, as fast as the gateway was told to."""
    service = CloudWatch(MinistackCloudWatch(), publish_for_alarm, host.options.monitoring_speed)
    host.every_second.append(service.evaluate_all)
    host.on_start.append(service.begin)
