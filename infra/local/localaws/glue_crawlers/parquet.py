"""The schema in a Parquet file's footer, as Hive types."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Protocol

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from localaws.glue_crawlers.hive_types import Columns, Type

ATOMIC = {
    "bool": "boolean",
    "int8": "tinyint",
    "int16": "smallint",
    "int32": "int",
    "int64": "bigint",
    "uint8": "smallint",
    "uint16": "int",
    "uint32": "bigint",
    "uint64": "decimal(20,0)",
    "float": "float",
    "double": "double",
    "string": "string",
    "large_string": "string",
    "binary": "binary",
    "large_binary": "binary",
    "date32[day]": "date",
}


class BrokenParquetError(ValueError):
    """A file that begins as Parquet and cannot be read as such."""


class Source(Protocol):
    """One stored file."""

    @property
    def size(self) -> int: ...

    def read(self, start: int, length: int) -> bytes: ...


def inspect(source: Source) -> tuple[Columns, int]:
    """Columns and the number of rows; reads the footer alone."""
    try:
        metadata = pq.read_metadata(pa.PythonFile(_Seekable(source), mode="r"))
        schema = metadata.schema.to_arrow_schema()
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as error:
        raise BrokenParquetError(str(error).splitlines()[0]) from error
    return {field.name: _type(field.type) for field in schema}, int(metadata.num_rows)


def _type(kind: Any) -> Type:
    if pa.types.is_struct(kind):
        return {"struct": {field.name: _type(field.type) for field in kind}}
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return {"array": _type(kind.value_type)}
    if pa.types.is_map(kind):
        # Maps are not merged: a table whose files differ in one has text there.
        from localaws.glue_crawlers.hive_types import hive

        return f"map<{hive(_type(kind.key_type))},{hive(_type(kind.item_type))}>"
    if pa.types.is_decimal(kind):
        return f"decimal({kind.precision},{kind.scale})"
    if pa.types.is_timestamp(kind):
        return "timestamp"
    if pa.types.is_dictionary(kind):
        return _type(kind.value_type)
    return ATOMIC.get(str(kind), "string")


class _Seekable(io.RawIOBase):
    """A stored file as Python's file protocol; each read is one ranged request."""

    def __init__(self, source: Source) -> None:
        super().__init__()
        self._source = source
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._source.size}
        self._position = base[whence] + offset
        return self._position

    def read(self, size: int = -1) -> bytes:
        rest = self._source.size - self._position
        length = rest if size < 0 else min(size, rest)
        if length <= 0:
            return b""
        found = self._source.read(self._position, length)
        self._position += len(found)
        return found
