"""SageMaker's resource types: a stack's endpoint serves when the stack is complete."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.slow

ROLE = "arn:aws:iam::000000000000:role/sagemaker"


def resources(sagemaker: Any, answer: str, **model: Any) -> dict[str, Any]:
    """A model, its configuration and an endpoint; names are CloudFormation's but the endpoint's."""
    container = {"Image": sagemaker.image, "ModelDataUrl": sagemaker.model_data(answer, **model)}
    variant = {
        "VariantName": "main",
        "ModelName": {"Fn::GetAtt": ["Model", "ModelName"]},
        # Templates carry numbers as text too.
        "InitialInstanceCount": "1",
        "InitialVariantWeight": "1.0",
        "InstanceType": "ml.m5.large",
    }
    config_name = {"Fn::GetAtt": ["Config", "EndpointConfigName"]}
    return {
        "Model": {
            "Type": "AWS::SageMaker::Model",
            "Properties": {"ExecutionRoleArn": ROLE, "PrimaryContainer": container},
        },
        "Config": {
            "Type": "AWS::SageMaker::EndpointConfig",
            "Properties": {"ProductionVariants": [variant]},
        },
        "Endpoint": {
            "Type": "AWS::SageMaker::Endpoint",
            "Properties": {
                "EndpointName": "of-a-stack",
                "EndpointConfigName": config_name,
                "Tags": [{"Key": "team", "Value": "music"}],
            },
        },
        "Group": {
            "Type": "AWS::SageMaker::ModelPackageGroup",
            "Properties": {"ModelPackageGroupName": "of-a-stack"},
        },
        "Images": {
            "Type": "AWS::ECR::Repository",
            "Properties": {
                "RepositoryName": "of-a-stack",
                "ImageTagMutability": "IMMUTABLE",
                "EmptyOnDelete": True,
            },
        },
    }


def settled(api: Any, stack: str) -> str:
    deadline = time.monotonic() + 60
    while True:
        status = str(api.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"])
        if not status.endswith("_IN_PROGRESS"):
            return status
        assert time.monotonic() < deadline, status
        time.sleep(0.1)


def test_a_stack_serves_is_updated_and_goes(sagemaker: Any) -> None:
    api = sagemaker.gateway.client("cloudformation")
    template = json.dumps({"Resources": resources(sagemaker, "first")})
    stack_id = api.create_stack(StackName="serves", TemplateBody=template)["StackId"]
    assert settled(api, "serves") == "CREATE_COMPLETE"
    assert sagemaker.ask("of-a-stack")["answer"] == "first"
    endpoint = sagemaker.api.describe_endpoint(EndpointName="of-a-stack")
    assert sagemaker.api.list_tags(ResourceArn=endpoint["EndpointArn"])["Tags"] == [
        {"Key": "team", "Value": "music"}
    ]
    shown = api.describe_stack_resource(StackName="serves", LogicalResourceId="Endpoint")
    physical = shown["StackResourceDetail"]["PhysicalResourceId"]
    assert physical == endpoint["EndpointArn"]
    assert sagemaker.api.describe_model_package_group(ModelPackageGroupName="of-a-stack")
    first_model = sagemaker.api.list_models(NameContains="Model-")["Models"][0]["ModelName"]

    # Another model means another configuration, and the endpoint moves on to it.
    template = json.dumps({"Resources": resources(sagemaker, "second")})
    api.update_stack(StackName="serves", TemplateBody=template)
    assert settled(api, "serves") == "UPDATE_COMPLETE"
    assert sagemaker.ask("of-a-stack")["answer"] == "second"
    models = [
        one["ModelName"] for one in sagemaker.api.list_models(NameContains="Model-")["Models"]
    ]
    assert len(models) == 1
    assert models != [first_model]

    # A model that cannot be loaded fails the update; the endpoint serves as before.
    template = json.dumps({"Resources": resources(sagemaker, "third", crash=True)})
    api.update_stack(StackName="serves", TemplateBody=template)
    assert settled(api, "serves") == "UPDATE_ROLLBACK_COMPLETE"
    assert sagemaker.ask("of-a-stack")["answer"] == "second"

    api.delete_stack(StackName="serves")
    assert settled(api, stack_id) == "DELETE_COMPLETE"
    with pytest.raises(ClientError, match="not found"):
        sagemaker.ask("of-a-stack")
    assert sagemaker.api.list_endpoint_configs(NameContains="Config-")["EndpointConfigs"] == []
    assert sagemaker.api.list_models(NameContains="Model-")["Models"] == []


def test_an_endpoint_that_never_serves_fails_its_stack(sagemaker: Any) -> None:
    api = sagemaker.gateway.client("cloudformation")
    made = resources(sagemaker, "fails", crash=True)
    made["Endpoint"]["Properties"]["EndpointName"] = "never-serves"
    for name in ("Group", "Images"):
        del made[name]
    api.create_stack(StackName="fails", TemplateBody=json.dumps({"Resources": made}))
    assert settled(api, "fails") == "ROLLBACK_COMPLETE"
    events = api.describe_stack_events(StackName="fails")["StackEvents"]
    reasons = [one.get("ResourceStatusReason", "") for one in events]
    assert any("did not pass the ping health check" in reason for reason in reasons)
    assert sagemaker.api.list_endpoints(NameContains="never-serves")["Endpoints"] == []


def test_a_property_that_nothing_serves_fails_its_resource(sagemaker: Any) -> None:
    api = sagemaker.gateway.client("cloudformation")
    made = resources(sagemaker, "dropped")
    model = made["Model"]
    model["Properties"]["InferenceExecutionConfig"] = {"Mode": "Serial"}
    template = json.dumps({"Resources": {"Model": model}})
    api.create_stack(StackName="dropped", TemplateBody=template)
    assert settled(api, "dropped") == "ROLLBACK_COMPLETE"
    events = api.describe_stack_events(StackName="dropped")["StackEvents"]
    assert any("InferenceExecutionConfig" in one.get("ResourceStatusReason", "") for one in events)
