"""AWS::S3::Bucket: as ministack makes it, and the properties that it leaves out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from localaws.cloudformation.services import ResourceError, Services, tags_of

if TYPE_CHECKING:
    from localaws.ministack_cloudformation_seam import Made, Properties, Provider

_PRIVATE = "Private"
_RULE_KEYS = frozenset(
    {
        "AbortIncompleteMultipartUpload",
        "ExpirationDate",
        "ExpirationInDays",
        "ExpiredObjectDeleteMarker",
        "Id",
        "NoncurrentVersionExpiration",
        "NoncurrentVersionExpirationInDays",
        "NoncurrentVersionTransitions",
        "ObjectSizeGreaterThan",
        "ObjectSizeLessThan",
        "Prefix",
        "Status",
        "TagFilters",
        "Transitions",
    }
)


class Buckets:
    """Adds encryption, ownership, life cycle, access log and tags by S3's own operations."""

    def __init__(self, made_by_ministack: Provider, services: Services) -> None:
        self._ministack = made_by_ministack
        self._services = services

    def create(self, logical_id: str, properties: Properties, stack_name: str) -> Made:
        made = self._ministack.create(logical_id, properties, stack_name)
        try:
            self._complete(made[0], {}, properties)
        except Exception:
            self._ministack.delete(made[0], properties)
            raise
        return made

    def update(
        self,
        physical_id: str,
        old: Properties,
        new: Properties,
        stack_name: str,
        logical_id: str,
    ) -> Made:
        made = self._ministack.update(physical_id, old, new, stack_name, logical_id)
        self._complete(made[0], old, new)
        return made

    def delete(self, physical_id: str, properties: Properties) -> None:
        self._ministack.delete(physical_id, properties)

    def _complete(self, bucket: str, old: Properties, new: Properties) -> None:
        self._secure(bucket, old, new)
        rules = (new.get("LifecycleConfiguration") or {}).get("Rules", [])
        if rules:
            self._services(
                "s3",
                "PutBucketLifecycleConfiguration",
                {
                    "Bucket": bucket,
                    "LifecycleConfiguration": {"Rules": [lifecycle_rule(rule) for rule in rules]},
                },
            )
        elif old.get("LifecycleConfiguration"):
            self._services("s3", "DeleteBucketLifecycle", {"Bucket": bucket})
        if new.get("LoggingConfiguration") or old.get("LoggingConfiguration"):
            status = _logging(bucket, new.get("LoggingConfiguration"))
            self._services(
                "s3", "PutBucketLogging", {"Bucket": bucket, "BucketLoggingStatus": status}
            )
        if tags := tags_of(new.get("Tags")):
            tag_set = [{"Key": key, "Value": value} for key, value in tags.items()]
            self._services(
                "s3", "PutBucketTagging", {"Bucket": bucket, "Tagging": {"TagSet": tag_set}}
            )
        elif old.get("Tags"):
            self._services("s3", "DeleteBucketTagging", {"Bucket": bucket})

    def _secure(self, bucket: str, old: Properties, new: Properties) -> None:
        if new.get("BucketEncryption"):
            rules = [
                encryption_rule(rule)
                for rule in new["BucketEncryption"]["ServerSideEncryptionConfiguration"]
            ]
            self._services(
                "s3",
                "PutBucketEncryption",
                {"Bucket": bucket, "ServerSideEncryptionConfiguration": {"Rules": rules}},
            )
        elif old.get("BucketEncryption"):
            self._services("s3", "DeleteBucketEncryption", {"Bucket": bucket})
        if new.get("OwnershipControls"):
            self._services(
                "s3",
                "PutBucketOwnershipControls",
                {"Bucket": bucket, "OwnershipControls": new["OwnershipControls"]},
            )
        elif old.get("OwnershipControls"):
            self._services("s3", "DeleteBucketOwnershipControls", {"Bucket": bucket})
        acl = new.get("AccessControl", _PRIVATE)
        # What a bucket is anyway, and all that one with ACLs disabled may be.
        if acl != old.get("AccessControl", _PRIVATE):
            self._services("s3", "PutBucketAcl", {"Bucket": bucket, "ACL": canned_acl(acl)})


def encryption_rule(rule: dict[str, Any]) -> dict[str, Any]:
    """A rule as the S3 API takes it, from a rule as templates write it."""
    converted = _renamed(
        rule, {"ServerSideEncryptionByDefault": "ApplyServerSideEncryptionByDefault"}
    )
    return {"BucketKeyEnabled": False} | converted


def canned_acl(name: str) -> str:
    """`log-delivery-write`, as the S3 API has it, for `LogDeliveryWrite`, as templates do."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name).lower()


def lifecycle_rule(rule: dict[str, Any]) -> dict[str, Any]:
    """A rule as the S3 API takes it, from a rule as templates write it."""
    unknown = sorted(rule.keys() - _RULE_KEYS)
    if unknown:
        raise ResourceError(
            f"AWS::S3::Bucket: the local AWS does not serve {', '.join(unknown)} in a rule"
        )
    converted: dict[str, Any] = {"Status": rule["Status"], "Filter": _filter(rule)}
    if "Id" in rule:
        converted["ID"] = rule["Id"]
    expiration = {
        name: rule[key]
        for key, name in (
            ("ExpirationInDays", "Days"),
            ("ExpirationDate", "Date"),
            ("ExpiredObjectDeleteMarker", "ExpiredObjectDeleteMarker"),
        )
        if key in rule
    }
    if expiration:
        converted["Expiration"] = expiration
    if "NoncurrentVersionExpirationInDays" in rule:
        converted["NoncurrentVersionExpiration"] = {
            "NoncurrentDays": rule["NoncurrentVersionExpirationInDays"]
        }
    if "Transitions" in rule:
        converted["Transitions"] = [
            _renamed(step, {"TransitionInDays": "Days", "TransitionDate": "Date"})
            for step in rule["Transitions"]
        ]
    if "NoncurrentVersionTransitions" in rule:
        converted["NoncurrentVersionTransitions"] = [
            _renamed(step, {"TransitionInDays": "NoncurrentDays"})
            for step in rule["NoncurrentVersionTransitions"]
        ]
    for key in ("AbortIncompleteMultipartUpload", "NoncurrentVersionExpiration"):
        if key in rule:
            converted[key] = rule[key]
    return converted


def _filter(rule: dict[str, Any]) -> dict[str, Any]:
    conditions: dict[str, Any] = {
        key: rule[key]
        for key in ("Prefix", "ObjectSizeGreaterThan", "ObjectSizeLessThan")
        if key in rule
    }
    tags = rule.get("TagFilters", [])
    if not tags and len(conditions) <= 1:
        return conditions or {"Prefix": ""}
    if len(tags) == 1 and not conditions:
        return {"Tag": tags[0]}
    return {"And": conditions | ({"Tags": tags} if tags else {})}


def _logging(bucket: str, configuration: dict[str, Any] | None) -> dict[str, Any]:
    if not configuration:
        return {}
    enabled = {
        # Without a destination, a bucket logs to itself.
        "TargetBucket": configuration.get("DestinationBucketName", bucket),
        "TargetPrefix": configuration.get("LogFilePrefix", ""),
    }
    if "TargetObjectKeyFormat" in configuration:
        enabled["TargetObjectKeyFormat"] = configuration["TargetObjectKeyFormat"]
    return {"LoggingEnabled": enabled}


def _renamed(step: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    return {names.get(key, key): value for key, value in step.items()}
