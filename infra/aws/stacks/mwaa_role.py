"""What Airflow's components and tasks may do on AWS: MWAA's own needs, and those of the DAGs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_iam as iam

from rlm import names
from rlm.monitoring import metrics
from stacks.dag_rights import allow_dags
from stacks.grants import allow, allow_any, bucket, objects, regional

if TYPE_CHECKING:
    from aws_cdk import aws_kms as kms

    from environments import Environment

# The namespaces of MWAA itself, and those in which DAGs say how they do.
_NAMESPACES = ("AmazonMWAA", "AWS/MWAA", metrics.MODEL_NAMESPACE, metrics.PIPELINE_NAMESPACE)
_OF_LOGS = (
    "logs:CreateLogGroup",
    "logs:CreateLogStream",
    "logs:GetLogEvents",
    "logs:GetLogGroupFields",
    "logs:GetLogRecord",
    "logs:GetQueryResults",
    "logs:PutLogEvents",
)
_OF_THE_QUEUE = (
    "sqs:ChangeMessageVisibility",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:GetQueueUrl",
    "sqs:ReceiveMessage",
    "sqs:SendMessage",
)
_OF_THE_KEY = ("kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey")


def mwaa_role(stack: cdk.Stack, environment: Environment, key: kms.Key) -> iam.Role:
    """A role with a fixed name, that MWAA takes for every component and every task."""
    env = environment.name
    role = iam.Role(
        stack,
        "Role",
        role_name=names.airflow(env),
        description="What Airflow and its tasks act as",
        assumed_by=iam.CompositePrincipal(
            *(
                iam.ServicePrincipal(
                    f"{service}.amazonaws.com",
                    conditions={"StringEquals": {"aws:SourceAccount": cdk.Aws.ACCOUNT_ID}},
                )
                for service in ("airflow", "airflow-env")
            )
        ),
    )
    _allow_mwaa(role, env, key)
    allow_dags(role, env)
    return role


def _allow_mwaa(role: iam.Role, env: str, key: kms.Key) -> None:
    """As MWAA's documentation asks, on this environment's resources."""
    allow(
        role,
        ["airflow:PublishMetrics"],
        [regional("airflow", f"environment/{names.airflow(env)}")],
    )
    source = names.bucket(env, "airflow")
    of_bucket = ["s3:GetBucketLocation", "s3:GetBucketPublicAccessBlock", "s3:GetBucketVersioning"]
    allow(role, [*of_bucket, "s3:GetEncryptionConfiguration", "s3:ListBucket"], [bucket(source)])
    allow_any(
        role,
        ["s3:GetObject", "s3:GetObjectVersion"],
        [objects(source, names.RELEASES_PREFIX)],
        "A release has a name that is not known before it is built.",
    )
    allow_any(
        role,
        ["logs:DescribeLogGroups", "s3:GetAccountPublicAccessBlock"],
        ["*"],
        "Both are asked of the account, and tell nothing of what is in it.",
    )
    logs = f"log-group:{names.airflow_log_group(env, 'Task').removesuffix('Task')}*"
    allow_any(role, _OF_LOGS, [regional("logs", logs)], "A task's log is a stream of its own.")
    allow_any(
        role,
        ["cloudwatch:PutMetricData"],
        ["*"],
        "PutMetricData takes no resource; its namespaces are fixed instead.",
        conditions={"StringEquals": {"cloudwatch:namespace": list(_NAMESPACES)}},
    )
    allow_any(
        role,
        _OF_THE_QUEUE,
        ["arn:<AWS::Partition>:sqs:<AWS::Region>:*:airflow-celery-*"],
        "The queue is MWAA's, in an account of its own, under a name that it makes up.",
    )
    allow(
        role,
        _OF_THE_KEY,
        [key.key_arn],
        conditions={
            "StringLike": {
                "kms:ViaService": [
                    f"{service}.{cdk.Aws.REGION}.{cdk.Aws.URL_SUFFIX}" for service in ("sqs", "s3")
                ]
            }
        },
    )
    allow_any(
        role,
        ["secretsmanager:GetSecretValue"],
        [regional("secretsmanager", f"secret:{names.airflow_secrets_prefix(env)}/*")],
        "Connections and variables are made by people, below a prefix of this environment's.",
    )
