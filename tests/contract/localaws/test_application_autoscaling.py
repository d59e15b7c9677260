"""Application Auto Scaling keeps bounds and policies, and refuses what it cannot scale."""

from __future__ import annotations

import re
from typing import Any

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.slow

READS = "dynamodb:table:ReadCapacityUnits"
TRACKING = {
    "PredefinedMetricSpecification": {"PredefinedMetricType": "DynamoDBReadCapacityUtilization"},
    "TargetValue": 70.0,
}


@pytest.fixture
def scaling(gateway):
    return gateway.client("application-autoscaling")


@pytest.fixture
def table(gateway, request):
    """The name of a provisioned table of the test's own, with 10 reads and 10 writes."""
    dynamodb = gateway.client("dynamodb")
    name = re.sub(r"[^A-Za-z0-9_.-]", "-", request.node.name)
    dynamodb.create_table(
        TableName=name,
        AttributeDefinitions=[
            {"AttributeName": "id", "AttributeType": "S"},
            {"AttributeName": "name", "AttributeType": "S"},
        ],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by_name",
                "KeySchema": [{"AttributeName": "name", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
                "ProvisionedThroughput": {"ReadCapacityUnits": 10, "WriteCapacityUnits": 10},
            }
        ],
        ProvisionedThroughput={"ReadCapacityUnits": 10, "WriteCapacityUnits": 10},
    )
    return name


def key(table: str, dimension: str = READS) -> dict[str, Any]:
    return {
        "ServiceNamespace": "dynamodb",
        "ResourceId": f"table/{table}",
        "ScalableDimension": dimension,
    }


def throughput(gateway: Any, table: str) -> tuple[int, int]:
    found = gateway.client("dynamodb").describe_table(TableName=table)["Table"]
    units = found["ProvisionedThroughput"]
    return units["ReadCapacityUnits"], units["WriteCapacityUnits"]


def test_capacity_moves_inside_new_bounds(scaling, gateway, table):
    """AWS: capacity outside of the bounds is changed as soon as the target is registered."""
    scaling.register_scalable_target(**key(table), MinCapacity=20, MaxCapacity=40)
    assert throughput(gateway, table) == (20, 10)
    scaling.register_scalable_target(**key(table), MaxCapacity=30, MinCapacity=1)
    assert throughput(gateway, table) == (20, 10)
    scaling.register_scalable_target(**key(table), MaxCapacity=15)
    assert throughput(gateway, table) == (15, 10)


def test_capacity_of_an_index_moves_apart_from_its_table(scaling, gateway, table):
    index = {
        "ServiceNamespace": "dynamodb",
        "ResourceId": f"table/{table}/index/by_name",
        "ScalableDimension": "dynamodb:index:WriteCapacityUnits",
    }
    scaling.register_scalable_target(**index, MinCapacity=25, MaxCapacity=40)

    found = gateway.client("dynamodb").describe_table(TableName=table)["Table"]
    (by_name,) = found["GlobalSecondaryIndexes"]
    assert by_name["ProvisionedThroughput"]["WriteCapacityUnits"] == 25
    assert by_name["ProvisionedThroughput"]["ReadCapacityUnits"] == 10
    assert throughput(gateway, table) == (10, 10)


def test_table_that_does_not_exist_cannot_be_registered(scaling):
    with pytest.raises(ClientError, match=r"ValidationException.*does not exist: table/nowhere"):
        scaling.register_scalable_target(**key("nowhere"), MinCapacity=1, MaxCapacity=2)


def test_table_on_demand_cannot_be_registered(scaling, gateway):
    gateway.client("dynamodb").create_table(
        TableName="on-demand",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    with pytest.raises(ClientError, match=r"ValidationException.*no provisioned"):
        scaling.register_scalable_target(**key("on-demand"), MinCapacity=1, MaxCapacity=2)


@pytest.mark.parametrize(
    "bounds",
    [
        pytest.param({"MinCapacity": 3, "MaxCapacity": 2}, id="crossed"),
        pytest.param({"MinCapacity": 3}, id="open"),
    ],
)
def test_bounds_that_make_no_sense_are_refused(scaling, table, bounds):
    with pytest.raises(ClientError, match="ValidationException"):
        scaling.register_scalable_target(**key(table), **bounds)
    assert described(scaling, table) == []


def test_another_service_is_refused_by_name(scaling):
    with pytest.raises(ClientError, match=r"not the service namespace ecs"):
        scaling.describe_scalable_targets(ServiceNamespace="ecs")


def test_policy_needs_a_registered_target(scaling, table):
    """AWS: ObjectNotFoundException."""
    with pytest.raises(ClientError, match="ObjectNotFoundException"):
        scaling.put_scaling_policy(
            **key(table),
            PolicyName="reads",
            PolicyType="TargetTrackingScaling",
            TargetTrackingScalingPolicyConfiguration=TRACKING,
        )


def test_step_scaling_is_refused_by_name(scaling, table):
    scaling.register_scalable_target(**key(table), MinCapacity=1, MaxCapacity=20)
    with pytest.raises(ClientError, match="not StepScaling"):
        scaling.put_scaling_policy(
            **key(table),
            PolicyName="steps",
            PolicyType="StepScaling",
            StepScalingPolicyConfiguration={"AdjustmentType": "ChangeInCapacity"},
        )


def test_policies_go_with_their_target(scaling, table):
    scaling.register_scalable_target(**key(table), MinCapacity=1, MaxCapacity=20)
    put = scaling.put_scaling_policy(
        **key(table),
        PolicyName="reads",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration=TRACKING,
    )
    (policy,) = scaling.describe_scaling_policies(ServiceNamespace="dynamodb")["ScalingPolicies"]
    assert policy["PolicyARN"] == put["PolicyARN"]
    assert policy["Alarms"] == []

    scaling.deregister_scalable_target(**key(table))
    assert described(scaling, table) == []
    assert scaling.describe_scaling_policies(ServiceNamespace="dynamodb")["ScalingPolicies"] == []
    with pytest.raises(ClientError, match="ObjectNotFoundException"):
        scaling.deregister_scalable_target(**key(table))


def test_tags_of_a_target_change(scaling, table):
    arn = scaling.register_scalable_target(
        **key(table), MinCapacity=1, MaxCapacity=20, Tags={"project": "rlm"}
    )["ScalableTargetARN"]
    scaling.tag_resource(ResourceARN=arn, Tags={"tier": "serving"})
    scaling.untag_resource(ResourceARN=arn, TagKeys=["project"])
    assert scaling.list_tags_for_resource(ResourceARN=arn)["Tags"] == {"tier": "serving"}


def described(scaling: Any, table: str) -> list[dict[str, Any]]:
    found = scaling.describe_scalable_targets(
        ServiceNamespace="dynamodb", ResourceIds=[f"table/{table}"]
    )
    return list(found["ScalableTargets"])
