"""The model registry: versions of a group, their approval, and models made of them."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.slow


def register(sagemaker: Any, group: str, **package: Any) -> str:
    """A version of a group; its ARN."""
    container = {
        "Image": sagemaker.image,
        "ModelDataUrl": sagemaker.model_data(group),
        "Environment": {"GREETING": "packaged"},
    }
    specification = {"Containers": [container], "SupportedContentTypes": ["application/json"]}
    made = sagemaker.api.create_model_package(
        ModelPackageGroupName=group, InferenceSpecification=specification, **package
    )
    return str(made["ModelPackageArn"])


@pytest.fixture
def group(sagemaker: Any, request: pytest.FixtureRequest) -> str:
    name = request.node.name.removeprefix("test_").replace("_", "-")[:60].rstrip("-")
    sagemaker.api.create_model_package_group(
        ModelPackageGroupName=name, ModelPackageGroupDescription="recommenders"
    )
    return name


def test_versions_count_up_and_wait_for_approval(sagemaker: Any, group: str) -> None:
    metrics = {"ModelQuality": {"Statistics": {
        "ContentType": "application/json", "S3Uri": "s3://models/metrics.json"
    }}}  # fmt: skip
    first = register(sagemaker, group, ModelMetrics=metrics)
    second = register(
        sagemaker,
        group,
        ModelApprovalStatus="Rejected",
        ModelPackageDescription="worse than the live model",
        CustomerMetadataProperties={"ndcg": "0.21"},
    )
    assert first.endswith(f":model-package/{group}/1")
    assert second.endswith(f":model-package/{group}/2")
    found = sagemaker.api.describe_model_package(ModelPackageName=first)
    assert found["ModelApprovalStatus"] == "PendingManualApproval"
    assert found["ModelMetrics"] == metrics
    assert (found["ModelPackageVersion"], found["ModelPackageStatus"]) == (1, "Completed")
    listed = sagemaker.api.list_model_packages(ModelPackageGroupName=group)
    versions = [one["ModelPackageVersion"] for one in listed["ModelPackageSummaryList"]]
    assert versions == [1, 2]
    rejected = sagemaker.api.list_model_packages(
        ModelPackageGroupName=group, ModelApprovalStatus="Rejected"
    )
    assert [one["ModelPackageArn"] for one in rejected["ModelPackageSummaryList"]] == [second]


def test_approval_and_notes_can_change(sagemaker: Any, group: str) -> None:
    package = register(sagemaker, group, CustomerMetadataProperties={"a": "1", "b": "2"})
    sagemaker.api.update_model_package(
        ModelPackageArn=package,
        ModelApprovalStatus="Approved",
        ApprovalDescription="better by 3 %",
        CustomerMetadataProperties={"c": "3"},
        CustomerMetadataPropertiesToRemove=["a"],
    )
    found = sagemaker.api.describe_model_package(ModelPackageName=package)
    assert found["ModelApprovalStatus"] == "Approved"
    assert found["ApprovalDescription"] == "better by 3 %"
    assert found["CustomerMetadataProperties"] == {"b": "2", "c": "3"}


def test_only_an_approved_package_becomes_a_model_that_serves(sagemaker: Any, group: str) -> None:
    package = register(sagemaker, group)
    role = "arn:aws:iam::000000000000:role/sagemaker"
    model = {
        "ModelName": "of-a-package",
        "PrimaryContainer": {"ModelPackageName": package},
        "ExecutionRoleArn": role,
    }
    with pytest.raises(ClientError, match="approval status is PendingManualApproval"):
        sagemaker.api.create_model(**model)
    sagemaker.api.update_model_package(ModelPackageArn=package, ModelApprovalStatus="Approved")
    sagemaker.api.create_model(**model)
    shown = sagemaker.api.describe_model(ModelName="of-a-package")
    assert shown["PrimaryContainer"] == {"ModelPackageName": package}
    sagemaker.create_config("of-a-package")
    sagemaker.api.create_endpoint(EndpointName="packaged", EndpointConfigName="of-a-package")
    assert sagemaker.settled("packaged")["EndpointStatus"] == "InService"
    assert sagemaker.ask("packaged")["env"] == "packaged"


def test_a_group_goes_when_it_is_empty(sagemaker: Any, group: str) -> None:
    package = register(sagemaker, group)
    with pytest.raises(ClientError) as refused:
        sagemaker.api.delete_model_package_group(ModelPackageGroupName=group)
    assert refused.value.response["Error"]["Code"] == "ConflictException"
    sagemaker.api.delete_model_package(ModelPackageName=package)
    sagemaker.api.delete_model_package_group(ModelPackageGroupName=group)
    with pytest.raises(ClientError, match="does not exist"):
        sagemaker.api.describe_model_package_group(ModelPackageGroupName=group)


def test_packages_and_groups_carry_tags(sagemaker: Any, group: str) -> None:
    package = register(sagemaker, group)
    sagemaker.api.add_tags(ResourceArn=package, Tags=[{"Key": "a", "Value": "1"}])
    sagemaker.api.add_tags(ResourceArn=package, Tags=[{"Key": "b", "Value": "2"}])
    sagemaker.api.delete_tags(ResourceArn=package, TagKeys=["a"])
    assert sagemaker.api.list_tags(ResourceArn=package)["Tags"] == [{"Key": "b", "Value": "2"}]
    with pytest.raises(ClientError, match="Could not find resource"):
        sagemaker.api.list_tags(ResourceArn=f"{package}9")
