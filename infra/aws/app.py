"""The CDK app: every AWS resource of one environment, chosen with `-c env=dev` or `-c env=prod`.

Stacks name no account and no region: the same template is deployed wherever the caller's
credentials and endpoint point, AWS or the local AWS.
"""

from __future__ import annotations

import sys
from pathlib import Path

import aws_cdk as cdk
from cdk_nag import AwsSolutionsChecks

from environments import ENVIRONMENTS, Environment
from function_packages import build_function_packages
from job_library import build_job_library
from rlm import names
from stacks.api import ApiStack
from stacks.booking import BookingStack
from stacks.etl import EtlStack
from stacks.exploration import ExplorationStack
from stacks.monitoring import MonitoringStack
from stacks.mwaa import MwaaStack
from stacks.network import NetworkStack
from stacks.query import QueryStack
from stacks.quicksight import QuickSightStack
from stacks.recommender import RecommenderStack
from stacks.serving import ServingStack
from stacks.storage import StorageStack

REPOSITORY = Path(__file__).resolve().parents[2]


def new_app(outdir: Path | None = None) -> cdk.App:
    """An app with the feature flags that the stacks are written for."""
    return cdk.App(
        outdir=str(outdir) if outdir else None,
        analytics_reporting=False,
        context={
            # Without these, access logs need ACLs, and policies repeat their statements.
            "@aws-cdk/aws-s3:serverAccessLogsUseBucketPolicy": True,
            "@aws-cdk/aws-iam:minimizePolicies": True,
        },
    )


def add_stacks(app: cdk.App, environment: Environment) -> None:
    """All stacks of an environment, with the AwsSolutions rules as part of synthesis."""
    storage = StorageStack(app, names.stack(environment.name, "storage"), environment)
    ServingStack(app, names.stack(environment.name, "serving"), environment)
    library = build_job_library(REPOSITORY)
    etl = EtlStack(
        app,
        names.stack(environment.name, "etl"),
        environment,
        scripts=REPOSITORY / "include" / "glue",
        library=library,
    )
    query = QueryStack(app, names.stack(environment.name, "query"), environment)
    api = ApiStack(
        app,
        names.stack(environment.name, "api"),
        environment,
        packages=build_function_packages(REPOSITORY),
    )
    network = NetworkStack(app, names.stack(environment.name, "network"), environment)
    booking = BookingStack(app, names.stack(environment.name, "booking"), environment)
    quicksight = QuickSightStack(
        app,
        names.stack(environment.name, "quicksight"),
        environment,
        dashboards=REPOSITORY / "dashboards",
        booking_secret_arn=booking.secret_arn,
    )
    recommender = RecommenderStack(app, names.stack(environment.name, "recommender"), environment)
    monitoring = MonitoringStack(app, names.stack(environment.name, "monitoring"), environment)
    # It reads their log groups, and alarms that were theirs must be gone before it makes them.
    for watched in (etl, api, recommender):
        monitoring.add_stack_dependency(watched)
    mwaa = MwaaStack(app, names.stack(environment.name, "mwaa"), environment)
    mwaa.add_stack_dependency(storage)
    # They name the buckets without a reference that CloudFormation could order.
    etl.add_stack_dependency(storage)
    query.add_stack_dependency(storage)
    recommender.add_stack_dependency(storage)
    # A data source is tried when it is made.
    quicksight.add_stack_dependency(query)
    # By name as well, since the network is left out where there is none.
    booking.add_stack_dependency(network)
    if environment.notebook_instance_type is not None:
        ExplorationStack(
            app,
            names.stack(environment.name, "exploration"),
            environment,
            instance_type=environment.notebook_instance_type,
            on_start=REPOSITORY / "infra" / "aws" / "notebook" / "on_start.sh",
            requirements=REPOSITORY / "infra" / "local" / "notebook" / "requirements.lock",
            library=library,
        ).add_stack_dependency(storage)
    cdk.Tags.of(app).add("project", "rlm")
    cdk.Tags.of(app).add("environment", environment.name)
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks())


def main() -> None:
    app = new_app()
    name = app.node.try_get_context("env")
    if name not in ENVIRONMENTS:
        sys.exit(
            f"env is {name!r}, expected one of {', '.join(ENVIRONMENTS)}: `cdk synth -c env=dev`"
        )
    add_stacks(app, ENVIRONMENTS[name])
    app.synth()


if __name__ == "__main__":
    main()
