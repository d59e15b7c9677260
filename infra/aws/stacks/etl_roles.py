"""What the Glue job and the crawlers may do: their own folders and databases, nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_iam as iam

from rlm import names
from stacks.acknowledged import acknowledge

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aws_cdk import aws_logs as logs
    from aws_cdk import aws_s3_assets as assets

    from environments import Environment

_JOB_WRITES = (
    names.SILVER_PREFIX,
    names.QUARANTINE_PREFIX,
    names.LEDGER_PREFIX,
    names.RUNS_PREFIX,
)
_READ_TABLES = ("glue:GetDatabase", "glue:GetTable", "glue:GetTables")
_WRITE_TABLES = ("glue:CreateTable", "glue:UpdateTable", "glue:DeleteTable")
_CRAWL_TABLES = (
    "glue:CreateTable",
    "glue:UpdateTable",
    "glue:GetPartition",
    "glue:GetPartitions",
    "glue:BatchGetPartition",
    "glue:CreatePartition",
    "glue:BatchCreatePartition",
    "glue:UpdatePartition",
    "glue:BatchUpdatePartition",
)


_ANY_DELIVERY = "Sources name the files that they deliver."
_ANY_TABLE = "The job and the crawlers make the tables of their own databases."


def job_role(
    stack: cdk.Stack,
    environment: Environment,
    read_assets: Sequence[assets.Asset],
    log_groups: Sequence[logs.LogGroup],
) -> iam.Role:
    """Reads landing and its own code, writes the lake's folders and the silver tables."""
    env = environment.name
    role = _glue_role(stack, "CleanSourcesRole", "Runs the Glue job clean_sources")
    landing, lake = names.bucket(env, "landing"), names.bucket(env, "lake")
    _allow(role, ["s3:ListBucket", "s3:GetBucketLocation"], [_bucket(landing), _bucket(lake)])
    _allow_any(role, ["s3:GetObject"], [_objects(landing)], _ANY_DELIVERY)
    _allow_any(
        role,
        ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"],
        [_objects(lake, prefix) for prefix in _JOB_WRITES],
        "The job names the files that it writes; the folders are fixed.",
    )
    _allow(
        role,
        ["s3:GetObject"],
        [asset.bucket.arn_for_objects(asset.s3_object_key) for asset in read_assets],
    )
    _allow(role, [*_READ_TABLES, *_WRITE_TABLES], _databases(env, ["silver"]))
    _allow_any(role, [*_READ_TABLES, *_WRITE_TABLES], _tables(env, ["silver"]), _ANY_TABLE)
    _allow(
        role,
        ["logs:CreateLogStream", "logs:PutLogEvents"],
        [group.log_group_arn for group in log_groups],
    )
    _allow_any(
        role,
        ["cloudwatch:PutMetricData"],
        ["*"],
        "PutMetricData takes no resource; its namespace is fixed instead.",
        conditions={"StringEquals": {"cloudwatch:namespace": "Glue"}},
    )
    return role


def crawler_role(stack: cdk.Stack, environment: Environment) -> iam.Role:
    """Reads landing and quarantine, writes their two databases."""
    env = environment.name
    layers = ["landing", "quarantine"]
    role = _glue_role(stack, "CrawlerRole", "Crawls landing and quarantine")
    landing, lake = names.bucket(env, "landing"), names.bucket(env, "lake")
    _allow(role, ["s3:ListBucket", "s3:GetBucketLocation"], [_bucket(landing), _bucket(lake)])
    _allow_any(
        role,
        ["s3:GetObject"],
        [_objects(landing), _objects(lake, names.QUARANTINE_PREFIX)],
        _ANY_DELIVERY,
    )
    _allow(role, [*_READ_TABLES, *_CRAWL_TABLES], _databases(env, layers))
    _allow_any(role, [*_READ_TABLES, *_CRAWL_TABLES], _tables(env, layers), _ANY_TABLE)
    _allow_any(
        role,
        ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
        [_regional("logs", f"log-group:{names.CRAWLER_LOG_GROUP}:*")],
        "Glue names a crawler's log streams.",
    )
    return role


def _glue_role(stack: cdk.Stack, construct_id: str, description: str) -> iam.Role:
    return iam.Role(
        stack,
        construct_id,
        description=description,
        assumed_by=iam.ServicePrincipal(
            "glue.amazonaws.com",
            # Glue of this account only: another account's job cannot borrow the role.
            conditions={"StringEquals": {"aws:SourceAccount": cdk.Aws.ACCOUNT_ID}},
        ),
    )


def _allow(
    role: iam.Role,
    actions: Sequence[str],
    resources: Sequence[str],
    conditions: Mapping[str, object] | None = None,
) -> None:
    role.add_to_policy(
        iam.PolicyStatement(
            actions=list(actions),
            resources=[_with_tokens(resource) for resource in resources],
            conditions=conditions,
        )
    )


def _allow_any(
    role: iam.Role,
    actions: Sequence[str],
    resources: Sequence[str],
    reason: str,
    conditions: Mapping[str, object] | None = None,
) -> None:
    """Allow on resources with a wildcard; the reason is acknowledged for exactly these."""
    _allow(role, actions, resources, conditions)
    for resource in resources:
        acknowledge(role, f"AwsSolutions-IAM5[Resource::{resource}]", reason)


# ARNs are written as cdk-nag prints them; `_with_tokens` makes them CloudFormation's.


def _databases(env: str, layers: Sequence[str]) -> list[str]:
    databases = [f"database/{names.database(env, layer)}" for layer in layers]
    return [_regional("glue", resource) for resource in ["catalog", *databases]]


def _tables(env: str, layers: Sequence[str]) -> list[str]:
    return [_regional("glue", f"table/{names.database(env, layer)}/*") for layer in layers]


def _regional(service: str, resource: str) -> str:
    return f"arn:<AWS::Partition>:{service}:<AWS::Region>:<AWS::AccountId>:{resource}"


def _bucket(name: str) -> str:
    return f"arn:<AWS::Partition>:s3:::{name}"


def _objects(bucket: str, prefix: str = "") -> str:
    return f"{_bucket(bucket)}/{prefix}/*" if prefix else f"{_bucket(bucket)}/*"


def _with_tokens(arn: str) -> str:
    return (
        arn.replace("<AWS::Partition>", cdk.Aws.PARTITION)
        .replace("<AWS::Region>", cdk.Aws.REGION)
        .replace("<AWS::AccountId>", cdk.Aws.ACCOUNT_ID)
    )
