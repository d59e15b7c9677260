"""What QuickSight needs in the account: what it reads the lake as, and its data sources.

Data sets, themes, folders and dashboards are deployed by `rlm dashboards`, from the same folder.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import aws_cdk as cdk
import yaml
from aws_cdk import aws_iam as iam
from aws_cdk import aws_quicksight as quicksight

from rlm import names
from rlm.quicksight.definitions.placeholders import asset_id, placeholders
from stacks.grants import allow, allow_any, bucket, databases, objects, regional, tables

if TYPE_CHECKING:
    from pathlib import Path

    from constructs import Construct

    from environments import Environment

# Names the data sources that the template makes. The others look up files that are there only when
# a job has run.
_MADE_HERE: Final = "made_by_template.yaml"
_READ_LAYERS: Final = ("gold", "silver")
_READ_PREFIXES: Final = (names.GOLD_PREFIX, names.SILVER_PREFIX, names.LEDGER_PREFIX)
_OF_QUERIES: Final = (
    "athena:BatchGetQueryExecution",
    "athena:GetQueryExecution",
    "athena:GetQueryResults",
    "athena:GetQueryResultsStream",
    "athena:GetWorkGroup",
    "athena:ListQueryExecutions",
    "athena:StartQueryExecution",
    "athena:StopQueryExecution",
)
_OF_CATALOGS: Final = (
    "athena:GetDataCatalog",
    "athena:GetDatabase",
    "athena:GetTableMetadata",
    "athena:ListDatabases",
    "athena:ListTableMetadata",
)


class QuickSightStack(cdk.Stack):
    """`dashboards` is the folder of the data sources' files, which the deployer reads too."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        environment: Environment,
        *,
        dashboards: Path,
        booking_secret_arn: str,
    ) -> None:
        super().__init__(scope, construct_id, description="RLM: QuickSight's role and data sources")
        env = environment.name
        role = self._role(env)
        self._secrets_policy(env, booking_secret_arn)
        known = placeholders(
            env,
            self.account,
            self.region,
            extra={
                "role.quicksight.arn": role.role_arn,
                "secret.booking.arn": booking_secret_arn,
                "vpc_connection.booking.arn": f"arn:{self.partition}:quicksight:{self.region}:"
                f"{self.account}:vpcConnection/{names.booking_network(env)}",
            },
        )
        made_here = yaml.safe_load((dashboards / _MADE_HERE).read_text(encoding="utf-8"))
        for name in made_here["data_sources"]:
            file = dashboards / "data_sources" / f"{name}.yaml"
            content = yaml.safe_load(file.read_text(encoding="utf-8"))
            body: dict[str, Any] = known.fill_tree(content, file=str(file))
            source = quicksight.CfnDataSource(
                self,
                f"DataSource{name.capitalize()}",
                name=body["Name"],
                type=body["Type"],
                aws_account_id=self.account,
                data_source_id=asset_id(env, name),
            )
            for key in body.keys() - {"Name", "Type"}:
                source.add_property_override(key, body[key])
            # It is tried as soon as it is made.
            source.node.add_dependency(role.node.find_child("DefaultPolicy"))

    def _role(self, env: str) -> iam.Role:
        """Named by each data source, in the place of the one that the account's QuickSight has."""
        lake = names.bucket(env, "lake")
        role = iam.Role(
            self,
            "Role",
            role_name=names.quicksight_role(env),
            description="QuickSight: reads gold, silver and the serving tables by Athena",
            assumed_by=iam.ServicePrincipal(
                "quicksight.amazonaws.com",
                conditions={"StringEquals": {"aws:SourceAccount": self.account}},
            ),
        )
        allow(role, _OF_QUERIES, [regional("athena", f"workgroup/{names.athena_workgroup(env)}")])
        catalogs = [
            regional("athena", f"datacatalog/{name}")
            for name in ("AwsDataCatalog", names.dynamodb_catalog(env))
        ]
        allow(role, _OF_CATALOGS, catalogs)
        allow_any(
            role,
            ["athena:ListDataCatalogs", "athena:ListWorkGroups"],
            ["*"],
            "They are listed for all of an account.",
        )
        reads = ["glue:GetDatabase", "glue:GetDatabases", "glue:GetTable", "glue:GetTables"]
        partitions = ["glue:GetPartition", "glue:GetPartitions", "glue:BatchGetPartition"]
        allow(role, [*reads, *partitions], databases(env, _READ_LAYERS))
        allow_any(
            role,
            [*reads, *partitions],
            tables(env, _READ_LAYERS),
            "All tables of the layers that dashboards show.",
        )
        allow(role, ["s3:GetBucketLocation", "s3:ListBucket"], [bucket(lake)])
        allow_any(
            role,
            ["s3:GetObject"],
            [objects(lake, prefix) for prefix in _READ_PREFIXES],
            "All files of the tables, and the books of deliveries.",
        )
        allow_any(
            role,
            [
                "s3:AbortMultipartUpload",
                "s3:GetObject",
                "s3:ListMultipartUploadParts",
                "s3:PutObject",
            ],
            [objects(lake, names.ATHENA_RESULTS_PREFIX)],
            "A result has its query's name.",
        )
        allow_any(
            role,
            ["s3:GetObject"],
            [objects(lake, names.ATHENA_SPILL_PREFIX)],
            "What the connector puts aside has a name of the query's.",
        )
        allow(
            role,
            ["lambda:InvokeFunction"],
            [regional("lambda", f"function:{names.dynamodb_connector(env)}")],
        )
        return role

    def _secrets_policy(self, env: str, secret_arn: str) -> None:
        """For the one role of the account by which QuickSight reads secrets.

        That role is made when the account's QuickSight is, and is shared by every environment: its
        owner attaches this to it, once (docs/decisions/dashboards-data-sources.md).
        """
        iam.CfnManagedPolicy(
            self,
            "SecretsPolicy",
            managed_policy_name=f"{names.quicksight_role(env)}-secrets",
            description="Lets QuickSight read the secret of the booking database",
            policy_document={
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Action": ["secretsmanager:GetSecretValue"],
                        "Resource": [secret_arn],
                    }
                ],
            },
        )
