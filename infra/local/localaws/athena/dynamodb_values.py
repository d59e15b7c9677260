"""DynamoDB's attribute values as columns: which type a value has, and what it is in a type."""

from __future__ import annotations

import base64
import datetime as dt
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

import pyarrow as pa

from localaws.athena.failures import QueryFailedError, not_supported
from localaws.athena.hive_types import split_top

# What the connector takes every number for, unless the Data Catalog says otherwise.
NUMBER = pa.decimal128(38, 9)
Value = dict[str, Any]

_WHOLE = {"tinyint": pa.int8(), "smallint": pa.int16(), "int": pa.int32(), "integer": pa.int32(),
          "bigint": pa.int64()}  # fmt: skip
_SIMPLE = {
    **_WHOLE,
    "string": pa.string(), "varchar": pa.string(), "boolean": pa.bool_(), "double": pa.float64(),
    "float": pa.float32(), "binary": pa.binary(), "date": pa.date32(),
    "timestamp": pa.timestamp("ms"),
}  # fmt: skip


def inferred(value: Value) -> pa.DataType | None:
    """The type that the connector takes a value for; None for a null, which says nothing."""
    ((tag, inside),) = value.items()
    if tag == "NULL":
        return None
    if tag in ("L", "SS", "NS", "BS"):
        return _inferred_list(tag, inside)
    if tag == "M":
        fields = [(name, inferred(one)) for name, one in inside.items()]
        known = [(name, kind) for name, kind in fields if kind is not None]
        return pa.struct(known) if known else pa.string()
    return {"S": pa.string(), "N": NUMBER, "BOOL": pa.bool_(), "B": pa.binary()}[tag]


def of_hive(hive: str) -> pa.DataType:
    """The type of a column that the Data Catalog describes."""
    hive = hive.strip().lower()
    if hive.startswith("array<"):
        return pa.list_(of_hive(hive[6:-1]))
    if hive.startswith("struct<"):
        parts = [field.partition(":") for field in split_top(hive[7:-1])]
        return pa.struct([(name.strip(), of_hive(kind)) for name, _, kind in parts])
    if hive.startswith("decimal("):
        precision, _, scale = hive[8:-1].partition(",")
        return pa.decimal128(int(precision), int(scale or 0))
    found = _SIMPLE.get(hive.partition("(")[0])
    if found is None:
        raise not_supported(f"columns of type {hive} in tables of DynamoDB")
    return found


def converted(value: Value | None, kind: pa.DataType, column: str) -> Any:
    """A value in a column of that type; a value that has no place in it fails the query."""
    if value is None:
        return None
    ((tag, inside),) = value.items()
    if tag == "NULL":
        return None
    if pa.types.is_list(kind):
        if tag not in ("L", "SS", "NS", "BS"):
            raise _misfit(value, kind, column)
        items = inside if tag == "L" else [{tag[0]: one} for one in inside]
        return [converted(one, kind.value_type, column) for one in items]
    if pa.types.is_struct(kind):
        if tag != "M":
            raise _misfit(value, kind, column)
        by_name = {name.lower(): one for name, one in inside.items()}
        return {
            field.name: converted(by_name.get(field.name.lower()), field.type, column)
            for field in kind
        }
    return _scalar(tag, inside, kind, column)


def weight(value: Value) -> int:
    """The bytes of a value, about as DynamoDB counts them."""
    ((tag, inside),) = value.items()
    if tag in ("L", "SS", "NS", "BS"):
        return 3 + sum(weight(one) if tag == "L" else len(str(one)) for one in inside)
    if tag == "M":
        return 3 + sum(len(name) + weight(one) for name, one in inside.items())
    return len(str(inside).encode()) if tag == "S" else len(str(inside)) // 2 + 1


def _inferred_list(tag: str, inside: list[Any]) -> pa.DataType:
    if tag != "L":
        return pa.list_({"SS": pa.string(), "NS": NUMBER, "BS": pa.binary()}[tag])
    tags = {next(iter(one)) for one in inside}
    if len(tags) != 1:
        # Nothing in it, or one of each: the connector gives texts.
        return pa.list_(pa.string())
    child = inferred(inside[0])
    return pa.list_(child if child is not None else pa.string())


def _scalar(tag: str, inside: Any, kind: pa.DataType, column: str) -> Any:
    if pa.types.is_string(kind):
        if tag in ("S", "N"):
            return str(inside)
        if tag == "BOOL":
            return str(inside).lower()
    elif pa.types.is_boolean(kind) and tag == "BOOL":
        return bool(inside)
    elif pa.types.is_binary(kind) and tag == "B":
        return inside if isinstance(inside, bytes) else base64.b64decode(inside)
    elif tag == "N":
        return _number(Decimal(str(inside)), kind, column)
    elif tag == "S":
        return _moment(str(inside), kind, column)
    raise _misfit({tag: inside}, kind, column)


def _number(value: Decimal, kind: pa.DataType, column: str) -> Any:
    if pa.types.is_decimal(kind):
        try:
            return value.quantize(Decimal(1).scaleb(-kind.scale), ROUND_HALF_UP)
        except InvalidOperation as error:
            raise _misfit({"N": value}, kind, column) from error
    if pa.types.is_integer(kind):
        return int(value)
    if pa.types.is_floating(kind):
        return float(value)
    raise _misfit({"N": value}, kind, column)


def _moment(text: str, kind: pa.DataType, column: str) -> Any:
    """A day or a moment of a text; the connector leaves out what it cannot read."""
    try:
        if pa.types.is_date(kind):
            return dt.date.fromisoformat(text[:10])
        if pa.types.is_timestamp(kind):
            moment = dt.datetime.fromisoformat(text)
            return moment.astimezone(dt.UTC).replace(tzinfo=None) if moment.tzinfo else moment
    except ValueError:
        return None
    raise _misfit({"S": text}, kind, column)


def _misfit(value: Value, kind: pa.DataType, column: str) -> QueryFailedError:
    ((tag, _),) = value.items()
    return QueryFailedError(
        "GENERIC_USER_ERROR",
        f"Encountered an exception from the connector: the attribute {column} has a value of"
        f" type {tag}, its column is {kind}",
    )
