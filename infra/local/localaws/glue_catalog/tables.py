"""Glue tables with their versions.

ministack keeps the table as it is now; each version that an update replaced is kept here.
"""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING

from localaws import wire
from localaws.errors import AwsError, not_implemented
from localaws.paging import page

if TYPE_CHECKING:
    from localaws.host import Host
    from localaws.operations import Call, Document, Handler

# What an update clears when it does not name it: TableInput is the whole definition.
# (Owner cannot be cleared: the API takes no empty one, and ministack keeps the old.)
_CLEARED: Document = {
    "Description": "",
    "StorageDescriptor": {},
    "PartitionKeys": [],
    "Parameters": {},
    "ViewOriginalText": "",
    "ViewExpandedText": "",
}


class Tables:
    """The table operations that need versions, or more than ministack's answer."""

    def __init__(self, host: Host) -> None:
        self._beneath = host.call_beneath
        self._versions = host.store.table("glue_table_versions")
        # ministack checks VersionId and writes in worker threads: the two must be one step, or
        # two Iceberg commits both succeed and one is lost.
        self._lock = threading.Lock()

    def handlers(self) -> dict[str, Handler]:
        return {
            "CreateTable": self.create,
            "UpdateTable": self.update,
            "DeleteTable": self.delete,
            "BatchDeleteTable": self.batch_delete,
            "DeleteDatabase": self.delete_database,
            "GetTables": self.list,
            "GetTableVersion": self.version,
            "GetTableVersions": self.versions,
            "DeleteTableVersion": self.delete_version,
            "BatchDeleteTableVersion": self.batch_delete_version,
        }

    def create(self, payload: Document, call: Call) -> Document:
        """AWS: AlreadyExistsException for a second one of the name."""
        if "OpenTableFormatInput" in payload:
            # Glue would write Iceberg's first metadata file itself.
            raise not_implemented("glue", "CreateTable with OpenTableFormatInput")
        with self._lock:
            return self._ask(call, "CreateTable", payload)

    def update(self, payload: Document, call: Call) -> Document:
        """AWS: ConcurrentModificationException unless VersionId, when given, is the current one."""
        database, name = payload["DatabaseName"], payload["TableInput"]["Name"]
        whole = payload | {"TableInput": _CLEARED | payload["TableInput"]}
        with self._lock:
            current = self._table(call, database, name)
            answer = self._ask(call, "UpdateTable", whole)
            if not payload.get("SkipArchive", False):
                key = _version_key(call, database, name, str(current["VersionId"]))
                self._versions.put(key, wire.plain(current))
            return answer

    def delete(self, payload: Document, call: Call) -> Document:
        """AWS deletes the versions with it."""
        with self._lock:
            answer = self._ask(call, "DeleteTable", payload)
            self._forget(call, payload["DatabaseName"], payload["Name"])
            return answer

    def batch_delete(self, payload: Document, call: Call) -> Document:
        with self._lock:
            answer = self._ask(call, "BatchDeleteTable", payload)
            failed = {error["TableName"] for error in answer.get("Errors", [])}
            for name in payload["TablesToDelete"]:
                if name not in failed:
                    self._forget(call, payload["DatabaseName"], name)
            return answer

    def delete_database(self, payload: Document, call: Call) -> Document:
        with self._lock:
            answer = self._ask(call, "DeleteDatabase", payload)
            self._forget(call, payload["Name"])
            return answer

    def list(self, payload: Document, call: Call) -> Document:
        """AWS: `Expression` is a regular expression over the names."""
        self._ask(call, "GetDatabase", {"Name": payload["DatabaseName"]})
        asked = {"DatabaseName": payload["DatabaseName"]}
        tables = self._ask(call, "GetTables", asked)["TableList"]
        if payload.get("Expression"):
            try:
                named = re.compile(payload["Expression"])
            except re.error as error:
                raise AwsError("InvalidInputException", f"Expression: {error}") from error
            tables = [table for table in tables if named.fullmatch(table["Name"])]
        tables.sort(key=lambda table: str(table["Name"]))
        shown, token = page(tables, payload, 100)
        return {"TableList": shown} | token

    def version(self, payload: Document, call: Call) -> Document:
        """AWS: the current one when VersionId is not given."""
        database, name = payload["DatabaseName"], payload["TableName"]
        current = self._table(call, database, name)
        wanted = str(payload.get("VersionId", current["VersionId"]))
        if wanted == current["VersionId"]:
            return {"TableVersion": _table_version(current)}
        kept = self._versions.get(_version_key(call, database, name, wanted))
        if kept is None:
            raise _no_version(name, wanted)
        return {"TableVersion": _table_version(kept)}

    def versions(self, payload: Document, call: Call) -> Document:
        """AWS: newest first, the current one included."""
        database, name = payload["DatabaseName"], payload["TableName"]
        current = self._table(call, database, name)
        kept = self._versions.list(_prefix(call, database, name))
        found = [_table_version(table) for table in [current, *reversed(kept)]]
        shown, token = page(found, payload, 100)
        return {"TableVersions": shown} | token

    def delete_version(self, payload: Document, call: Call) -> Document:
        """AWS does not delete the current version this way."""
        database, name = payload["DatabaseName"], payload["TableName"]
        current, wanted = self._table(call, database, name), str(payload["VersionId"])
        if wanted == current["VersionId"]:
            raise AwsError("InvalidInputException", "The current version cannot be deleted.")
        if not self._versions.delete(_version_key(call, database, name, wanted)):
            raise _no_version(name, wanted)
        return {}

    def batch_delete_version(self, payload: Document, call: Call) -> Document:
        errors = []
        for version_id in payload["VersionIds"]:
            try:
                self.delete_version(payload | {"VersionId": version_id}, call)
            except AwsError as error:
                detail = {"ErrorCode": error.code, "ErrorMessage": error.message}
                errors.append(
                    {
                        "TableName": payload["TableName"],
                        "VersionId": version_id,
                        "ErrorDetail": detail,
                    }
                )
        return {"Errors": errors}

    def _table(self, call: Call, database: str, name: str) -> Document:
        answer = self._ask(call, "GetTable", {"DatabaseName": database, "Name": name})
        table: Document = answer["Table"]
        return table

    def _forget(self, call: Call, database: str, *name: str) -> None:
        for key, _ in self._versions.items(_prefix(call, database, *name)):
            self._versions.delete(key)

    def _ask(self, call: Call, operation: str, payload: Document) -> Document:
        return self._beneath("glue", operation, payload, region=call.region, account=call.account)


def _table_version(table: Document) -> Document:
    return {"Table": table, "VersionId": table["VersionId"]}


def _no_version(name: str, version_id: str) -> AwsError:
    return AwsError("EntityNotFoundException", f"Table {name} has no version {version_id}.")


def _prefix(call: Call, database: str, *name: str) -> str:
    return "\0".join((call.account, call.region, database, *name)) + "\0"


def _version_key(call: Call, database: str, name: str, version_id: str) -> str:
    return _prefix(call, database, name) + version_id.zfill(12)
