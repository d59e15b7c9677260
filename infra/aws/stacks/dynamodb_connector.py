"""Athena's catalog of the serving tables: the connector, its role, and the tables' columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import aws_cdk as cdk
from aws_cdk import aws_athena as athena
from aws_cdk import aws_glue as glue
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sam as sam

from rlm import names
from rlm.domain.serving import CONTENT_HASH, VERSION
from rlm.domain.serving_feeds import FEEDS
from stacks.grants import allow, allow_any, bucket, indexes, objects, regional
from stacks.log_retention import retention

if TYPE_CHECKING:
    from environments import Environment
    from rlm.domain.serving_feeds import Feed

# Of the Serverless Application Repository, where Amazon publishes it from one region for all.
_APPLICATION: Final = (
    "arn:aws:serverlessrepo:us-east-1:292517598671:applications/AthenaDynamoDBConnector"
)
_APPLICATION_VERSION: Final = "2026.33.1"
_MEMORY_MEGABYTES: Final = 1024
_TIMEOUT_SECONDS: Final = 300
# By this the connector knows that a database of the catalog is for it.
_FLAG: Final = "dynamo-db-flag"
# Columns of the kinds that a feed has; DynamoDB has days and moments as texts.
_TYPES: Final = {
    "text": "string",
    "day": "string",
    "moment": "string",
    "integer": "bigint",
    "number": "double",
    "flag": "boolean",
    "texts": "array<string>",
}


def add_dynamodb_connector(stack: cdk.Stack, environment: Environment) -> None:
    """The catalog `rlm_<env>_dynamodb`, with the schema `rlm_<env>_serving`.

    Without descriptions the connector looks at four items of a table, and what those lack would be
    no column.
    """
    env = environment.name
    database = glue.CfnDatabase(
        stack,
        "ServingDatabase",
        catalog_id=stack.account,
        database_input=glue.CfnDatabase.DatabaseInputProperty(
            name=names.serving_database(env),
            description="Columns of the serving tables, for Athena's DynamoDB connector",
            location_uri=_FLAG,
        ),
    )
    for feed in described_feeds():
        _table(stack, env, feed).add_resource_dependency(database)
    role = _role(stack, environment)
    connector = sam.CfnApplication(
        stack,
        "DynamoDbConnector",
        location=sam.CfnApplication.ApplicationLocationProperty(
            application_id=_APPLICATION, semantic_version=_APPLICATION_VERSION
        ),
        parameters={
            "AthenaCatalogName": names.dynamodb_connector(env),
            "SpillBucket": names.bucket(env, "lake"),
            "SpillPrefix": names.ATHENA_SPILL_PREFIX,
            "LambdaRole": role.role_arn,
            "LambdaMemory": str(_MEMORY_MEGABYTES),
            "LambdaTimeout": str(_TIMEOUT_SECONDS),
        },
    )
    catalog = athena.CfnDataCatalog(
        stack,
        "DynamoDbCatalog",
        name=names.dynamodb_catalog(env),
        type="LAMBDA",
        description="The tables that the API reads",
        parameters={
            "function": f"arn:{stack.partition}:lambda:{stack.region}:{stack.account}:function:"
            + names.dynamodb_connector(env)
        },
    )
    catalog.add_resource_dependency(connector)


def described_feeds() -> list[Feed]:
    """Those that own a table: an item of another one has its columns from more than one query."""
    return [feed for feed in FEEDS if not feed.part_prefix and not feed.is_packed]


def columns(feed: Feed) -> dict[str, str]:
    """Every attribute that an item of the feed can have, and its type in Athena."""
    found = {column.name: _TYPES[column.kind] for column in feed.columns}
    if feed.is_searchable:
        found |= {"name_folded": "string", "name_initial": "string"}
    return found | {VERSION: "bigint", CONTENT_HASH: "string"}


def _table(stack: cdk.Stack, env: str, feed: Feed) -> glue.CfnTable:
    return glue.CfnTable(
        stack,
        f"Serving{feed.entity}",
        catalog_id=stack.account,
        database_name=names.serving_database(env),
        table_input=glue.CfnTable.TableInputProperty(
            name=feed.entity.lower(),
            table_type="EXTERNAL_TABLE",
            parameters={
                "classification": "dynamodb",
                "sourceTable": names.dynamodb_table(env, feed.entity),
            },
            storage_descriptor=glue.CfnTable.StorageDescriptorProperty(
                columns=[
                    glue.CfnTable.ColumnProperty(name=name, type=kind)
                    for name, kind in columns(feed).items()
                ],
                location=f"arn:{stack.partition}:dynamodb:{stack.region}:{stack.account}:table/"
                + names.dynamodb_table(env, feed.entity),
            ),
        ),
    )


def _role(stack: cdk.Stack, environment: Environment) -> iam.Role:
    """Reads the serving tables alone, where the published role would read every table."""
    env = environment.name
    lake = names.bucket(env, "lake")
    log_group = logs.LogGroup(
        stack,
        "DynamoDbConnectorLog",
        log_group_name=names.connector_log_group(env),
        retention=retention(environment.log_retention_days),
        removal_policy=cdk.RemovalPolicy.DESTROY,
    )
    role = iam.Role(
        stack,
        "DynamoDbConnectorRole",
        description="Athena's DynamoDB connector",
        # Lambda names no source that a condition could hold.
        assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
    )
    served = [f"table/{names.dynamodb_table(env, feed.entity)}" for feed in described_feeds()]
    allow(
        role,
        ["dynamodb:DescribeTable", "dynamodb:Query", "dynamodb:Scan"],
        [regional("dynamodb", table) for table in served],
    )
    allow(
        role,
        ["dynamodb:Query", "dynamodb:Scan"],
        [index for feed in described_feeds() for index in indexes(env, feed.entity)],
    )
    allow_any(role, ["dynamodb:ListTables"], ["*"], "Tables are listed for all of an account.")
    serving = names.serving_database(env)
    allow(
        role,
        ["glue:GetDatabase", "glue:GetDatabases", "glue:GetTable", "glue:GetTables"],
        [regional("glue", "catalog"), regional("glue", f"database/{serving}")],
    )
    allow_any(
        role,
        ["glue:GetTable", "glue:GetTables"],
        [regional("glue", f"table/{serving}/*")],
        "All tables of the database that describes them.",
    )
    allow(
        role,
        ["athena:GetQueryExecution"],
        [regional("athena", f"workgroup/{names.athena_workgroup(env)}")],
    )
    allow(role, ["s3:GetBucketLocation", "s3:GetLifecycleConfiguration"], [bucket(lake)])
    allow_any(
        role,
        ["s3:PutObject", "s3:GetObject", "s3:DeleteObject"],
        [objects(lake, names.ATHENA_SPILL_PREFIX)],
        "What it puts aside has a name of the query's.",
    )
    log_group.grant_write(role)
    return role
