"""Application Auto Scaling of endpoint variants: bounds hold for the servers that run."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.slow


def key(endpoint: str) -> dict[str, str]:
    return {
        "ServiceNamespace": "sagemaker",
        "ResourceId": f"endpoint/{endpoint}/variant/main",
        "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
    }


def instances(sagemaker: Any, endpoint: str) -> int:
    found = sagemaker.settled(endpoint)
    return int(found["ProductionVariants"][0]["CurrentInstanceCount"])


def test_servers_move_inside_the_bounds(sagemaker: Any) -> None:
    scaling = sagemaker.gateway.client("application-autoscaling")
    sagemaker.serve("scaled")
    scaling.register_scalable_target(**key("scaled"), MinCapacity=2, MaxCapacity=3)
    assert instances(sagemaker, "scaled") == 2
    assert len({sagemaker.ask("scaled")["pid"] for _ in range(20)}) == 2
    scaling.register_scalable_target(**key("scaled"), MinCapacity=1, MaxCapacity=1)
    assert instances(sagemaker, "scaled") == 1

    tracking = {
        "PredefinedMetricSpecification": {
            "PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"
        },
        "TargetValue": 1000.0,
    }
    scaling.put_scaling_policy(
        **key("scaled"),
        PolicyName="load",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration=tracking,
    )
    (policy,) = scaling.describe_scaling_policies(ServiceNamespace="sagemaker")["ScalingPolicies"]
    assert policy["TargetTrackingScalingPolicyConfiguration"] == tracking
    assert scaling.describe_scaling_policies(ServiceNamespace="dynamodb")["ScalingPolicies"] == []
    scaling.deregister_scalable_target(**key("scaled"))
    targets = scaling.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"]
    assert targets == []


def test_what_does_not_exist_cannot_be_scaled(sagemaker: Any) -> None:
    scaling = sagemaker.gateway.client("application-autoscaling")
    with pytest.raises(ClientError, match="variant does not exist: endpoint/nobody/variant/main"):
        scaling.register_scalable_target(**key("nobody"), MinCapacity=1, MaxCapacity=2)
