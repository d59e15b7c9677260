"""Files that queries write: CREATE TABLE AS, INSERT INTO, UNLOAD."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from localaws.athena.failures import QueryFailedError, not_supported
from localaws.athena.sources import quoted, string

if TYPE_CHECKING:
    from localaws.athena.engine import Column, Query, Session
    from localaws.operations import Document

Put = Callable[[str, Path], None]
_PARQUET = "org.apache.hadoop.hive.ql.io.parquet"
_TEXT_INPUT = "org.apache.hadoop.mapred.TextInputFormat"
_TEXT_OUTPUT = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"
_SERDES = {
    "PARQUET": (
        f"{_PARQUET}.serde.ParquetHiveSerDe",
        f"{_PARQUET}.MapredParquetInputFormat",
        f"{_PARQUET}.MapredParquetOutputFormat",
    ),
    "JSON": ("org.apache.hive.hcatalog.data.JsonSerDe", _TEXT_INPUT, _TEXT_OUTPUT),
    "TEXTFILE": (
        "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
        _TEXT_INPUT,
        _TEXT_OUTPUT,
    ),
}
_EXTENSIONS = {"PARQUET": "", "JSON": ".json", "TEXTFILE": ".txt"}
_CODECS = {
    "PARQUET": {"": "gzip", "GZIP": "gzip", "SNAPPY": "snappy", "ZSTD": "zstd",
                "NONE": "uncompressed", "UNCOMPRESSED": "uncompressed"},
    "JSON": {"": "gzip", "GZIP": "gzip", "NONE": "none", "ZSTD": "zstd"},
    "TEXTFILE": {"": "gzip", "GZIP": "gzip", "NONE": "none", "ZSTD": "zstd"},
}  # fmt: skip


@dataclass(frozen=True)
class Layout:
    """How the files are written."""

    format: str = "PARQUET"
    compression: str = ""
    delimiter: str = "\x01"
    partitioned_by: tuple[str, ...] = ()

    def check(self) -> None:
        if self.format not in _SERDES:
            raise not_supported(f"writing in the format {self.format}")
        if self.compression not in _CODECS[self.format]:
            raise not_supported(f"the compression {self.compression} of {self.format}")

    @property
    def codec(self) -> str:
        return _CODECS[self.format][self.compression]


@dataclass(frozen=True)
class Written:
    """What was written: addresses, rows, and the values of each partition with its folder."""

    addresses: tuple[str, ...]
    rows: int
    partitions: tuple[tuple[tuple[str, ...], str], ...]


def write_files(query: Query, layout: Layout, location: str, work_dir: Path, put: Put) -> Written:
    """The query's rows as files below `location`; files of an earlier write stay."""
    layout.check()
    names = [column.name.lower() for column in query.columns]
    check_columns(query.columns, layout.partitioned_by)
    folder = work_dir / f"write-{uuid.uuid4().hex}"
    folder.mkdir(parents=True)
    try:
        rows = _copy(query, names, layout, folder)
        addresses, partitions = [], {}
        location = location.rstrip("/")
        for path in sorted(one for one in folder.rglob("*") if one.is_file()):
            inside = path.relative_to(folder).parent.parts
            place = "/".join((location, *inside))
            address = f"{place}/{_file_name(layout)}"
            put(address, path)
            addresses.append(address)
            if inside:
                values = tuple(part.partition("=")[2] for part in inside)
                partitions[values] = f"{place}/"
        return Written(tuple(addresses), rows, tuple(sorted(partitions.items())))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def check_columns(columns: list[Column], partitioned_by: tuple[str, ...]) -> None:
    """Athena's rules: every column has a name of its own, partition keys come last."""
    names = [column.name.lower() for column in columns]
    for index, name in enumerate(names):
        if name.startswith("_col") and name[4:].isdigit():
            raise QueryFailedError(
                "MISSING_COLUMN_NAME",
                f"line 1:1: Column name not specified at position {index + 1}",
            )
    if repeated := next((name for name in names if names.count(name) > 1), ""):
        raise QueryFailedError(
            "DUPLICATE_COLUMN_NAME", f"line 1:1: Column name '{repeated}' specified more than once"
        )
    keys = [key.lower() for key in partitioned_by]
    if keys and (names[-len(keys) :] != keys or len(names) == len(keys)):
        raise QueryFailedError(
            "HIVE_COLUMN_ORDER_MISMATCH",
            "Partition keys must be the last columns in the table and in the same order as the"
            f" table properties: [{', '.join(keys)}]",
        )


def storage_descriptor(columns: list[Column], layout: Layout, location: str) -> Document:
    """A Glue StorageDescriptor of such files."""
    serde, read, written = _SERDES[layout.format]
    keys = {key.lower() for key in layout.partitioned_by}
    parameters = {"field.delim": layout.delimiter} if layout.format == "TEXTFILE" else {}
    return {
        "Columns": [
            {"Name": one.name.lower(), "Type": one.type.hive}
            for one in columns
            if one.name.lower() not in keys
        ],
        "Location": location,
        "InputFormat": read,
        "OutputFormat": written,
        "Compressed": layout.codec not in ("none", "uncompressed"),
        "SerdeInfo": {
            "SerializationLibrary": serde,
            "Parameters": parameters | {"serialization.format": "1"},
        },
    }


def _copy(query: Query, names: list[str], layout: Layout, folder: Path) -> int:
    chosen = []
    for index, column in enumerate(query.columns):
        if column.type.kind == "TIMESTAMP WITH TIME ZONE":
            raise not_supported(f"writing {column.name}, a timestamp with time zone, into files")
        value = f"c{index}"
        if column.type.kind == "HUGEINT":
            value = f"CAST({value} AS BIGINT)"
        elif layout.format == "PARQUET" and column.type.kind.startswith("TIMESTAMP"):
            value = f"CAST({value} AS TIMESTAMP_MS)"
        elif layout.format == "TEXTFILE":
            value = f"coalesce({_plain_text(value, column)}, '\\N')"
        chosen.append(f"{value} AS {quoted(names[index])}")
    inner = ", ".join(f"c{index}" for index in range(len(names)))
    select = f"SELECT {', '.join(chosen)} FROM ({query.sql}) AS athena_rows({inner})"  # noqa: S608
    options = {
        "PARQUET": f"FORMAT parquet, COMPRESSION {layout.codec}",
        "JSON": f"FORMAT json, COMPRESSION {layout.codec}",
        "TEXTFILE": "FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER "
        f"{string(layout.delimiter)}, COMPRESSION {layout.codec}",
    }[layout.format]
    target: Path = folder / "part"
    if layout.partitioned_by:
        keys = ", ".join(quoted(key.lower()) for key in layout.partitioned_by)
        options += f", PARTITION_BY ({keys}), OVERWRITE_OR_IGNORE true"
        target = folder
    (counted,) = query.session.scan(f"COPY ({select}) TO {string(str(target))} ({options})")
    return int(counted[0])


def _plain_text(value: str, column: Column) -> str:
    if column.type.kind in ("array", "map", "row"):
        raise not_supported(f"writing {column.name}, a nested value, as text")
    if column.type.kind == "decimal":
        return f"CAST({value} AS VARCHAR)"
    return f"athena_text({value})"


def _file_name(layout: Layout) -> str:
    suffix = {"gzip": ".gz", "zstd": ".zst", "none": ""}.get(layout.codec, "")
    if layout.format == "PARQUET":
        suffix = ""
    return f"{uuid.uuid4().hex}{_EXTENSIONS[layout.format]}{suffix}"


def cast_to_columns(session: Session, query: Query, columns: list[Column]) -> Query:
    """The query with the columns of the table that it is inserted into."""
    if len(query.columns) != len(columns):
        raise QueryFailedError(
            "TYPE_MISMATCH",
            f"Insert query has mismatched column types: Table has {len(columns)} columns,"
            f" query {len(query.columns)}",
        )
    inner = ", ".join(f"c{index}" for index in range(len(columns)))
    chosen = ", ".join(
        f"CAST(c{index} AS {column.type.text}) AS {quoted(column.name)}"
        for index, column in enumerate(columns)
    )
    sql = f"SELECT {chosen} FROM ({query.sql}) AS athena_rows({inner})"  # noqa: S608 - quoted
    return type(query)(session, sql, columns)
