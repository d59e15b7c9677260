"""AWS::S3::Bucket: as ministack makes it, and the properties that it leaves out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from localaws.cloudformation.services import ResourceError, Services, tags_of

if TYPE_CHECKING:
    from localaws.cloudformation.providers import Complete
    from localaws.ministack_cloudformation_seam import Properties

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


# Property, the operation that sets it and the one that removes it.
_SETTINGS: tuple[tuple[str, str, str | None], ...] = (
    ("BucketEncryption", "PutBucketEncryption", "DeleteBucketEncryption"),
    ("OwnershipControls", "PutBucketOwnershipControls", "DeleteBucketOwnershipControls"),
    ("LifecycleConfiguration", "PutBucketLifecycleConfiguration", "DeleteBucketLifecycle"),
    # Without a destination, logging ends: there is no operation of its own for that.
    ("LoggingConfiguration", "PutBucketLogging", None),
    ("Tags", "PutBucketTagging", "DeleteBucketTagging"),
)


def bucket_completion(services: Services) -> Complete:
    """Adds encryption, ownership, life cycle, access log, tags and ACL by S3's own operations."""

    def complete(bucket: str, old: Properties, new: Properties) -> None:
        for setting, put, delete in _SETTINGS:
            before, after = _wanted(setting, bucket, old), _wanted(setting, bucket, new)
            if after:
                services("s3", put, {"Bucket": bucket, **after})
            elif before and delete:
                services("s3", delete, {"Bucket": bucket})
            elif before:
                services("s3", put, {"Bucket": bucket, "BucketLoggingStatus": {}})
        acl = new.get("AccessControl", _PRIVATE)
        # What a bucket is anyway, and all that one with ACLs disabled may be.
        if acl != old.get("AccessControl", _PRIVATE):
            services("s3", "PutBucketAcl", {"Bucket": bucket, "ACL": canned_acl(acl)})

    return complete


def _wanted(setting: str, bucket: str, properties: Properties) -> dict[str, Any]:
    """What the operation that makes a setting takes besides the bucket; empty where it is not."""
    given = properties.get(setting)
    if not given:
        return {}
    if setting == "BucketEncryption":
        rules = [encryption_rule(rule) for rule in given["ServerSideEncryptionConfiguration"]]
        return {"ServerSideEncryptionConfiguration": {"Rules": rules}}
    if setting == "LifecycleConfiguration":
        rules = [lifecycle_rule(rule) for rule in given.get("Rules", [])]
        return {"LifecycleConfiguration": {"Rules": rules}} if rules else {}
    if setting == "LoggingConfiguration":
        return {"BucketLoggingStatus": _logging(bucket, given)}
    if setting == "Tags":
        tag_set = [{"Key": key, "Value": value} for key, value in tags_of(given).items()]
        return {"Tagging": {"TagSet": tag_set}}
    return {setting: given}


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


def _logging(bucket: str, configuration: dict[str, Any]) -> dict[str, Any]:
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
