"""The functions behind the API: package, role, log group, version and alias of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs

from rlm import names
from rlm.api.operations import FUNCTION_TIMEOUT_SECONDS
from stacks.acknowledged import acknowledge
from stacks.grants import allow, regional
from stacks.log_retention import retention

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from environments import Environment

ALIAS: Final = "live"
# A whole processor comes with 1769 MB; half of one keeps a cold start below a second.
_MEMORY_MEGABYTES: Final = 1024


@dataclass(frozen=True)
class Reads:
    """What a function may read, by operation: tables, and indexes as `table/index/name`."""

    package: str
    gets: tuple[str, ...] = ()
    batches: tuple[str, ...] = ()
    queries: tuple[str, ...] = ()
    scans: tuple[str, ...] = ()
    asks_endpoint: bool = False


READS: Final = {
    "RecommendArtist": Reads(
        "recommend_artist",
        gets=("Recommendations", "Trends"),
        batches=("Artists",),
        queries=("Events/index/by_headliner", "Events/index/by_place"),
        scans=("Venues",),
        asks_endpoint=True,
    ),
    "FetchEventAnalytics": Reads(
        "fetch_event_analytics",
        gets=("EventAnalytics",),
        queries=("EventAnalytics", "Events/index/by_headliner", "Events/index/by_venue"),
    ),
    "FetchTrends": Reads("fetch_trends", gets=("Trends",)),
}


def api_functions(
    stack: cdk.Stack,
    environment: Environment,
    packages: Mapping[str, Path],
    staff_key_id: str,
) -> dict[str, lambda_.Alias]:
    """The alias of each function, by the function's name: what the gateway calls."""
    return {
        function: _function(stack, environment, function, reads, packages, staff_key_id)
        for function, reads in READS.items()
    }


def _function(
    stack: cdk.Stack,
    environment: Environment,
    function: str,
    reads: Reads,
    packages: Mapping[str, Path],
    staff_key_id: str,
) -> lambda_.Alias:
    env = environment.name
    log_group = logs.LogGroup(
        stack,
        f"{function}Logs",
        log_group_name=names.function_log_group(env, function),
        retention=retention(environment.log_retention_days),
        removal_policy=cdk.RemovalPolicy.DESTROY,
    )
    made = lambda_.Function(
        stack,
        function,
        function_name=names.lambda_function(env, function),
        description=f"Answers the API's {function}",
        runtime=lambda_.Runtime.PYTHON_3_12,
        architecture=lambda_.Architecture.ARM_64,
        handler="handler.handle",
        code=lambda_.Code.from_asset(str(packages[reads.package])),
        role=_role(stack, environment, function, reads, log_group),
        timeout=cdk.Duration.seconds(FUNCTION_TIMEOUT_SECONDS),
        memory_size=_MEMORY_MEGABYTES,
        log_group=log_group,
        logging_format=lambda_.LoggingFormat.JSON,
        application_log_level_v2=lambda_.ApplicationLogLevel.INFO,
        # A request is one line; Lambda's own would make four of it, for what metrics tell as well.
        system_log_level_v2=lambda_.SystemLogLevel.WARN,
        environment={
            "RLM_ENV": env,
            "RLM_STAFF_KEY_IDS": ",".join((staff_key_id, *environment.staff_key_ids)),
        },
        # A version stays while the alias may go back to it.
        current_version_options=lambda_.VersionOptions(removal_policy=cdk.RemovalPolicy.RETAIN),
    )
    acknowledge(made, "AwsSolutions-L1", "Packages carry the bytecode of this Python version.")
    return lambda_.Alias(stack, f"{function}Alias", alias_name=ALIAS, version=made.current_version)


def _role(
    stack: cdk.Stack,
    environment: Environment,
    function: str,
    reads: Reads,
    log_group: logs.LogGroup,
) -> iam.Role:
    """Only Lambda of this account can take it: roles are passed within an account."""
    env = environment.name
    role = iam.Role(
        stack,
        f"{function}Role",
        description=f"What {function} may read",
        assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
    )
    allow(role, ["logs:CreateLogStream", "logs:PutLogEvents"], [log_group.log_group_arn])
    for action, tables in (
        ("dynamodb:GetItem", reads.gets),
        ("dynamodb:BatchGetItem", reads.batches),
        ("dynamodb:Query", reads.queries),
        ("dynamodb:Scan", reads.scans),
    ):
        if tables:
            allow(role, [action], [_table(env, table) for table in tables])
    if reads.asks_endpoint:
        endpoint = regional("sagemaker", f"endpoint/{names.endpoint(env)}")
        allow(role, ["sagemaker:InvokeEndpoint"], [endpoint])
    return role


def _table(env: str, named: str) -> str:
    """A table, or an index of one."""
    entity, slash, index = named.partition("/")
    return regional("dynamodb", f"table/{names.dynamodb_table(env, entity)}{slash}{index}")
