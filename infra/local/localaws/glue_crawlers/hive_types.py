"""Column types as a crawler sees them, and what two of them have in common.

A type is a Hive type's name, None for a value that was never there, {"array": type} or
{"struct": {name: type}}: it can be kept as JSON and merged before it is written out.
"""

from __future__ import annotations

from typing import Any

Type = Any
Columns = dict[str, Type]

# Each widens to those after it.
NUMBERS = ("int", "bigint", "double")
# Glue takes folders for parts of one table when their schemas are at least this much alike.
SIMILARITY = 0.7


def merge(left: Type, right: Type) -> Type:
    """The narrowest type that holds both; text holds everything."""
    if left == right or right is None:
        return left
    if left is None:
        return right
    if isinstance(left, dict) and isinstance(right, dict):
        if "struct" in left and "struct" in right:
            return {"struct": merge_columns(left["struct"], right["struct"])}
        if "array" in left and "array" in right:
            return {"array": merge(left["array"], right["array"])}
    if left in NUMBERS and right in NUMBERS:
        return max(left, right, key=NUMBERS.index)
    return "string"


def merge_columns(left: Columns, right: Columns) -> Columns:
    """Every column of both, in the order in which they were met."""
    merged = dict(left)
    for name, kind in right.items():
        merged[name] = merge(merged[name], kind) if name in merged else kind
    return merged


def similarity(left: Columns, right: Columns) -> float:
    """Which share of the columns that the smaller one has, the other has too."""
    if not left or not right:
        return 0.0
    return len(left.keys() & right.keys()) / min(len(left), len(right))


def hive(kind: Type) -> str:
    """A type as the catalog writes it."""
    if kind is None:
        return "string"
    if isinstance(kind, dict):
        if "array" in kind:
            return f"array<{hive(kind['array'])}>"
        fields = ",".join(f"{name}:{hive(field)}" for name, field in kind["struct"].items())
        return f"struct<{fields}>"
    return str(kind)
