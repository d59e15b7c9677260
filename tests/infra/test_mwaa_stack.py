"""Airflow on MWAA: what it runs on, where it stands, and what its tasks may do."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from iam import allows, as_list, filled, statements_of
from templates import environment, resources

from environments import ENVIRONMENTS
from rlm import names

if TYPE_CHECKING:
    from assembly import Assembly

pytestmark = pytest.mark.slow  # synthesis starts Node

# What the DAGs called in a run of all of them, as the local AWS saw it (`make run`, an empty
# account, every DAG once), by the resource that they called it on.
# And AddTags, for which AWS judges a call that creates with tags as well.
SEEN = {
    "athena:workgroup/rlm-{env}": "GetQueryExecution StartQueryExecution",
    "dynamodb:table/rlm-{env}-Artists": "BatchWriteItem DescribeTable Scan",
    "dynamodb:table/rlm-{env}-Recommendations": "BatchWriteItem",
    "ecr:repository/rlm-{env}-recommender": "DescribeRepositories",
    "glue:crawler/rlm-{env}-quarantine": "GetCrawler StartCrawler",
    "glue:job/rlm-{env}-clean-sources": "GetJob GetJobRun GetJobRuns StartJobRun",
    "glue:table/rlm_{env}_gold/event_performance": "GetTable",
    "sagemaker:endpoint-config/rlm-{env}-recommender-20261126-002251": (
        "AddTags CreateEndpoint CreateEndpointConfig DescribeEndpointConfig UpdateEndpoint"
    ),
    "sagemaker:endpoint/rlm-{env}-recommender": (
        "AddTags CreateEndpoint DescribeEndpoint InvokeEndpoint UpdateEndpoint"
    ),
    "sagemaker:model-package-group/rlm-{env}-recommender": "CreateModelPackage",
    "sagemaker:model-package/rlm-{env}-recommender/1": "DescribeModelPackage UpdateModelPackage",
    "sagemaker:model/rlm-{env}-recommender-20261126-002251": "AddTags CreateModel DescribeModel",
    "sagemaker:processing-job/rlm-{env}-recommender-monitor-20261126-005356": (
        "AddTags CreateProcessingJob DescribeProcessingJob"
    ),
    "sagemaker:training-job/rlm-{env}-recommender-20261126-002251": (
        "AddTags CreateTrainingJob DescribeTrainingJob"
    ),
}
SEEN_ON_OBJECTS = {
    "lake/gold/event_performance/metadata/1.json": "GetObject",
    "lake/ledger/deliveries/artists.json": "GetObject",
    "lake/models/job/output/model.tar.gz": "GetObject PutObject",
    "lake/endpoint-capture/rlm-dev-recommender/live/2026/11/26/00/a.jsonl": "GetObject",
    "lake/monitoring/runs/run/lake/days/part": "DeleteObject PutObject",
    "lake/monitoring/2026-11-26/monitoring.json": "GetObject",
    "lake/runs/train_recommender/run.json": "GetObject PutObject",
    "lake/serving/Artists/books.json": "DeleteObject GetObject PutObject",
    "lake/training/run/fans/part": "DeleteObject PutObject",
    "lake/athena-results/query.csv": "GetObject PutObject",
    "airflow/releases/0123456789abcdef/plugins.zip": "GetObject",
}


def role_of(assembly: Assembly) -> list[dict[str, Any]]:
    env = environment(assembly)
    return statements_of(assembly, names.stack(env, "mwaa"), names.airflow(env))


def of_the_stack(assembly: Assembly, resource_type: str) -> list[dict[str, Any]]:
    stack = assembly.template(names.stack(environment(assembly), "mwaa"))
    found = [r["Properties"] for r in stack["Resources"].values() if r["Type"] == resource_type]
    assert found, resource_type
    return found


def arn(resource: str, env: str) -> str:
    service, _, name = resource.format(env=env).partition(":")
    return f"arn:aws:{service}:eu-west-1:111122223333:{name}"


def test_every_path_is_in_the_folder_of_the_release(assembly):
    """Else an update would leave MWAA on what it has, or DAGs would run on another wheel."""
    ((_, made),) = resources(assembly, "AWS::MWAA::Environment")
    paths = {key: filled(value) for key, value in made.items() if key.endswith("S3Path")}
    assert paths == {
        "DagS3Path": "releases/<Release>/dags",
        "PluginsS3Path": "releases/<Release>/plugins.zip",
        "RequirementsS3Path": "releases/<Release>/requirements.txt",
        "StartupScriptS3Path": "releases/<Release>/startup.sh",
    }
    assert not [key for key in made if key.endswith("ObjectVersion")]
    bucket = names.bucket(environment(assembly), "airflow")
    assert filled(made["SourceBucketArn"]) == f"arn:aws:s3:::{bucket}"


def test_it_is_the_airflow_that_the_platform_runs_here(assembly):
    env = environment(assembly)
    ((_, made),) = resources(assembly, "AWS::MWAA::Environment")
    assert (made["Name"], made["AirflowVersion"]) == (names.airflow(env), "3.3.1")
    settings = ENVIRONMENTS[env]
    assert made["EnvironmentClass"] == settings.airflow_class
    assert (made["MinWorkers"], made["MaxWorkers"]) == settings.airflow_workers
    assert made["WorkerReplacementStrategy"] == "GRACEFUL"


def test_every_log_is_kept_in_a_group_that_is_there_before(assembly):
    env = environment(assembly)
    ((_, made),) = resources(assembly, "AWS::MWAA::Environment")
    logging = made["LoggingConfiguration"]
    assert {log: one["Enabled"] for log, one in logging.items()} == dict.fromkeys(
        ("DagProcessingLogs", "SchedulerLogs", "TaskLogs", "WebserverLogs", "WorkerLogs"), True
    )
    assert logging["TaskLogs"]["LogLevel"] == "INFO"
    groups = {group["LogGroupName"] for group in of_the_stack(assembly, "AWS::Logs::LogGroup")}
    assert groups == {
        *(names.airflow_log_group(env, log) for log in names.AIRFLOW_LOGS),
        names.airflow_network_log_group(env),
    }


def test_secrets_are_looked_for_below_the_prefix_that_the_role_may_read(assembly):
    env = environment(assembly)
    ((_, made),) = resources(assembly, "AWS::MWAA::Environment")
    told = json.loads(made["AirflowConfigurationOptions"]["secrets.backend_kwargs"])
    for kind in ("connections", "variables", "config"):
        prefix = told[f"{kind}_prefix"]
        assert allows(
            role_of(assembly),
            "secretsmanager:GetSecretValue",
            arn(f"secretsmanager:secret:{prefix}/any-AbCdEf", env),
        )
    pattern = told["connections_lookup_pattern"]
    looked_up = [name for name in ("aws_default", "slack") if re.match(pattern, name)]
    assert looked_up == ["slack"]


def test_its_subnets_have_no_way_in_and_one_way_out(assembly):
    stack = assembly.template(names.stack(environment(assembly), "mwaa"))["Resources"]
    ((_, made),) = resources(assembly, "AWS::MWAA::Environment")
    subnets = [one["Ref"] for one in made["NetworkConfiguration"]["SubnetIds"]]
    assert len(subnets) == 2
    assert len({json.dumps(stack[name]["Properties"]["AvailabilityZone"]) for name in subnets}) == 2
    tables = {
        one["Properties"]["SubnetId"]["Ref"]: one["Properties"]["RouteTableId"]["Ref"]
        for one in stack.values()
        if one["Type"] == "AWS::EC2::SubnetRouteTableAssociation"
    }
    for subnet in subnets:
        assert stack[subnet]["Properties"]["MapPublicIpOnLaunch"] is False
        (route,) = (
            one["Properties"]
            for one in stack.values()
            if one["Type"] == "AWS::EC2::Route"
            and one["Properties"]["RouteTableId"]["Ref"] == tables[subnet]
        )
        assert "NatGatewayId" in route
    gateways = [one for one in stack.values() if one["Type"] == "AWS::EC2::NatGateway"]
    assert len(gateways) == ENVIRONMENTS[environment(assembly)].airflow_nat_gateways
    free = of_the_stack(assembly, "AWS::EC2::VPCEndpoint")
    assert {one["VpcEndpointType"] for one in free} == {"Gateway"}
    for endpoint in free:
        assert {table["Ref"] for table in endpoint["RouteTableIds"]} >= {
            tables[subnet] for subnet in subnets
        }
    ((group),) = of_the_stack(assembly, "AWS::EC2::SecurityGroup")
    assert "SecurityGroupIngress" not in group
    (ingress,) = of_the_stack(assembly, "AWS::EC2::SecurityGroupIngress")
    assert ingress["SourceSecurityGroupId"] == ingress["GroupId"]


def test_it_is_made_when_its_ways_out_and_its_role_are_there(assembly):
    stack = assembly.template(names.stack(environment(assembly), "mwaa"))["Resources"]
    (needed,) = (
        set(one["DependsOn"]) for one in stack.values() if one["Type"] == "AWS::MWAA::Environment"
    )
    ways_out = {
        name
        for name, one in stack.items()
        if one["Type"] == "AWS::EC2::Route" and "NatGatewayId" in one["Properties"]
    }
    assert len(ways_out) == 2
    of_types = ("AWS::EC2::SecurityGroupIngress", "AWS::IAM::ManagedPolicy")
    others = {name for name, one in stack.items() if one["Type"] in of_types}
    assert len(others) >= 2
    assert ways_out | others <= needed


def test_role_may_do_what_the_dags_were_seen_to_do(assembly):
    env = environment(assembly)
    statements = role_of(assembly)
    looked_at = 0
    for resource, actions in SEEN.items():
        for action in actions.split():
            service = resource.partition(":")[0]
            assert allows(statements, f"{service}:{action}", arn(resource, env)), (action, resource)
            looked_at += 1
    for place, actions in SEEN_ON_OBJECTS.items():
        for action in actions.split():
            bucket, _, key = place.partition("/")
            on = f"arn:aws:s3:::{names.bucket(env, bucket)}/{key}"
            assert allows(statements, f"s3:{action}", on), (action, on)
            looked_at += 1
    assert looked_at > 40


def test_role_may_deploy_fill_and_publish_dashboards_of_its_environment(assembly):
    env = environment(assembly)
    statements = role_of(assembly)
    for kind in ("DataSource", "DataSet", "Theme", "Dashboard", "Folder"):
        on = arn(f"quicksight:{kind.lower()}/rlm-{{env}}-any", env)
        for verb in ("Create", "Describe", "Update"):
            assert allows(statements, f"quicksight:{verb}{kind}", on)
        assert allows(statements, f"quicksight:List{kind}s", "*")
        assert not allows(statements, f"quicksight:Delete{kind}", on)
    ingestion = arn("quicksight:dataset/rlm-{env}-any/ingestion/1", env)
    assert allows(statements, "quicksight:DescribeIngestion", ingestion)


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("s3:GetObject", "arn:aws:s3:::rlm-{env}-landing/artists/x.csv"),
        ("s3:PutObject", "arn:aws:s3:::rlm-{env}-lake/gold/event_performance/x.parquet"),
        ("s3:DeleteObject", "arn:aws:s3:::rlm-{env}-lake/silver/events/x.parquet"),
        ("s3:PutObject", "arn:aws:s3:::rlm-{env}-airflow/releases/0/plugins.zip"),
        ("s3:GetObject", "arn:aws:s3:::rlm-{other}-lake/gold/x.parquet"),
        ("glue:StartJobRun", "arn:aws:glue:eu-west-1:111122223333:job/rlm-{other}-build-marts"),
        ("glue:DeleteTable", "arn:aws:glue:eu-west-1:111122223333:table/rlm_{env}_gold/x"),
        ("dynamodb:DeleteTable", "arn:aws:dynamodb:eu-west-1:111122223333:table/rlm-{env}-Artists"),
        ("dynamodb:Scan", "arn:aws:dynamodb:eu-west-1:111122223333:table/rlm-{other}-Artists"),
        ("sagemaker:UpdateEndpoint", "arn:aws:sagemaker:eu-west-1:111122223333:endpoint/another"),
        ("sagemaker:AddTags", "arn:aws:sagemaker:eu-west-1:111122223333:endpoint/another"),
        (
            "quicksight:DeleteDashboard",
            "arn:aws:quicksight:eu-west-1:111122223333:dashboard/rlm-{env}-ticket-sales",
        ),
        (
            "quicksight:UpdateDashboard",
            "arn:aws:quicksight:eu-west-1:111122223333:dashboard/rlm-{other}-ticket-sales",
        ),
        ("iam:PassRole", "arn:aws:iam::111122223333:role/administrator"),
        ("iam:PassRole", "arn:aws:iam::111122223333:role/rlm-{other}-sagemaker"),
        (
            "secretsmanager:GetSecretValue",
            "arn:aws:secretsmanager:eu-west-1:111122223333:secret:rlm-{env}-booking-AbCdEf",
        ),
    ],
)
def test_role_may_not(assembly, action, resource):
    env = environment(assembly)
    other = "prod" if env == "dev" else "dev"
    assert not allows(role_of(assembly), action, resource.format(env=env, other=other))


def test_roles_are_passed_to_their_services_alone(assembly):
    env = environment(assembly)
    passed = {}
    for statement in role_of(assembly):
        if "iam:PassRole" in as_list(statement["Action"]):
            (service,) = statement["Condition"]["StringEquals"].values()
            for role in as_list(statement["Resource"]):
                passed[role.rpartition("/")[2]] = service
    assert passed == {
        names.sagemaker_role(env): "sagemaker.amazonaws.com",
        names.quicksight_role(env): "quicksight.amazonaws.com",
    }


def test_addresses_of_a_region_are_those_of_its_partition(assembly):
    region = '{"Ref": "AWS::Region"}, '
    texts = {stack: json.dumps(assembly.template(stack)) for stack in assembly.stacks}
    mwaa = texts[names.stack(environment(assembly), "mwaa")]
    for service in ("s3", "sqs"):
        assert f'"{service}.", {region}".", {{"Ref": "AWS::URLSuffix"}}' in mwaa
    assert [stack for stack, text in texts.items() if f'{region}".amazonaws.com' in text] == []


def test_nothing_can_refer_to_what_is_left_out_locally(assembly):
    stack = assembly.template(names.stack(environment(assembly), "mwaa"))
    assert [name for name, output in stack["Outputs"].items() if "Export" in output] == []
    for other in assembly.stacks:
        named = [one for one in json.dumps(assembly.template(other)).split('"') if "-mwaa:" in one]
        assert named == [], other
