"""What a service says of a deployed resource, in the words of its template."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from described_api import API_DESCRIBERS, root_resource_id
from described_monitoring import MONITORING_DESCRIBERS

if TYPE_CHECKING:
    from collections.abc import Callable

Properties = dict[str, Any]


class Deployed:
    """A deployed stack: resolves its template's references and gives clients."""

    def __init__(self, target: Any, stack: str, template: dict[str, Any]) -> None:
        self._target = target
        self._clients: dict[str, Any] = {}
        self.account = self.client("sts").get_caller_identity()["Account"]
        self.region = target.region
        self._resources = template["Resources"]
        answer = self.client("cloudformation").describe_stack_resources(StackName=stack)
        self.physical_ids = {
            found["LogicalResourceId"]: found["PhysicalResourceId"]
            for found in answer["StackResources"]
        }

    def client(self, service: str) -> Any:
        if service not in self._clients:
            self._clients[service] = self._target.client(service)
        return self._clients[service]

    def resource(self, logical_id: str) -> dict[str, Any]:
        """As the template has it."""
        found: dict[str, Any] = self._resources[logical_id]
        return found

    def resolve(self, value: Any) -> Any:
        """A template's value with every reference replaced by what it stands for."""
        if isinstance(value, list):
            return [self.resolve(item) for item in value]
        if not isinstance(value, dict):
            return value
        if set(value) == {"Ref"}:
            return self._ref(value["Ref"])
        if set(value) == {"Fn::Sub"}:
            text = value["Fn::Sub"]
            for name in ("AWS::AccountId", "AWS::Region", "AWS::Partition"):
                text = text.replace("${" + name + "}", self._ref(name))
            return text
        if set(value) == {"Fn::Join"}:
            separator, parts = value["Fn::Join"]
            return separator.join(self.resolve(part) for part in parts)
        if set(value) == {"Fn::Base64"}:
            return base64.b64encode(self.resolve(value["Fn::Base64"]).encode()).decode()
        if set(value) == {"Fn::GetAtt"}:
            return self._attribute(*value["Fn::GetAtt"])
        if set(value) == {"Fn::ImportValue"}:
            return self._exported(value["Fn::ImportValue"])
        return {key: self.resolve(item) for key, item in value.items()}

    def _ref(self, name: str) -> str:
        pseudo = {
            "AWS::AccountId": self.account,
            "AWS::Region": self.region,
            "AWS::Partition": "aws",
        }
        return pseudo.get(name) or self.physical_ids[name]

    def _exported(self, name: str) -> str:
        exports = self.client("cloudformation").list_exports()["Exports"]
        (found,) = (one["Value"] for one in exports if one["Name"] == name)
        return str(found)

    def _attribute(self, logical_id: str, attribute: str) -> str:
        physical_id = str(self.physical_ids[logical_id])
        if attribute == "NotebookInstanceLifecycleConfigName":
            return physical_id.rpartition("/")[2]
        resource_type = self._resources[logical_id]["Type"]
        if (resource_type, attribute) == ("AWS::Lambda::Version", "Version"):
            return physical_id.rpartition(":")[2]
        if (resource_type, attribute) == ("AWS::ApiGateway::RestApi", "RootResourceId"):
            return root_resource_id(self, physical_id)
        if (resource_type, attribute) == ("AWS::SecretsManager::Secret", "Id"):
            arn = self.client("secretsmanager").describe_secret(SecretId=physical_id)["ARN"]
            return str(arn)
        assert attribute == "Arn"
        match resource_type:
            case "AWS::Lambda::Function":
                return f"arn:aws:lambda:{self.region}:{self.account}:function:{physical_id}"
            case "AWS::S3::Bucket":
                return f"arn:aws:s3:::{physical_id}"
            case "AWS::IAM::Role":
                return f"arn:aws:iam::{self.account}:role/{physical_id}"
            case "AWS::ECR::Repository":
                return f"arn:aws:ecr:{self.region}:{self.account}:repository/{physical_id}"
            case "AWS::KMS::Key":
                return f"arn:aws:kms:{self.region}:{self.account}:key/{physical_id}"
            case "AWS::Logs::LogGroup":
                return f"arn:aws:logs:{self.region}:{self.account}:log-group:{physical_id}:*"
            case other:
                raise AssertionError(f"no ARN known for {other}")


def differences(here: Deployed, logical_id: str, resource: dict[str, Any]) -> list[str]:
    """Each property that its service describes otherwise than its template, or not at all."""
    described = DESCRIBERS[resource["Type"]](here, here.physical_ids[logical_id])
    wanted = here.resolve(resource.get("Properties", {}))
    found = []
    for name, value in wanted.items():
        if name == "Tags":
            missing = _tags(value).items() - _tags(described.get("Tags")).items()
            if missing:
                found.append(f"{logical_id}: lacks the tags {sorted(missing)}")
        elif not _holds(described.get(name), value):
            found.append(f"{logical_id}.{name}: {described.get(name)!r}, expected {value!r}")
    return found


def _holds(described: Any, wanted: Any) -> bool:
    """Whether all that is wanted is there; services add defaults of their own."""
    if isinstance(wanted, dict):
        return isinstance(described, dict) and all(
            _holds(described.get(key), value) for key, value in wanted.items()
        )
    if isinstance(wanted, list):
        return (
            isinstance(described, list)
            and len(described) == len(wanted)
            and all(any(_holds(item, value) for item in described) for value in wanted)
        )
    return bool(described == wanted)


def _tags(value: Any) -> dict[str, str]:
    if isinstance(value, list):
        return {tag["Key"]: tag["Value"] for tag in value}
    return dict(value or {})


def _bucket(here: Deployed, name: str) -> Properties:
    s3 = here.client("s3")
    of: dict[str, str] = {"Bucket": name}
    encryption = s3.get_bucket_encryption(**of)["ServerSideEncryptionConfiguration"]["Rules"]
    logging = s3.get_bucket_logging(**of).get("LoggingEnabled")
    described: Properties = {
        "BucketName": name,
        "VersioningConfiguration": {"Status": s3.get_bucket_versioning(**of).get("Status")},
        "BucketEncryption": {
            "ServerSideEncryptionConfiguration": [
                {"ServerSideEncryptionByDefault": rule["ApplyServerSideEncryptionByDefault"]}
                for rule in encryption
            ]
        },
        "PublicAccessBlockConfiguration": s3.get_public_access_block(**of)[
            "PublicAccessBlockConfiguration"
        ],
        "OwnershipControls": s3.get_bucket_ownership_controls(**of)["OwnershipControls"],
        "LifecycleConfiguration": {
            "Rules": [
                _lifecycle_rule(rule)
                for rule in s3.get_bucket_lifecycle_configuration(**of)["Rules"]
            ]
        },
        "Tags": s3.get_bucket_tagging(**of)["TagSet"],
    }
    if logging:
        described["LoggingConfiguration"] = {
            "DestinationBucketName": logging["TargetBucket"],
            "LogFilePrefix": logging["TargetPrefix"],
        }
    return described


def _lifecycle_rule(rule: dict[str, Any]) -> Properties:
    expiration = rule.get("Expiration", {})
    named = {
        "Id": rule["ID"],
        "Prefix": rule["Filter"].get("Prefix"),
        "ExpirationInDays": expiration.get("Days"),
        "ExpiredObjectDeleteMarker": expiration.get("ExpiredObjectDeleteMarker"),
    }
    transitions = [
        {"StorageClass": step["StorageClass"], "TransitionInDays": step["Days"]}
        for step in rule.get("Transitions", [])
    ]
    noncurrent = [
        {"StorageClass": step["StorageClass"], "TransitionInDays": step["NoncurrentDays"]}
        for step in rule.get("NoncurrentVersionTransitions", [])
    ]
    more = {"Transitions": transitions, "NoncurrentVersionTransitions": noncurrent}
    return rule | named | more


def _bucket_policy(here: Deployed, physical_id: str) -> Properties:
    bucket = physical_id.removesuffix("-policy")
    policy = here.client("s3").get_bucket_policy(Bucket=bucket)["Policy"]
    return {"Bucket": bucket, "PolicyDocument": json.loads(policy)}


def _table(here: Deployed, name: str) -> Properties:
    dynamodb = here.client("dynamodb")
    table = dynamodb.describe_table(TableName=name)["Table"]
    backups = dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    expiry = dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    recovery = backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"]
    return table | {
        "BillingMode": table.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED"),
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": recovery == "ENABLED"},
        "SSESpecification": {
            "SSEEnabled": table.get("SSEDescription", {}).get("Status") == "ENABLED"
        },
        "TimeToLiveSpecification": {
            "AttributeName": expiry.get("AttributeName"),
            "Enabled": expiry["TimeToLiveStatus"] == "ENABLED",
        },
        "Tags": dynamodb.list_tags_of_resource(ResourceArn=table["TableArn"])["Tags"],
    }


def _database(here: Deployed, name: str) -> Properties:
    database = here.client("glue").get_database(Name=name)["Database"]
    return {"CatalogId": database["CatalogId"], "DatabaseInput": database}


def _catalog_table(here: Deployed, name: str) -> Properties:
    glue = here.client("glue")
    databases = [database["Name"] for database in glue.get_databases()["DatabaseList"]]
    ((database, table),) = (
        (database, table)
        for database in databases
        if database in here.physical_ids.values()
        for table in glue.get_tables(DatabaseName=database)["TableList"]
        if table["Name"] == name
    )
    return {"CatalogId": here.account, "DatabaseName": database, "TableInput": table}


def _job(here: Deployed, name: str) -> Properties:
    glue = here.client("glue")
    arn = f"arn:aws:glue:{here.region}:{here.account}:job/{name}"
    return glue.get_job(JobName=name)["Job"] | {"Tags": glue.get_tags(ResourceArn=arn)["Tags"]}


def _crawler(here: Deployed, name: str) -> Properties:
    glue = here.client("glue")
    arn = f"arn:aws:glue:{here.region}:{here.account}:crawler/{name}"
    tags = {"Tags": glue.get_tags(ResourceArn=arn)["Tags"]}
    return glue.get_crawler(Name=name)["Crawler"] | tags


def _role(here: Deployed, name: str) -> Properties:
    role: Properties = here.client("iam").get_role(RoleName=name)["Role"]
    return role


def _role_policy(here: Deployed, physical_id: str) -> Properties:
    iam = here.client("iam")
    roles = {role["RoleName"] for role in iam.list_roles()["Roles"]}
    ((role, policy),) = (
        (role, policy)
        for role in roles & set(here.physical_ids.values())
        for policy in iam.list_role_policies(RoleName=role)["PolicyNames"]
        if policy in physical_id
    )
    document = iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
    if isinstance(document, str):
        document = json.loads(unquote(document))
    return {"PolicyName": policy, "Roles": [role], "PolicyDocument": document}


def _log_group(here: Deployed, name: str) -> Properties:
    logs = here.client("logs")
    (group,) = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    arn = f"arn:aws:logs:{here.region}:{here.account}:log-group:{name}"
    return {
        "LogGroupName": group["logGroupName"],
        "RetentionInDays": group["retentionInDays"],
        "Tags": logs.list_tags_for_resource(resourceArn=arn)["tags"],
    }


def _work_group(here: Deployed, name: str) -> Properties:
    athena = here.client("athena")
    group = athena.get_work_group(WorkGroup=name)["WorkGroup"]
    arn = f"arn:aws:athena:{here.region}:{here.account}:workgroup/{name}"
    return group | {
        "WorkGroupConfiguration": group["Configuration"],
        "Tags": athena.list_tags_for_resource(ResourceARN=arn)["Tags"],
        # Says how the stack deletes the group: the service does not know of it.
        "RecursiveDeleteOption": not name.endswith("-prod"),
    }


def _scalable_target(here: Deployed, physical_id: str) -> Properties:
    resource, dimension, namespace = physical_id.split("|")
    scaling = here.client("application-autoscaling")
    (target,) = scaling.describe_scalable_targets(
        ServiceNamespace=namespace, ResourceIds=[resource], ScalableDimension=dimension
    )["ScalableTargets"]
    tags = scaling.list_tags_for_resource(ResourceARN=target["ScalableTargetARN"])["Tags"]
    described: Properties = target | {"Tags": tags}
    return described


def _scaling_policy(here: Deployed, arn: str) -> Properties:
    pages = here.client("application-autoscaling").get_paginator("describe_scaling_policies")
    (policy,) = (
        found
        for page in pages.paginate(ServiceNamespace="dynamodb")
        for found in page["ScalingPolicies"]
        if found["PolicyARN"] == arn
    )
    target = f"{policy['ResourceId']}|{policy['ScalableDimension']}|{policy['ServiceNamespace']}"
    return policy | {"ScalingTargetId": target}


def _repository(here: Deployed, name: str) -> Properties:
    ecr = here.client("ecr")
    (repository,) = ecr.describe_repositories(repositoryNames=[name])["repositories"]
    policy = ecr.get_lifecycle_policy(repositoryName=name)["lifecyclePolicyText"]
    scans = repository["imageScanningConfiguration"]["scanOnPush"]
    return {
        "RepositoryName": repository["repositoryName"],
        "ImageScanningConfiguration": {"ScanOnPush": scans},
        "LifecyclePolicy": {"LifecyclePolicyText": policy},
        "Tags": ecr.list_tags_for_resource(resourceArn=repository["repositoryArn"])["tags"],
    }


def _model_package_group(here: Deployed, physical_id: str) -> Properties:
    sagemaker = here.client("sagemaker")
    group = sagemaker.describe_model_package_group(ModelPackageGroupName=physical_id)
    tags = sagemaker.list_tags(ResourceArn=group["ModelPackageGroupArn"])["Tags"]
    described: Properties = group | {"Tags": tags}
    return described


def _notebook(here: Deployed, physical_id: str) -> Properties:
    sagemaker = here.client("sagemaker")
    instance = sagemaker.describe_notebook_instance(
        NotebookInstanceName=physical_id.rpartition("/")[2]
    )
    tags = sagemaker.list_tags(ResourceArn=instance["NotebookInstanceArn"])["Tags"]
    described: Properties = instance | {
        "LifecycleConfigName": instance["NotebookInstanceLifecycleConfigName"],
        "Tags": tags,
    }
    return described


def _notebook_lifecycle(here: Deployed, physical_id: str) -> Properties:
    sagemaker = here.client("sagemaker")
    config: Properties = sagemaker.describe_notebook_instance_lifecycle_config(
        NotebookInstanceLifecycleConfigName=physical_id.rpartition("/")[2]
    )
    arn = config["NotebookInstanceLifecycleConfigArn"]
    return config | {"Tags": sagemaker.list_tags(ResourceArn=arn)["Tags"]}


def _data_catalog(here: Deployed, name: str) -> Properties:
    athena = here.client("athena")
    arn = f"arn:aws:athena:{here.region}:{here.account}:datacatalog/{name}"
    tags = {"Tags": athena.list_tags_for_resource(ResourceARN=arn)["Tags"]}
    catalog: Properties = athena.get_data_catalog(Name=name)["DataCatalog"]
    return catalog | tags


def _application(here: Deployed, _physical_id: str) -> Properties:
    """Nothing describes it; its catalog answers only where its function is there."""
    (catalog,) = (name for name in here.physical_ids.values() if name.endswith("_dynamodb"))
    tables = here.client("athena").list_table_metadata(
        CatalogName=catalog, DatabaseName=catalog.replace("dynamodb", "serving")
    )["TableMetadataList"]
    assert [table["Name"] for table in tables] == ["artists", "events", "venues"]
    resource = here.resource("DynamoDbConnector")
    described: Properties = here.resolve(resource["Properties"])
    return described


def _db_instance(here: Deployed, name: str) -> Properties:
    (instance,) = here.client("rds").describe_db_instances(DBInstanceIdentifier=name)["DBInstances"]
    secret = here.client("secretsmanager").get_secret_value(SecretId=name)["SecretString"]
    assert json.loads(secret)["port"] == instance["Endpoint"]["Port"]
    reference = f"{here.resolve({'Fn::GetAtt': ['Secret', 'Id']})}:SecretString:password::"
    return instance | {
        "AllocatedStorage": str(instance["AllocatedStorage"]),
        "DBSubnetGroupName": instance["DBSubnetGroup"]["DBSubnetGroupName"],
        "EngineVersion": instance["EngineVersion"].partition(".")[0],
        # That it is the secret's own, the data source shows: it could not connect otherwise.
        "MasterUserPassword": f"{{{{resolve:secretsmanager:{reference}}}}}",
        "Tags": instance["TagList"],
    }


def _secret(here: Deployed, name: str) -> Properties:
    secrets = here.client("secretsmanager")
    described: Properties = secrets.describe_secret(SecretId=name)
    value = json.loads(secrets.get_secret_value(SecretId=name)["SecretString"])
    wanted = here.resource("Secret")["Properties"]["GenerateSecretString"]
    password = value["password"]
    assert len(password) == wanted["PasswordLength"]
    assert not set(password) & set(wanted["ExcludeCharacters"])
    assert json.loads(wanted["SecretStringTemplate"]).items() <= value.items()
    return described | {"GenerateSecretString": wanted}


def _secret_attachment(here: Deployed, secret: str) -> Properties:
    secrets = here.client("secretsmanager")
    value = json.loads(secrets.get_secret_value(SecretId=secret)["SecretString"])
    return {
        "SecretId": secrets.describe_secret(SecretId=secret)["ARN"],
        "TargetId": value["dbInstanceIdentifier"],
        "TargetType": "AWS::RDS::DBInstance",
    }


def _managed_policy(here: Deployed, arn: str) -> Properties:
    iam = here.client("iam")
    policy = iam.get_policy(PolicyArn=arn)["Policy"]
    version = iam.get_policy_version(PolicyArn=arn, VersionId=policy["DefaultVersionId"])
    document = version["PolicyVersion"]["Document"]
    if isinstance(document, str):
        document = json.loads(unquote(document))
    return {
        "ManagedPolicyName": policy["PolicyName"],
        "Description": policy.get("Description"),
        "PolicyDocument": document,
    }


def _data_source(here: Deployed, physical_id: str) -> Properties:
    quicksight = here.client("quicksight")
    account, _, name = physical_id.partition("|")
    asked: dict[str, str] = {"AwsAccountId": account, "DataSourceId": name}
    source: Properties = quicksight.describe_data_source(**asked)["DataSource"]
    assert source["Status"] == "CREATION_SUCCESSFUL"
    tags = quicksight.list_tags_for_resource(ResourceArn=source["Arn"])["Tags"]
    described: Properties = source | {"AwsAccountId": account, "Tags": tags}
    if "SecretArn" in source:
        described["Credentials"] = {"SecretArn": source["SecretArn"]}
    return described


DESCRIBERS: dict[str, Callable[[Deployed, str], Properties]] = {
    **API_DESCRIBERS,
    **MONITORING_DESCRIBERS,
    "AWS::ApplicationAutoScaling::ScalableTarget": _scalable_target,
    "AWS::ApplicationAutoScaling::ScalingPolicy": _scaling_policy,
    "AWS::Athena::DataCatalog": _data_catalog,
    "AWS::Athena::WorkGroup": _work_group,
    "AWS::DynamoDB::Table": _table,
    "AWS::ECR::Repository": _repository,
    "AWS::Glue::Crawler": _crawler,
    "AWS::Glue::Database": _database,
    "AWS::Glue::Job": _job,
    "AWS::Glue::Table": _catalog_table,
    "AWS::IAM::ManagedPolicy": _managed_policy,
    "AWS::IAM::Policy": _role_policy,
    "AWS::IAM::Role": _role,
    "AWS::Logs::LogGroup": _log_group,
    "AWS::QuickSight::DataSource": _data_source,
    "AWS::RDS::DBInstance": _db_instance,
    "AWS::S3::Bucket": _bucket,
    "AWS::S3::BucketPolicy": _bucket_policy,
    "AWS::SageMaker::ModelPackageGroup": _model_package_group,
    "AWS::SageMaker::NotebookInstance": _notebook,
    "AWS::SageMaker::NotebookInstanceLifecycleConfig": _notebook_lifecycle,
    "AWS::SecretsManager::Secret": _secret,
    "AWS::SecretsManager::SecretTargetAttachment": _secret_attachment,
    "AWS::Serverless::Application": _application,
}
