"""Whether SPICE holds what its source holds: the query to count with, and the verdict."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from rlm.quicksight.deployment.resources import Kind, Wanted, references

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_ATHENA: Final = "ATHENA"
_TABLE: Final = re.compile(
    r'"?(?<!\w)rlm_\w+?_(landing|silver|gold)"?\s*\.\s*"?(\w+)"?', re.IGNORECASE
)


def count_query(data_set: Wanted, sources: Mapping[str, str]) -> str | None:
    """SQL for Athena that counts what an ingestion of the data set copies.

    `sources` are types of data sources by id. None where Athena cannot count it: another source,
    or transformations that drop or join rows.
    """
    tables = list((data_set.body.get("PhysicalTableMap") or {}).values())
    logical = list((data_set.body.get("LogicalTableMap") or {}).values())
    if len(tables) != 1 or _changes_rows(logical):
        return None
    ids = [name for kind, name in references(tables[0]) if kind is Kind.DATA_SOURCE]
    if [sources.get(name) for name in ids] != [_ATHENA]:
        return None
    custom, table = tables[0].get("CustomSql"), tables[0].get("RelationalTable")
    if custom:
        sql = str(custom["SqlQuery"]).strip().removesuffix(";")
        # Its last line may be a comment.
        return f"SELECT count(*) AS counted_rows FROM (\n{sql}\n) AS counted"  # noqa: S608 - our own file
    if table:
        parts = [table.get("Catalog"), table.get("Schema"), table["Name"]]
        name = ".".join('"' + str(part).replace('"', '""') + '"' for part in parts if part)
        return f"SELECT count(*) AS counted_rows FROM {name}"  # noqa: S608 - our own file
    return None


def tables_read(data_set: Wanted) -> frozenset[str]:
    """`gold.ticket_sales_daily`, ...: tables of the lake that its SQL names."""
    found: set[str] = set()
    for table in (data_set.body.get("PhysicalTableMap") or {}).values():
        custom, relational = table.get("CustomSql"), table.get("RelationalTable")
        if custom:
            found |= {f"{m[0].lower()}.{m[1].lower()}" for m in _TABLE.findall(custom["SqlQuery"])}
        elif relational and relational.get("Schema"):
            text = f"{relational['Schema']}.{relational['Name']}"
            found |= {f"{m[0].lower()}.{m[1].lower()}" for m in _TABLE.findall(text)}
    return frozenset(found)


def is_incremental(data_set: Wanted) -> bool:
    """Whether its files ask for incremental refreshes."""
    configuration = (data_set.refresh_properties or {}).get("RefreshConfiguration") or {}
    return bool(configuration.get("IncrementalRefresh"))


def _changes_rows(logical: Iterable[Mapping[str, Any]]) -> bool:
    for table in logical:
        if "JoinInstruction" in (table.get("Source") or {}):
            return True
        if any("FilterOperation" in one for one in table.get("DataTransforms") or ()):
            return True
    return False
