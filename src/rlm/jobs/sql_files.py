"""Reads the SQL files of gold tables and their checks, and names tables for the place they run in.

The SQL that runs is the SQL of the file, letter for letter, but for the names of its tables:
sqlglot finds where they stand, it does not write the statement anew.
"""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from rlm.domain.gold import Check, GoldSqlError, GoldTable, Reads, Severity, Touched

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from importlib.resources.abc import Traversable

_HEADER_LINE = re.compile(r"--\s*(\w+):\s*(.*)")
_READS = re.compile(r"(silver\.\w+|gold\.\w+)\s+where\s+(.+)", re.IGNORECASE | re.DOTALL)
# Layers by which the SQL names its tables; `changed` only in the header.
_LAYERS = ("silver", "gold", "changed")
_SCOPES = ("table", "partition")


def load_gold() -> dict[str, GoldTable]:
    """Every gold table by name, from the wheel or else from the source tree."""
    packaged = resources.files("rlm") / "sql"
    # An editable install has no copy of include/ in the package.
    return read_gold(packaged if packaged.is_dir() else Path(__file__).parents[3] / "include/sql")


def read_gold(folder: Traversable) -> dict[str, GoldTable]:
    """The gold tables of `gold/*.sql` below `folder`, each with its checks of `checks/`.

    Raises `GoldSqlError` where there is none, and for checks without a table.
    """
    statements = dict(_sql_files(folder / "gold"))
    checks = dict(_sql_files(folder / "checks"))
    if not statements:
        raise GoldSqlError(f"no SQL file in {folder / 'gold'}")
    if strangers := checks.keys() - statements.keys():
        raise GoldSqlError(f"checks of {sorted(strangers)}, which no SQL file in gold writes")
    return {name: parse_gold(name, text, checks.get(name, "")) for name, text in statements.items()}


def parse_gold(name: str, text: str, checks: str = "") -> GoldTable:
    """The gold table `name` of the SQL in `text`, with the checks in `checks`."""
    place = f"gold.{name}"
    header, select = _split_header(text)
    values: dict[str, list[str]] = {}
    for key, value in header:
        values.setdefault(key, []).append(value)
    partition = _single(values, "partition", place)
    inputs = frozenset(table_names(select, place))
    if any(i.startswith("changed.") for i in inputs):
        raise GoldSqlError(f"{place}: only a touched line of the header can read changed rows")
    return GoldTable(
        name=name,
        key=tuple(k.strip() for k in _single(values, "key", place).split(",")),
        partition=None if partition == "none" else partition,
        select=select,
        inputs=inputs,
        touched=tuple(_touched(sql, inputs, place) for sql in values.get("touched", [])),
        reads=tuple(_reads(line, place) for line in values.get("reads", [])),
        checks=tuple(_checks(checks, f"checks of {place}")),
    )


def table_names(sql: str, place: str = "statement") -> set[str]:
    """What one statement reads, as `silver.artists`; names without a layer are its own."""
    return {name for name, *_ in _tables(sql, place)}


def renamed(
    sql: str, rename: Mapping[str, str] | Callable[[str], str], place: str = "statement"
) -> str:
    """`sql` with another relation in the place of each table; `rename` knows it by `layer.table`.

    A table without an alias keeps its last name as one.
    Raises `GoldSqlError` for a table that a mapping does not know.
    """
    for name, start, end, has_alias in sorted(_tables(sql, place), key=lambda t: -t[1]):
        if callable(rename):
            new = rename(name)
        elif name in rename:
            new = rename[name]
        else:
            raise GoldSqlError(f"{place} reads {name}, known are {sorted(rename)}")
        alias = "" if has_alias else f" AS {name.partition('.')[2]}"
        sql = f"{sql[:start]}{new}{alias}{sql[end:]}"
    return sql


def _tables(sql: str, place: str) -> Iterator[tuple[str, int, int, bool]]:
    """(layer.table, start, end, has an alias) of each table of a layer."""
    try:
        statements = sqlglot.parse(sql, read="spark")
    except SqlglotError as error:
        raise GoldSqlError(f"{place}: {error}") from error
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        raise GoldSqlError(f"{place}: expected one SELECT, found {len(statements)} statements")
    for table in statements[0].find_all(exp.Table):
        layer = table.args.get("db")
        if layer is None:
            continue
        if layer.name not in _LAYERS or table.args.get("catalog"):
            raise GoldSqlError(f"{place} reads {table.sql()}; tables are named silver.x or gold.x")
        start, end = layer.meta["start"], table.this.meta["end"] + 1
        if re.sub(r"[`\s]", "", sql[start:end]) != f"{layer.name}.{table.name}":
            raise GoldSqlError(f"{place}: found {sql[start:end]!r} in the place of {table.sql()}")
        yield f"{layer.name}.{table.name}", start, end, bool(table.alias)


def _touched(sql: str, inputs: frozenset[str], place: str) -> Touched:
    place = f"touched of {place}"
    names = table_names(sql, place)
    changed = {n.partition(".")[2] for n in names if n.startswith("changed.")}
    if not changed:
        raise GoldSqlError(f"{place} reads no changed rows: {sql}")
    resolved = {i for i in inputs if i.partition(".")[2] in changed}
    if strangers := changed - {i.partition(".")[2] for i in resolved}:
        raise GoldSqlError(
            f"{place} reads changes of {sorted(strangers)}; inputs are {sorted(inputs)}"
        )
    return Touched(sql, frozenset(resolved))


def _reads(line: str, place: str) -> Reads:
    found = _READS.fullmatch(line)
    if not found or "<partition>" not in found[2]:
        raise GoldSqlError(f"reads of {place}: expected <table> WHERE ... <partition> ...: {line}")
    return Reads(found[1], found[2])


def _checks(text: str, place: str) -> Iterator[Check]:
    names = set()
    for block in re.split(r"^(?=--\s*check:)", text, flags=re.MULTILINE):
        header, sql = _split_header(block)
        values = dict(header)
        if "check" not in values:
            if sql:
                raise GoldSqlError(f"{place}: a statement has no name: {sql[:80]}")
            continue
        name, severity = values["check"], values.get("severity")
        if severity not in get_args(Severity) or name in names:
            raise GoldSqlError(f"{place}: {name} comes twice or is {severity}, not fail or warn")
        scope = values.get("scope", "table")
        if scope not in _SCOPES:
            raise GoldSqlError(f"{place}: {name} has the scope {scope}, not one of {_SCOPES}")
        names.add(name)
        table_names(sql, f"{place}, {name}")
        message, by_partition = values.get("message", ""), scope == "partition"
        yield Check(name, severity, message, sql, by_partition)  # type: ignore[arg-type]


def _split_header(text: str) -> tuple[list[tuple[str, str]], str]:
    """The (key, value) lines before the statement, and the statement without its semicolon.

    A comment line that is indented further goes on with the value right above it.
    """
    lines = text.strip().splitlines()
    header: list[tuple[str, str]] = []
    nth, is_open = 0, False
    for nth, line in enumerate([*lines, "end"]):  # noqa: B007
        if line.strip() and not line.startswith("--"):
            break
        if found := _HEADER_LINE.match(line):
            header.append((found[1].lower(), found[2].strip()))
        elif is_open and line.startswith("--  "):
            key, value = header[-1]
            header[-1] = (key, f"{value} {line.lstrip('- ').rstrip()}")
            continue
        is_open = bool(found)
    return header, "\n".join(lines[nth:]).strip().removesuffix(";").rstrip()


def _single(values: Mapping[str, list[str]], key: str, place: str) -> str:
    found = values.get(key, [])
    if len(found) != 1 or not found[0]:
        raise GoldSqlError(f"{place}: its header must say {key} once, it says {found}")
    return found[0]


def _sql_files(folder: Traversable) -> Iterator[tuple[str, str]]:
    for file in sorted(folder.iterdir(), key=lambda f: f.name) if folder.is_dir() else []:
        if file.name.endswith(".sql"):
            yield file.name.removesuffix(".sql"), file.read_text(encoding="utf-8")
