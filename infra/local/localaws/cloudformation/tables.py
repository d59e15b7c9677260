"""AWS::DynamoDB::Table: as ministack makes it, and the properties that it leaves out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from localaws.cloudformation.services import Services
    from localaws.ministack_cloudformation_seam import Made, Properties, Provider


class Tables:
    """Adds point-in-time recovery and encryption by DynamoDB's own operations."""

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
        # Another table has none of the old one's settings.
        self._complete(made[0], old if made[0] == physical_id else {}, new)
        return made

    def delete(self, physical_id: str, properties: Properties) -> None:
        self._ministack.delete(physical_id, properties)

    def _complete(self, table: str, old: Properties, new: Properties) -> None:
        recovery = _recovery(new)
        if recovery != _recovery(old):
            self._services(
                "dynamodb",
                "UpdateContinuousBackups",
                {"TableName": table, "PointInTimeRecoverySpecification": recovery},
            )
        encryption = _encryption(new)
        if encryption != _encryption(old):
            self._services(
                "dynamodb", "UpdateTable", {"TableName": table, "SSESpecification": encryption}
            )


def _recovery(properties: Properties) -> dict[str, Any]:
    given = properties.get("PointInTimeRecoverySpecification") or {}
    recovery: dict[str, Any] = {
        "PointInTimeRecoveryEnabled": str(given.get("PointInTimeRecoveryEnabled")).lower() == "true"
    }
    if "RecoveryPeriodInDays" in given:
        recovery["RecoveryPeriodInDays"] = int(given["RecoveryPeriodInDays"])
    return recovery


def _encryption(properties: Properties) -> dict[str, Any]:
    given = properties.get("SSESpecification") or {}
    encryption: dict[str, Any] = {"Enabled": str(given.get("SSEEnabled")).lower() == "true"}
    if encryption["Enabled"]:
        encryption["SSEType"] = given.get("SSEType", "KMS")
        if "KMSMasterKeyId" in given:
            encryption["KMSMasterKeyId"] = given["KMSMasterKeyId"]
    return encryption
