"""Airflow on AWS: the MWAA environment, its key, its logs, its network and its role.

It is left out locally, where Airflow runs as processes, so nothing refers to its resources.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_mwaa as mwaa

from airflow_settings import AIRFLOW_VERSION, airflow_options
from rlm import names
from stacks.grants import bucket
from stacks.log_retention import retention
from stacks.mwaa_network import mwaa_network
from stacks.mwaa_role import mwaa_role

if TYPE_CHECKING:
    from constructs import Construct

    from environments import Environment
    from stacks.mwaa_network import MwaaNetwork

# The parameter that says what MWAA runs on: `Package.release`, a folder of the bucket.
_RELEASE: Final = "Release"

# What a task printed is what people look for; of the others, what went wrong.
_LOG_LEVELS: Final = {
    "DAGProcessing": "WARNING",
    "Scheduler": "WARNING",
    "Task": "INFO",
    "WebServer": "WARNING",
    "Worker": "WARNING",
}
_MAINTENANCE = "SUN:22:00"


class MwaaStack(cdk.Stack):
    """The files that it runs on are in the bucket before it is deployed: `deploy.py` puts them."""

    def __init__(self, scope: Construct, construct_id: str, environment: Environment) -> None:
        super().__init__(scope, construct_id, description="RLM: Airflow on MWAA")
        release = cdk.CfnParameter(
            self,
            _RELEASE,
            description="The folder of the bucket that Airflow runs on: what `make package` says",
            allowed_pattern="[0-9a-f]{16}",
        )
        key = self._key(environment)
        groups = [self._log_group(environment, log) for log in names.AIRFLOW_LOGS]
        network = mwaa_network(self, environment)
        role = mwaa_role(self, environment, key)
        made = self._environment(environment, release, key, role, network)
        # MWAA would make the groups itself, and keep logs for ever; all else it tries at once.
        for needed in (*groups, role, *network.ways):
            made.node.add_dependency(needed)
        cdk.CfnOutput(
            self,
            "AirflowUrl",
            description="Airflow's page; IAM says who may open it",
            value=f"https://{made.attr_webserver_url}",
        )

    def _key(self, environment: Environment) -> kms.Key:
        """For the queue, the database and the logs: tasks' arguments and results are in them."""
        key = kms.Key(
            self,
            "Key",
            alias=f"alias/{names.airflow(environment.name)}",
            description="Airflow's queue, database and logs",
            enable_key_rotation=True,
            removal_policy=(
                cdk.RemovalPolicy.RETAIN if environment.keeps_data else cdk.RemovalPolicy.DESTROY
            ),
        )
        group = names.airflow_log_group(environment.name, "Task").removesuffix("Task")
        arn = f"arn:{self.partition}:logs:{self.region}:{self.account}:log-group:{group}*"
        key.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal(f"logs.{self.region}.{self.url_suffix}")],
                actions=[
                    "kms:Decrypt",
                    "kms:DescribeKey",
                    "kms:Encrypt",
                    "kms:GenerateDataKey*",
                    "kms:ReEncrypt*",
                ],
                resources=["*"],
                conditions={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": arn}},
            )
        )
        return key

    def _log_group(self, environment: Environment, log: str) -> logs.LogGroup:
        return logs.LogGroup(
            self,
            f"{log}Logs",
            log_group_name=names.airflow_log_group(environment.name, log),
            retention=retention(environment.log_retention_days),
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )

    def _environment(
        self,
        environment: Environment,
        release: cdk.CfnParameter,
        key: kms.Key,
        role: iam.Role,
        network: MwaaNetwork,
    ) -> mwaa.CfnEnvironment:
        folder = f"{names.RELEASES_PREFIX}/{release.value_as_string}"
        source = bucket(names.bucket(environment.name, "airflow"))
        return mwaa.CfnEnvironment(
            self,
            "Environment",
            name=names.airflow(environment.name),
            airflow_version=AIRFLOW_VERSION,
            environment_class=environment.airflow_class,
            min_workers=environment.airflow_workers[0],
            max_workers=environment.airflow_workers[1],
            schedulers=2,
            source_bucket_arn=source.replace("<AWS::Partition>", self.partition),
            # Each release has paths of its own: what is new is used, and the way back is a path.
            dag_s3_path=f"{folder}/dags",
            plugins_s3_path=f"{folder}/plugins.zip",
            requirements_s3_path=f"{folder}/requirements.txt",
            startup_script_s3_path=f"{folder}/startup.sh",
            airflow_configuration_options=dict(airflow_options(environment)),
            execution_role_arn=role.role_arn,
            kms_key=key.key_arn,
            logging_configuration=_logging(),
            network_configuration=mwaa.CfnEnvironment.NetworkConfigurationProperty(
                subnet_ids=network.subnet_ids, security_group_ids=[network.security_group_id]
            ),
            # Anybody may find the page; IAM lets in whom it knows.
            webserver_access_mode="PUBLIC_ONLY",
            weekly_maintenance_window_start=_MAINTENANCE,
            # An update waits for the tasks that are at work.
            worker_replacement_strategy="GRACEFUL",
        )


def _logging() -> mwaa.CfnEnvironment.LoggingConfigurationProperty:
    level = {
        log: mwaa.CfnEnvironment.ModuleLoggingConfigurationProperty(enabled=True, log_level=level)
        for log, level in _LOG_LEVELS.items()
    }
    return mwaa.CfnEnvironment.LoggingConfigurationProperty(
        dag_processing_logs=level["DAGProcessing"],
        scheduler_logs=level["Scheduler"],
        task_logs=level["Task"],
        webserver_logs=level["WebServer"],
        worker_logs=level["Worker"],
    )
