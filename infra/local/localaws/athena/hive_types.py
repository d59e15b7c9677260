"""Types: Trino's and Hive's names as DuckDB's, and DuckDB's as Athena reports them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlglot import exp

from localaws.athena.failures import not_supported

_SIMPLE = {
    "boolean": "BOOLEAN", "tinyint": "TINYINT", "smallint": "SMALLINT", "int": "INTEGER",
    "integer": "INTEGER", "bigint": "BIGINT", "float": "FLOAT", "real": "FLOAT",
    "double": "DOUBLE", "string": "VARCHAR", "varchar": "VARCHAR", "char": "VARCHAR",
    "binary": "BLOB", "varbinary": "BLOB", "date": "DATE", "timestamp": "TIMESTAMP_MS",
    "long": "BIGINT", "json": "JSON",
}  # fmt: skip
# DuckDB's name, Athena's name in results, precision, Hive's name.
_REPORTED = {
    "BOOLEAN": ("boolean", 0, "boolean"),
    "TINYINT": ("tinyint", 3, "tinyint"),
    "SMALLINT": ("smallint", 5, "smallint"),
    "INTEGER": ("integer", 10, "int"),
    "BIGINT": ("bigint", 19, "bigint"),
    "HUGEINT": ("bigint", 19, "bigint"),
    "FLOAT": ("float", 17, "float"),
    "DOUBLE": ("double", 17, "double"),
    "VARCHAR": ("varchar", 2147483647, "string"),
    "BLOB": ("varbinary", 1073741824, "binary"),
    "DATE": ("date", 0, "date"),
    "TIMESTAMP": ("timestamp", 3, "timestamp"),
    "TIMESTAMP_MS": ("timestamp", 3, "timestamp"),
    "TIMESTAMP WITH TIME ZONE": ("timestamp with time zone", 3, "timestamp"),
    "TIME": ("time", 3, "string"),
    "JSON": ("json", 0, "string"),
    "UUID": ("uuid", 0, "string"),
    '"NULL"': ("unknown", 0, "string"),
}


@dataclass(frozen=True)
class ColumnType:
    """A DuckDB type, taken apart: `kind` is its outermost name, `inside` its parts by name."""

    text: str
    kind: str
    inside: tuple[tuple[str, ColumnType], ...] = ()

    @property
    def athena(self) -> str:
        """The name that GetQueryResults has for it."""
        if self.kind in ("array", "map", "row", "decimal"):
            return self.kind
        found = _REPORTED.get(self.kind)
        if found is None:
            raise not_supported(f"results of type {self.text.lower()}")
        return found[0]

    @property
    def precision_and_scale(self) -> tuple[int, int]:
        if self.kind == "decimal":
            precision, scale = re.findall(r"\d+", self.text)
            return int(precision), int(scale)
        return (_REPORTED[self.kind][1], 0) if self.kind in _REPORTED else (0, 0)

    @property
    def hive(self) -> str:
        """What a table's column of this type is called in the Glue catalog."""
        if self.kind == "decimal":
            return self.text.lower().replace(" ", "")
        if self.kind == "array":
            return f"array<{self.inside[0][1].hive}>"
        if self.kind == "map":
            return f"map<{self.inside[0][1].hive},{self.inside[1][1].hive}>"
        if self.kind == "row":
            return "struct<" + ",".join(f"{n}:{t.hive}" for n, t in self.inside) + ">"
        if self.kind not in _REPORTED or self.kind in ("TIME", "UUID", '"NULL"'):
            raise not_supported(f"columns of type {self.text.lower()} in tables")
        return _REPORTED[self.kind][2]


def parse_duckdb(text: str) -> ColumnType:
    """`STRUCT(a INTEGER, b VARCHAR[])[]`, as DESCRIBE prints types, taken apart."""
    text = text.strip()
    if text.endswith("]"):
        return ColumnType(text, "array", (("", parse_duckdb(text[: text.rindex("[")])),))
    if text.startswith("MAP("):
        key, value = split_top(text[4:-1])
        return ColumnType(text, "map", (("key", parse_duckdb(key)), ("value", parse_duckdb(value))))
    if text.startswith("STRUCT("):
        fields = []
        for field in split_top(text[7:-1]):
            name, kind = _field(field)
            fields.append((name, parse_duckdb(kind)))
        return ColumnType(text, "row", tuple(fields))
    if text.startswith("DECIMAL"):
        return ColumnType(text, "decimal")
    return ColumnType(text, text)


def duckdb_of_hive(hive: str) -> str:
    """`array<struct<a:int>>`, as the Glue catalog has types, for DuckDB."""
    hive = hive.strip().lower()
    if hive.startswith("array<"):
        return duckdb_of_hive(hive[6:-1]) + "[]"
    if hive.startswith("map<"):
        key, value = split_top(hive[4:-1])
        return f"MAP({duckdb_of_hive(key)}, {duckdb_of_hive(value)})"
    if hive.startswith("struct<"):
        fields = []
        for field in split_top(hive[7:-1]):
            name, _, kind = field.partition(":")
            quoted = name.strip().replace('"', '""')
            fields.append(f'"{quoted}" {duckdb_of_hive(kind)}')
        return f"STRUCT({', '.join(fields)})"
    if hive.startswith("decimal"):
        return hive.upper() if "(" in hive else "DECIMAL(10,0)"
    found = _SIMPLE.get(hive.partition("(")[0])
    if found is None:
        raise not_supported(f"columns of type {hive}")
    return found


def duckdb_type_of(to: exp.DataType) -> exp.DataType:
    """The target of a CAST, as DuckDB's type of the same meaning."""
    types = exp.DataType.Type
    if to.this in (types.TIMESTAMP, types.DATETIME):
        digits = int(str(to.expressions[0].this)) if to.expressions else 3
        name = "TIMESTAMP_MS" if digits <= 3 else "TIMESTAMP"
        return exp.DataType.build(name, dialect="duckdb")
    if to.this in (types.TIMESTAMPTZ, types.TIMESTAMPLTZ):
        return exp.DataType.build("TIMESTAMPTZ", dialect="duckdb")
    if to.this in (types.TEXT, types.VARCHAR):
        return exp.DataType.build("VARCHAR", dialect="duckdb")
    if to.this is types.DECIMAL and not to.expressions:
        return exp.DataType.build("DECIMAL(38, 0)", dialect="duckdb")
    known = (
        types.BOOLEAN, types.TINYINT, types.SMALLINT, types.INT, types.BIGINT, types.FLOAT,
        types.DOUBLE, types.DECIMAL, types.VARBINARY, types.DATE, types.ARRAY, types.MAP,
        types.STRUCT, types.TIME, types.JSON,
    )  # fmt: skip
    if to.this not in known:
        raise not_supported(f"the type {to.sql(dialect='trino')}")
    made = to.copy()
    for inner in made.expressions:
        if isinstance(inner, exp.DataType):
            inner.replace(duckdb_type_of(inner))
        elif isinstance(inner, exp.ColumnDef) and inner.kind is not None:
            inner.set("kind", duckdb_type_of(inner.kind))
    return made


def split_top(text: str) -> list[str]:
    """`a,map<b,c>` at its outermost commas; quoted names are left whole."""
    parts, depth, start, quoted = [], 0, 0, False
    for index, character in enumerate(text):
        if character == '"':
            quoted = not quoted
        elif quoted:
            continue
        elif character in "(<[":
            depth += 1
        elif character in ")>]":
            depth -= 1
        elif character == "," and depth == 0:
            parts.append(text[start:index])
            start = index + 1
    return [*parts, text[start:]]


def _field(text: str) -> tuple[str, str]:
    text = text.strip()
    if text.startswith('"'):
        end = re.match(r'"(?:[^"]|"")*"', text)
        if end is not None:
            return end[0][1:-1].replace('""', '"'), text[end.end() :]
    name, _, kind = text.partition(" ")
    # row(1, 'a') has types only; TIMESTAMP WITH TIME ZONE is one of those that have blanks.
    if not kind or text.startswith(("TIMESTAMP WITH", "DECIMAL(", "STRUCT(", "MAP(")):
        return "", text
    return name, kind
