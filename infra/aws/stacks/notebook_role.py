"""What a notebook may do: read the lake and its models, and ask Athena."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rlm import names
from stacks.etl_roles import allow_queries
from stacks.grants import (
    allow,
    allow_any,
    bucket,
    databases,
    objects,
    regional,
    service_role,
    tables,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    import aws_cdk as cdk
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_s3_assets as assets

    from environments import Environment

_LAYERS = ("silver", "gold")
_FOLDERS = (
    names.SILVER_PREFIX,
    names.GOLD_PREFIX,
    names.TRAINING_PREFIX,
    names.MODELS_PREFIX,
)
_READ_TABLES = ("glue:GetDatabase", "glue:GetTable", "glue:GetTables")


def notebook_role(
    stack: cdk.Stack, environment: Environment, files: Sequence[assets.Asset]
) -> iam.Role:
    """Reads `files` at its start; writes nothing but the results of its queries."""
    env = environment.name
    lake = names.bucket(env, "lake")
    role = service_role(stack, "Role", "sagemaker", "Explores the lake in a notebook")
    allow(role, ["s3:ListBucket", "s3:GetBucketLocation"], [bucket(lake)])
    allow_any(
        role,
        ["s3:GetObject"],
        [objects(lake, folder) for folder in _FOLDERS],
        "Exploring is reading what nobody named beforehand; the folders are fixed.",
    )
    for file in files:
        allow(role, ["s3:GetObject"], [file.bucket.arn_for_objects(file.s3_object_key)])
    allow(role, _READ_TABLES, databases(env, _LAYERS))
    allow_any(role, _READ_TABLES, tables(env, _LAYERS), "It may read every table of both layers.")
    allow_queries(role, env, _LAYERS)
    allow_any(
        role,
        ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
        [regional("logs", f"log-group:{names.NOTEBOOK_LOG_GROUP}:*")],
        "SageMaker names an instance's log streams.",
    )
    return role
