"""Athena: the one workgroup in which everything asks, and the catalog of the serving tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_athena as athena

from rlm import names
from stacks.dynamodb_connector import add_dynamodb_connector

if TYPE_CHECKING:
    from constructs import Construct

    from environments import Environment

ENGINE_VERSION = "Athena engine version 3"
_GIGABYTE = 1_000_000_000


class QueryStack(cdk.Stack):
    """Results go to one encrypted folder of the lake, whatever a caller asks for."""

    def __init__(self, scope: Construct, construct_id: str, environment: Environment) -> None:
        super().__init__(scope, construct_id, description="RLM: Athena workgroup and catalog")
        env = environment.name
        athena.CfnWorkGroup(
            self,
            "WorkGroup",
            name=names.athena_workgroup(env),
            description="Every query of the platform",
            state="ENABLED",
            # A workgroup that has ever been asked has a history, which deletion takes along.
            recursive_delete_option=not environment.keeps_data,
            work_group_configuration=athena.CfnWorkGroup.WorkGroupConfigurationProperty(
                enforce_work_group_configuration=True,
                publish_cloud_watch_metrics_enabled=True,
                bytes_scanned_cutoff_per_query=environment.athena_scan_limit_gigabytes * _GIGABYTE,
                requester_pays_enabled=False,
                engine_version=athena.CfnWorkGroup.EngineVersionProperty(
                    selected_engine_version=ENGINE_VERSION
                ),
                result_configuration=athena.CfnWorkGroup.ResultConfigurationProperty(
                    output_location=(
                        f"s3://{names.bucket(env, 'lake')}/{names.ATHENA_RESULTS_PREFIX}/"
                    ),
                    encryption_configuration=athena.CfnWorkGroup.EncryptionConfigurationProperty(
                        encryption_option="SSE_S3"
                    ),
                ),
            ),
        )
        add_dynamodb_connector(self, environment)
