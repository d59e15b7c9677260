"""No role may do everything, or anything to what is not its own; in dev and in prod."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from rights import OF_NO_RESOURCE, complaints, listed, role_statements
from templates import environment, resources

if TYPE_CHECKING:
    from assembly import Assembly

slow = pytest.mark.slow  # synthesis starts Node
_ARN = "arn:<AWS::Partition>:{}:<AWS::Region>:<AWS::AccountId>:"


@slow
def test_no_statement_is_wider_than_its_work(assembly: Assembly) -> None:
    env, looked_at, wide = environment(assembly), 0, []
    for stack in assembly.stacks:
        for logical_id, statement in role_statements(assembly.template(stack)):
            looked_at += 1
            wide += [f"{stack} {logical_id}: {one}" for one in complaints(env, statement)]
    assert wide == []
    assert looked_at > 50


@slow
def test_every_reason_for_a_wildcard_is_of_use_still(assemblies: dict[str, Assembly]) -> None:
    used = {
        action
        for assembly in assemblies.values()
        for stack in assembly.stacks
        for _, statement in role_statements(assembly.template(stack))
        if statement["Resource"] == "*"
        for action in listed(statement["Action"])
    }
    assert used == OF_NO_RESOURCE.keys()


@slow
def test_no_role_takes_what_amazon_thinks_that_it_needs(assembly: Assembly) -> None:
    """Managed policies change without a deployment, and most of them are for every resource."""
    for logical_id, role in resources(assembly, "AWS::IAM::Role"):
        assert role.get("ManagedPolicyArns", []) == [], logical_id


@pytest.mark.parametrize(
    ("actions", "resource", "complaint"),
    [
        ("s3:*", "arn:aws:s3:::rlm-dev-lake/gold/*", "action s3:*"),
        ("s3:GetObject", "*", "s3:GetObject on everything"),
        (
            "s3:GetObject",
            "arn:aws:s3:::rlm-dev-lake/*",
            "s3:GetObject on arn:aws:s3:::rlm-dev-lake",
        ),
        ("s3:GetObject", "arn:aws:s3:::rlm-dev-*/gold/*", "s3:GetObject on arn:aws:s3:::rlm-dev-*"),
        ("s3:GetObject", "arn:aws:s3:::*", "s3:GetObject on arn:aws:s3:::*"),
        ("dynamodb:Query", _ARN.format("dynamodb") + "table/rlm-dev-Events/index/*", "index/*"),
        ("dynamodb:Query", _ARN.format("dynamodb") + "table/rlm-dev-*", "/rlm-dev-*"),
        ("glue:GetTable", _ARN.format("glue") + "table/*", "table/*"),
        ("glue:GetTable", _ARN.format("glue") + "table/rlm_prod_gold/*", "rlm_prod_gold/*"),
        ("sagemaker:InvokeEndpoint", _ARN.format("sagemaker") + "endpoint/*", "endpoint/*"),
        ("sagemaker:CreateModel", _ARN.format("sagemaker") + "model/rlm-prod-x-*", "rlm-prod-x-*"),
        ("kms:Decrypt", _ARN.format("kms") + "key/*", "key/*"),
        ("kms:Decrypt", "*", "kms:Decrypt on everything"),
        (["ecr:GetAuthorizationToken", "ecr:BatchGetImage"], "*", "ecr:BatchGetImage on"),
        ("cloudwatch:PutMetricData", "*", "into any namespace"),
    ],
)
def test_what_is_too_wide_is_named(actions: Any, resource: str, complaint: str) -> None:
    statement = {"Effect": "Allow", "Action": actions, "Resource": resource}
    (found,) = complaints("dev", statement)
    assert complaint in found


def test_what_is_allowed_by_exception_is_named_too() -> None:
    statement = {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}
    assert complaints("dev", statement) == ["NotAction says what is not meant"]


@pytest.mark.parametrize(
    "resource",
    [
        "arn:aws:s3:::rlm-dev-lake/gold/*",
        "arn:aws:s3:::rlm-dev-landing/*",
        {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":s3:::rlm-dev-lake/models/*"]]},
        _ARN.format("glue") + "table/rlm_dev_gold/*",
        _ARN.format("sagemaker") + "training-job/rlm-dev-recommender-*",
        _ARN.format("logs") + "log-group:/aws/sagemaker/TrainingJobs:*",
        _ARN.format("dynamodb") + "table/rlm-dev-Events/index/by_venue",
    ],
)
def test_what_has_to_be_open_is_let_pass(resource: Any) -> None:
    statement = {"Effect": "Allow", "Action": "a:Read", "Resource": resource}
    assert complaints("dev", statement) == []
