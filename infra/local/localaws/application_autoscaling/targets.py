"""Scalable targets: which capacity may move between which bounds."""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING, Any

from localaws.errors import AwsError
from localaws.paging import page

if TYPE_CHECKING:
    from collections.abc import Callable

    from localaws.host import InProcessCall
    from localaws.operations import Call, Document, Handler
    from localaws.state import Store

NAMESPACE = "dynamodb"
# Each dimension's field of ProvisionedThroughput.
_DIMENSIONS = {
    "dynamodb:table:ReadCapacityUnits": "ReadCapacityUnits",
    "dynamodb:table:WriteCapacityUnits": "WriteCapacityUnits",
    "dynamodb:index:ReadCapacityUnits": "ReadCapacityUnits",
    "dynamodb:index:WriteCapacityUnits": "WriteCapacityUnits",
}
_PAGE = 50


class Targets:
    """The operations on scalable targets."""

    def __init__(self, store: Store, call: InProcessCall) -> None:
        self._kept = store.table("application_autoscaling.targets")
        self._call = call

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
        key = target_key(request, call)
        known = self._kept.get(key)
        target = dict(known or _new_target(request, call))
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
        self._move_inside(target, call)
        self._kept.put(key, target)
        return {"ScalableTargetARN": target["ScalableTargetARN"]}

    def describe(self, request: Document, call: Call) -> Document:
        check_namespace(request)
        wanted = request.get("ResourceIds") or None
        found = [
            {name: value for name, value in target.items() if name != "Tags"}
            for target in self._kept.list(_scope(call))
            if (wanted is None or target["ResourceId"] in wanted)
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
        key = target_key(request, call)
        if self._kept.get(key) is None:
            raise AwsError(
                "ObjectNotFoundException",
                f"No scalable target registered for service namespace: {NAMESPACE}, "
                f"resource ID: {request.get('ResourceId')}, "
                f"scalable dimension: {request.get('ScalableDimension')}",
            )
        return key

    def _by_arn(self, request: Document, call: Call) -> tuple[str, dict[str, Any]]:
        for key, target in self._kept.items(_scope(call)):
            if target["ScalableTargetARN"] == request.get("ResourceARN"):
                return key, target
        raise AwsError("ResourceNotFoundException", f"{request.get('ResourceARN')} does not exist.")

    def _move_inside(self, target: dict[str, Any], call: Call) -> None:
        _, table_name, *index = target["ResourceId"].split("/")
        field = _DIMENSIONS[target["ScalableDimension"]]
        table = self._table(table_name, call)
        if index:
            holders = {
                found["IndexName"]: found for found in table.get("GlobalSecondaryIndexes", [])
            }
            holder = holders.get(index[-1])
        else:
            holder = table
        throughput = (holder or {}).get("ProvisionedThroughput", {})
        mode = table.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED")
        if holder is None or mode != "PROVISIONED":
            raise AwsError(
                "ValidationException",
                f"DynamoDB {target['ResourceId']} has no provisioned {field} to scale.",
            )
        now = int(throughput[field])
        inside = min(max(now, target["MinCapacity"]), target["MaxCapacity"])
        if inside == now:
            return
        wanted = {
            name: int(throughput[name]) for name in ("ReadCapacityUnits", "WriteCapacityUnits")
        } | {field: inside}
        change: dict[str, Any] = {"ProvisionedThroughput": wanted}
        if index:
            updated = {"IndexName": index[-1], "ProvisionedThroughput": wanted}
            change = {"GlobalSecondaryIndexUpdates": [{"Update": updated}]}
        self._call(
            "dynamodb",
            "UpdateTable",
            {"TableName": table_name, **change},
            region=call.region,
            account=call.account,
        )

    def _table(self, name: str, call: Call) -> dict[str, Any]:
        try:
            answer = self._call(
                "dynamodb",
                "DescribeTable",
                {"TableName": name},
                region=call.region,
                account=call.account,
            )
        except AwsError as error:
            if error.code != "ResourceNotFoundException":
                raise
            raise AwsError(
                "ValidationException", f"DynamoDB table does not exist: table/{name}"
            ) from error
        table: dict[str, Any] = answer["Table"]
        return table


def target_key(request: Document, call: Call) -> str:
    """Where a target is kept, by what names it; a request that names none is refused."""
    check_namespace(request)
    resource, dimension = request.get("ResourceId", ""), request.get("ScalableDimension", "")
    shape = str(resource).split("/")
    is_table = len(shape) == 2 and shape[0] == "table"
    is_index = len(shape) == 4 and shape[0] == "table" and shape[2] == "index"
    if dimension not in _DIMENSIONS or not (is_index if ":index:" in dimension else is_table):
        raise AwsError(
            "ValidationException",
            f"Unsupported service namespace, resource type or scalable dimension: "
            f"{NAMESPACE}, {resource}, {dimension}",
        )
    return f"{_scope(call)}{resource}|{dimension}"


def check_namespace(request: Document) -> None:
    """Only DynamoDB can be scaled here; another namespace is refused by name."""
    namespace = request.get("ServiceNamespace")
    if namespace != NAMESPACE:
        raise AwsError(
            "ValidationException",
            f"The local AWS scales {NAMESPACE} only, not the service namespace {namespace}.",
        )


def _scope(call: Call) -> str:
    return f"{call.account}/{call.region}/"


def _new_target(request: Document, call: Call) -> dict[str, Any]:
    identifier = uuid.uuid4().hex[:28]
    return {
        "ServiceNamespace": NAMESPACE,
        "ResourceId": request["ResourceId"],
        "ScalableDimension": request["ScalableDimension"],
        "RoleARN": (
            f"arn:aws:iam::{call.account}:role/aws-service-role/"
            "dynamodb.application-autoscaling.amazonaws.com/"
            "AWSServiceRoleForApplicationAutoScaling_DynamoDBTable"
        ),
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
