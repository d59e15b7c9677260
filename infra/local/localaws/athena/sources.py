"""A Hive table of the catalog as a SELECT of DuckDB: Parquet, CSV and JSON files, partitioned."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from localaws.athena.failures import QueryFailedError, not_supported
from localaws.athena.hive_types import duckdb_of_hive

if TYPE_CHECKING:
    from localaws.athena.catalog import Catalog, FoundFile
    from localaws.operations import Document

# Column names of what a SELECT of DuckDB's gives.
NamesOf = Callable[[str], list[str]]
Columns = list[tuple[str, str]]
HIVE_NULL = "__HIVE_DEFAULT_PARTITION__"
# Hive's own form; LazySimpleSerDe reads anything else as null.
_HIVE_TIMESTAMP = r"^\d{4}-\d{1,2}-\d{1,2} \d{1,2}:\d{1,2}:\d{1,2}(\.\d+)?$"


def hive_source(catalog: Catalog, table: Document, names_of: NamesOf) -> str:
    """All rows of the table; a predicate on a partition key leaves the other files unread."""
    if table.get("Parameters", {}).get("projection.enabled", "").lower() == "true":
        raise not_supported(f"partition projection (table {table['Name']})")
    keys = table.get("PartitionKeys", [])
    descriptor = table.get("StorageDescriptor") or {}
    if not keys:
        return _files_source(catalog, table, descriptor, "", names_of)
    branches = []
    for partition in catalog.partitions(table["DatabaseName"], table["Name"]):
        constants = "".join(
            f", {_constant(value, key['Type'])} AS {quoted(key['Name'])}"
            for key, value in zip(keys, partition["Values"], strict=True)
        )
        place = partition.get("StorageDescriptor") or {}
        branches.append(_files_source(catalog, table, descriptor | place, constants, names_of))
    if not branches:
        constants = "".join(
            f", CAST(NULL AS {duckdb_of_hive(key['Type'])}) AS {quoted(key['Name'])}"
            for key in keys
        )
        return _no_rows(_columns(descriptor), constants)
    return "\nUNION ALL ".join(branches)


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def string(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _files_source(
    catalog: Catalog, table: Document, descriptor: Document, constants: str, names_of: NamesOf
) -> str:
    # A partition is read with its table's columns, as Athena does for text.
    columns = _columns(table.get("StorageDescriptor") or {})
    files = catalog.files(descriptor.get("Location", ""))
    if not files:
        return _no_rows(columns, constants)
    serde = str((descriptor.get("SerdeInfo") or {}).get("SerializationLibrary", ""))
    kind = serde.rpartition(".")[2]
    if kind == "ParquetHiveSerDe":
        return _parquet(files, columns, constants, names_of)
    if kind == "LazySimpleSerDe":
        return _lazy_csv(files, columns, constants, _properties(table, descriptor))
    if kind == "OpenCSVSerde":
        return _open_csv(files, columns, constants, _properties(table, descriptor))
    if kind == "JsonSerDe":
        return _json(files, columns, constants, _properties(table, descriptor))
    if not serde:
        raise QueryFailedError(
            "HIVE_INVALID_METADATA", f"Table {table['Name']} has no SerDe in the Data Catalog"
        )
    raise not_supported(f"the SerDe {serde}")


def _parquet(files: list[FoundFile], columns: Columns, constants: str, names_of: NamesOf) -> str:
    scan = f"read_parquet([{_addresses(files)}], union_by_name = true, hive_partitioning = false)"
    present = {name.lower(): name for name in names_of(f"SELECT * FROM {scan}")}  # noqa: S608
    chosen = ", ".join(
        f"CAST({quoted(present[name.lower()])} AS {kind}) AS {quoted(name)}"
        if name.lower() in present
        else f"CAST(NULL AS {kind}) AS {quoted(name)}"
        for name, kind in columns
    )
    return f"SELECT {chosen}{constants} FROM {scan}"  # noqa: S608 - all of it is quoted


def _lazy_csv(
    files: list[FoundFile], columns: Columns, constants: str, properties: dict[str, str]
) -> str:
    """No quotes: LazySimpleSerDe splits at every delimiter, whatever surrounds it."""
    delimiter = properties.get("field.delim") or properties.get("separatorChar") or "\x01"
    null = properties.get("serialization.null.format", "\\N")
    escape = properties.get("escape.delim", "")
    if escape:
        raise not_supported("escape.delim of LazySimpleSerDe")
    scan = _csv_scan(files, columns, delimiter, "", "", null, _skipped(properties))
    chosen = ", ".join(f"{_of_text(name, kind)} AS {quoted(name)}" for name, kind in columns)
    return f"SELECT {chosen}{constants} FROM {scan}"  # noqa: S608 - all of it is quoted


def _open_csv(
    files: list[FoundFile], columns: Columns, constants: str, properties: dict[str, str]
) -> str:
    """Quoted fields; an empty field is an empty text, never null."""
    scan = _csv_scan(
        files,
        columns,
        properties.get("separatorChar", ","),
        properties.get("quoteChar", '"'),
        # OpenCSV takes a doubled quote for one as well, which is all that DuckDB can be told of.
        properties.get("quoteChar", '"'),
        None,
        _skipped(properties),
    )
    chosen = ", ".join(
        (quoted(name) if kind == "VARCHAR" else f"CAST({quoted(name)} AS {kind})")
        + f" AS {quoted(name)}"
        for name, kind in columns
    )
    return f"SELECT {chosen}{constants} FROM {scan}"  # noqa: S608 - all of it is quoted


def _json(
    files: list[FoundFile], columns: Columns, constants: str, properties: dict[str, str]
) -> str:
    for name in properties:
        if name.startswith("mapping.") or name == "dots.in.keys":
            raise not_supported(f"{name} of JsonSerDe")
    ignore = properties.get("ignore.malformed.json", "false").lower() == "true"
    types = ", ".join(f"{string(name)}: {string(kind)}" for name, kind in columns)
    scan = (
        f"read_json([{_addresses(files)}], format = 'newline_delimited', columns = {{{types}}},"
        f" ignore_errors = {str(ignore).lower()}, hive_partitioning = false,"
        " maximum_object_size = 67108864)"
    )
    chosen = ", ".join(quoted(name) for name, _ in columns)
    return f"SELECT {chosen}{constants} FROM {scan}"  # noqa: S608 - all of it is quoted


def _csv_scan(
    files: list[FoundFile],
    columns: Columns,
    delimiter: str,
    quote: str,
    escape: str,
    null: str | None,
    skipped: int,
) -> str:
    types = ", ".join(f"{string(name)}: 'VARCHAR'" for name, _ in columns)
    nulls = f" nullstr = {string(null)}," if null is not None else " nullstr = chr(0),"
    delimiter = {"\\t": "\t", "\\001": "\x01"}.get(delimiter, delimiter)
    return (
        f"read_csv([{_addresses(files)}], auto_detect = false, header = false, skip = {skipped},"
        f" delim = {string(delimiter)}, quote = {string(quote)}, escape = {string(escape)},{nulls}"
        f" null_padding = true, strict_mode = false, columns = {{{types}}}, parallel = false,"
        " hive_partitioning = false, max_line_size = 16777216)"
    )


def _of_text(name: str, kind: str) -> str:
    """What LazySimpleSerDe makes of a field: null where the text is not of the type."""
    column = quoted(name)
    if kind == "VARCHAR":
        return column
    if kind.startswith("TIMESTAMP"):
        form = string(_HIVE_TIMESTAMP)
        return f"CASE WHEN regexp_matches({column}, {form}) THEN TRY_CAST({column} AS {kind}) END"
    if kind in ("TINYINT", "SMALLINT", "INTEGER", "BIGINT"):
        whole = string(r"^\s*[+-]?\d+\s*$")
        return f"CASE WHEN regexp_matches({column}, {whole}) THEN TRY_CAST({column} AS {kind}) END"
    if kind == "BOOLEAN":
        return f"CASE lower({column}) WHEN 'true' THEN true WHEN 'false' THEN false END"
    if kind in ("DATE", "FLOAT", "DOUBLE") or kind.startswith("DECIMAL"):
        return f"TRY_CAST({column} AS {kind})"
    raise not_supported(f"columns of type {kind.lower()} in LazySimpleSerDe files")


def _columns(descriptor: Document) -> Columns:
    return [(one["Name"], duckdb_of_hive(one["Type"])) for one in descriptor.get("Columns", [])]


def _no_rows(columns: Columns, constants: str) -> str:
    chosen = ", ".join(f"CAST(NULL AS {kind}) AS {quoted(name)}" for name, kind in columns)
    return f"SELECT {chosen}{constants} WHERE false"


def _constant(value: str, hive: str) -> str:
    kind = duckdb_of_hive(hive)
    if value == HIVE_NULL:
        return f"CAST(NULL AS {kind})"
    return f"CAST({string(value)} AS {kind})"


def _addresses(files: list[FoundFile]) -> str:
    return ", ".join(string(file.address) for file in files)


def _properties(table: Document, descriptor: Document) -> dict[str, str]:
    """SerDe properties over the table's own; a partition's over both."""
    serde = (descriptor.get("SerdeInfo") or {}).get("Parameters") or {}
    return {**table.get("Parameters", {}), **(descriptor.get("Parameters") or {}), **serde}


def _skipped(properties: dict[str, str]) -> int:
    return int(properties.get("skip.header.line.count", "0"))
