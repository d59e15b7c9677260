"""AWS::DynamoDB::Table: as ministack makes it, and the properties that it leaves out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from localaws.cloudformation.providers import Complete
    from localaws.cloudformation.services import Services
    from localaws.ministack_cloudformation_seam import Properties


def table_completion(services: Services) -> Complete:
    """Adds point-in-time recovery, encryption and expiry by DynamoDB's own operations."""

    def complete(table: str, old: Properties, new: Properties) -> None:
        recovery = _recovery(new)
        if recovery != _recovery(old):
            services(
                "dynamodb",
                "UpdateContinuousBackups",
                {"TableName": table, "PointInTimeRecoverySpecification": recovery},
            )
        encryption = _encryption(new)
        if encryption != _encryption(old):
            services(
                "dynamodb", "UpdateTable", {"TableName": table, "SSESpecification": encryption}
            )
        expiry, before = _expiry(new), _expiry(old)
        if expiry != before:
            for specification in (before and before | {"Enabled": False}, expiry):
                if specification:
                    services(
                        "dynamodb",
                        "UpdateTimeToLive",
                        {"TableName": table, "TimeToLiveSpecification": specification},
                    )

    return complete


def _recovery(properties: Properties) -> dict[str, Any]:
    given = properties.get("PointInTimeRecoverySpecification") or {}
    recovery: dict[str, Any] = {
        "PointInTimeRecoveryEnabled": str(given.get("PointInTimeRecoveryEnabled")).lower() == "true"
    }
    if "RecoveryPeriodInDays" in given:
        recovery["RecoveryPeriodInDays"] = int(given["RecoveryPeriodInDays"])
    return recovery


def _expiry(properties: Properties) -> dict[str, Any] | None:
    given = properties.get("TimeToLiveSpecification") or {}
    if str(given.get("Enabled")).lower() != "true":
        return None
    return {"AttributeName": given["AttributeName"], "Enabled": True}


def _encryption(properties: Properties) -> dict[str, Any]:
    given = properties.get("SSESpecification") or {}
    encryption: dict[str, Any] = {"Enabled": str(given.get("SSEEnabled")).lower() == "true"}
    if encryption["Enabled"]:
        encryption["SSEType"] = given.get("SSEType", "KMS")
        if "KMSMasterKeyId" in given:
            encryption["KMSMasterKeyId"] = given["KMSMasterKeyId"]
    return encryption
