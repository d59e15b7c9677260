"""CREATE EXTERNAL TABLE as the Glue catalog keeps it, and back as SHOW CREATE TABLE shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError

from localaws.athena.catalog import is_iceberg, is_view
from localaws.athena.failures import QueryFailedError, not_supported, syntax_error
from localaws.athena.hive_types import duckdb_of_hive

if TYPE_CHECKING:
    from localaws.operations import Document

_PARQUET = "org.apache.hadoop.hive.ql.io.parquet"
_TEXT_IN = "org.apache.hadoop.mapred.TextInputFormat"
_TEXT_OUT = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"
_LAZY = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
_STORED_AS = {
    "PARQUET": (
        f"{_PARQUET}.MapredParquetInputFormat",
        f"{_PARQUET}.MapredParquetOutputFormat",
        f"{_PARQUET}.serde.ParquetHiveSerDe",
    ),
    "TEXTFILE": (_TEXT_IN, _TEXT_OUT, _LAZY),
}
# What DuckDB's readers can be told; another SerDe would fail at the first query, so it fails here.
_SERDES = (
    _LAZY,
    f"{_PARQUET}.serde.ParquetHiveSerDe",
    "org.apache.hadoop.hive.serde2.OpenCSVSerde",
    "org.openx.data.jsonserde.JsonSerDe",
    "org.apache.hive.hcatalog.data.JsonSerDe",
)


def parse_create_table(text: str) -> tuple[list[str], Document, bool]:
    """(name by parts, TableInput, IF NOT EXISTS) of CREATE [EXTERNAL] TABLE."""
    try:
        create = sqlglot.parse_one(text, dialect="hive")
    except ParseError as error:
        first = error.errors[0] if error.errors else {}
        raise syntax_error(
            f"mismatched input '{first.get('highlight', '')}'", first.get("line") or 1
        ) from error
    if not isinstance(create, exp.Create) or not isinstance(create.this, exp.Schema):
        raise not_supported(f"this form of CREATE TABLE ({text[:60]})")
    properties = {type(one): one for one in _properties(create)}
    plain = {
        one.name: one.args["value"].name for one in _properties(create) if type(one) is exp.Property
    }
    if plain.get("table_type", "").upper() == "ICEBERG":
        raise not_supported("CREATE TABLE of Iceberg tables; Spark makes them")
    if exp.ExternalProperty not in properties:
        raise syntax_error("CREATE TABLE without EXTERNAL is for Iceberg tables; add EXTERNAL")
    location = properties.get(exp.LocationProperty)
    if location is None:
        raise syntax_error("missing LOCATION")
    descriptor = _storage(properties)
    descriptor["Columns"] = _columns(create.this)
    descriptor["Location"] = location.name
    partitioned = properties.get(exp.PartitionedByProperty)
    keys = _columns(partitioned.this) if partitioned is not None else []
    table = create.this.this
    comment = properties.get(exp.SchemaCommentProperty)
    made: Document = {
        "Name": table.name.lower(),
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {"EXTERNAL": "TRUE"}
        | plain
        | ({"comment": comment.name} if comment is not None else {}),
        "StorageDescriptor": descriptor,
        "PartitionKeys": keys,
    }
    parts = [part.name.lower() for part in table.parts]
    return parts, made, bool(create.args.get("exists"))


def show_create_table(database: str, table: Document) -> list[str]:
    """The lines of SHOW CREATE TABLE."""
    if is_view(table):
        raise QueryFailedError(
            "GENERIC_USER_ERROR", f"{table['Name']} is a view; use SHOW CREATE VIEW"
        )
    descriptor = table.get("StorageDescriptor") or {}
    lines = [
        f"CREATE {'' if is_iceberg(table) else 'EXTERNAL '}TABLE `{database}.{table['Name']}`("
    ]
    lines += _column_lines(descriptor.get("Columns", []))
    if keys := table.get("PartitionKeys"):
        lines += ["PARTITIONED BY ( ", *_column_lines(keys)]
    if not is_iceberg(table):
        serde = descriptor.get("SerdeInfo") or {}
        lines += ["ROW FORMAT SERDE ", f"  '{serde.get('SerializationLibrary', '')}' "]
        if parameters := serde.get("Parameters"):
            lines += ["WITH SERDEPROPERTIES ( ", *_property_lines(parameters)]
        lines += ["STORED AS INPUTFORMAT ", f"  '{descriptor.get('InputFormat', '')}' "]
        lines += ["OUTPUTFORMAT ", f"  '{descriptor.get('OutputFormat', '')}'"]
    lines += ["LOCATION", f"  '{descriptor.get('Location', '')}'"]
    lines += ["TBLPROPERTIES (", *_property_lines(table.get("Parameters", {}))]
    return lines


def _storage(properties: dict[Any, Any]) -> Document:
    stored = properties.get(exp.FileFormatProperty)
    read, written, serde = _STORED_AS["TEXTFILE"]
    if stored is not None and isinstance(stored.this, exp.InputOutputFormat):
        read = stored.this.args["input_format"].name
        written = stored.this.args["output_format"].name
    elif stored is not None:
        if stored.name.upper() not in _STORED_AS:
            raise not_supported(f"STORED AS {stored.name.upper()}")
        read, written, serde = _STORED_AS[stored.name.upper()]
    parameters: dict[str, str] = {}
    if (row := properties.get(exp.RowFormatSerdeProperty)) is not None:
        serde = row.name
        if (given := row.args.get("serde_properties")) is not None:
            parameters = {one.name: one.args["value"].name for one in given.expressions}
    elif (row := properties.get(exp.RowFormatDelimitedProperty)) is not None:
        for name in ("escaped", "collection_items", "map_keys"):
            if row.args.get(name) is not None:
                raise not_supported(f"ROW FORMAT DELIMITED with {name.upper().replace('_', ' ')}")
        parameters = {"serialization.format": ",", "field.delim": "\x01"}
        if row.args.get("fields") is not None:
            parameters["field.delim"] = row.args["fields"].name
            parameters["serialization.format"] = row.args["fields"].name
        if row.args.get("null") is not None:
            parameters["serialization.null.format"] = row.args["null"].name
    if serde not in _SERDES:
        raise not_supported(f"the SerDe {serde}")
    return {
        "InputFormat": read,
        "OutputFormat": written,
        "SerdeInfo": {"SerializationLibrary": serde, "Parameters": parameters},
    }


def _properties(create: exp.Create) -> list[Any]:
    found = create.args.get("properties")
    return list(found.expressions) if found is not None else []


def _columns(schema: exp.Expression) -> list[Document]:
    made = []
    for column in schema.expressions:
        if not isinstance(column, exp.ColumnDef) or column.kind is None:
            raise not_supported(f"the column {column.sql(dialect='hive')}")
        kind = _hive(column.kind)
        duckdb_of_hive(kind)
        one = {"Name": column.name.lower(), "Type": kind}
        for constraint in column.constraints:
            if isinstance(constraint.kind, exp.CommentColumnConstraint):
                one["Comment"] = constraint.kind.name
        made.append(one)
    return made


def _hive(kind: exp.DataType) -> str:
    """`struct<a:int>`: Hive's spelling, which sqlglot writes with blanks and capitals."""
    inner = kind.expressions
    if kind.this is exp.DataType.Type.STRUCT:
        return "struct<" + ",".join(f"{one.name.lower()}:{_hive(one.kind)}" for one in inner) + ">"
    if kind.this in (exp.DataType.Type.ARRAY, exp.DataType.Type.MAP):
        return f"{kind.this.value.lower()}<{','.join(_hive(one) for one in inner)}>"
    return str(kind.sql(dialect="hive")).lower().replace(" ", "")


def _column_lines(columns: list[Document]) -> list[str]:
    lines = []
    for index, column in enumerate(columns):
        comment = f" COMMENT '{column['Comment']}'" if column.get("Comment") else ""
        end = ")" if index == len(columns) - 1 else ", "
        lines.append(f"  `{column['Name']}` {column['Type']}{comment}{end}")
    return lines


def _property_lines(parameters: dict[str, str]) -> list[str]:
    items = sorted(parameters.items())
    return [
        f"  '{name}'='{value}'" + (")" if index == len(items) - 1 else ", ")
        for index, (name, value) in enumerate(items)
    ] or [")"]
