"""What can be scaled: where its capacity stands, and how it is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from localaws.errors import AwsError

if TYPE_CHECKING:
    from localaws.host import InProcessCall
    from localaws.operations import Call

# Each dimension's field of ProvisionedThroughput.
_TABLE_DIMENSIONS = {
    "dynamodb:table:ReadCapacityUnits": "ReadCapacityUnits",
    "dynamodb:table:WriteCapacityUnits": "WriteCapacityUnits",
    "dynamodb:index:ReadCapacityUnits": "ReadCapacityUnits",
    "dynamodb:index:WriteCapacityUnits": "WriteCapacityUnits",
}
_VARIANT_DIMENSION = "sagemaker:variant:DesiredInstanceCount"


class Capacity(Protocol):
    """One service namespace."""

    namespace: str
    role: str  # the last part of the service-linked role's name
    metrics: tuple[str, ...]  # what a target tracking policy may hold

    def has(self, resource: str, dimension: str) -> bool:
        """Whether such a resource has such a dimension at all."""
        ...

    def move_inside(self, target: dict[str, Any], call: Call) -> None:
        """Bring the capacity into the target's bounds; an error when there is none to bring."""
        ...

    def check_target_value(self, value: float) -> None: ...


class TableCapacity:
    """Reads and writes of DynamoDB's tables and indexes."""

    namespace = "dynamodb"
    role = "dynamodb.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_DynamoDBTable"  # noqa: E501 - AWS's name
    metrics: tuple[str, ...] = (
        "DynamoDBReadCapacityUtilization",
        "DynamoDBWriteCapacityUtilization",
    )

    def __init__(self, call: InProcessCall) -> None:
        self._call = call

    def has(self, resource: str, dimension: str) -> bool:
        shape = resource.split("/")
        is_table = len(shape) == 2 and shape[0] == "table"
        is_index = len(shape) == 4 and shape[0] == "table" and shape[2] == "index"
        return dimension in _TABLE_DIMENSIONS and (is_index if ":index:" in dimension else is_table)

    def check_target_value(self, value: float) -> None:
        if not 20 <= value <= 90:
            raise AwsError("ValidationException", "TargetValue must be between 20 and 90.")

    def move_inside(self, target: dict[str, Any], call: Call) -> None:
        _, table_name, *index = target["ResourceId"].split("/")
        field = _TABLE_DIMENSIONS[target["ScalableDimension"]]
        table = self._table(table_name, call)
        if index:
            holders = {
                found["IndexName"]: found for found in table.get("GlobalSecondaryIndexes", [])
            }
            holder = holders.get(index[-1])
        else:
            holder = table
        throughput = (holder or {}).get("ProvisionedThroughput", {})
        mode = table.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED")
        if holder is None or mode != "PROVISIONED":
            raise AwsError(
                "ValidationException",
                f"DynamoDB {target['ResourceId']} has no provisioned {field} to scale.",
            )
        now = int(throughput[field])
        inside = min(max(now, target["MinCapacity"]), target["MaxCapacity"])
        if inside == now:
            return
        wanted = {
            name: int(throughput[name]) for name in ("ReadCapacityUnits", "WriteCapacityUnits")
        } | {field: inside}
        change: dict[str, Any] = {"ProvisionedThroughput": wanted}
        if index:
            updated = {"IndexName": index[-1], "ProvisionedThroughput": wanted}
            change = {"GlobalSecondaryIndexUpdates": [{"Update": updated}]}
        self._call(
            "dynamodb",
            "UpdateTable",
            {"TableName": table_name, **change},
            region=call.region,
            account=call.account,
        )

    def _table(self, name: str, call: Call) -> dict[str, Any]:
        try:
            answer = self._call(
                "dynamodb",
                "DescribeTable",
                {"TableName": name},
                region=call.region,
                account=call.account,
            )
        except AwsError as error:
            if error.code != "ResourceNotFoundException":
                raise
            raise AwsError(
                "ValidationException", f"DynamoDB table does not exist: table/{name}"
            ) from error
        table: dict[str, Any] = answer["Table"]
        return table


class VariantCapacity:
    """Servers of SageMaker's endpoint variants."""

    namespace = "sagemaker"
    role = "sagemaker.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint"  # noqa: E501 - AWS's name
    metrics: tuple[str, ...] = ("SageMakerVariantInvocationsPerInstance",)

    def __init__(self, call: InProcessCall) -> None:
        self._call = call

    def has(self, resource: str, dimension: str) -> bool:
        shape = resource.split("/")
        is_variant = len(shape) == 4 and (shape[0], shape[2]) == ("endpoint", "variant")
        return is_variant and dimension == _VARIANT_DIMENSION

    def check_target_value(self, value: float) -> None:
        if value <= 0:
            raise AwsError("ValidationException", "TargetValue must be above 0.")

    def move_inside(self, target: dict[str, Any], call: Call) -> None:
        _, endpoint, _, variant = target["ResourceId"].split("/")
        if target["MinCapacity"] < 1:
            raise AwsError("ValidationException", "A variant needs at least one instance.")
        found = self._variants(endpoint, call)
        if variant not in found:
            raise AwsError(
                "ValidationException",
                f"SageMaker endpoint variant does not exist: {target['ResourceId']}",
            )
        now = found[variant]
        inside = min(max(now, target["MinCapacity"]), target["MaxCapacity"])
        if inside == now:
            return
        desired = {"VariantName": variant, "DesiredInstanceCount": inside}
        self._call(
            "sagemaker",
            "UpdateEndpointWeightsAndCapacities",
            {"EndpointName": endpoint, "DesiredWeightsAndCapacities": [desired]},
            region=call.region,
            account=call.account,
        )

    def _variants(self, endpoint: str, call: Call) -> dict[str, int]:
        try:
            answer = self._call(
                "sagemaker",
                "DescribeEndpoint",
                {"EndpointName": endpoint},
                region=call.region,
                account=call.account,
            )
        except AwsError as error:
            if error.code != "ValidationException":
                raise
            return {}
        return {
            one["VariantName"]: int(one["DesiredInstanceCount"])
            for one in answer.get("ProductionVariants", ())
        }
