"""Data catalogs, and their databases and tables through Athena's own operations.

AwsDataCatalog is always there and cannot be changed; others are of type LAMBDA, and their
connectors answer.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol

from localaws.athena.catalog import GlueCatalog
from localaws.athena.failures import QueryFailedError
from localaws.errors import AwsError, not_implemented
from localaws.paging import page
from localaws.scope import Scope

if TYPE_CHECKING:
    from localaws.athena.dynamodb_connector import Ask
    from localaws.athena.federation import Federation
    from localaws.athena.state import AthenaStore
    from localaws.host import InProcessCall
    from localaws.operations import Call, Document, Handler

NAME = "AwsDataCatalog"
_SERVED_TYPE = "LAMBDA"
_NAME = re.compile(r"[A-Za-z0-9_@-]{1,127}")
_FUNCTIONS = ({"function"}, {"metadata-function", "record-function"})


class _Described(Protocol):
    """What answers for a catalog's databases and tables."""

    def databases(self) -> list[Document]: ...

    def database(self, name: str) -> Document | None: ...

    def tables(self, database: str) -> list[Document]: ...

    def table(self, database: str, name: str) -> Document | None: ...


class DataCatalogs:
    """The catalogs of an account and region. Their tables are changed where they are kept."""

    def __init__(self, store: AthenaStore, federation: Federation, call: InProcessCall) -> None:
        self._store = store
        self._federation = federation
        self._call = call

    def handlers(self) -> dict[str, Handler]:
        return {
            "CreateDataCatalog": self.create,
            "UpdateDataCatalog": self.update,
            "DeleteDataCatalog": self.delete,
            "ListDataCatalogs": self.list,
            "GetDataCatalog": self.get,
            "ListDatabases": self.databases,
            "GetDatabase": self.database,
            "ListTableMetadata": self.tables,
            "GetTableMetadata": self.table,
        }

    def create(self, request: Document, call: Call) -> Document:
        scope, name = Scope.of(call), str(request.get("Name", ""))
        if not _NAME.fullmatch(name):
            raise AwsError("InvalidRequestException", f"Invalid data catalog name: {name}")
        if name.lower() == NAME.lower() or self._store.data_catalog(scope, name) is not None:
            raise AwsError("InvalidRequestException", f"DataCatalog {name} already exists")
        self._store.put_data_catalog(scope, _checked(request))
        if request.get("Tags"):
            tags = {one["Key"]: one.get("Value", "") for one in request["Tags"]}
            self._store.put_tags(scope, arn_of(call, name), tags)
        return {}

    def update(self, request: Document, call: Call) -> Document:
        """What is left out is gone, but for the name."""
        scope, name = Scope.of(call), str(request.get("Name", ""))
        found = self._kept(scope, name)
        self._store.put_data_catalog(scope, _checked({**request, "Name": found["Name"]}))
        return {}

    def delete(self, request: Document, call: Call) -> Document:
        scope, name = Scope.of(call), str(request.get("Name", ""))
        found = self._kept(scope, name)
        self._store.delete_data_catalog(scope, name)
        self._store.put_tags(scope, arn_of(call, name), {})
        return {"DataCatalog": found | {"Status": "DELETE_COMPLETE"}}

    def list(self, request: Document, call: Call) -> Document:
        own = {"CatalogName": NAME, "Type": "GLUE"}
        kept = [
            {"CatalogName": one["Name"], "Type": one["Type"], "Status": "CREATE_COMPLETE"}
            for one in self._store.data_catalogs(Scope.of(call))
        ]
        shown, token = page([own, *kept], request, 50)
        return {"DataCatalogsSummary": shown, **token}

    def get(self, request: Document, call: Call) -> Document:
        name = str(request.get("Name", ""))
        if name.lower() != NAME.lower():
            found = self._kept(Scope.of(call), name)
            return {"DataCatalog": found | {"Status": "CREATE_COMPLETE"}}
        return {
            "DataCatalog": {
                "Name": NAME,
                "Type": "GLUE",
                "Description": "AWS Glue Data Catalog",
                "Parameters": {"catalog-id": call.account},
            }
        }

    def databases(self, request: Document, call: Call) -> Document:
        found, token = page(self._catalog(request, call).databases(), request, 50)
        return {"DatabaseList": [_database(one) for one in found], **token}

    def database(self, request: Document, call: Call) -> Document:
        return {"Database": _database(self._found_database(request, call))}

    def tables(self, request: Document, call: Call) -> Document:
        self._found_database(request, call)
        found = self._catalog(request, call).tables(request["DatabaseName"].lower())
        if request.get("Expression"):
            pattern = re.compile(str(request["Expression"]).replace("*", ".*"))
            found = [one for one in found if pattern.fullmatch(one["Name"])]
        shown, token = page(found, request, 50)
        return {"TableMetadataList": [_table(one) for one in shown], **token}

    def table(self, request: Document, call: Call) -> Document:
        database, name = request["DatabaseName"].lower(), request["TableName"].lower()
        found = self._catalog(request, call).table(database, name)
        if found is None:
            raise AwsError("MetadataException", f"EntityNotFoundException: Table {name} not found.")
        return {"TableMetadata": _table(found)}

    def _found_database(self, request: Document, call: Call) -> Document:
        name = request["DatabaseName"].lower()
        found = self._catalog(request, call).database(name)
        if found is None:
            raise AwsError(
                "MetadataException", f"EntityNotFoundException: Database {name} not found."
            )
        return found

    def _catalog(self, request: Document, call: Call) -> _Described:
        name = str(request["CatalogName"])
        if name.lower() == NAME.lower():
            return GlueCatalog(self._asker(call))
        try:
            found = self._federation.connector(Scope.of(call), name, self._asker(call))
        except QueryFailedError as error:
            raise AwsError("MetadataException", error.message) from error
        if found is None:
            raise _no_catalog(name)
        return found

    def _asker(self, call: Call) -> Ask:
        def ask(service: str, operation: str, payload: Document) -> Document:
            return self._call(service, operation, payload, region=call.region, account=call.account)

        return ask

    def _kept(self, scope: Scope, name: str) -> Document:
        if name.lower() == NAME.lower():
            raise AwsError("InvalidRequestException", f"{NAME} cannot be changed")
        found = self._store.data_catalog(scope, name)
        if found is None:
            raise _no_catalog(name)
        return found


def arn_of(call: Call, name: str) -> str:
    """What tags are attached to."""
    return f"arn:aws:athena:{call.region}:{call.account}:datacatalog/{name}"


def _checked(request: Document) -> Document:
    """A catalog as it is kept, of a type whose tables can be answered for."""
    if request.get("Type") != _SERVED_TYPE:
        raise not_implemented("athena", f"data catalogs of type {request.get('Type')}")
    parameters = dict(request.get("Parameters") or {})
    if set(parameters) not in _FUNCTIONS:
        raise AwsError(
            "InvalidRequestException",
            "Parameters of a LAMBDA catalog are function, or metadata-function and record-function",
        )
    kept = {"Name": request["Name"], "Type": _SERVED_TYPE, "Parameters": parameters}
    return kept | ({"Description": request["Description"]} if request.get("Description") else {})


def _no_catalog(name: str) -> AwsError:
    return AwsError("InvalidRequestException", f"DataCatalog {name} was not found")


def _database(found: Document) -> Document:
    made: Document = {"Name": found["Name"], "Parameters": found.get("Parameters") or {}}
    if found.get("Description"):
        made["Description"] = found["Description"]
    return made


def _table(found: Document) -> Document:
    descriptor = found.get("StorageDescriptor") or {}
    parameters = {str(key): str(value) for key, value in found.get("Parameters", {}).items()}
    serde = descriptor.get("SerdeInfo") or {}
    parameters |= {
        "location": descriptor.get("Location", ""),
        "inputformat": descriptor.get("InputFormat", ""),
        "outputformat": descriptor.get("OutputFormat", ""),
        "serde.serialization.lib": serde.get("SerializationLibrary", ""),
    }
    made: Document = {
        "Name": found["Name"],
        "TableType": found.get("TableType", ""),
        "Columns": [_column(one) for one in descriptor.get("Columns", [])],
        "PartitionKeys": [_column(one) for one in found.get("PartitionKeys", [])],
        "Parameters": parameters,
    }
    for name, source in (("CreateTime", "CreateTime"), ("LastAccessTime", "LastAccessTime")):
        if found.get(source) is not None:
            made[name] = found[source]
    return made


def _column(column: Document) -> Document:
    return {key: column[key] for key in ("Name", "Type", "Comment") if column.get(key)}
