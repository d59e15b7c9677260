"""What the recommender is made with: its image's repository, its registry, its role.

Models, endpoint configurations and the endpoint itself are not here: train_recommender makes them
(docs/decisions/endpoint-outside-the-template.md).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import aws_cdk as cdk
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


class RecommenderStack(cdk.Stack):
    """Around the endpoint: all that stays when one model takes another's place."""

    def __init__(self, scope: Construct, construct_id: str, environment: Environment) -> None:
        super().__init__(scope, construct_id, description="RLM: image, registry and role")
        self._environment = environment
        self._removal = (
            cdk.RemovalPolicy.RETAIN if environment.keeps_data else cdk.RemovalPolicy.DESTROY
        )
        repository = self._repository()
        log_group = self._log_group()
        recommender_role(self, environment, repository, log_group)
        self._model_package_group()

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
