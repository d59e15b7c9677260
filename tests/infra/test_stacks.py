"""What must hold for every resource of its kind, in dev and in prod."""

from __future__ import annotations

import dataclasses
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from templates import environment, resources, statements

from environments import ENVIRONMENTS, ProvisionedCapacity
from rlm import names
from rlm.domain.json_tables import JSON_TABLES
from rlm.domain.serving import RECOMMENDATIONS, SERVING_TABLES
from stacks.api_functions import READS
from stacks.serving import ServingStack

if TYPE_CHECKING:
    from templates import Resource

    from assembly import Assembly

REPOSITORY = Path(__file__).parents[2]
pytestmark = pytest.mark.slow  # synthesis starts Node


def test_every_bucket_is_versioned_encrypted_and_private(assembly):
    buckets = resources(assembly, "AWS::S3::Bucket")
    assert {bucket["BucketName"] for _, bucket in buckets} == {
        names.bucket(environment(assembly), purpose) for purpose in names.BUCKETS
    }
    for _, bucket in buckets:
        assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
        assert bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
        assert len(bucket["PublicAccessBlockConfiguration"]) == 4


def test_every_bucket_refuses_calls_without_tls(assembly):
    buckets = {logical_id for logical_id, _ in resources(assembly, "AWS::S3::Bucket")}
    refusing = set()
    for _, policy in resources(assembly, "AWS::S3::BucketPolicy"):
        for statement in policy["PolicyDocument"]["Statement"]:
            if statement.get("Condition") == {"Bool": {"aws:SecureTransport": "false"}}:
                assert statement["Effect"] == "Deny"
                assert statement["Principal"] == {"AWS": "*"}
                assert statement["Action"] == "s3:*"
                assert len(statement["Resource"]) == 2  # the bucket and its objects
                refusing.add(policy["Bucket"]["Ref"])
    assert refusing == buckets


def test_every_bucket_but_the_log_bucket_logs_who_read_it(assembly):
    logs = names.bucket(environment(assembly), "access-logs")
    for _, bucket in resources(assembly, "AWS::S3::Bucket"):
        assert ("LoggingConfiguration" in bucket) == (bucket["BucketName"] != logs)


def test_every_table_can_be_recovered_and_answers_its_questions(assembly):
    tables = {table["TableName"]: table for _, table in resources(assembly, "AWS::DynamoDB::Table")}
    env = environment(assembly)
    assert set(tables) == {names.dynamodb_table(env, entity) for entity in names.DYNAMODB_TABLES}
    for table in tables.values():
        assert table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True
        assert table["DeletionProtectionEnabled"] is ENVIRONMENTS[env].keeps_data
    events = tables[names.dynamodb_table(env, "Events")]["GlobalSecondaryIndexes"]
    assert {
        index["IndexName"]: [key["AttributeName"] for key in index["KeySchema"]] for index in events
    } == {
        "by_venue": ["venue_id", "starts_at"],
        "by_headliner": ["headliner_id", "starts_at"],
        "by_place": ["place", "starts_at"],
    }


def test_tables_have_the_keys_that_the_loader_writes(assembly):
    tables = {table["TableName"]: table for _, table in resources(assembly, "AWS::DynamoDB::Table")}
    known = (*SERVING_TABLES, RECOMMENDATIONS)
    assert len(known) == len(names.DYNAMODB_TABLES)
    for serving_table in known:
        table = tables[names.dynamodb_table(environment(assembly), serving_table.entity)]
        assert tuple(key["AttributeName"] for key in table["KeySchema"]) == serving_table.key
        assert [index["IndexName"] for index in table.get("GlobalSecondaryIndexes", [])] == [
            index.name for index in serving_table.indexes
        ]
        expiry = table.get("TimeToLiveSpecification", {})
        assert expiry.get("AttributeName") == serving_table.expires_by


def test_tables_take_a_whole_load_at_once(assembly):
    """Provisioned capacity follows a load minutes after it, and throttles it until then."""
    for _, table in resources(assembly, "AWS::DynamoDB::Table"):
        assert table["BillingMode"] == "PAY_PER_REQUEST"
        assert "ProvisionedThroughput" not in table


def test_provisioned_tables_and_all_their_indexes_scale_both_ways():
    import aws_cdk as cdk
    from aws_cdk.assertions import Template

    settings = dataclasses.replace(
        ENVIRONMENTS["prod"], serving_capacity=ProvisionedCapacity(minimum=5, maximum=200)
    )
    made = Template.from_stack(ServingStack(cdk.App(), "serving", settings))
    expected = 0
    for table in made.find_resources("AWS::DynamoDB::Table").values():
        assert table["Properties"]["ProvisionedThroughput"]["ReadCapacityUnits"] == 5
        expected += 2 * (1 + len(table["Properties"].get("GlobalSecondaryIndexes", [])))
    targets = made.find_resources("AWS::ApplicationAutoScaling::ScalableTarget")
    policies = made.find_resources("AWS::ApplicationAutoScaling::ScalingPolicy")
    assert len(targets) == len(policies) == expected > 2 * len(names.DYNAMODB_TABLES)
    assert {policy["Properties"]["ScalingTargetId"]["Ref"] for policy in policies.values()} == (
        targets.keys()
    )
    for target in targets.values():
        bounds = (target["Properties"]["MinCapacity"], target["Properties"]["MaxCapacity"])
        assert bounds == (5, 200)


def test_prod_keeps_what_holds_data_when_a_stack_is_deleted(assemblies):
    keeping = [
        (resource["Type"], resource.get("DeletionPolicy"))
        for stack in assemblies["prod"].stacks
        for resource in assemblies["prod"].template(stack)["Resources"].values()
        if resource["Type"] in ("AWS::S3::Bucket", "AWS::DynamoDB::Table")
    ]
    assert len(keeping) == len(names.BUCKETS) + len(names.DYNAMODB_TABLES)
    assert {policy for _, policy in keeping} == {"Retain"}


def test_every_script_is_a_glue_job_and_every_job_has_its_script(assembly):
    jobs = {job["Name"] for _, job in resources(assembly, "AWS::Glue::Job")}
    assert jobs == {names.glue_job(environment(assembly), job) for job in names.GLUE_JOBS}
    scripts = {file.stem for file in (REPOSITORY / "include" / "glue").glob("*.py")}
    assert scripts == set(names.GLUE_JOBS)


def test_glue_jobs_run_once_at_a_time_with_iceberg_and_our_library(assembly):
    env = environment(assembly)
    lake = names.bucket(env, "lake")
    for _, job in resources(assembly, "AWS::Glue::Job"):
        # Python 3.11, as the library needs; the Python shell stops at 3.9.
        assert (job["Command"]["Name"], job["GlueVersion"]) == ("glueetl", "5.1")
        assert job["WorkerType"] == "G.1X"
        assert job["NumberOfWorkers"] >= 2
        assert job["ExecutionProperty"] == {"MaxConcurrentRuns": 1}
        assert job["MaxRetries"] == 0
        assert job["Timeout"] == ENVIRONMENTS[env].glue_timeout_minutes
        arguments = job["DefaultArguments"]
        assert arguments["--datalake-formats"] == "iceberg"
        settings = [part.strip() for part in arguments["--conf"].split("--conf")]
        assert "spark.sql.catalog.glue_catalog=org.apache.iceberg.spark.SparkCatalog" in settings
        assert f"spark.sql.catalog.glue_catalog.warehouse=s3://{lake}/silver" in settings
        assert json.dumps(arguments["--extra-py-files"]).endswith('.zip"}')
        assert re.fullmatch(
            r"[\w.-]+==[\w.]+(,[\w.-]+==[\w.]+)*", arguments["--additional-python-modules"]
        )
        assert (arguments["--env"], arguments["--lake"]) == (env, f"s3://{lake}")


def test_each_job_gets_the_modules_of_its_own_file(assembly):
    env = environment(assembly)
    modules = {
        job["Name"]: job["DefaultArguments"]["--additional-python-modules"]
        for _, job in resources(assembly, "AWS::Glue::Job")
    }
    assert "pillow==" in modules[names.glue_job(env, "process_artist_images")]
    assert "pillow==" not in modules[names.glue_job(env, "build_marts")]
    assert "sqlglot==" in modules[names.glue_job(env, "build_marts")]


def test_logs_go_into_groups_of_the_environment_that_forget(assembly):
    env = environment(assembly)
    groups = {
        group["LogGroupName"]: group["RetentionInDays"]
        for _, group in resources(assembly, "AWS::Logs::LogGroup")
    }
    prefix = names.glue_log_prefix(env)
    expected = {f"{prefix}/output", f"{prefix}/error", names.endpoint_log_group(env)}
    expected |= {names.function_log_group(env, function) for function in READS}
    expected |= {names.connector_log_group(env), names.network_log_group(env)}
    expected |= {names.airflow_log_group(env, log) for log in names.AIRFLOW_LOGS}
    expected |= {names.airflow_network_log_group(env)}
    assert groups == dict.fromkeys(expected, ENVIRONMENTS[env].log_retention_days)
    for _, job in resources(assembly, "AWS::Glue::Job"):
        assert job["DefaultArguments"]["--custom-logGroup-prefix"] == prefix


def test_every_layer_has_its_database(assembly):
    env = environment(assembly)
    databases = {
        database["DatabaseInput"]["Name"]: database["DatabaseInput"]["LocationUri"]
        for _, database in resources(assembly, "AWS::Glue::Database")
    }
    layers = {names.database(env, layer) for layer in names.DATABASES}
    assert set(databases) == layers | {names.serving_database(env)}
    lake = names.bucket(env, "lake")
    assert databases[names.database(env, "gold")] == f"s3://{lake}/{names.GOLD_PREFIX}"


def test_tables_of_files_are_there_before_their_first_row(assembly):
    env = environment(assembly)
    lake = names.bucket(env, "lake")
    tables = {
        table["TableInput"]["Name"]: (
            table["DatabaseName"],
            table["TableInput"]["StorageDescriptor"]["Location"],
        )
        for _, table in resources(assembly, "AWS::Glue::Table")
        if table["DatabaseName"] != names.serving_database(env)
    }
    assert tables == {
        "artist_profiles": (names.database(env, "gold"), f"s3://{lake}/gold/artist_profiles/"),
        "artist_images": (
            names.database(env, "quarantine"),
            f"s3://{lake}/quarantine/artist_images/",
        ),
    }
    assert set(tables) == {table.name for table in JSON_TABLES}


def test_every_query_is_bounded_and_its_result_encrypted_in_one_place(assembly):
    env = environment(assembly)
    ((_, group),) = resources(assembly, "AWS::Athena::WorkGroup")
    assert group["Name"] == names.athena_workgroup(env)
    configuration = group["WorkGroupConfiguration"]
    assert configuration["EnforceWorkGroupConfiguration"] is True
    assert configuration["EngineVersion"] == {"SelectedEngineVersion": "Athena engine version 3"}
    limit = ENVIRONMENTS[env].athena_scan_limit_gigabytes
    assert configuration["BytesScannedCutoffPerQuery"] == limit * 10**9
    assert configuration["ResultConfiguration"] == {
        "EncryptionConfiguration": {"EncryptionOption": "SSE_S3"},
        "OutputLocation": f"s3://{names.bucket(env, 'lake')}/{names.ATHENA_RESULTS_PREFIX}/",
    }


def lifecycle_rules(assembly: Assembly, purpose: str) -> dict[str, Resource]:
    ((_, bucket),) = (
        (logical_id, bucket)
        for logical_id, bucket in resources(assembly, "AWS::S3::Bucket")
        if bucket["BucketName"] == names.bucket(environment(assembly), purpose)
    )
    return {rule["Id"]: rule for rule in bucket["LifecycleConfiguration"]["Rules"]}


def test_the_lake_forgets_what_is_no_table(assembly):
    settings = ENVIRONMENTS[environment(assembly)]
    rules = lifecycle_rules(assembly, "lake")
    expiring = {
        rule["Prefix"]: rule["ExpirationInDays"]
        for rule in rules.values()
        if "ExpirationInDays" in rule
    }
    assert expiring == {
        "quarantine/": settings.quarantine_days,
        "released/": settings.quarantine_days,
        "runs/": settings.run_report_days,
        "athena-results/": settings.query_result_days,
        "athena-spill/": settings.query_result_days,
        "training/": settings.training_days,
        "recommendations/": settings.training_days,
        "endpoint-capture/": settings.endpoint_capture_days,
        "monitoring/": settings.run_report_days,
    }
    # What a table is made of, and what the jobs know of earlier runs, is not S3's to delete.
    # Nor is a model that the registry names.
    tables = (names.SILVER_PREFIX, names.GOLD_PREFIX, names.LEDGER_PREFIX)
    for prefix in (*tables, names.MODELS_PREFIX):
        assert not [kept for kept in expiring if f"{prefix}/".startswith(kept)], prefix


def test_deliveries_cool_down_and_expire(assembly):
    cold = lifecycle_rules(assembly, "landing")["cold"]
    days = ENVIRONMENTS[environment(assembly)].landing_days
    assert cold["ExpirationInDays"] == days
    assert [step["TransitionInDays"] < days for step in cold["Transitions"]] == [True]


@pytest.mark.parametrize("purpose", ["artist-data", "event-reports"])
def test_published_versions_are_kept(assembly, purpose):
    rules = lifecycle_rules(assembly, purpose)
    assert rules, "no rule was looked at"
    for rule in rules.values():
        assert not [key for key in rule if "Expiration" in key], rule


@pytest.mark.parametrize("purpose", ["landing", "lake", "access-logs"])
def test_replaced_versions_go_after_some_days(assembly, purpose):
    days = ENVIRONMENTS[environment(assembly)].noncurrent_version_days
    rule = lifecycle_rules(assembly, purpose)["clean-up"]
    assert rule["NoncurrentVersionExpiration"] == {"NoncurrentDays": days}
    assert rule["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 7}


def test_crawlers_make_one_table_a_source(assembly):
    env = environment(assembly)
    crawlers = {
        crawler["Name"]: crawler for _, crawler in resources(assembly, "AWS::Glue::Crawler")
    }
    lake, landing = names.bucket(env, "lake"), names.bucket(env, "landing")
    roots = {"landing": f"s3://{landing}", "quarantine": f"s3://{lake}/quarantine"}
    assert set(crawlers) == {names.crawler(env, layer) for layer in roots}
    for layer, root in roots.items():
        crawler = crawlers[names.crawler(env, layer)]
        assert crawler["DatabaseName"] == names.database(env, layer)
        assert crawler["Targets"]["S3Targets"] == [
            {"Path": f"{root}/{source}/", "Exclusions": ["**/images/**"]}
            for source in names.SOURCES
        ]


def as_list(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def test_job_cannot_write_where_sources_land(assembly):
    landing = names.bucket(environment(assembly), "landing")
    seen = 0
    for logical_id, statement in statements(assembly):
        if landing in json.dumps(statement["Resource"]):
            seen += 1
            assert "Put" not in json.dumps(statement["Action"]), logical_id
            assert "Delete" not in json.dumps(statement["Action"]), logical_id
    assert seen >= 2


@pytest.mark.parametrize(
    ("job", "folders"),
    [
        ("CleanSources", ["ledger", "quarantine", "released", "runs", "silver"]),
        ("BuildMarts", ["gold", "runs"]),
        ("MaintainLake", ["gold", "runs", "silver"]),
        ("PublishEventReports", ["athena-results", "runs"]),
        (
            "ProcessArtistImages",
            ["athena-results", "gold", "ledger", "quarantine", "runs"],
        ),
    ],
)
def test_each_job_writes_its_own_folders_of_the_lake(assembly, job, folders):
    lake = names.bucket(environment(assembly), "lake")
    written = set()
    for logical_id, statement in statements(assembly):
        if logical_id.startswith(f"{job}Role") and "s3:PutObject" in statement["Action"]:
            written |= set(re.findall(rf":::{lake}/([\w-]+)/\*", json.dumps(statement["Resource"])))
    assert sorted(written) == folders


def test_roles_trust_one_service_of_this_account_only(assembly):
    trusted = set()
    for _, role in resources(assembly, "AWS::IAM::Role"):
        (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
        # MWAA has two names, of which one role trusts both.
        trusted |= set(as_list(trust["Principal"]["Service"]))
        if trust["Principal"]["Service"] == "lambda.amazonaws.com":
            # Lambda names no source; a function's role is passed to it within the account.
            assert "Condition" not in trust
            continue
        assert trust["Condition"] == {
            "StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
        }
    services = ("airflow", "airflow-env", "glue", "lambda")
    services += ("quicksight", "sagemaker", "vpc-flow-logs")
    assert trusted == {f"{service}.amazonaws.com" for service in services}


def test_aws_solutions_rules_hold_or_are_acknowledged_with_a_reason(assembly):
    report = json.loads((assembly.directory / "validation-report.json").read_text())
    (plugin,) = (p for p in report["pluginReports"] if p["pluginName"] == "AwsSolutions")
    assert plugin["conclusion"] == "success"
    assert plugin["violations"] == []
    acknowledged = plugin["suppressedViolations"]
    assert acknowledged, "the rules looked at nothing"
    for violation in acknowledged:
        assert len(violation["reason"].split()) >= 4, violation["ruleName"]


def test_cfn_lint_finds_nothing(assembly):
    templates = [str(assembly.directory / f"{stack}.template.json") for stack in assembly.stacks]
    # Dev has a notebook more.
    assert len(templates) == {"dev": 12, "prod": 11}[environment(assembly)]
    linted = subprocess.run(
        [
            str(Path(sys.executable).with_name("cfn-lint")),
            "--regions",
            "eu-west-1",
            # The CDK lets a function wait for its role and says so though the reference does.
            "--ignore-checks",
            "W3005",
            "--format",
            "parseable",
            "--",
            *templates,
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    # The list of actions that it knows lacks the one that QuickSight's API has for definitions.
    found = [
        line for line in linted.stdout.splitlines() if "'describedashboarddefinition'" not in line
    ]
    assert (found, linted.stderr) == ([], "")


def test_templates_name_no_account_and_no_region(assembly):
    for stack in assembly.stacks:
        text = json.dumps(assembly.template(stack))
        # An application of the repository has its publisher's account and region in its name.
        text = re.sub(r"arn:aws:serverlessrepo:[\w-]+:\d{12}:applications/\w+", "", text)
        assert not re.search(r"\b\d{12}\b", text)
        assert not re.search(r"\b(us|eu|ap)-[a-z]+-\d\b", text)
