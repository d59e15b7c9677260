"""What the DAGs call, service by service, on the resources of their environment alone.

`tests/infra/test_mwaa_stack.py` has the calls that the DAGs were seen to make.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rlm import names
from stacks.grants import (
    allow,
    allow_any,
    bucket,
    databases,
    objects,
    regional,
    rollback_alarms,
    tables,
)

if TYPE_CHECKING:
    from aws_cdk import aws_iam as iam

# Of the lake: what tasks read themselves or Athena reads in their name, and what they write.
READ_PREFIXES: Final = (
    names.GOLD_PREFIX,
    names.SILVER_PREFIX,
    names.LEDGER_PREFIX,
    names.ENDPOINT_CAPTURE_PREFIX,
)
WRITTEN_PREFIXES: Final = (
    names.RUNS_PREFIX,
    names.SERVING_PREFIX,
    names.TRAINING_PREFIX,
    names.MODELS_PREFIX,
    names.MONITORING_PREFIX,
    names.ATHENA_RESULTS_PREFIX,
)
_LAYERS: Final = ("silver", "gold")
# The catalog as Athena reads it, and the tables of the connector.
_OF_TABLES: Final = (
    "glue:BatchGetPartition",
    "glue:GetDatabase",
    "glue:GetPartition",
    "glue:GetPartitions",
    "glue:GetTable",
    "glue:GetTables",
)
_OF_QUERIES: Final = (
    "athena:GetQueryExecution",
    "athena:GetQueryResults",
    "athena:GetWorkGroup",
    "athena:StartQueryExecution",
    "athena:StopQueryExecution",
)
_OF_OBJECTS: Final = (
    "s3:AbortMultipartUpload",
    "s3:DeleteObject",
    "s3:GetObject",
    "s3:ListMultipartUploadParts",
    "s3:PutObject",
)
_KINDS: Final = ("DataSource", "DataSet", "Theme", "Dashboard", "Folder")


def allow_dags(role: iam.Role, env: str) -> None:
    """The rights of all DAGs together: MWAA has one role for every task."""
    _allow_files(role, env)
    _allow_jobs(role, env)
    _allow_queries(role, env)
    _allow_serving(role, env)
    _allow_models(role, env)
    _allow_endpoint(role, env)
    _allow_dashboards(role, env)


def _allow_files(role: iam.Role, env: str) -> None:
    """Deliveries are looked for and not read: the job `clean_sources` reads them."""
    lake = names.bucket(env, "lake")
    lists = ["s3:GetBucketLocation", "s3:ListBucket"]
    allow(role, lists, [bucket(lake), bucket(names.bucket(env, "landing"))])
    allow_any(
        role,
        ["s3:GetObject"],
        [objects(lake, prefix) for prefix in READ_PREFIXES],
        "The files of tables, of the books and of captured answers have names of their writers'.",
    )
    allow_any(
        role,
        _OF_OBJECTS,
        [objects(lake, prefix) for prefix in WRITTEN_PREFIXES],
        "A run names what it writes after itself; the folders are fixed.",
    )


def _allow_jobs(role: iam.Role, env: str) -> None:
    allow(
        role,
        [
            *("glue:BatchStopJobRun", "glue:GetJob", "glue:GetJobRun", "glue:GetJobRuns"),
            "glue:StartJobRun",
        ],
        [regional("glue", f"job/{names.glue_job(env, job)}") for job in names.GLUE_JOBS],
    )
    allow(
        role,
        ["glue:GetCrawler", "glue:StartCrawler"],
        [regional("glue", f"crawler/{names.crawler(env, layer)}") for layer in names.CRAWLERS],
    )


def _allow_queries(role: iam.Role, env: str) -> None:
    """Athena reads the catalog and the lake in the name of who asks."""
    allow(role, _OF_QUERIES, [regional("athena", f"workgroup/{names.athena_workgroup(env)}")])
    allow(role, ["athena:GetDataCatalog"], [regional("athena", "datacatalog/AwsDataCatalog")])
    allow(role, _OF_TABLES, databases(env, _LAYERS))
    allow_any(
        role,
        _OF_TABLES,
        tables(env, _LAYERS),
        "The jobs make the tables of these two layers, and the DAGs ask all of them.",
    )


def _allow_serving(role: iam.Role, env: str) -> None:
    """Only what is loaded: nobody reads items in bulk, but to find out what is there already."""
    allow(
        role,
        [
            "dynamodb:BatchGetItem",
            "dynamodb:BatchWriteItem",
            "dynamodb:DescribeTable",
            "dynamodb:Scan",
        ],
        [
            regional("dynamodb", f"table/{names.dynamodb_table(env, entity)}")
            for entity in names.DYNAMODB_TABLES
        ],
    )


def _allow_models(role: iam.Role, env: str) -> None:
    """Training, judging what was served, and the registry."""
    group = names.model_package_group(env)
    image = regional("ecr", f"repository/{names.recommender_image(env)}")
    allow(role, ["ecr:DescribeRepositories"], [image])
    allow_any(
        role,
        [
            "sagemaker:AddTags",
            "sagemaker:CreateTrainingJob",
            "sagemaker:DescribeTrainingJob",
            "sagemaker:StopTrainingJob",
        ],
        [regional("sagemaker", f"training-job/{names.endpoint(env)}-*")],
        "A training job is named after the endpoint and its time.",
    )
    allow_any(
        role,
        [
            "sagemaker:AddTags",
            "sagemaker:CreateProcessingJob",
            "sagemaker:DescribeProcessingJob",
            "sagemaker:StopProcessingJob",
        ],
        [regional("sagemaker", f"processing-job/{names.endpoint(env)}-monitor-*")],
        "A job of monitor_model is named after the endpoint and its time.",
    )
    allow(
        role,
        ["sagemaker:CreateModelPackage"],
        [regional("sagemaker", f"model-package-group/{group}")],
    )
    allow_any(
        role,
        [
            "sagemaker:CreateModelPackage",
            "sagemaker:DescribeModelPackage",
            "sagemaker:UpdateModelPackage",
        ],
        [regional("sagemaker", f"model-package/{group}/*")],
        "The registry numbers the packages of our group.",
    )
    allow_any(
        role,
        ["sagemaker:ListModelPackages"],
        ["*"],
        "Packages are listed for all of an account; the DAG asks for those of its group.",
    )
    sagemaker_role = f"arn:<AWS::Partition>:iam::<AWS::AccountId>:role/{names.sagemaker_role(env)}"
    allow(role, ["iam:GetRole"], [sagemaker_role])
    allow(
        role,
        ["iam:PassRole"],
        [sagemaker_role],
        conditions={"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
    )


def _allow_endpoint(role: iam.Role, env: str) -> None:
    """One endpoint, and the models and configurations that a rollout makes for it."""
    name = names.endpoint(env)
    endpoint = regional("sagemaker", f"endpoint/{name}")
    allow(
        role,
        [
            "sagemaker:AddTags",
            "sagemaker:CreateEndpoint",
            "sagemaker:DeleteEndpoint",
            "sagemaker:DescribeEndpoint",
            "sagemaker:InvokeEndpoint",
            "sagemaker:UpdateEndpoint",
        ],
        [endpoint],
    )
    allow_any(
        role,
        [
            "sagemaker:AddTags",
            "sagemaker:CreateEndpoint",
            "sagemaker:CreateEndpointConfig",
            "sagemaker:CreateModel",
            "sagemaker:DescribeEndpointConfig",
            "sagemaker:DescribeModel",
            "sagemaker:UpdateEndpoint",
        ],
        [regional("sagemaker", f"{kind}/{name}-*") for kind in ("endpoint-config", "model")],
        "Each rollout's model and configuration are named after the endpoint and the time.",
    )
    allow(role, ["cloudwatch:DescribeAlarms"], rollback_alarms(env))


def _allow_dashboards(role: iam.Role, env: str) -> None:
    """As docs/runbooks/refresh_dashboards.md lists it; deleting is for people."""
    actions = [
        *(f"quicksight:Create{kind}" for kind in _KINDS),
        *(f"quicksight:Describe{kind}" for kind in _KINDS),
        *(f"quicksight:Describe{kind}Permissions" for kind in _KINDS),
        *(f"quicksight:Update{kind}" for kind in _KINDS),
        *(f"quicksight:Update{kind}Permissions" for kind in _KINDS),
        "quicksight:CreateFolderMembership",
        "quicksight:CreateRefreshSchedule",
        "quicksight:DeleteFolderMembership",
        "quicksight:DeleteRefreshSchedule",
        "quicksight:DescribeDashboardDefinition",
        "quicksight:DescribeDataSetRefreshProperties",
        "quicksight:ListDashboardVersions",
        "quicksight:ListFolderMembers",
        "quicksight:ListRefreshSchedules",
        "quicksight:ListTagsForResource",
        "quicksight:ListThemeVersions",
        "quicksight:PassDataSet",
        "quicksight:PassDataSource",
        "quicksight:PutDataSetRefreshProperties",
        "quicksight:TagResource",
        "quicksight:UpdateDashboardPublishedVersion",
        "quicksight:UpdateRefreshSchedule",
    ]
    ours = [
        regional("quicksight", f"{kind.lower()}/{names.quicksight_prefix(env)}*") for kind in _KINDS
    ]
    why = "Files name the dashboards and data sets; all of an environment begin alike."
    allow_any(role, actions, ours, why)
    allow_any(
        role,
        [
            "quicksight:CancelIngestion",
            "quicksight:CreateIngestion",
            "quicksight:DescribeIngestion",
            "quicksight:ListIngestions",
        ],
        # Ingestions are below their data set, and a star goes past slashes.
        [regional("quicksight", f"dataset/{names.quicksight_prefix(env)}*")],
        why,
    )
    allow_any(
        role,
        [f"quicksight:List{kind}s" for kind in _KINDS],
        ["*"],
        "They are listed for all of an account, and looked at only where they are ours.",
    )
    allow(
        role,
        ["iam:PassRole"],
        [f"arn:<AWS::Partition>:iam::<AWS::AccountId>:role/{names.quicksight_role(env)}"],
        conditions={"StringEquals": {"iam:PassedToService": "quicksight.amazonaws.com"}},
    )
