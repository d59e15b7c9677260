"""What each Glue job and the crawlers may do: their own folders and databases, nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rlm import names
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
    from aws_cdk import aws_logs as logs
    from aws_cdk import aws_s3_assets as assets

    from environments import Environment

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
_LIST = ("s3:ListBucket", "s3:GetBucketLocation")
_WRITE = ("s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload")
_QUERY = (
    "athena:StartQueryExecution",
    "athena:StopQueryExecution",
    "athena:GetQueryExecution",
    "athena:GetQueryResults",
    "athena:GetWorkGroup",
)

_ANY_DELIVERY = "Sources name the files that they deliver."
_ANY_TABLE = "The jobs and the crawlers make the tables of their own databases."
_ANY_FILE = "The job names the files that it reads and writes; the folders are fixed."


@dataclass(frozen=True)
class Access:
    """What a job may touch besides its code, its logs and its metrics.

    `reads` and `writes` are (bucket's purpose, folder), the folder empty for the whole bucket;
    what a job writes it may read and delete too.
    `databases_read` and `databases_written` are layers.
    """

    reads: tuple[tuple[str, str], ...] = ()
    writes: tuple[tuple[str, str], ...] = ()
    databases_read: tuple[str, ...] = ()
    databases_written: tuple[str, ...] = ()
    queries: bool = False
    """Whether it asks Athena, which then reads the tables in the job's name."""


def job_role(
    stack: cdk.Stack,
    environment: Environment,
    job: str,
    access: Access,
    read_assets: Sequence[assets.Asset],
    log_groups: Sequence[logs.LogGroup],
) -> iam.Role:
    """A role of the job's own."""
    env = environment.name
    construct_id = f"{''.join(part.title() for part in job.split('_'))}Role"
    role = service_role(stack, construct_id, "glue", f"Runs the Glue job {job}")
    places = [*access.reads, *access.writes]
    if access.queries:
        places.append(("lake", names.ATHENA_RESULTS_PREFIX))
    buckets = sorted({names.bucket(env, purpose) for purpose, _ in places})
    allow(role, _LIST, [bucket(name) for name in buckets])
    if access.reads:
        allow_any(role, ["s3:GetObject"], _objects(env, access.reads), _ANY_DELIVERY)
    if access.writes:
        allow_any(role, _WRITE, _objects(env, access.writes), _ANY_FILE)
    allow(
        role,
        ["s3:GetObject"],
        [asset.bucket.arn_for_objects(asset.s3_object_key) for asset in read_assets],
    )
    for actions, layers in (
        (_READ_TABLES, access.databases_read),
        ((*_READ_TABLES, *_WRITE_TABLES), access.databases_written),
    ):
        if layers:
            allow(role, actions, databases(env, layers))
            allow_any(role, actions, tables(env, layers), _ANY_TABLE)
    if access.queries:
        allow_queries(role, env, (*access.databases_read, *access.databases_written))
    allow(
        role,
        ["logs:CreateLogStream", "logs:PutLogEvents"],
        [group.log_group_arn for group in log_groups],
    )
    allow_any(
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
    role = service_role(stack, "CrawlerRole", "glue", "Crawls landing and quarantine")
    landing, lake = names.bucket(env, "landing"), names.bucket(env, "lake")
    allow(role, _LIST, [bucket(landing), bucket(lake)])
    allow_any(
        role,
        ["s3:GetObject"],
        [objects(landing), objects(lake, names.QUARANTINE_PREFIX)],
        _ANY_DELIVERY,
    )
    allow(role, [*_READ_TABLES, *_CRAWL_TABLES], databases(env, layers))
    allow_any(role, [*_READ_TABLES, *_CRAWL_TABLES], tables(env, layers), _ANY_TABLE)
    allow_any(
        role,
        ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
        [regional("logs", f"log-group:{names.CRAWLER_LOG_GROUP}:*")],
        "Glue names a crawler's log streams.",
    )
    return role


def allow_queries(role: iam.Role, env: str, layers: Sequence[str]) -> None:
    """Ask Athena in our workgroup, whose results are a folder of the lake."""
    allow(role, _QUERY, [regional("athena", f"workgroup/{names.athena_workgroup(env)}")])
    allow_any(
        role,
        [*_WRITE, "s3:ListMultipartUploadParts"],
        [objects(names.bucket(env, "lake"), names.ATHENA_RESULTS_PREFIX)],
        "Athena names a result after its query.",
    )
    partitions = ["glue:GetPartition", "glue:GetPartitions", "glue:BatchGetPartition"]
    allow(role, partitions, databases(env, layers))
    allow_any(role, partitions, tables(env, layers), _ANY_TABLE)


def _objects(env: str, places: Sequence[tuple[str, str]]) -> list[str]:
    return [objects(names.bucket(env, purpose), folder) for purpose, folder in places]
