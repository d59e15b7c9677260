"""Statements of roles, written with the ARNs that cdk-nag prints, each wildcard with its reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_iam as iam

from rlm import names
from rlm.domain.serving import SERVING_TABLES
from stacks.acknowledged import acknowledge

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def service_role(
    stack: cdk.Stack,
    construct_id: str,
    service: str,
    description: str,
    role_name: str | None = None,
) -> iam.Role:
    """A role that only the service in this account can take: no other account's job borrows it."""
    return iam.Role(
        stack,
        construct_id,
        role_name=role_name,
        description=description,
        assumed_by=iam.ServicePrincipal(
            f"{service}.amazonaws.com",
            conditions={"StringEquals": {"aws:SourceAccount": cdk.Aws.ACCOUNT_ID}},
        ),
    )


def allow(
    role: iam.Role,
    actions: Sequence[str],
    resources: Sequence[str],
    conditions: Mapping[str, object] | None = None,
) -> None:
    """Allow on resources that are named in full."""
    role.add_to_policy(
        iam.PolicyStatement(
            actions=list(actions),
            resources=[_with_tokens(resource) for resource in resources],
            conditions=conditions,
        )
    )


def allow_any(
    role: iam.Role,
    actions: Sequence[str],
    resources: Sequence[str],
    reason: str,
    conditions: Mapping[str, object] | None = None,
) -> None:
    """Allow on resources with a wildcard; the reason is acknowledged for exactly these."""
    allow(role, actions, resources, conditions)
    for resource in resources:
        acknowledge(role, f"AwsSolutions-IAM5[Resource::{resource}]", reason)


def databases(env: str, layers: Sequence[str]) -> list[str]:
    """The catalog and some of its databases: Glue asks for both."""
    found = [f"database/{names.database(env, layer)}" for layer in layers]
    return [regional("glue", resource) for resource in ["catalog", *found]]


def tables(env: str, layers: Sequence[str]) -> list[str]:
    """Every table of some databases."""
    return [regional("glue", f"table/{names.database(env, layer)}/*") for layer in layers]


def indexes(env: str, entity: str) -> list[str]:
    """Every index of a table that the API reads, by name."""
    (table,) = (one for one in SERVING_TABLES if one.entity == entity)
    name = names.dynamodb_table(env, entity)
    return [regional("dynamodb", f"table/{name}/index/{index.name}") for index in table.indexes]


def rollback_alarms(env: str) -> list[str]:
    """The alarms that take a rollout back: SageMaker asks for them as the endpoint's role too."""
    return [
        regional("cloudwatch", f"alarm:{names.endpoint_alarm(env, alarm)}")
        for alarm in names.ENDPOINT_ALARMS
    ]


def regional(service: str, resource: str) -> str:
    """A resource of this account and region."""
    return f"arn:<AWS::Partition>:{service}:<AWS::Region>:<AWS::AccountId>:{resource}"


def bucket(name: str) -> str:
    """A bucket itself: what lists it."""
    return f"arn:<AWS::Partition>:s3:::{name}"


def objects(name: str, prefix: str = "") -> str:
    """A bucket's objects below a prefix."""
    return f"{bucket(name)}/{prefix}/*" if prefix else f"{bucket(name)}/*"


def _with_tokens(arn: str) -> str:
    return (
        arn.replace("<AWS::Partition>", cdk.Aws.PARTITION)
        .replace("<AWS::Region>", cdk.Aws.REGION)
        .replace("<AWS::AccountId>", cdk.Aws.ACCOUNT_ID)
    )
