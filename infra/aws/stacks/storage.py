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
_VERSIONS_COLD_AFTER = cdk.Duration.days(30)


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
        self._bucket("Landing", "landing", access_logs, lifecycle_rules=self._landing_rules())
        self._bucket("Lake", "lake", access_logs, lifecycle_rules=self._lake_rules())
        # Old releases stay: the way back to one is its path.
        self._bucket("Airflow", "airflow", access_logs)
        # What these two hold is not made a second time: every version of a picture, of an
        # event's report stays.
        self._bucket("ArtistData", "artist-data", access_logs, keeps_versions=True)
        self._bucket("EventReports", "event-reports", access_logs, keeps_versions=True)

    def _landing_rules(self) -> list[s3.LifecycleRule]:
        """A delivery is read once; after that only a rebuild from the sources needs it."""
        return [
            s3.LifecycleRule(
                id="cold",
                transitions=[_cold(_LANDING_COLD_AFTER)],
                expiration=cdk.Duration.days(self._environment.landing_days),
            )
        ]

    def _lake_rules(self) -> list[s3.LifecycleRule]:
        """Tables are not here: which of their files are still read, only Iceberg knows."""
        environment = self._environment
        days_of = {
            names.QUARANTINE_PREFIX: environment.quarantine_days,
            # Notes which rows have left quarantine, and so never goes before them.
            names.RELEASED_PREFIX: environment.quarantine_days,
            names.RUNS_PREFIX: environment.run_report_days,
            names.ATHENA_RESULTS_PREFIX: environment.query_result_days,
            names.ATHENA_SPILL_PREFIX: environment.query_result_days,
            # Models are not here: the registry names their files for as long as it stands.
            names.TRAINING_PREFIX: environment.training_days,
            names.RECOMMENDATIONS_PREFIX: environment.training_days,
            names.ENDPOINT_CAPTURE_PREFIX: environment.endpoint_capture_days,
            # Pages about the live model, and what they were made of.
            names.MONITORING_PREFIX: environment.run_report_days,
        }
        return [
            s3.LifecycleRule(
                id=f"expire-{prefix}", prefix=f"{prefix}/", expiration=cdk.Duration.days(days)
            )
            for prefix, days in days_of.items()
        ]

    def _bucket(
        self,
        construct_id: str,
        purpose: str,
        access_logs: s3.IBucket | None = None,
        lifecycle_rules: list[s3.LifecycleRule] | None = None,
        keeps_versions: bool = False,
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
            lifecycle_rules=[*(lifecycle_rules or []), self._clean_up(keeps_versions)],
            # A bucket that is not empty stops the deletion of its stack, in dev too.
            removal_policy=(
                cdk.RemovalPolicy.RETAIN
                if self._environment.keeps_data
                else cdk.RemovalPolicy.DESTROY
            ),
            **logging,
        )

    def _clean_up(self, keeps_versions: bool) -> s3.LifecycleRule:
        if keeps_versions:
            return s3.LifecycleRule(
                id="clean-up",
                abort_incomplete_multipart_upload_after=_ABORT_UPLOADS_AFTER,
                noncurrent_version_transitions=[
                    s3.NoncurrentVersionTransition(
                        storage_class=s3.StorageClass.INTELLIGENT_TIERING,
                        transition_after=_VERSIONS_COLD_AFTER,
                    )
                ],
            )
        return s3.LifecycleRule(
            id="clean-up",
            abort_incomplete_multipart_upload_after=_ABORT_UPLOADS_AFTER,
            noncurrent_version_expiration=cdk.Duration.days(
                self._environment.noncurrent_version_days
            ),
            # Where all versions are gone, the mark that says so can go too.
            expired_object_delete_marker=True,
        )


def _cold(after: cdk.Duration) -> s3.Transition:
    return s3.Transition(storage_class=s3.StorageClass.INTELLIGENT_TIERING, transition_after=after)
