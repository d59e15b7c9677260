"""What the recommender is made with: its image's repository, its registry, its role, its alarms.

Models, endpoint configurations and the endpoint itself are not here: train_recommender makes them
(docs/decisions/endpoint-outside-the-template.md).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sagemaker as sagemaker

from rlm import names
from stacks.log_retention import retention
from stacks.recommender_role import recommender_role

if TYPE_CHECKING:
    from constructs import Construct

    from environments import Environment

# A rollback to a model of last month needs the image that it was trained with.
IMAGES_KEPT: Final = 20
_UNTAGGED_KEPT = cdk.Duration.days(7)
# As often as SageMaker tells CloudWatch of an endpoint.
_PERIOD = cdk.Duration.minutes(1)
# A canary of a tenth of the traffic may fail one of ten requests before it is taken back.
_SERVER_ERROR_RATE: Final = 0.01


class RecommenderStack(cdk.Stack):
    """Around the endpoint: all that stays when one model takes another's place."""

    def __init__(self, scope: Construct, construct_id: str, environment: Environment) -> None:
        super().__init__(scope, construct_id, description="RLM: image, registry, role and alarms")
        self._environment = environment
        self._removal = (
            cdk.RemovalPolicy.RETAIN if environment.keeps_data else cdk.RemovalPolicy.DESTROY
        )
        repository = self._repository()
        log_group = self._log_group()
        recommender_role(self, environment, repository, log_group)
        self._model_package_group()
        self._alarms()

    def _repository(self) -> ecr.Repository:
        return ecr.Repository(
            self,
            "Image",
            repository_name=names.recommender_image(self._environment.name),
            image_scan_on_push=True,
            encryption=ecr.RepositoryEncryption.AES_256,
            lifecycle_rules=[
                ecr.LifecycleRule(
                    description="what a newer push took the tag from",
                    tag_status=ecr.TagStatus.UNTAGGED,
                    max_image_age=_UNTAGGED_KEPT,
                ),
                ecr.LifecycleRule(description="all but the newest", max_image_count=IMAGES_KEPT),
            ],
            removal_policy=self._removal,
        )

    def _log_group(self) -> logs.LogGroup:
        """The endpoint's own; those of jobs are shared by an account and are left as they are."""
        return logs.LogGroup(
            self,
            "EndpointLogs",
            log_group_name=names.endpoint_log_group(self._environment.name),
            retention=retention(self._environment.log_retention_days),
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )

    def _model_package_group(self) -> None:
        group = sagemaker.CfnModelPackageGroup(
            self,
            "ModelPackageGroup",
            model_package_group_name=names.model_package_group(self._environment.name),
            model_package_group_description="Every model trained, approved or rejected, and why",
        )
        group.apply_removal_policy(self._removal)

    def _alarms(self) -> None:
        """A rollout that one of them goes off in is rolled back; no traffic is no reason."""
        milliseconds = self._environment.endpoint_latency_p99_milliseconds
        self._alarm(
            "ServerErrors",
            "5xx",
            f"More than {_SERVER_ERROR_RATE:.0%} of a minute's requests failed in the endpoint",
            # 1 for a request that failed, 0 for one that did not: the average is the rate.
            self._metric("Invocation5XXErrors", "Average"),
            _SERVER_ERROR_RATE,
        )
        self._alarm(
            "Latency",
            "latency",
            f"A request in a hundred took the model longer than {milliseconds} ms",
            self._metric("ModelLatency", "p99"),
            milliseconds * 1000,
        )

    def _metric(self, name: str, statistic: str) -> cloudwatch.Metric:
        return cloudwatch.Metric(
            namespace="AWS/SageMaker",
            metric_name=name,
            dimensions_map={
                "EndpointName": names.endpoint(self._environment.name),
                "VariantName": names.ENDPOINT_VARIANT,
            },
            statistic=statistic,
            period=_PERIOD,
        )

    def _alarm(
        self,
        construct_id: str,
        metric_name: str,
        description: str,
        metric: cloudwatch.Metric,
        threshold: float,
    ) -> None:
        cloudwatch.Alarm(
            self,
            construct_id,
            alarm_name=names.endpoint_alarm(self._environment.name, metric_name),
            alarm_description=f"{description}; docs/runbooks/train_recommender.md",
            metric=metric,
            threshold=threshold,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            evaluation_periods=1,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
