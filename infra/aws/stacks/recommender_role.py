"""What training, evaluation and the endpoint may do: their folders of the lake, their logs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rlm import names
from stacks.grants import (
    allow,
    allow_any,
    bucket,
    objects,
    regional,
    rollback_alarms,
    service_role,
)

if TYPE_CHECKING:
    import aws_cdk as cdk
    from aws_cdk import aws_ecr as ecr
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_logs as logs

    from environments import Environment

_READ = (names.TRAINING_PREFIX,)
_WRITTEN = (
    names.MODELS_PREFIX,
    names.RECOMMENDATIONS_PREFIX,
    names.ENDPOINT_CAPTURE_PREFIX,
    names.MONITORING_PREFIX,
)
# SageMaker's own namespaces; what a program prints becomes a metric through these too.
_NAMESPACES = (
    "AWS/SageMaker",
    "/aws/sagemaker/Endpoints",
    "/aws/sagemaker/ProcessingJobs",
    "/aws/sagemaker/TrainingJobs",
)
_STREAMS = ("logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents")
_PULL = (
    "ecr:BatchCheckLayerAvailability",
    "ecr:BatchGetImage",
    "ecr:GetDownloadUrlForLayer",
)


def recommender_role(
    stack: cdk.Stack,
    environment: Environment,
    image: ecr.Repository,
    endpoint_logs: logs.LogGroup,
) -> iam.Role:
    """A role with a fixed name: train_recommender hands it to SageMaker by that."""
    env = environment.name
    lake = names.bucket(env, "lake")
    role = service_role(
        stack,
        "Role",
        "sagemaker",
        "Trains, evaluates and serves the recommender",
        role_name=names.sagemaker_role(env),
    )
    allow(role, ["s3:GetBucketLocation"], [bucket(lake)])
    allow(
        role,
        ["s3:ListBucket"],
        [bucket(lake)],
        conditions={"StringLike": {"s3:prefix": [f"{folder}/*" for folder in (*_READ, *_WRITTEN)]}},
    )
    allow_any(
        role,
        ["s3:GetObject"],
        [objects(lake, folder) for folder in _READ],
        "The DAG names the files of each run; the folder is fixed.",
    )
    allow_any(
        role,
        ["s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload"],
        [objects(lake, folder) for folder in _WRITTEN],
        "SageMaker names what it writes after the job; the folders are fixed.",
    )
    allow(role, _PULL, [image.repository_arn])
    allow_any(
        role,
        ["ecr:GetAuthorizationToken"],
        ["*"],
        "GetAuthorizationToken takes no resource; what may be pulled is named above.",
    )
    allow(role, _STREAMS, [endpoint_logs.log_group_arn])
    allow_any(
        role,
        ["logs:CreateLogGroup", *_STREAMS],
        [
            regional("logs", f"log-group:{group}:*")
            for group in (names.TRAINING_LOG_GROUP, names.PROCESSING_LOG_GROUP)
        ],
        "SageMaker names a job's log streams.",
    )
    allow_any(
        role,
        ["cloudwatch:PutMetricData"],
        ["*"],
        "PutMetricData takes no resource; its namespaces are fixed instead.",
        conditions={"StringEquals": {"cloudwatch:namespace": list(_NAMESPACES)}},
    )
    allow(role, ["cloudwatch:DescribeAlarms"], rollback_alarms(env))
    return role
