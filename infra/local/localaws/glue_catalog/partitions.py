"""Glue partitions: filters, pages, and the operations that ministack lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from localaws.errors import AwsError, not_implemented
from localaws.glue_catalog.expressions import ExpressionError, parse
from localaws.paging import page

if TYPE_CHECKING:
    from localaws.host import Host
    from localaws.operations import Call, Document, Handler


class Partitions:
    """The partition operations, over the partitions that ministack keeps."""

    def __init__(self, host: Host) -> None:
        self._beneath = host.call_beneath

    def handlers(self) -> dict[str, Handler]:
        return {
            "GetPartition": self.get,
            "GetPartitions": self.list,
            "CreatePartition": self.create,
            "BatchCreatePartition": self.batch_create,
            "UpdatePartition": self.update,
            "DeletePartition": self.delete,
            "BatchDeletePartition": self.batch_delete,
            "BatchGetPartition": self.batch_get,
        }

    def get(self, payload: Document, call: Call) -> Document:
        """AWS: EntityNotFoundException for a missing table or partition."""
        self._table(payload, call)
        return self._ask(call, "GetPartition", payload)

    def list(self, payload: Document, call: Call) -> Document:
        """AWS: filtered by Expression, cut by Segment, at most 1000 a page."""
        if "QueryAsOfTime" in payload or "TransactionId" in payload:
            raise not_implemented("glue", "GetPartitions of a governed table")
        keys = self._table(payload, call).get("PartitionKeys", [])
        found = self._ask(call, "GetPartitions", _of_table(payload))["Partitions"]
        if payload.get("Expression"):
            types = {key["Name"]: key.get("Type", "string") for key in keys}
            names = [key["Name"].lower() for key in keys]
            try:
                holds = parse(payload["Expression"], types)
                found = [p for p in found if holds(dict(zip(names, p["Values"], strict=True)))]
            except ExpressionError as error:
                raise AwsError("InvalidInputException", str(error)) from error
        if segment := payload.get("Segment"):
            number, total = segment["SegmentNumber"], segment["TotalSegments"]
            found = found[number::total]
        shown, token = page(found, payload, 1000)
        if payload.get("ExcludeColumnSchema"):
            shown = [_without_columns(partition) for partition in shown]
        return {"Partitions": shown} | token

    def create(self, payload: Document, call: Call) -> Document:
        """AWS: as many values as the table has partition keys."""
        self._check_values(self._table(payload, call), payload["PartitionInput"])
        return self._ask(call, "CreatePartition", payload)

    def batch_create(self, payload: Document, call: Call) -> Document:
        table = self._table(payload, call)
        for partition in payload["PartitionInputList"]:
            self._check_values(table, partition)
        return self._ask(call, "BatchCreatePartition", payload)

    def update(self, payload: Document, call: Call) -> Document:
        """AWS: EntityNotFoundException when there is no partition of those values."""
        values = payload["PartitionValueList"]
        self._check_values(self._table(payload, call), payload["PartitionInput"])
        entry = {"PartitionValueList": values, "PartitionInput": payload["PartitionInput"]}
        asked = _of_table(payload) | {"Entries": [entry]}
        if errors := self._ask(call, "BatchUpdatePartition", asked).get("Errors"):
            detail = errors[0]["ErrorDetail"]
            raise AwsError(detail["ErrorCode"], detail["ErrorMessage"])
        return {}

    def delete(self, payload: Document, call: Call) -> Document:
        """AWS: EntityNotFoundException when there is none; ministack's answer is a success."""
        self.get(payload, call)
        return self._ask(call, "DeletePartition", payload)

    def batch_delete(self, payload: Document, call: Call) -> Document:
        """AWS: what could not be deleted is in Errors, the rest is deleted."""
        self._table(payload, call)
        errors = []
        for partition in payload["PartitionsToDelete"]:
            one = _of_table(payload) | {"PartitionValues": partition["Values"]}
            try:
                self.delete(one, call)
            except AwsError as error:
                detail = {"ErrorCode": error.code, "ErrorMessage": error.message}
                errors.append({"PartitionValues": partition["Values"], "ErrorDetail": detail})
        return {"Errors": errors}

    def batch_get(self, payload: Document, call: Call) -> Document:
        """AWS: partitions that do not exist are left out; UnprocessedKeys are for limits only."""
        self._table(payload, call)
        answer = self._ask(call, "BatchGetPartition", payload)
        return {"Partitions": answer["Partitions"], "UnprocessedKeys": []}

    def _table(self, payload: Document, call: Call) -> Document:
        asked = {"DatabaseName": payload["DatabaseName"], "Name": payload["TableName"]}
        table: Document = self._ask(call, "GetTable", asked)["Table"]
        return table

    def _check_values(self, table: Document, partition: Document) -> None:
        keys, values = table.get("PartitionKeys", []), partition.get("Values", [])
        if len(keys) != len(values):
            raise AwsError(
                "InvalidInputException",
                f"The number of partition keys ({len(keys)}) does not match"
                f" the number of partition values ({len(values)}).",
            )

    def _ask(self, call: Call, operation: str, payload: Document) -> Document:
        return self._beneath("glue", operation, payload, region=call.region, account=call.account)


def _of_table(payload: Document) -> Document:
    return {"DatabaseName": payload["DatabaseName"], "TableName": payload["TableName"]}


def _without_columns(partition: Document) -> Document:
    descriptor = dict(partition.get("StorageDescriptor", {}))
    descriptor.pop("Columns", None)
    return partition | {"StorageDescriptor": descriptor}
