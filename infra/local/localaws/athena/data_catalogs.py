"""Databases and tables through Athena's own operations: one catalog, AwsDataCatalog."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from localaws.athena.catalog import GlueCatalog
from localaws.errors import AwsError
from localaws.paging import page

if TYPE_CHECKING:
    from localaws.host import InProcessCall
    from localaws.operations import Call, Document, Handler

NAME = "AwsDataCatalog"


class DataCatalogs:
    """Read only: the catalog is changed through Glue and through statements."""

    def __init__(self, call: InProcessCall) -> None:
        self._call = call

    def handlers(self) -> dict[str, Handler]:
        return {
            "ListDataCatalogs": self.list,
            "GetDataCatalog": self.get,
            "ListDatabases": self.databases,
            "GetDatabase": self.database,
            "ListTableMetadata": self.tables,
            "GetTableMetadata": self.table,
        }

    def list(self, _request: Document, _call: Call) -> Document:
        return {"DataCatalogsSummary": [{"CatalogName": NAME, "Type": "GLUE"}]}

    def get(self, request: Document, call: Call) -> Document:
        self._check(request.get("Name", ""))
        return {
            "DataCatalog": {
                "Name": NAME,
                "Type": "GLUE",
                "Description": "AWS Glue Data Catalog",
                "Parameters": {"catalog-id": call.account},
            }
        }

    def databases(self, request: Document, call: Call) -> Document:
        self._check(request["CatalogName"])
        found, token = page(self._catalog(call).databases(), request, 50)
        return {"DatabaseList": [_database(one) for one in found], **token}

    def database(self, request: Document, call: Call) -> Document:
        self._check(request["CatalogName"])
        name = request["DatabaseName"].lower()
        found = self._catalog(call).database(name)
        if found is None:
            raise AwsError(
                "MetadataException", f"EntityNotFoundException: Database {name} not found."
            )
        return {"Database": _database(found)}

    def tables(self, request: Document, call: Call) -> Document:
        catalog = self._catalog(call)
        self.database(request, call)
        found = catalog.tables(request["DatabaseName"].lower())
        if request.get("Expression"):
            pattern = re.compile(str(request["Expression"]).replace("*", ".*"))
            found = [one for one in found if pattern.fullmatch(one["Name"])]
        shown, token = page(found, request, 50)
        return {"TableMetadataList": [_table(one) for one in shown], **token}

    def table(self, request: Document, call: Call) -> Document:
        self._check(request["CatalogName"])
        database, name = request["DatabaseName"].lower(), request["TableName"].lower()
        found = self._catalog(call).table(database, name)
        if found is None:
            raise AwsError("MetadataException", f"EntityNotFoundException: Table {name} not found.")
        return {"TableMetadata": _table(found)}

    def _catalog(self, call: Call) -> GlueCatalog:
        def ask(service: str, operation: str, payload: Document) -> Document:
            return self._call(service, operation, payload, region=call.region, account=call.account)

        return GlueCatalog(ask)

    def _check(self, name: str) -> None:
        if name.lower() != NAME.lower():
            raise AwsError("InvalidRequestException", f"DataCatalog {name} was not found")


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
