"""The buckets: where sources land, the lake, and what the platform publishes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3

from rlm import names
from stacks.acknowledged import acknowledge

if TYPE_CHECKING:
    from constructs import Construct

    from environments import Environment

# Uploads that broke off are billed until someone aborts them.
_ABORT_UPLOADS_AFTER = cdk.Duration.days(7)
_ACCESS_LOGS_KEPT = cdk.Duration.days(90)
_LANDING_COLD_AFTER = cdk.Duration.days(90)


class StorageStack(cdk.Stack):
    """Every bucket is versioned, encrypted, private, TLS-only and logs who read it."""

    def __init__(self, scope: Construct, construct_id: str, environment: Environment) -> None:
        super().__init__(scope, construct_id, description="RLM: S3 buckets")
        self._environment = environment
        access_logs = self._bucket(
            "AccessLogs",
            "access-logs",
            lifecycle_rules=[s3.LifecycleRule(id="expire", expiration=_ACCESS_LOGS_KEPT)],
        )
        acknowledge(access_logs, "AwsSolutions-S1", "A log bucket that logs to itself never ends.")
        self._bucket(
            "Landing",
            "landing",
            access_logs,
            # A delivery is read once; after that only a rebuild from the sources needs it.
            lifecycle_rules=[
                s3.LifecycleRule(
                    id="cold",
                    transitions=[
                        s3.Transition(
                            storage_class=s3.StorageClass.INTELLIGENT_TIERING,
                            transition_after=_LANDING_COLD_AFTER,
                        )
                    ],
                )
            ],
        )
        self._bucket("Lake", "lake", access_logs)
        self._bucket("ArtistData", "artist-data", access_logs)
        self._bucket("EventReports", "event-reports", access_logs)

    def _bucket(
        self,
        construct_id: str,
        purpose: str,
        access_logs: s3.IBucket | None = None,
        lifecycle_rules: list[s3.LifecycleRule] | None = None,
    ) -> s3.Bucket:
        logging: dict[str, Any] = {}
        if access_logs is not None:
            logging = {
                "server_access_logs_bucket": access_logs,
                "server_access_logs_prefix": f"{purpose}/",
            }
        return s3.Bucket(
            self,
            construct_id,
            bucket_name=names.bucket(self._environment.name, purpose),
            versioned=True,
            encryption=s3.BucketEncryption.S3_MANAGED,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            lifecycle_rules=[*(lifecycle_rules or []), self._clean_up()],
            # A bucket that is not empty stops the deletion of its stack, in dev too.
            removal_policy=(
                cdk.RemovalPolicy.RETAIN
                if self._environment.keeps_data
                else cdk.RemovalPolicy.DESTROY
            ),
            **logging,
        )

    def _clean_up(self) -> s3.LifecycleRule:
        return s3.LifecycleRule(
            id="clean-up",
            abort_incomplete_multipart_upload_after=_ABORT_UPLOADS_AFTER,
            noncurrent_version_expiration=cdk.Duration.days(
                self._environment.noncurrent_version_days
            ),
        )
