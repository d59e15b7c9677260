"""Scaling policies: the utilization that a target's capacity is to hold."""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING

from localaws.errors import AwsError
from localaws.paging import page

if TYPE_CHECKING:
    from localaws.application_autoscaling.capacities import Capacity
    from localaws.application_autoscaling.targets import Targets
    from localaws.operations import Call, Document, Handler
    from localaws.state import Store

TARGET_TRACKING = "TargetTrackingScaling"
_PAGE = 50


class Policies:
    """The operations on scaling policies. A policy's key starts with its target's."""

    def __init__(self, store: Store, targets: Targets) -> None:
        self._kept = store.table("application_autoscaling.policies")
        self._targets = targets

    def handlers(self) -> dict[str, Handler]:
        return {
            "PutScalingPolicy": self.put,
            "DescribeScalingPolicies": self.describe,
            "DeleteScalingPolicy": self.delete,
        }

    def put(self, request: Document, call: Call) -> Document:
        """Create or change a policy. `Alarms` is empty: nothing here sets off a scaling."""
        target = self._targets.registered(request, call)
        name = request.get("PolicyName")
        if not name:
            raise AwsError("ValidationException", "PolicyName is required.")
        key = f"{target}|{name}"
        known = self._kept.get(key)
        kind = request.get("PolicyType", (known or {}).get("PolicyType", "StepScaling"))
        if kind != TARGET_TRACKING:
            raise AwsError(
                "ValidationException",
                f"The local AWS keeps {TARGET_TRACKING} policies only, not {kind}.",
            )
        tracking = request.get("TargetTrackingScalingPolicyConfiguration") or (known or {}).get(
            "TargetTrackingScalingPolicyConfiguration"
        )
        capacity = self._targets.capacity(request)
        _check(tracking, capacity)
        policy = known or {
            "PolicyARN": (
                f"arn:aws:autoscaling:{call.region}:{call.account}:scalingPolicy:{uuid.uuid4()}:"
                f"resource/{capacity.namespace}/{request['ResourceId']}:policyName/{name}"
            ),
            "PolicyName": name,
            "ServiceNamespace": capacity.namespace,
            "ResourceId": request["ResourceId"],
            "ScalableDimension": request["ScalableDimension"],
            "PolicyType": kind,
            "Alarms": [],
            "CreationTime": time.time(),
        }
        self._kept.put(key, policy | {"TargetTrackingScalingPolicyConfiguration": tracking})
        return {"PolicyARN": policy["PolicyARN"], "Alarms": []}

    def describe(self, request: Document, call: Call) -> Document:
        namespace = self._targets.capacity(request).namespace
        names = request.get("PolicyNames") or None
        found = [
            policy
            for policy in self._kept.list(f"{call.account}/{call.region}/")
            if policy["ServiceNamespace"] == namespace
            and (names is None or policy["PolicyName"] in names or policy["PolicyARN"] in names)
            and request.get("ResourceId") in (None, policy["ResourceId"])
            and request.get("ScalableDimension") in (None, policy["ScalableDimension"])
        ]
        shown, more = page(found, request, _PAGE)
        return {"ScalingPolicies": shown, **more}

    def delete(self, request: Document, call: Call) -> Document:
        key = f"{self._targets.registered(request, call)}|{request.get('PolicyName')}"
        if self._kept.get(key) is None:
            raise AwsError(
                "ObjectNotFoundException",
                f"No scaling policy found for service namespace: "
                f"{request['ServiceNamespace']}, "
                f"resource ID: {request['ResourceId']}, "
                f"scalable dimension: {request['ScalableDimension']}, "
                f"policy name: {request.get('PolicyName')}",
            )
        self._kept.delete(key)
        return {}

    def forget_target(self, target: str) -> None:
        """Delete the policies of a target that is no more, as AWS does."""
        for key, _ in self._kept.items(f"{target}|"):
            self._kept.delete(key)


def _check(tracking: Document | None, capacity: Capacity) -> None:
    tracking = tracking or {}
    value = tracking.get("TargetValue")
    metric = (tracking.get("PredefinedMetricSpecification") or {}).get("PredefinedMetricType")
    if value is None or metric not in capacity.metrics:
        raise AwsError(
            "ValidationException",
            f"{TARGET_TRACKING} needs TargetValue and one of {', '.join(capacity.metrics)}.",
        )
    capacity.check_target_value(float(value))
