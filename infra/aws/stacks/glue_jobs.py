"""The Glue jobs, one entry each: what it is for, what it may touch, what it is told.

All of them are Spark jobs for Glue's Python 3.11, also those that start no Spark:
Glue's Python shell stops at 3.9 (docs/decisions/glue-jobs-without-spark.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import aws_cdk as cdk
from aws_cdk import aws_glue as glue
from aws_cdk import aws_s3_assets as assets

from rlm import names
from stacks.acknowledged import acknowledge
from stacks.etl_roles import Access, job_role

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from aws_cdk import aws_logs as logs

    from environments import Environment

GLUE_VERSION: Final = "5.1"
WORKER_TYPE: Final = "G.1X"
# What Glue starts at least: a driver and one executor.
MINIMUM_WORKERS: Final = 2


@dataclass(frozen=True)
class GlueJob:
    """`name` is the stem of its script; `arguments` are its defaults beside `--env`, `--lake`."""

    name: str
    description: str
    access: Access
    arguments: tuple[tuple[str, str], ...] = ()
    buckets: tuple[tuple[str, str], ...] = ()
    """Arguments that name a bucket: (argument, the bucket's purpose)."""
    is_spark: bool = True
    """False: it starts no Spark, and gets no more workers than it must."""

    @property
    def construct_id(self) -> str:
        """`CleanSources` for `clean_sources`."""
        return "".join(part.title() for part in self.name.split("_"))


def _lake(*folders: str) -> tuple[tuple[str, str], ...]:
    return tuple(("lake", folder) for folder in folders)


JOBS: Final = (
    GlueJob(
        name="clean_sources",
        description="Validates, cleans and merges new deliveries into the silver tables",
        access=Access(
            reads=(("landing", ""),),
            writes=_lake(
                names.SILVER_PREFIX,
                names.QUARANTINE_PREFIX,
                names.RELEASED_PREFIX,
                names.LEDGER_PREFIX,
                names.RUNS_PREFIX,
            ),
            databases_written=("silver",),
        ),
        arguments=(("--sources", "all"),),
        buckets=(("--landing", "landing"),),
    ),
    GlueJob(
        name="build_marts",
        description="Builds what new silver rows touch of the gold tables, audits, publishes",
        access=Access(
            reads=_lake(names.SILVER_PREFIX),
            writes=_lake(names.GOLD_PREFIX, names.RUNS_PREFIX),
            databases_read=("silver",),
            databases_written=("gold",),
        ),
    ),
    GlueJob(
        name="maintain_lake",
        description="Compacts the tables, expires snapshots, removes files that no table has",
        access=Access(
            writes=_lake(names.SILVER_PREFIX, names.GOLD_PREFIX, names.RUNS_PREFIX),
            databases_written=("silver", "gold"),
        ),
    ),
    GlueJob(
        name="process_artist_images",
        description="Checks delivered images, scales them and keeps each artist's profile",
        access=Access(
            reads=(("landing", ""), *_lake(names.SILVER_PREFIX)),
            writes=(
                ("artist-data", ""),
                *_lake(
                    names.QUARANTINE_PREFIX,
                    names.LEDGER_PREFIX,
                    names.GOLD_PREFIX,
                    names.RUNS_PREFIX,
                ),
            ),
            databases_read=("silver",),
            queries=True,
        ),
        buckets=(("--landing", "landing"), ("--artist_data", "artist-data")),
        is_spark=False,
    ),
    GlueJob(
        name="publish_event_reports",
        description="Writes the reports of events that ended or crossed a milestone",
        access=Access(
            reads=_lake(names.SILVER_PREFIX, names.GOLD_PREFIX),
            writes=(("event-reports", ""), *_lake(names.RUNS_PREFIX)),
            databases_read=("silver", "gold"),
            queries=True,
        ),
        buckets=(("--event_reports", "event-reports"),),
        is_spark=False,
    ),
)


@dataclass(frozen=True)
class JobCode:
    """What the jobs run: `<scripts>/<job>.py`, the library, and what pip adds to Glue's own."""

    scripts: Path
    library: assets.Asset

    def script(self, job: GlueJob) -> Path:
        return self.scripts / f"{job.name}.py"

    def modules(self, job: GlueJob) -> str:
        """The pins of all jobs, and of this one where it has some."""
        files = [self.scripts / "requirements.txt", self.scripts / f"{job.name}.requirements.txt"]
        return ",".join(pin for file in files if file.exists() for pin in pins(file))


def add_job(
    stack: cdk.Stack,
    environment: Environment,
    job: GlueJob,
    code: JobCode,
    log_groups: Sequence[logs.LogGroup],
) -> glue.CfnJob:
    """The job, with a role of its own."""
    env = environment.name
    script = assets.Asset(stack, f"{job.construct_id}Script", path=str(code.script(job)))
    role = job_role(stack, environment, job.name, job.access, [script, code.library], log_groups)
    made = glue.CfnJob(
        stack,
        job.construct_id,
        name=names.glue_job(env, job.name),
        description=job.description,
        role=role.role_arn,
        command=glue.CfnJob.JobCommandProperty(
            name="glueetl", python_version="3", script_location=script.s3_object_url
        ),
        glue_version=GLUE_VERSION,
        worker_type=WORKER_TYPE,
        number_of_workers=environment.glue_workers if job.is_spark else MINIMUM_WORKERS,
        timeout=environment.glue_timeout_minutes,
        # Two runs at once would both do what neither has published yet.
        execution_property=glue.CfnJob.ExecutionPropertyProperty(max_concurrent_runs=1),
        # Airflow retries, and it alone: it knows the run's id.
        max_retries=0,
        default_arguments={
            "--job-language": "python",
            "--job-bookmark-option": "job-bookmark-disable",
            "--datalake-formats": "iceberg",
            "--conf": spark_conf(env),
            "--extra-py-files": code.library.s3_object_url,
            "--additional-python-modules": code.modules(job),
            "--custom-logGroup-prefix": names.glue_log_prefix(env),
            "--enable-metrics": "true",
            "--env": env,
            "--lake": f"s3://{names.bucket(env, 'lake')}",
            **{name: f"s3://{names.bucket(env, purpose)}" for name, purpose in job.buckets},
            **dict(job.arguments),
        },
    )
    # A role's policy is a resource of its own: before it is there, the job would be denied.
    made.node.add_dependency(role.node.find_child("DefaultPolicy"))
    acknowledge_security_configuration(made)
    acknowledge(made, "AwsSolutions-GL3", "The jobs keep their own books and have no bookmarks.")
    return made


def spark_conf(env: str) -> str:
    """Spark's settings, as Glue's `--conf` takes several: one string."""
    catalog = f"spark.sql.catalog.{names.ICEBERG_CATALOG}"
    settings = {
        "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
        catalog: "org.apache.iceberg.spark.SparkCatalog",
        f"{catalog}.catalog-impl": "org.apache.iceberg.aws.glue.GlueCatalog",
        f"{catalog}.io-impl": "org.apache.iceberg.aws.s3.S3FileIO",
        f"{catalog}.warehouse": f"s3://{names.bucket(env, 'lake')}/{names.SILVER_PREFIX}",
        # Rows that wait on a disk of the worker are read several times: packing costs more.
        "spark.rdd.compress": "false",
    }
    return " --conf ".join(f"{name}={value}" for name, value in settings.items())


def pins(requirements: Path) -> list[str]:
    """The pins of a requirements file."""
    lines = (line.partition("#")[0].strip() for line in requirements.read_text().splitlines())
    return [line for line in lines if line]


def acknowledge_security_configuration(construct: cdk.CfnResource) -> None:
    """The jobs and the crawlers have no security configuration of their own."""
    acknowledge(
        construct,
        "AwsSolutions-GL1",
        "Its logs hold counts, files and line numbers, no rows; CloudWatch Logs encrypts them.",
    )
