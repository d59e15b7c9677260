"""What dashboards read from: the booking database, the connector, QuickSight's role and sources."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml
from templates import environment, resources

from environments import ENVIRONMENTS
from rlm import names
from rlm.domain.serving_feeds import FEEDS

REPOSITORY = Path(__file__).parents[2]
pytestmark = pytest.mark.slow  # synthesis starts Node


def test_booking_database_is_encrypted_private_and_restorable(assembly):
    env = environment(assembly)
    settings = ENVIRONMENTS[env]
    ((_, database),) = resources(assembly, "AWS::RDS::DBInstance")
    assert database["DBInstanceIdentifier"] == names.booking_instance(env)
    assert (database["Engine"], database["DBInstanceClass"]) == ("postgres", "db.t4g.micro")
    assert database["StorageEncrypted"] is True
    assert database["PubliclyAccessible"] is False
    assert database["BackupRetentionPeriod"] == settings.booking_backup_days
    assert database["DeletionProtection"] is settings.keeps_data
    kept = assembly.template(names.stack(env, "booking"))["Resources"]["Database"]
    assert kept["DeletionPolicy"] == ("Retain" if settings.keeps_data else "Delete")


def test_its_password_stands_in_the_secret_alone(assembly):
    ((_, database),) = resources(assembly, "AWS::RDS::DBInstance")
    assert "resolve:secretsmanager" in json.dumps(database["MasterUserPassword"])
    ((_, secret),) = resources(assembly, "AWS::SecretsManager::Secret")
    assert "SecretString" not in secret
    assert secret["GenerateSecretString"]["PasswordLength"] >= 30
    ((_, attached),) = resources(assembly, "AWS::SecretsManager::SecretTargetAttachment")
    assert attached["TargetId"] == {"Ref": "Database"}


def test_no_route_leads_out_of_the_network(assembly):
    network = assembly.template(names.stack(environment(assembly), "network"))["Resources"]
    types = {resource["Type"] for resource in network.values()}
    assert "AWS::EC2::VPC" in types
    assert not types & {"AWS::EC2::InternetGateway", "AWS::EC2::NatGateway", "AWS::EC2::Route"}
    subnets = [one for one in network.values() if one["Type"] == "AWS::EC2::Subnet"]
    assert len(subnets) == 2
    assert {one["Properties"]["MapPublicIpOnLaunch"] for one in subnets} == {False}


def test_others_know_the_network_by_its_names_alone(assembly):
    """Where the network is left out, nothing else may need a resource of it."""
    env = environment(assembly)
    assert "Outputs" not in assembly.template(names.stack(env, "network"))
    ((_, group),) = resources(assembly, "AWS::RDS::DBSubnetGroup")
    ((_, database),) = resources(assembly, "AWS::RDS::DBInstance")
    assert database["DBSubnetGroupName"] == group["DBSubnetGroupName"]
    # RDS takes the network's own group, in which QuickSight's interfaces are.
    assert "VPCSecurityGroups" not in database
    ((_, connection),) = resources(assembly, "AWS::QuickSight::VPCConnection")
    ((attribute,),) = (one.values() for one in connection["SecurityGroupIds"])
    assert attribute[1] == "DefaultSecurityGroup"
    sources = {
        one["DataSourceId"]: one for _, one in resources(assembly, "AWS::QuickSight::DataSource")
    }
    named = json.dumps(sources[f"rlm-{env}-booking"]["VpcConnectionProperties"])
    assert f":vpcConnection/{connection['VPCConnectionId']}" in named


def test_data_sources_are_those_of_the_files(assembly):
    env = environment(assembly)
    folder = REPOSITORY / "dashboards"
    made = yaml.safe_load((folder / "made_by_template.yaml").read_text())["data_sources"]
    found = {
        source["DataSourceId"]: (source["Type"], source["Name"])
        for _, source in resources(assembly, "AWS::QuickSight::DataSource")
    }
    files = {
        name: yaml.safe_load((folder / "data_sources" / f"{name}.yaml").read_text())
        for name in made
    }
    assert found == {
        f"rlm-{env}-{name}": (content["Type"], content["Name"]) for name, content in files.items()
    }
    for _, source in resources(assembly, "AWS::QuickSight::DataSource"):
        assert "${" not in json.dumps(source)


def test_quicksight_reads_marts_and_writes_results_only(assembly):
    env = environment(assembly)
    lake = names.bucket(env, "lake")
    template = assembly.template(names.stack(env, "quicksight"))["Resources"]
    (policy,) = (
        one["Properties"]["PolicyDocument"]["Statement"]
        for one in template.values()
        if one["Type"] == "AWS::IAM::Policy"
    )
    read, written = set(), set()
    for statement in policy:
        folders = set(re.findall(rf":::{lake}/([\w-]+)/\*", json.dumps(statement["Resource"])))
        if "s3:GetObject" in statement["Action"]:
            read |= folders
        if "s3:PutObject" in statement["Action"]:
            written |= folders
    assert read == {"athena-results", "athena-spill", "gold", "ledger", "silver"}
    assert written == {"athena-results"}


def test_connector_reads_the_described_tables_only(assembly):
    env = environment(assembly)
    ((_, application),) = resources(assembly, "AWS::Serverless::Application")
    parameters = application["Parameters"]
    assert parameters["AthenaCatalogName"] == names.dynamodb_connector(env)
    assert "DynamoDbConnectorRole" in json.dumps(parameters["LambdaRole"])
    ((_, catalog),) = resources(assembly, "AWS::Athena::DataCatalog")
    function = json.dumps(catalog["Parameters"]["function"])
    assert f":function:{names.dynamodb_connector(env)}" in function
    described = {
        table["TableInput"]["Parameters"]["sourceTable"]: {
            column["Name"]: column["Type"]
            for column in table["TableInput"]["StorageDescriptor"]["Columns"]
        }
        for _, table in resources(assembly, "AWS::Glue::Table")
        if table["DatabaseName"] == names.serving_database(env)
    }
    assert set(described) == {
        names.dynamodb_table(env, entity) for entity in ("Artists", "Events", "Venues")
    }
    (events,) = (feed for feed in FEEDS if feed.name == "Events")
    columns = described[names.dynamodb_table(env, "Events")]
    assert set(columns) == {column.name for column in events.columns} | {"version", "content_hash"}
    assert columns["lowest_price_cents"] == "bigint"
    assert columns["is_sold_out"] == "boolean"
    assert columns["genres"] == "array<string>"
    policies = json.dumps(
        [
            one["Properties"]["PolicyDocument"]
            for name, one in assembly.template(names.stack(env, "query"))["Resources"].items()
            if name.startswith("DynamoDbConnectorRoleDefaultPolicy")
        ]
    )
    readable = set(re.findall(r":table/(rlm-\w+-\w+)", policies))
    assert readable == set(described)
