"""AWS::RDS::DBInstance, and the secret that says how to reach it, by the services' operations."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from localaws.cloudformation.requests import as_request
from localaws.cloudformation.services import ResourceError, Services, Tags, tags_of
from localaws.errors import AwsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from localaws.ministack_cloudformation_seam import Made, Properties
    from localaws.operations import Document

TYPE = "AWS::RDS::DBInstance"
ATTACHMENT = "AWS::SecretsManager::SecretTargetAttachment"
# The property's name in a template, and the parameter's of the operation where that differs.
_RENAMED = {"VPCSecurityGroups": "VpcSecurityGroupIds"}
_PROPERTIES = frozenset(
    {
        "AllocatedStorage", "AutoMinorVersionUpgrade", "AvailabilityZone", "BackupRetentionPeriod",
        "CACertificateIdentifier", "CopyTagsToSnapshot", "DBInstanceClass", "DBInstanceIdentifier",
        "DBName", "DBSubnetGroupName", "DeleteAutomatedBackups", "DeletionProtection",
        "EnableIAMDatabaseAuthentication", "EnablePerformanceInsights", "Engine", "EngineVersion",
        "KmsKeyId", "LicenseModel", "MasterUsername", "MasterUserPassword", "MaxAllocatedStorage",
        "MultiAZ", "NetworkType", "PreferredBackupWindow", "PreferredMaintenanceWindow",
        "PubliclyAccessible", "StorageEncrypted", "StorageType", "Tags", "VPCSecurityGroups",
    }
)  # fmt: skip
REPLACED_WITH = (
    "AvailabilityZone", "DBInstanceIdentifier", "DBName", "DBSubnetGroupName", "Engine",
    "KmsKeyId", "MasterUsername", "StorageEncrypted",
)  # fmt: skip
# Of the deletion: automated backups are not made here.
_OF_DELETION = frozenset({"DeleteAutomatedBackups"})
_POLL_SECONDS = 0.1
_WAIT_SECONDS = 120.0
_GONE = ("DBInstanceNotFound",)


class DBInstances:
    """Made when it is available, gone when its server is."""

    def __init__(self, services: Services, name_resource: Callable[[str, str], str]) -> None:
        self._services = services
        self._name_resource = name_resource

    def create(self, logical_id: str, properties: Properties, stack_name: str) -> Made:
        request = _request("CreateDBInstance", properties)
        name = str(
            properties.get("DBInstanceIdentifier") or self._name_resource(stack_name, logical_id)
        ).lower()
        request |= {
            "DBInstanceIdentifier": name,
            "Tags": _tag_list(tags_of(properties.get("Tags"))),
        }
        self._services("rds", "CreateDBInstance", request)
        try:
            return name, _attributes(self._wait_for(name, "available"))
        except ResourceError:
            self.delete(name, properties)
            raise

    def update(
        self,
        physical_id: str,
        old: Properties,
        new: Properties,
        _stack_name: str,
        _logical_id: str,
    ) -> Made:
        before, after = _request("ModifyDBInstance", old), _request("ModifyDBInstance", new)
        changed = {name: value for name, value in after.items() if before.get(name) != value}
        if dropped := sorted(before.keys() - after.keys()):
            raise ResourceError(f"{TYPE}: give {', '.join(dropped)} a value instead of dropping it")
        if changed:
            request = {"DBInstanceIdentifier": physical_id, "ApplyImmediately": True, **changed}
            self._services("rds", "ModifyDBInstance", request)
        self._change_tags(physical_id, tags_of(old.get("Tags")), tags_of(new.get("Tags")))
        return physical_id, _attributes(self._wait_for(physical_id, "available"))

    def delete(self, physical_id: str, _properties: Properties) -> None:
        request = {"DBInstanceIdentifier": physical_id, "SkipFinalSnapshot": True}
        self._services.call_unless_gone("rds", "DeleteDBInstance", request, _GONE)
        give_up = time.monotonic() + _WAIT_SECONDS
        while time.monotonic() < give_up:
            try:
                self._described(physical_id)
            except AwsError as error:
                if error.code in _GONE:
                    return
                raise
            time.sleep(_POLL_SECONDS)
        raise ResourceError(f"{TYPE}: {physical_id} is not deleted after {_WAIT_SECONDS:.0f} s")

    def _wait_for(self, name: str, status: str) -> Document:
        give_up = time.monotonic() + _WAIT_SECONDS
        while time.monotonic() < give_up:
            found = self._described(name)
            if found["DBInstanceStatus"] == status:
                return found
            if found["DBInstanceStatus"] == "failed":
                raise ResourceError(f"{TYPE}: {name} is failed; the gateway's log says why")
            time.sleep(_POLL_SECONDS)
        raise ResourceError(f"{TYPE}: {name} is not {status} after {_WAIT_SECONDS:.0f} s")

    def _described(self, name: str) -> Document:
        answer = self._services("rds", "DescribeDBInstances", {"DBInstanceIdentifier": name})
        found: Document = answer["DBInstances"][0]
        return found

    def _change_tags(self, name: str, before: Tags, after: Tags) -> None:
        if before == after:
            return
        arn = self._services.arn("rds", f"db:{name}")
        if removed := sorted(before.keys() - after.keys()):
            request = {"ResourceName": arn, "TagKeys": removed}
            self._services("rds", "RemoveTagsFromResource", request)
        if after:
            given = {"ResourceName": arn, "Tags": _tag_list(after)}
            self._services("rds", "AddTagsToResource", given)


class SecretTargetAttachments:
    """Writes into a secret where its instance is reached, and takes it out again."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def create(self, _logical_id: str, properties: Properties, _stack_name: str) -> Made:
        secret = str(properties["SecretId"])
        target, kind = str(properties["TargetId"]), properties["TargetType"]
        if kind != TYPE:
            raise ResourceError(f"{ATTACHMENT}: the local AWS does not serve TargetType {kind}")
        answer = self._services("rds", "DescribeDBInstances", {"DBInstanceIdentifier": target})
        instance = answer["DBInstances"][0]
        value = self._value(secret) | {
            "engine": instance["Engine"],
            "host": instance["Endpoint"]["Address"],
            "port": instance["Endpoint"]["Port"],
            "dbInstanceIdentifier": target,
        }
        if instance.get("DBName"):
            value["dbname"] = instance["DBName"]
        return self._put(secret, value), {}

    def update(
        self,
        _physical_id: str,
        _old: Properties,
        new: Properties,
        stack_name: str,
        logical_id: str,
    ) -> Made:
        return self.create(logical_id, new, stack_name)

    def delete(self, physical_id: str, _properties: Properties) -> None:
        written = ("engine", "host", "port", "dbInstanceIdentifier", "dbname")
        try:
            value = self._value(physical_id)
        except AwsError as error:
            if error.code == "ResourceNotFoundException":
                return
            raise
        self._put(physical_id, {k: v for k, v in value.items() if k not in written})

    def _value(self, secret: str) -> dict[str, Any]:
        text = self._services("secretsmanager", "GetSecretValue", {"SecretId": secret})
        found = json.loads(text["SecretString"])
        if not isinstance(found, dict):
            raise ResourceError(f"{ATTACHMENT}: the secret is no JSON object")
        return found

    def _put(self, secret: str, value: dict[str, Any]) -> str:
        request = {"SecretId": secret, "SecretString": json.dumps(value)}
        return str(self._services("secretsmanager", "PutSecretValue", request)["ARN"])


def _request(operation: str, properties: Properties) -> Document:
    """The operation's parameters; a property that no operation here takes is an error."""
    if unknown := sorted(set(properties) - _PROPERTIES):
        raise ResourceError(f"{TYPE}: the local AWS does not serve {', '.join(unknown)}")
    given = {
        _RENAMED.get(name, name): value
        for name, value in properties.items()
        if name not in _OF_DELETION | {"Tags", "DBInstanceIdentifier"}
    }
    request = as_request("rds", operation, given)
    if operation == "ModifyDBInstance":
        # A template changes the engine's version, and nothing else of these, by replacement.
        for name in ("Engine", "LicenseModel", "DBSubnetGroupName"):
            request.pop(name, None)
    return request


def _attributes(instance: Document) -> dict[str, Any]:
    """What Fn::GetAtt reads."""
    return {
        "DBInstanceArn": instance["DBInstanceArn"],
        "DbiResourceId": instance["DbiResourceId"],
        "Endpoint.Address": instance["Endpoint"]["Address"],
        "Endpoint.Port": str(instance["Endpoint"]["Port"]),
        "Endpoint.HostedZoneId": instance["Endpoint"]["HostedZoneId"],
    }


def _tag_list(tags: Tags) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in sorted(tags.items())]
