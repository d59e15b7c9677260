"""What makes the lake: the catalog's databases and tables of files, Glue jobs and crawlers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_glue as glue
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3_assets as assets

from rlm import names
from rlm.domain.json_tables import JSON_TABLES
from stacks.etl_roles import crawler_role
from stacks.glue_jobs import JOBS, JobCode, acknowledge_security_configuration, add_job
from stacks.log_retention import retention

if TYPE_CHECKING:
    from pathlib import Path

    from constructs import Construct

    from environments import Environment
    from rlm.domain.json_tables import JsonTable


class EtlStack(cdk.Stack):
    """`scripts` is the folder of the jobs' scripts; they and `library` are uploaded as assets."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        environment: Environment,
        *,
        scripts: Path,
        library: Path,
    ) -> None:
        super().__init__(scope, construct_id, description="RLM: Glue catalog, jobs and crawlers")
        self._environment = environment
        env = environment.name
        lake = f"s3://{names.bucket(env, 'lake')}"
        landing = f"s3://{names.bucket(env, 'landing')}"
        databases = {
            "landing": self._database("landing", "The sources as delivered", landing),
            "silver": self._database(
                "silver", "The sources cleaned, Iceberg", f"{lake}/{names.SILVER_PREFIX}"
            ),
            "quarantine": self._database(
                "quarantine", "Rows that broke a contract", f"{lake}/{names.QUARANTINE_PREFIX}"
            ),
            "gold": self._database(
                "gold", "What people and programs read, Iceberg", f"{lake}/{names.GOLD_PREFIX}"
            ),
        }
        for table in JSON_TABLES:
            self._table(table).add_resource_dependency(databases[table.layer])
        code = JobCode(scripts, assets.Asset(self, "JobLibrary", path=str(library)))
        groups = [self._log_group(stream) for stream in ("output", "error")]
        for job in JOBS:
            made = add_job(self, environment, job, code, groups)
            for layer in (*job.access.databases_read, *job.access.databases_written):
                made.add_resource_dependency(databases[layer])
        crawlers = {"landing": landing, "quarantine": f"{lake}/{names.QUARANTINE_PREFIX}"}
        role = crawler_role(self, environment)
        for layer, root in crawlers.items():
            self._crawler(layer, root, role.role_arn).add_resource_dependency(databases[layer])

    def _database(self, layer: str, description: str, location: str) -> glue.CfnDatabase:
        return glue.CfnDatabase(
            self,
            f"{layer.title()}Database",
            catalog_id=cdk.Aws.ACCOUNT_ID,
            database_input=glue.CfnDatabase.DatabaseInputProperty(
                name=names.database(self._environment.name, layer),
                description=description,
                # Iceberg puts a new table into `<location>/<table>`.
                location_uri=location,
            ),
        )

    def _table(self, table: JsonTable) -> cdk.CfnResource:
        return cdk.CfnResource(
            self,
            f"{''.join(part.title() for part in table.name.split('_'))}Table",
            type="AWS::Glue::Table",
            properties={
                "CatalogId": cdk.Aws.ACCOUNT_ID,
                "DatabaseName": names.database(self._environment.name, table.layer),
                # In Glue's own words, in which CloudFormation takes it too.
                "TableInput": table.table_input(self._environment.name),
            },
        )

    def _log_group(self, stream: str) -> logs.LogGroup:
        return logs.LogGroup(
            self,
            f"Glue{stream.title()}Logs",
            log_group_name=f"{names.glue_log_prefix(self._environment.name)}/{stream}",
            retention=retention(self._environment.log_retention_days),
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )

    def _crawler(self, layer: str, root: str, role_arn: str) -> glue.CfnCrawler:
        env = self._environment.name
        crawler = glue.CfnCrawler(
            self,
            f"{layer.title()}Crawler",
            name=names.crawler(env, layer),
            role=role_arn,
            database_name=names.database(env, layer),
            # One target a source makes one table a source, partitioned by delivery date.
            targets=glue.CfnCrawler.TargetsProperty(
                s3_targets=[
                    # Artists' pictures lie beside their rows, and are no rows.
                    glue.CfnCrawler.S3TargetProperty(
                        path=f"{root}/{source}/", exclusions=["**/images/**"]
                    )
                    for source in names.SOURCES
                ]
            ),
            # A delivery that is gone says something; its table must not go silently with it.
            schema_change_policy=glue.CfnCrawler.SchemaChangePolicyProperty(
                update_behavior="UPDATE_IN_DATABASE", delete_behavior="LOG"
            ),
        )
        acknowledge_security_configuration(crawler)
        return crawler
