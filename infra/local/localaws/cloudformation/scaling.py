"""AWS::ApplicationAutoScaling::ScalableTarget and ScalingPolicy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from localaws.cloudformation.services import Services, only, tags_of

if TYPE_CHECKING:
    from localaws.ministack_cloudformation_seam import Made, Properties

_SERVICE = "application-autoscaling"
_GONE = ("ObjectNotFoundException",)
_KEY = ("ServiceNamespace", "ResourceId", "ScalableDimension")
_TARGET_SETTINGS = frozenset({*_KEY, "MinCapacity", "MaxCapacity", "RoleARN", "SuspendedState"})
_POLICY_SETTINGS = frozenset(
    {"PolicyName", "PolicyType", "TargetTrackingScalingPolicyConfiguration"}
)


class ScalableTargets:
    """Ref gives `<resource>|<dimension>|<namespace>`, as on AWS; policies refer to that."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def create(self, logical_id: str, properties: Properties, stack_name: str) -> Made:
        only("AWS::ApplicationAutoScaling::ScalableTarget", properties, _TARGET_SETTINGS | {"Tags"})
        request = {key: properties[key] for key in _TARGET_SETTINGS if key in properties}
        for key in ("MinCapacity", "MaxCapacity"):
            request[key] = int(request[key])
        if tags := tags_of(properties.get("Tags")):
            request["Tags"] = tags
        self._services(_SERVICE, "RegisterScalableTarget", request)
        physical_id = "|".join(
            (request["ResourceId"], request["ScalableDimension"], request["ServiceNamespace"])
        )
        return physical_id, {"Id": physical_id}

    def update(
        self,
        physical_id: str,
        old: Properties,
        new: Properties,
        stack_name: str,
        logical_id: str,
    ) -> Made:
        return self.create(logical_id, new, stack_name)  # registering again changes the bounds

    def delete(self, physical_id: str, properties: Properties) -> None:
        self._services.call_unless_gone(
            _SERVICE, "DeregisterScalableTarget", target_key(physical_id), _GONE
        )


class ScalingPolicies:
    """Ref gives the policy's ARN."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def create(self, logical_id: str, properties: Properties, stack_name: str) -> Made:
        only(
            "AWS::ApplicationAutoScaling::ScalingPolicy",
            properties,
            _POLICY_SETTINGS | {"ScalingTargetId", *_KEY},
        )
        request = {key: properties[key] for key in _POLICY_SETTINGS if key in properties}
        answer = self._services(_SERVICE, "PutScalingPolicy", request | _target(properties))
        return answer["PolicyARN"], {"Arn": answer["PolicyARN"]}

    def update(
        self,
        physical_id: str,
        old: Properties,
        new: Properties,
        stack_name: str,
        logical_id: str,
    ) -> Made:
        return self.create(logical_id, new, stack_name)

    def delete(self, physical_id: str, properties: Properties) -> None:
        request = {"PolicyName": properties["PolicyName"]} | _target(properties)
        self._services.call_unless_gone(_SERVICE, "DeleteScalingPolicy", request, _GONE)


def target_key(physical_id: str) -> dict[str, str]:
    """What names a scalable target in the API, from what Ref gives."""
    resource, dimension, namespace = physical_id.split("|")
    return {
        "ServiceNamespace": namespace,
        "ResourceId": resource,
        "ScalableDimension": dimension,
    }


def _target(properties: Properties) -> dict[str, Any]:
    if properties.get("ScalingTargetId"):
        return target_key(properties["ScalingTargetId"])
    return {key: properties[key] for key in _KEY}
