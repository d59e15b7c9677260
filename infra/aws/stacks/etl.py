"""What cleans the sources: the catalog's databases, the Glue job and the crawlers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_glue as glue
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3_assets as assets

from rlm import names
from stacks.acknowledged import acknowledge
from stacks.etl_roles import crawler_role, job_role

if TYPE_CHECKING:
    from pathlib import Path

    from constructs import Construct

    from environments import Environment

GLUE_VERSION = "5.1"
WORKER_TYPE = "G.1X"


class EtlStack(cdk.Stack):
    """`script` and `library` are uploaded as assets; `python_modules` is a requirements file."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        environment: Environment,
        *,
        script: Path,
        library: Path,
        python_modules: Path,
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
        }
        self._clean_sources(script, library, python_modules).add_resource_dependency(
            databases["silver"]
        )
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

    def _clean_sources(self, script: Path, library: Path, python_modules: Path) -> glue.CfnJob:
        env = self._environment.name
        script_asset = assets.Asset(self, "CleanSourcesScript", path=str(script))
        library_asset = assets.Asset(self, "JobLibrary", path=str(library))
        groups = [self._log_group(stream) for stream in ("output", "error")]
        role = job_role(self, self._environment, [script_asset, library_asset], groups)
        job = glue.CfnJob(
            self,
            "CleanSources",
            name=names.glue_job(env, "clean_sources"),
            description="Validates, cleans and merges new deliveries into the silver tables",
            role=role.role_arn,
            command=glue.CfnJob.JobCommandProperty(
                name="glueetl", python_version="3", script_location=script_asset.s3_object_url
            ),
            glue_version=GLUE_VERSION,
            worker_type=WORKER_TYPE,
            number_of_workers=self._environment.glue_workers,
            timeout=self._environment.glue_timeout_minutes,
            # Two runs at once would both read a delivery that neither has in its ledger yet.
            execution_property=glue.CfnJob.ExecutionPropertyProperty(max_concurrent_runs=1),
            # Airflow retries, and it alone: it knows the run's id.
            max_retries=0,
            default_arguments={
                "--job-language": "python",
                "--job-bookmark-option": "job-bookmark-disable",
                "--datalake-formats": "iceberg",
                "--conf": iceberg_conf(env),
                "--extra-py-files": library_asset.s3_object_url,
                "--additional-python-modules": modules(python_modules),
                "--custom-logGroup-prefix": names.glue_log_prefix(env),
                "--enable-metrics": "true",
                "--env": env,
                "--landing": f"s3://{names.bucket(env, 'landing')}",
                "--lake": f"s3://{names.bucket(env, 'lake')}",
                "--sources": "all",
            },
        )
        # A role's policy is a resource of its own: before it is there, the job would be denied.
        job.node.add_dependency(role.node.find_child("DefaultPolicy"))
        _acknowledge_security_configuration(job)
        acknowledge(job, "AwsSolutions-GL3", "The job keeps its own ledger and has no bookmarks.")
        return job

    def _log_group(self, stream: str) -> logs.LogGroup:
        return logs.LogGroup(
            self,
            f"Glue{stream.title()}Logs",
            log_group_name=f"{names.glue_log_prefix(self._environment.name)}/{stream}",
            retention=_retention(self._environment.log_retention_days),
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
                    glue.CfnCrawler.S3TargetProperty(path=f"{root}/{source}/")
                    for source in names.SOURCES
                ]
            ),
            # A delivery that is gone says something; its table must not go silently with it.
            schema_change_policy=glue.CfnCrawler.SchemaChangePolicyProperty(
                update_behavior="UPDATE_IN_DATABASE", delete_behavior="LOG"
            ),
        )
        _acknowledge_security_configuration(crawler)
        return crawler


def iceberg_conf(env: str) -> str:
    """Spark's settings of the Iceberg catalog, as Glue's `--conf` takes several: one string."""
    catalog = f"spark.sql.catalog.{names.ICEBERG_CATALOG}"
    settings = {
        "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
        catalog: "org.apache.iceberg.spark.SparkCatalog",
        f"{catalog}.catalog-impl": "org.apache.iceberg.aws.glue.GlueCatalog",
        f"{catalog}.io-impl": "org.apache.iceberg.aws.s3.S3FileIO",
        f"{catalog}.warehouse": f"s3://{names.bucket(env, 'lake')}/{names.SILVER_PREFIX}",
    }
    return " --conf ".join(f"{name}={value}" for name, value in settings.items())


def modules(requirements: Path) -> str:
    """The pins of a requirements file as `--additional-python-modules` takes them."""
    lines = (line.partition("#")[0].strip() for line in requirements.read_text().splitlines())
    return ",".join(line for line in lines if line)


def _retention(days: int) -> logs.RetentionDays:
    by_days = {
        14: logs.RetentionDays.TWO_WEEKS,
        30: logs.RetentionDays.ONE_MONTH,
        90: logs.RetentionDays.THREE_MONTHS,
        180: logs.RetentionDays.SIX_MONTHS,
        365: logs.RetentionDays.ONE_YEAR,
    }
    if days not in by_days:
        raise ValueError(f"log_retention_days is {days}, expected one of {sorted(by_days)}")
    return by_days[days]


def _acknowledge_security_configuration(construct: cdk.CfnResource) -> None:
    acknowledge(
        construct,
        "AwsSolutions-GL1",
        "Its logs hold counts, files and line numbers, no rows; CloudWatch Logs encrypts them.",
    )
