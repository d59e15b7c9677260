"""A PostgreSQL instance in a stack, with the secret that says how to reach it."""

from __future__ import annotations

import json
import time
from typing import Any

import psycopg
import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.slow

PASSWORD = "{{resolve:secretsmanager:%s:SecretString:password::}}"


def template(**properties: Any) -> str:
    """As the CDK writes it: the password is generated, and stands in the secret alone."""
    return json.dumps(
        {
            "Resources": {
                "Secret": {
                    "Type": "AWS::SecretsManager::Secret",
                    "Properties": {
                        "Name": "sales/booking",
                        "GenerateSecretString": {
                            "SecretStringTemplate": '{"username":"booking"}',
                            "GenerateStringKey": "password",
                            "ExcludeCharacters": " %+~`#$&*()|[]{}:;<>?!'/@\"\\",
                            "PasswordLength": 30,
                        },
                    },
                },
                "Database": {
                    "Type": "AWS::RDS::DBInstance",
                    "Properties": {
                        "DBInstanceIdentifier": "Sales",
                        "DBInstanceClass": "db.t4g.micro",
                        "AllocatedStorage": "20",
                        "Engine": "postgres",
                        "EngineVersion": "18",
                        "DBName": "booking",
                        "DBSubnetGroupName": "elsewhere",
                        "MasterUsername": "booking",
                        "MasterUserPassword": {
                            "Fn::Join": ["", [PASSWORD.partition("%s")[0], {"Ref": "Secret"},
                                              PASSWORD.partition("%s")[2]]]
                        },
                        "StorageEncrypted": True,
                        "Tags": [{"Key": "team", "Value": "booking"}],
                        **properties,
                    },
                },
                "Attachment": {
                    "Type": "AWS::SecretsManager::SecretTargetAttachment",
                    "Properties": {
                        "SecretId": {"Ref": "Secret"},
                        "TargetId": {"Ref": "Database"},
                        "TargetType": "AWS::RDS::DBInstance",
                    },
                },
            },
            "Outputs": {
                "Port": {"Value": {"Fn::GetAtt": ["Database", "Endpoint.Port"]}},
                "Secret": {"Value": {"Fn::GetAtt": ["Secret", "Id"]}},
            },
        }
    )  # fmt: skip


def settle(gateway: Any) -> tuple[str, str]:
    """The stack's status when nothing changes any more, and what failed last."""
    cloudformation = gateway.client("cloudformation")
    give_up = time.monotonic() + 120
    status = "unknown"
    while time.monotonic() < give_up:
        status = cloudformation.describe_stacks(StackName="sales")["Stacks"][0]["StackStatus"]
        if not status.endswith("_IN_PROGRESS"):
            break
        time.sleep(0.1)
    events = cloudformation.describe_stack_events(StackName="sales")["StackEvents"]
    failed = [one for one in events if one["ResourceStatus"].endswith("_FAILED")]
    return status, failed[0].get("ResourceStatusReason", "") if failed else ""


def test_instance_lives_and_goes_with_its_stack(gateway: Any) -> None:
    cloudformation, rds = gateway.client("cloudformation"), gateway.client("rds")
    cloudformation.create_stack(StackName="sales", TemplateBody=template())
    assert settle(gateway) == ("CREATE_COMPLETE", "")
    outputs = {
        one["OutputKey"]: one["OutputValue"]
        for one in cloudformation.describe_stacks(StackName="sales")["Stacks"][0]["Outputs"]
    }
    secret = json.loads(
        gateway.client("secretsmanager").get_secret_value(SecretId=outputs["Secret"])[
            "SecretString"
        ]
    )
    assert secret | {"password": ""} == {
        "username": "booking",
        "password": "",
        "engine": "postgres",
        "host": "127.0.0.1",
        "port": int(outputs["Port"]),
        "dbInstanceIdentifier": "sales",
        "dbname": "booking",
    }
    with psycopg.connect(
        host=secret["host"],
        port=secret["port"],
        user=secret["username"],
        password=secret["password"],
        dbname=secret["dbname"],
    ) as connection:
        assert connection.execute("SELECT current_database()").fetchone() == ("booking",)
    found = rds.describe_db_instances(DBInstanceIdentifier="sales")["DBInstances"][0]
    assert found["StorageEncrypted"] is True
    assert found["AllocatedStorage"] == 20
    assert {"Key": "team", "Value": "booking"} in found["TagList"]

    cloudformation.update_stack(
        StackName="sales", TemplateBody=template(AllocatedStorage="30", BackupRetentionPeriod=7)
    )
    assert settle(gateway)[0] == "UPDATE_COMPLETE"
    changed = rds.describe_db_instances(DBInstanceIdentifier="sales")["DBInstances"][0]
    assert (changed["AllocatedStorage"], changed["BackupRetentionPeriod"]) == (30, 7)
    assert changed["DbiResourceId"] == found["DbiResourceId"]

    cloudformation.delete_stack(StackName="sales")
    give_up = time.monotonic() + 60
    while time.monotonic() < give_up and rds.describe_db_instances()["DBInstances"]:
        time.sleep(0.1)
    assert rds.describe_db_instances()["DBInstances"] == []


def test_property_that_is_not_served_fails_the_stack(gateway: Any) -> None:
    gateway.client("cloudformation").create_stack(
        StackName="pretended", TemplateBody=template(MonitoringInterval=60)
    )
    give_up = time.monotonic() + 60
    cloudformation = gateway.client("cloudformation")
    while time.monotonic() < give_up:
        (stack,) = cloudformation.describe_stacks(StackName="pretended")["Stacks"]
        if stack["StackStatus"] == "ROLLBACK_COMPLETE":
            break
        time.sleep(0.1)
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    events = cloudformation.describe_stack_events(StackName="pretended")["StackEvents"]
    assert any("does not serve MonitoringInterval" in str(one) for one in events)
    with pytest.raises(ClientError, match="DBInstanceNotFound"):
        gateway.client("rds").describe_db_instances(DBInstanceIdentifier="sales")
