"""Scalable targets: which capacity may move between which bounds."""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING, Any

from localaws.errors import AwsError
from localaws.paging import page

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from localaws.application_autoscaling.capacities import Capacity
    from localaws.operations import Call, Document, Handler
    from localaws.state import Store

_PAGE = 50


class Targets:
    """The operations on scalable targets."""

    def __init__(self, store: Store, capacities: Sequence[Capacity]) -> None:
        self._kept = store.table("application_autoscaling.targets")
        self._capacities = {capacity.namespace: capacity for capacity in capacities}

    def handlers(self, forget_policies: Callable[[str], None]) -> dict[str, Handler]:
        def deregister(request: Document, call: Call) -> Document:
            key = self.registered(request, call)
            self._kept.delete(key)
            forget_policies(key)
            return {}

        return {
            "RegisterScalableTarget": self.register,
            "DescribeScalableTargets": self.describe,
            "DeregisterScalableTarget": deregister,
            "ListTagsForResource": self.list_tags,
            "TagResource": self.tag,
            "UntagResource": self.untag,
        }

    def register(self, request: Document, call: Call) -> Document:
        """Register a target, or change one; capacity outside of the bounds moves inside at once."""
        key, capacity = self.key(request, call), self.capacity(request)
        known = self._kept.get(key)
        target = dict(known or _new_target(request, call, capacity))
        for name in ("MinCapacity", "MaxCapacity", "RoleARN"):
            if name in request:
                target[name] = request[name]
        target["SuspendedState"] |= request.get("SuspendedState", {})
        if "MinCapacity" not in target or "MaxCapacity" not in target:
            raise AwsError(
                "ValidationException",
                "Minimum and maximum capacity are required to register a scalable target.",
            )
        if target["MinCapacity"] > target["MaxCapacity"]:
            raise AwsError(
                "ValidationException",
                f"Maximum capacity ({target['MaxCapacity']}) is less than minimum capacity "
                f"({target['MinCapacity']}).",
            )
        if known is None:
            target["Tags"] = dict(request.get("Tags", {}))
        elif request.get("Tags"):
            raise AwsError(
                "ValidationException", "Tags cannot be changed by registering; use TagResource."
            )
        capacity.move_inside(target, call)
        self._kept.put(key, target)
        return {"ScalableTargetARN": target["ScalableTargetARN"]}

    def describe(self, request: Document, call: Call) -> Document:
        namespace = self.capacity(request).namespace
        wanted = request.get("ResourceIds") or None
        found = [
            {name: value for name, value in target.items() if name != "Tags"}
            for target in self._kept.list(_scope(call))
            if target["ServiceNamespace"] == namespace
            and (wanted is None or target["ResourceId"] in wanted)
            and request.get("ScalableDimension") in (None, target["ScalableDimension"])
        ]
        shown, more = page(found, request, _PAGE)
        return {"ScalableTargets": shown, **more}

    def list_tags(self, request: Document, call: Call) -> Document:
        return {"Tags": self._by_arn(request, call)[1]["Tags"]}

    def tag(self, request: Document, call: Call) -> Document:
        key, target = self._by_arn(request, call)
        target["Tags"] |= request.get("Tags", {})
        self._kept.put(key, target)
        return {}

    def untag(self, request: Document, call: Call) -> Document:
        key, target = self._by_arn(request, call)
        for name in request.get("TagKeys", []):
            target["Tags"].pop(name, None)
        self._kept.put(key, target)
        return {}

    def registered(self, request: Document, call: Call) -> str:
        """The key of the target that a request names; AWS's error when there is none."""
        key = self.key(request, call)
        if self._kept.get(key) is None:
            raise AwsError(
                "ObjectNotFoundException",
                f"No scalable target registered for service namespace: "
                f"{request['ServiceNamespace']}, "
                f"resource ID: {request.get('ResourceId')}, "
                f"scalable dimension: {request.get('ScalableDimension')}",
            )
        return key

    def _by_arn(self, request: Document, call: Call) -> tuple[str, dict[str, Any]]:
        for key, target in self._kept.items(_scope(call)):
            if target["ScalableTargetARN"] == request.get("ResourceARN"):
                return key, target
        raise AwsError("ResourceNotFoundException", f"{request.get('ResourceARN')} does not exist.")

    def key(self, request: Document, call: Call) -> str:
        """Where a target is kept, by what names it; a request that names none is refused."""
        capacity = self.capacity(request)
        resource, dimension = request.get("ResourceId", ""), request.get("ScalableDimension", "")
        if not capacity.has(str(resource), str(dimension)):
            raise AwsError(
                "ValidationException",
                f"Unsupported service namespace, resource type or scalable dimension: "
                f"{capacity.namespace}, {resource}, {dimension}",
            )
        return f"{_scope(call)}{resource}|{dimension}"

    def capacity(self, request: Document) -> Capacity:
        """What the request's namespace scales; another namespace is refused by name."""
        namespace = str(request.get("ServiceNamespace"))
        if namespace not in self._capacities:
            raise AwsError(
                "ValidationException",
                f"The local AWS scales {', '.join(sorted(self._capacities))} only, "
                f"not the service namespace {namespace}.",
            )
        return self._capacities[namespace]


def _scope(call: Call) -> str:
    return f"{call.account}/{call.region}/"


def _new_target(request: Document, call: Call, capacity: Capacity) -> dict[str, Any]:
    identifier = uuid.uuid4().hex[:28]
    return {
        "ServiceNamespace": capacity.namespace,
        "ResourceId": request["ResourceId"],
        "ScalableDimension": request["ScalableDimension"],
        "RoleARN": (f"arn:aws:iam::{call.account}:role/aws-service-role/{capacity.role}"),
        "CreationTime": time.time(),
        "SuspendedState": {
            "DynamicScalingInSuspended": False,
            "DynamicScalingOutSuspended": False,
            "ScheduledScalingSuspended": False,
        },
        "ScalableTargetARN": (
            f"arn:aws:application-autoscaling:{call.region}:{call.account}:"
            f"scalable-target/{identifier}"
        ),
    }
