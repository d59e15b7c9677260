"""Values as Athena writes them into result files, by type, in DuckDB's SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from localaws.athena.sources import string

if TYPE_CHECKING:
    from localaws.athena.hive_types import ColumnType


def rendered(value: str, kind: ColumnType, zone_digits: int = 3, depth: int = 0) -> str:
    """An expression of type VARCHAR for `value`; null stays null."""
    if kind.kind == "array":
        item = f"athena_r{depth}"
        shown = _or_null(rendered(item, kind.inside[0][1], zone_digits, depth + 1))
        inner = f"list_transform({value}, lambda {item}: {shown})"
        return _unless_null(value, f"'[' || array_to_string({inner}, ', ') || ']'")
    if kind.kind == "map":
        item = f"athena_r{depth}"
        key = rendered(f"{item}.key", kind.inside[0][1], zone_digits, depth + 1)
        shown = _or_null(rendered(f"{item}.value", kind.inside[1][1], zone_digits, depth + 1))
        inner = f"list_transform(map_entries({value}), lambda {item}: {key} || '=' || {shown})"
        return _unless_null(value, f"'{{' || array_to_string({inner}, ', ') || '}}'")
    if kind.kind == "row":
        parts = []
        for index, (name, part) in enumerate(kind.inside, start=1):
            shown = rendered(f"struct_extract_at({value}, {index})", part, zone_digits, depth + 1)
            parts.append(f"{string((name or f'field{index - 1}') + '=')} || {_or_null(shown)}")
        return _unless_null(value, "'{' || " + " || ', ' || ".join(parts) + " || '}'")
    if kind.kind == "BLOB":
        return f"rtrim(regexp_replace(lower(hex({value})), '(..)', '\\1 ', 'g'))"
    if kind.kind in ("decimal", "JSON", "UUID", '"NULL"'):
        return f"CAST({value} AS VARCHAR)"
    if kind.kind == "TIMESTAMP WITH TIME ZONE":
        fraction = "%f" if zone_digits == 6 else "%g"
        return f"strftime({value} AT TIME ZONE 'UTC', '%Y-%m-%d %H:%M:%S.{fraction}') || ' UTC'"
    return f"athena_text({value})"


def _or_null(shown: str) -> str:
    return f"coalesce({shown}, 'null')"


def _unless_null(value: str, shown: str) -> str:
    return f"CASE WHEN {value} IS NOT NULL THEN {shown} END"
