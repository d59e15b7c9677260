"""Reads the SQL files of gold tables and their checks, and names tables for the place they run in.

The SQL that runs is the SQL of the file, letter for letter, but for the names of its tables:
sqlglot finds where they stand, it does not write the statement anew.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import sqlglot
from sqlglot import TokenType, exp
from sqlglot.errors import SqlglotError

from rlm.domain.gold import Check, GoldSqlError, GoldTable, Reads, Severity, Touched
from rlm.jobs.sql_headers import split_header

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping
    from importlib.resources.abc import Traversable

_READS = re.compile(r"(silver\.\w+|gold\.\w+)\s+where\s+(.+)", re.IGNORECASE | re.DOTALL)
# Layers by which the SQL names its tables; `changed` only in the header.
_LAYERS = ("silver", "gold", "changed")
_PARENTHESES = {TokenType.L_PAREN: 1, TokenType.R_PAREN: -1}
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
    header, select = split_header(text)
    values: dict[str, list[str]] = {}
    for key, value in header:
        values.setdefault(key, []).append(value)
    partition = _single(values, "partition", place)
    inputs = frozenset(table_names(select, place))
    if any(i.startswith("changed.") for i in inputs):
        raise GoldSqlError(f"{place}: only a touched line of the header can read changed rows")
    touched = tuple(_touched(sql, inputs, place) for sql in values.get("touched", []))
    words, whole = _mentioned(select, *(t.sql for t in touched))
    return GoldTable(
        name=name,
        key=tuple(k.strip() for k in _single(values, "key", place).split(",")),
        partition=None if partition == "none" else partition,
        select=select,
        inputs=inputs,
        touched=touched,
        reads=tuple(_reads(line, place) for line in values.get("reads", [])),
        checks=tuple(_checks(checks, f"checks of {place}")),
        words=words,
        read_whole=frozenset(
            i for i in inputs if i in whole or f"changed.{i[i.index('.') + 1 :]}" in whole
        ),
    )


def table_names(sql: str, place: str = "statement") -> set[str]:
    """What one statement reads, as `silver.artists`; names without a layer are its own."""
    return {name for name, *_ in _tables(sql, place)}


@dataclass(frozen=True)
class Step:
    """One named query of a WITH, or what comes after them."""

    name: str
    sql: str
    readers: int
    """How often steps after it read it."""


def steps(sql: str, place: str = "statement") -> tuple[Step, ...]:
    """The queries of a statement's WITH in their order, and what comes after them, named ``."""
    tokens = sqlglot.tokenize(sql, read="spark")
    found: list[tuple[str, str]] = []
    at = 1
    while tokens and tokens[0].token_type is TokenType.WITH:
        opened = at + 2
        if [t.token_type for t in tokens[at + 1 : at + 3]] != [TokenType.ALIAS, TokenType.L_PAREN]:
            raise GoldSqlError(f"{place}: expected WITH name AS (...), found {tokens[at].text} ...")
        closed, depth = opened, 1
        while depth:
            closed += 1
            # A parenthesis in a text is none.
            depth += _PARENTHESES.get(tokens[closed].token_type, 0)
        body = sql[tokens[opened].end + 1 : tokens[closed].start].strip()
        found.append((tokens[at].text.strip("`"), body))
        if tokens[closed + 1].token_type is not TokenType.COMMA:
            tokens = tokens[closed + 1 :]
            break
        at = closed + 2
    found.append(("", sql[tokens[0].start :] if found else sql))
    names = [name for name, _ in found]
    reads = [[t[0] for t in _tables(text, place, names[:n])] for n, (_, text) in enumerate(found)]
    return tuple(Step(name, text, sum(r.count(name) for r in reads)) for name, text in found)


def renamed(
    sql: str,
    rename: Mapping[str, str] | Callable[[str], str],
    place: str = "statement",
    local: Collection[str] = (),
) -> str:
    """`sql` with another relation in the place of each table; `rename` knows it by `layer.table`,
    those of the names in `local` by that name.

    A table without an alias keeps its last name as one.
    Raises `GoldSqlError` for a table that a mapping does not know.
    """
    for name, start, end, has_alias in sorted(_tables(sql, place, local), key=lambda t: -t[1]):
        if callable(rename):
            new = rename(name)
        elif name in rename:
            new = rename[name]
        else:
            raise GoldSqlError(f"{place} reads {name}, known are {sorted(rename)}")
        alias = "" if has_alias else f" AS {name.rpartition('.')[2]}"
        sql = f"{sql[:start]}{new}{alias}{sql[end:]}"
    return sql


def _tables(
    sql: str, place: str, local: Collection[str] = ()
) -> Iterator[tuple[str, int, int, bool]]:
    """(layer.table, start, end, has an alias) of each table of a layer, and of those of `local`."""
    try:
        statements = sqlglot.parse(sql, read="spark")
    except SqlglotError as error:
        raise GoldSqlError(f"{place}: {error}") from error
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        raise GoldSqlError(f"{place}: expected one SELECT, found {len(statements)} statements")
    for table in statements[0].find_all(exp.Table):
        layer = table.args.get("db")
        if layer is None:
            if table.name in local:
                place_of = table.this.meta
                yield table.name, place_of["start"], place_of["end"] + 1, bool(table.alias)
            continue
        if layer.name not in _LAYERS or table.args.get("catalog"):
            raise GoldSqlError(f"{place} reads {table.sql()}; tables are named silver.x or gold.x")
        start, end = layer.meta["start"], table.this.meta["end"] + 1
        if re.sub(r"[`\s]", "", sql[start:end]) != f"{layer.name}.{table.name}":
            raise GoldSqlError(f"{place}: found {sql[start:end]!r} in the place of {table.sql()}")
        yield f"{layer.name}.{table.name}", start, end, bool(table.alias)


def _mentioned(*statements: str) -> tuple[frozenset[str], frozenset[str]]:
    """Every name in the statements, and the tables of which they take every column."""
    words: set[str] = set()
    whole: set[str] = set()
    for sql in statements:
        parsed = sqlglot.parse_one(sql, read="spark")
        words |= {name.name.lower() for name in parsed.find_all(exp.Identifier)}
        for select in parsed.find_all(exp.Select):
            takes_all = any(
                not isinstance(star.parent, exp.Count)
                for expression in select.expressions
                for star in expression.find_all(exp.Star)
            )
            # A natural join compares every column that two tables share.
            natural = any(j.method.upper() == "NATURAL" for j in select.args.get("joins") or [])
            if takes_all or natural:
                tables = (t for t in select.find_all(exp.Table) if t.parent_select is select)
                whole |= {f"{t.db}.{t.name}" for t in tables}
    return frozenset(words), frozenset(whole)


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
        header, sql = split_header(block)
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


def _single(values: Mapping[str, list[str]], key: str, place: str) -> str:
    found = values.get(key, [])
    if len(found) != 1 or not found[0]:
        raise GoldSqlError(f"{place}: its header must say {key} once, it says {found}")
    return found[0]


def _sql_files(folder: Traversable) -> Iterator[tuple[str, str]]:
    for file in sorted(folder.iterdir(), key=lambda f: f.name) if folder.is_dir() else []:
        if file.name.endswith(".sql"):
            yield file.name.removesuffix(".sql"), file.read_text(encoding="utf-8")
