"""Tables of DynamoDB as Athena's DynamoDB connector shows them: schemas, columns, rows.

The schema `default` has every table, in lower case, with the columns of its first items. A
database of the Data Catalog whose location says `dynamo-db-flag` is a schema too: its tables have
the columns that they describe, of the DynamoDB table that `sourceTable` names.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pyarrow as pa

from localaws.athena.dynamodb_values import Value, converted, inferred, of_hive, weight
from localaws.athena.failures import QueryFailedError
from localaws.athena.hive_types import parse_duckdb
from localaws.errors import AwsError

if TYPE_CHECKING:
    from localaws.operations import Document

Ask = Callable[[str, str, "Document"], "Document"]

DEFAULT = "default"
# In the location of a database of the Data Catalog that is for the connector.
_FLAG = "dynamo-db-flag"
_CLASSIFICATION = "dynamodb"
# The connector looks at so many items, and takes the first type that an attribute has there.
_ITEMS_LOOKED_AT = 4
_KEY_TYPES = {"S": pa.string(), "N": of_hive("decimal(38,9)"), "B": pa.binary()}


class Rows:
    """The rows of one table, read in full, and how many bytes they were."""

    def __init__(self, table: pa.Table, scanned_bytes: int) -> None:
        self.table = table
        self.scanned_bytes = scanned_bytes


class DynamoDbConnector:
    """Read only, as the connector is. Its documents are those of the Glue Data Catalog."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    def databases(self) -> list[Document]:
        flagged = [one for one in self._pages("glue", "GetDatabases", {}) if _is_flagged(one)]
        return [{"Name": DEFAULT}, *(one for one in flagged if one["Name"] != DEFAULT)]

    def database(self, name: str) -> Document | None:
        return next((one for one in self.databases() if one["Name"] == name), None)

    def tables(self, database: str) -> list[Document]:
        described = self._described(database)
        if database != DEFAULT:
            return [described[name] for name in sorted(described)]
        names = {name.lower() for name in self._dynamodb_tables()}
        found = [self.table(database, name) for name in sorted(names | described.keys())]
        return [one for one in found if one is not None]

    def table(self, database: str, name: str) -> Document | None:
        """With the columns that it has; None where there is none of the name."""
        described = self._described(database).get(name)
        if described is not None or database != DEFAULT:
            return described
        source = self._resolved(name)
        if source is None:
            return None
        columns = self._looked_at(source)
        return {
            "Name": name,
            "TableType": "EXTERNAL_TABLE",
            "Parameters": {"classification": _CLASSIFICATION, "sourceTable": source},
            "StorageDescriptor": {
                "Columns": [
                    {"Name": column, "Type": _hive(kind)} for column, kind in columns.items()
                ]
            },
        }

    def rows(self, table: Document) -> Rows:
        """Every item of a table, by a scan."""
        source = _source_of(table)
        resolved = self._resolved(source)
        if resolved is None:
            raise QueryFailedError(
                "GENERIC_USER_ERROR",
                f"Encountered an exception from the connector: there is no DynamoDB table {source}",
            )
        kinds = {
            column["Name"]: of_hive(column["Type"])
            for column in table["StorageDescriptor"]["Columns"]
        }
        attributes = _attributes(table, list(kinds))
        columns: dict[str, list[object]] = {name: [] for name in kinds}
        scanned = 0
        for item in self._scan(resolved):
            by_name = {name.lower(): value for name, value in item.items()}
            scanned += sum(len(name) + weight(value) for name, value in item.items())
            for name, kind in kinds.items():
                attribute = attributes[name]
                value = item.get(attribute, by_name.get(attribute.lower()))
                columns[name].append(converted(value, kind, attribute))
        arrays = [pa.array(columns[name], type=kind) for name, kind in kinds.items()]
        return Rows(pa.table(arrays, names=list(kinds)), scanned)

    def _described(self, database: str) -> dict[str, Document]:
        """The Data Catalog's tables of a schema that are for the connector, by name."""
        asked = {"DatabaseName": database}
        try:
            found = self._pages("glue", "GetTables", asked)
        except AwsError as error:
            if error.code != "EntityNotFoundException":
                raise
            return {}
        return {one["Name"]: one for one in found if _is_for_dynamodb(one)}

    def _looked_at(self, source: str) -> dict[str, pa.DataType]:
        """Columns as the connector infers them: an attribute that its first items lack is none."""
        items = self._ask("dynamodb", "Scan", {"TableName": source, "Limit": _ITEMS_LOOKED_AT})
        columns: dict[str, pa.DataType] = {}
        for item in items.get("Items", []):
            for name, value in item.items():
                kind = inferred(value)
                if kind is not None and name.lower() not in columns:
                    columns[name.lower()] = kind
        if not items.get("Items"):
            table = self._ask("dynamodb", "DescribeTable", {"TableName": source})["Table"]
            for one in table["AttributeDefinitions"]:
                columns[one["AttributeName"].lower()] = _KEY_TYPES[one["AttributeType"]]
        return columns

    def _resolved(self, name: str) -> str | None:
        """The DynamoDB table of a name in lower case; two of them are an error."""
        found = [one for one in self._dynamodb_tables() if one.lower() == name.lower()]
        if name in found:
            return name
        if len(found) > 1:
            raise QueryFailedError(
                "GENERIC_USER_ERROR",
                "Encountered an exception from the connector: Multiple tables resolved from case"
                f" insensitive name {name}: {', '.join(found)}",
            )
        return found[0] if found else None

    def _dynamodb_tables(self) -> list[str]:
        names: list[str] = []
        asked: Document = {}
        while True:
            answer = self._ask("dynamodb", "ListTables", asked)
            names += answer["TableNames"]
            if not answer.get("LastEvaluatedTableName"):
                return names
            asked = {"ExclusiveStartTableName": answer["LastEvaluatedTableName"]}

    def _scan(self, source: str) -> list[dict[str, Value]]:
        items: list[dict[str, Value]] = []
        asked: Document = {"TableName": source}
        while True:
            answer = self._ask("dynamodb", "Scan", asked)
            items += answer["Items"]
            if not answer.get("LastEvaluatedKey"):
                return items
            asked = asked | {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

    def _pages(self, service: str, operation: str, asked: Document) -> list[Document]:
        key = {"GetDatabases": "DatabaseList", "GetTables": "TableList"}[operation]
        found: list[Document] = []
        while True:
            answer = self._ask(service, operation, asked)
            found += answer.get(key, [])
            if not answer.get("NextToken"):
                return found
            asked = asked | {"NextToken": answer["NextToken"]}


def _is_flagged(database: Document) -> bool:
    return _FLAG in str(database.get("LocationUri", ""))


def _is_for_dynamodb(table: Document) -> bool:
    descriptor = table.get("StorageDescriptor") or {}
    return (
        _CLASSIFICATION in str(descriptor.get("Location", ""))
        or (table.get("Parameters") or {}).get("classification") == _CLASSIFICATION
        or (descriptor.get("Parameters") or {}).get("classification") == _CLASSIFICATION
    )


def _source_of(table: Document) -> str:
    """The DynamoDB table behind a described one: named, in its location, or of the same name."""
    if named := (table.get("Parameters") or {}).get("sourceTable"):
        return str(named)
    location = str((table.get("StorageDescriptor") or {}).get("Location", ""))
    if location.startswith("arn:") and ":table/" in location:
        return location.rpartition(":table/")[2]
    return str(table["Name"])


def _attributes(table: Document, columns: list[str]) -> dict[str, str]:
    """Which attribute a column shows: `columnMapping` is `column=Attribute,...`."""
    mapping = str((table.get("Parameters") or {}).get("columnMapping", ""))
    pairs = [pair.partition("=") for pair in mapping.split(",") if pair]
    given = {column.strip(): attribute.strip() for column, _, attribute in pairs}
    return {column: given.get(column, column) for column in columns}


def _hive(kind: pa.DataType) -> str:
    if pa.types.is_list(kind):
        return f"array<{_hive(kind.value_type)}>"
    if pa.types.is_struct(kind):
        return "struct<" + ",".join(f"{one.name}:{_hive(one.type)}" for one in kind) + ">"
    if pa.types.is_decimal(kind):
        return f"decimal({kind.precision},{kind.scale})"
    names = {pa.string(): "VARCHAR", pa.bool_(): "BOOLEAN", pa.binary(): "BLOB"}
    return parse_duckdb(names[kind]).hive
