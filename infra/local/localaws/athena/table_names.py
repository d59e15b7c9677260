"""The tables that a query names: each is replaced by the view that the caller makes for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlglot import exp

from localaws.athena.dialect import position_of
from localaws.athena.failures import not_supported

# Gives the DuckDB name to read instead of a table, or raises TABLE_NOT_FOUND.
Resolve = Callable[["TableName", tuple[int, int] | None], str]


class TableName:
    """A table as the statement names it, with the time travel that it asks for."""

    def __init__(self, node: exp.Table) -> None:
        self.catalog = node.catalog.lower()
        self.database = node.db.lower()
        self.name = node.name.lower()
        version = node.args.get("version")
        self.travel_kind = str(version.this).upper() if version else ""
        self.travel_to: Any = version.expression if version else None

    def db_or(self, default: str) -> str:
        return self.database or default


def replace_tables(tree: exp.Expression, statement: str, resolve: Resolve) -> None:
    """Reads every table but those of WITH from the view that `resolve` gives."""
    for table in list(tree.find_all(exp.Table)):
        if isinstance(table.this, exp.Anonymous):
            raise not_supported(f"the table function {table.this.name}")
        if not table.name:
            continue
        if table.args.get("sample"):
            raise not_supported("TABLESAMPLE")
        if not table.db and _is_common_table(table):
            continue
        place = position_of(table, statement)
        view = resolve(TableName(table), place)
        alias = table.args.get("alias")
        if alias is None:
            alias = exp.TableAlias(this=exp.to_identifier(table.name, quoted=True))
        replacement = exp.Table(this=exp.to_identifier(view, quoted=True), alias=alias)
        if joins := table.args.get("joins"):
            replacement.set("joins", joins)
        table.replace(replacement)
    for column in tree.find_all(exp.Column):
        # Every table has an alias by now: database and catalog only said which one it is.
        column.set("db", None)
        column.set("catalog", None)


def _is_common_table(table: exp.Table) -> bool:
    scope: Any = table.parent
    while scope is not None:
        found = scope.args.get("with_") or scope.args.get("with")
        if found is not None:
            for common in found.expressions:
                if common.alias.lower() == table.name.lower():
                    inside = table.find_ancestor(exp.CTE)
                    if inside is not common or found.args.get("recursive"):
                        return True
        scope = scope.parent
    return False
