"""Stacks: CREATE_COMPLETE means that every resource is there, with every property it was given."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.slow

ROLE = "arn:aws:iam::000000000000:role/glue"
_TIMEOUT_SECONDS = 60.0


class Stacks:
    """Creates, changes and deletes a gateway's stacks and waits for each to end."""

    def __init__(self, gateway: Any) -> None:
        self._api = gateway.client("cloudformation")

    def create(self, name: str, resources: dict[str, Any]) -> str:
        """The final status."""
        template = json.dumps({"Resources": resources})
        self._api.create_stack(StackName=name, TemplateBody=template)
        return self.wait(name)

    def update(self, name: str, resources: dict[str, Any]) -> str:
        template = json.dumps({"Resources": resources})
        self._api.update_stack(StackName=name, TemplateBody=template)
        return self.wait(name)

    def delete(self, name: str) -> str:
        stack_id = self._api.describe_stacks(StackName=name)["Stacks"][0]["StackId"]
        self._api.delete_stack(StackName=name)
        return self.wait(stack_id)

    def begin(self, name: str, resources: dict[str, Any]) -> None:
        template = json.dumps({"Resources": resources})
        self._api.create_stack(StackName=name, TemplateBody=template)

    def status(self, name: str) -> str:
        return str(self._api.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"])

    def wait(self, name: str) -> str:
        deadline = time.monotonic() + _TIMEOUT_SECONDS
        while (status := self.status(name)).endswith("_IN_PROGRESS"):
            assert time.monotonic() < deadline, f"{name} is still {status}"
            time.sleep(0.05)
        return status

    def reasons(self, name: str) -> dict[str, str]:
        """Why resources failed, by logical id."""
        return {
            event["LogicalResourceId"]: event["ResourceStatusReason"]
            for event in self._api.describe_stack_events(StackName=name)["StackEvents"]
            if event["ResourceStatus"].endswith("_FAILED") and "ResourceStatusReason" in event
        }

    def physical_id(self, name: str, logical_id: str) -> str:
        answer = self._api.describe_stack_resource(StackName=name, LogicalResourceId=logical_id)
        return str(answer["StackResourceDetail"]["PhysicalResourceId"])


@pytest.fixture
def stacks(gateway):
    return Stacks(gateway)


def bucket(**properties: Any) -> dict[str, Any]:
    return {"Type": "AWS::S3::Bucket", "Properties": properties}


def test_unknown_type_is_refused_by_name(stacks):
    """AWS: ValidationError, and no stack is made."""
    with pytest.raises(ClientError, match=r"Unrecognized resource types.*AWS::Glue::Nonsense"):
        stacks.create("unknown", {"Thing": {"Type": "AWS::Glue::Nonsense", "Properties": {}}})
    with pytest.raises(ClientError, match="does not exist"):
        stacks.status("unknown")


def test_property_that_nothing_applies_fails_its_resource(stacks, gateway):
    """Not AWS's answer, which would apply it: here it must not look as if it had been."""
    status = stacks.create(
        "dropped",
        {
            "Store": bucket(
                BucketName="dropped-store",
                AccelerateConfiguration={"AccelerationStatus": "Enabled"},
            )
        },
    )

    assert status == "ROLLBACK_COMPLETE"
    assert "AccelerateConfiguration" in stacks.reasons("dropped")["Store"]
    with pytest.raises(ClientError, match="404"):
        gateway.client("s3").head_bucket(Bucket="dropped-store")


def test_property_added_by_an_update_fails_it_too(stacks):
    stacks.create("dropped-later", {"Store": bucket(BucketName="dropped-later-store")})

    status = stacks.update(
        "dropped-later",
        {
            "Store": bucket(
                BucketName="dropped-later-store",
                AccelerateConfiguration={"AccelerationStatus": "Enabled"},
            )
        },
    )

    assert status == "UPDATE_ROLLBACK_COMPLETE"
    assert "AccelerateConfiguration" in stacks.reasons("dropped-later")["Store"]


def test_failed_resource_takes_back_those_before_it_and_says_why(stacks, gateway):
    """AWS: ROLLBACK_COMPLETE; the resource's event carries the service's own message."""
    status = stacks.create(
        "half",
        {
            "Store": bucket(BucketName="half-store"),
            "Job": {
                "Type": "AWS::Glue::Job",
                "DependsOn": "Store",
                "Properties": {"Role": ROLE, "Command": {"Name": "nonsense"}},
            },
        },
    )

    assert status == "ROLLBACK_COMPLETE"
    assert "nonsense" in stacks.reasons("half")["Job"]
    with pytest.raises(ClientError, match="404"):
        gateway.client("s3").head_bucket(Bucket="half-store")


def test_bucket_has_its_properties_changes_and_goes(stacks, gateway):
    s3 = gateway.client("s3")
    properties = {
        "BucketName": "whole-store",
        "VersioningConfiguration": {"Status": "Enabled"},
        "BucketEncryption": {
            "ServerSideEncryptionConfiguration": [
                {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}
            ]
        },
        "LifecycleConfiguration": {
            "Rules": [
                {
                    "Id": "old",
                    "Status": "Enabled",
                    "Prefix": "logs/",
                    "ExpirationInDays": 30,
                    "Transitions": [{"StorageClass": "GLACIER", "TransitionInDays": 10}],
                    "NoncurrentVersionExpiration": {"NoncurrentDays": 7},
                    "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 3},
                }
            ]
        },
        "LoggingConfiguration": {"DestinationBucketName": "whole-store", "LogFilePrefix": "x/"},
        "OwnershipControls": {"Rules": [{"ObjectOwnership": "ObjectWriter"}]},
        "PublicAccessBlockConfiguration": {"BlockPublicAcls": True, "BlockPublicPolicy": True},
        "Tags": [{"Key": "project", "Value": "rlm"}],
    }
    assert stacks.create("whole", {"Store": bucket(**properties)}) == "CREATE_COMPLETE"

    name = {"Bucket": "whole-store"}
    assert s3.get_bucket_versioning(**name)["Status"] == "Enabled"
    encryption = s3.get_bucket_encryption(**name)["ServerSideEncryptionConfiguration"]["Rules"][0]
    assert encryption["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "aws:kms"}
    (rule,) = s3.get_bucket_lifecycle_configuration(**name)["Rules"]
    assert rule["ID"] == "old"
    assert rule["Filter"] == {"Prefix": "logs/"}
    assert rule["Expiration"] == {"Days": 30}
    assert rule["Transitions"] == [{"Days": 10, "StorageClass": "GLACIER"}]
    assert rule["NoncurrentVersionExpiration"] == {"NoncurrentDays": 7}
    assert rule["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 3}
    assert s3.get_bucket_logging(**name)["LoggingEnabled"]["TargetPrefix"] == "x/"
    ownership = s3.get_bucket_ownership_controls(**name)["OwnershipControls"]
    assert ownership["Rules"] == [{"ObjectOwnership": "ObjectWriter"}]
    blocked = s3.get_public_access_block(**name)["PublicAccessBlockConfiguration"]
    assert blocked["BlockPublicAcls"]
    assert {"Key": "project", "Value": "rlm"} in s3.get_bucket_tagging(**name)["TagSet"]

    fewer = {"BucketName": "whole-store", "VersioningConfiguration": {"Status": "Enabled"}}
    assert stacks.update("whole", {"Store": bucket(**fewer)}) == "UPDATE_COMPLETE"
    with pytest.raises(ClientError, match="NoSuchLifecycleConfiguration"):
        s3.get_bucket_lifecycle_configuration(**name)
    assert "LoggingEnabled" not in s3.get_bucket_logging(**name)
    assert stacks.physical_id("whole", "Store") == "whole-store"

    assert stacks.delete("whole") == "DELETE_COMPLETE"
    with pytest.raises(ClientError, match="404"):
        s3.head_bucket(**name)


def test_object_encrypted_with_kms_and_no_key_gets_the_managed_key(gateway):
    """AWS: the account's own key aws/s3; the CDK stores its assets so."""
    s3 = gateway.client("s3")
    s3.create_bucket(Bucket="managed-key")
    s3.put_object(Bucket="managed-key", Key="x", Body=b"x", ServerSideEncryption="aws:kms")

    head = s3.head_object(Bucket="managed-key", Key="x")
    assert head["ServerSideEncryption"] == "aws:kms"
    assert head["SSEKMSKeyId"].endswith("alias/aws/s3")


def table(**properties: Any) -> dict[str, Any]:
    return {
        "Type": "AWS::DynamoDB::Table",
        "Properties": {
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            **properties,
        },
    }


def test_table_has_recovery_encryption_and_expiry_until_they_are_taken_away(stacks, gateway):
    dynamodb = gateway.client("dynamodb")
    status = stacks.create(
        "fans",
        {
            "Fans": table(
                TableName="Fans",
                BillingMode="PAY_PER_REQUEST",
                PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
                SSESpecification={"SSEEnabled": True},
                TimeToLiveSpecification={"AttributeName": "expires_at", "Enabled": True},
            )
        },
    )

    assert status == "CREATE_COMPLETE"
    assert dynamodb.describe_table(TableName="Fans")["Table"]["SSEDescription"]["SSEType"] == "KMS"
    assert recovery_of(dynamodb, "Fans") == "ENABLED"
    expiry = dynamodb.describe_time_to_live(TableName="Fans")["TimeToLiveDescription"]
    assert expiry == {"AttributeName": "expires_at", "TimeToLiveStatus": "ENABLED"}

    fewer = table(TableName="Fans", BillingMode="PAY_PER_REQUEST")
    assert stacks.update("fans", {"Fans": fewer}) == "UPDATE_COMPLETE"
    assert recovery_of(dynamodb, "Fans") == "DISABLED"
    expiry = dynamodb.describe_time_to_live(TableName="Fans")["TimeToLiveDescription"]
    assert expiry["TimeToLiveStatus"] == "DISABLED"
    assert stacks.delete("fans") == "DELETE_COMPLETE"
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        dynamodb.describe_table(TableName="Fans")


def recovery_of(dynamodb: Any, name: str) -> str:
    backups = dynamodb.describe_continuous_backups(TableName=name)
    described = backups["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    return str(described["PointInTimeRecoveryStatus"])


def test_glue_job_of_a_stack_is_the_job_of_the_api(stacks, gateway):
    """AWS: the same CreateJob, UpdateJob and DeleteJob; what an update leaves out is reset."""
    glue = gateway.client("glue")

    def job(**properties: Any) -> dict[str, Any]:
        command = {"Name": "pythonshell", "ScriptLocation": "s3://scripts/x.py"}
        return {
            "Type": "AWS::Glue::Job",
            "Properties": {"Name": "stacked", "Role": ROLE, "Command": command, **properties},
        }

    status = stacks.create(
        "jobs",
        {
            "Job": job(
                DefaultArguments={"--env": "dev"},
                ExecutionProperty={"MaxConcurrentRuns": 3},
                Timeout=7,
                MaxRetries=1,
                Tags={"project": "rlm"},
            )
        },
    )

    assert status == "CREATE_COMPLETE", stacks.reasons("jobs")
    made = glue.get_job(JobName="stacked")["Job"]
    assert made["DefaultArguments"] == {"--env": "dev"}
    assert made["ExecutionProperty"] == {"MaxConcurrentRuns": 3}
    assert made["Timeout"] == 7
    assert made["MaxRetries"] == 1
    arn = "arn:aws:glue:us-east-1:000000000000:job/stacked"
    assert glue.get_tags(ResourceArn=arn)["Tags"]["project"] == "rlm"

    assert stacks.update("jobs", {"Job": job(Timeout=8)}) == "UPDATE_COMPLETE"
    changed = glue.get_job(JobName="stacked")["Job"]
    assert changed["Timeout"] == 8
    assert changed["MaxRetries"] == 0
    assert changed.get("DefaultArguments", {}) == {}
    assert "project" not in glue.get_tags(ResourceArn=arn)["Tags"]

    assert stacks.delete("jobs") == "DELETE_COMPLETE"
    with pytest.raises(ClientError, match="EntityNotFoundException"):
        glue.get_job(JobName="stacked")


def test_renamed_glue_job_replaces_the_old_one(stacks, gateway):
    glue = gateway.client("glue")

    def job(name: str) -> dict[str, Any]:
        command = {"Name": "pythonshell", "ScriptLocation": "s3://scripts/x.py"}
        return {
            "Type": "AWS::Glue::Job",
            "Properties": {"Name": name, "Role": ROLE, "Command": command},
        }

    stacks.create("renamed", {"Job": job("before")})
    assert stacks.update("renamed", {"Job": job("after")}) == "UPDATE_COMPLETE"
    assert stacks.physical_id("renamed", "Job") == "after"
    assert glue.get_job(JobName="after")["Job"]["Name"] == "after"
    with pytest.raises(ClientError, match="EntityNotFoundException"):
        glue.get_job(JobName="before")


def test_crawler_has_its_targets_changes_and_goes(stacks, gateway):
    glue = gateway.client("glue")

    def catalog(**properties: Any) -> dict[str, Any]:
        return {
            "Database": {
                "Type": "AWS::Glue::Database",
                "Properties": {
                    "CatalogId": {"Ref": "AWS::AccountId"},
                    "DatabaseInput": {"Name": "crawled", "LocationUri": "s3://crawled/"},
                },
            },
            "Crawler": {
                "Type": "AWS::Glue::Crawler",
                "DependsOn": "Database",
                "Properties": {
                    "Name": "crawling",
                    "Role": ROLE,
                    "DatabaseName": "crawled",
                    "Targets": {"S3Targets": [{"Path": "s3://crawled/artists/"}]},
                    **properties,
                },
            },
        }

    status = stacks.create(
        "crawlers",
        catalog(
            TablePrefix="raw_",
            SchemaChangePolicy={"UpdateBehavior": "LOG", "DeleteBehavior": "LOG"},
        ),
    )

    assert status == "CREATE_COMPLETE", stacks.reasons("crawlers")
    made = glue.get_crawler(Name="crawling")["Crawler"]
    assert [target["Path"] for target in made["Targets"]["S3Targets"]] == ["s3://crawled/artists/"]
    assert made["TablePrefix"] == "raw_"
    assert made["SchemaChangePolicy"]["DeleteBehavior"] == "LOG"
    assert glue.get_database(Name="crawled")["Database"]["LocationUri"] == "s3://crawled/"

    assert stacks.update("crawlers", catalog()) == "UPDATE_COMPLETE"
    assert glue.get_crawler(Name="crawling")["Crawler"].get("TablePrefix", "") == ""
    assert stacks.delete("crawlers") == "DELETE_COMPLETE"
    with pytest.raises(ClientError, match="EntityNotFoundException"):
        glue.get_crawler(Name="crawling")


def test_database_in_another_accounts_catalog_is_refused(stacks):
    status = stacks.create(
        "foreign",
        {
            "Database": {
                "Type": "AWS::Glue::Database",
                "Properties": {
                    "CatalogId": "111111111111",
                    "DatabaseInput": {"Name": "foreign"},
                },
            }
        },
    )

    assert status == "ROLLBACK_COMPLETE"
    assert "111111111111" in stacks.reasons("foreign")["Database"]


def scaled_table(maximum: int) -> dict[str, Any]:
    dimension = "dynamodb:table:ReadCapacityUnits"
    return {
        "Table": table(
            TableName="Scaled",
            ProvisionedThroughput={"ReadCapacityUnits": 1, "WriteCapacityUnits": 1},
        ),
        "Reads": {
            "Type": "AWS::ApplicationAutoScaling::ScalableTarget",
            "Properties": {
                "ServiceNamespace": "dynamodb",
                "ResourceId": {"Fn::Sub": "table/${Table}"},
                "ScalableDimension": dimension,
                "MinCapacity": 5,
                "MaxCapacity": maximum,
                "RoleARN": "arn:aws:iam::000000000000:role/scaling",
            },
        },
        "ReadsPolicy": {
            "Type": "AWS::ApplicationAutoScaling::ScalingPolicy",
            "Properties": {
                "PolicyName": "reads",
                "PolicyType": "TargetTrackingScaling",
                "ScalingTargetId": {"Ref": "Reads"},
                "TargetTrackingScalingPolicyConfiguration": {
                    "PredefinedMetricSpecification": {
                        "PredefinedMetricType": "DynamoDBReadCapacityUtilization"
                    },
                    "TargetValue": 70,
                },
            },
        },
    }


def test_scalable_target_and_policy_are_those_of_the_service(stacks, gateway):
    scaling = gateway.client("application-autoscaling")
    resource = {"ServiceNamespace": "dynamodb", "ResourceId": "table/Scaled"}
    assert stacks.create("scaled", scaled_table(50)) == "CREATE_COMPLETE", stacks.reasons("scaled")

    (target,) = scaling.describe_scalable_targets(
        ServiceNamespace="dynamodb", ResourceIds=["table/Scaled"]
    )["ScalableTargets"]
    assert (target["MinCapacity"], target["MaxCapacity"]) == (5, 50)
    (policy,) = scaling.describe_scaling_policies(**resource)["ScalingPolicies"]
    assert policy["TargetTrackingScalingPolicyConfiguration"]["TargetValue"] == 70
    assert stacks.physical_id("scaled", "ReadsPolicy") == policy["PolicyARN"]

    assert stacks.update("scaled", scaled_table(60)) == "UPDATE_COMPLETE"
    (target,) = scaling.describe_scalable_targets(
        ServiceNamespace="dynamodb", ResourceIds=["table/Scaled"]
    )["ScalableTargets"]
    assert target["MaxCapacity"] == 60

    assert stacks.delete("scaled") == "DELETE_COMPLETE", stacks.reasons("scaled")
    assert scaling.describe_scaling_policies(**resource)["ScalingPolicies"] == []


def test_log_group_keeps_its_retention(stacks, gateway):
    def group(days: int) -> dict[str, Any]:
        return {
            "Logs": {
                "Type": "AWS::Logs::LogGroup",
                "Properties": {"LogGroupName": "/stacked", "RetentionInDays": days},
            }
        }

    def retention() -> int:
        (found,) = gateway.client("logs").describe_log_groups(logGroupNamePrefix="/stacked")[
            "logGroups"
        ]
        return int(found["retentionInDays"])

    assert stacks.create("logs", group(14)) == "CREATE_COMPLETE"
    assert retention() == 14
    assert stacks.update("logs", group(30)) == "UPDATE_COMPLETE"
    assert retention() == 30


def test_stack_killed_in_creation_takes_what_it_made_with_it(new_gateway):
    """AWS never stops in the middle; here, deploying again must work after a kill."""
    gateway = new_gateway()
    stacks = Stacks(gateway)
    wait = {
        "Type": "AWS::CloudFormation::WaitCondition",
        "DependsOn": "Store",
        "Properties": {"Handle": {"Ref": "Handle"}, "Timeout": "600"},
    }
    store = {"Store": bucket(BucketName="killed-store")}
    handle = {"Handle": {"Type": "AWS::CloudFormation::WaitConditionHandle"}}
    stacks.begin("killed", {**store, **handle, "Wait": wait})
    s3 = gateway.client("s3")
    deadline = time.monotonic() + _TIMEOUT_SECONDS
    while not any(b["Name"] == "killed-store" for b in s3.list_buckets()["Buckets"]):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    time.sleep(2)  # background work is kept within a second or two
    assert stacks.status("killed") == "CREATE_IN_PROGRESS"
    gateway.kill()
    gateway.start()

    assert stacks.status("killed") == "ROLLBACK_COMPLETE"
    assert stacks.delete("killed") == "DELETE_COMPLETE"
    assert stacks.create("killed", store) == "CREATE_COMPLETE", stacks.reasons("killed")


def test_deployed_stack_survives_kill(new_gateway):
    gateway = new_gateway()
    stacks = Stacks(gateway)
    assert stacks.create("kept", scaled_table(50)) == "CREATE_COMPLETE"
    gateway.kill()
    gateway.start()

    assert stacks.status("kept") == "CREATE_COMPLETE"
    table_of = gateway.client("dynamodb").describe_table(TableName="Scaled")["Table"]
    assert table_of["ProvisionedThroughput"]["ReadCapacityUnits"] == 5
    (target,) = gateway.client("application-autoscaling").describe_scalable_targets(
        ServiceNamespace="dynamodb"
    )["ScalableTargets"]
    assert target["MaxCapacity"] == 50
    assert stacks.update("kept", scaled_table(60)) == "UPDATE_COMPLETE"
