"""CSV and JSON lines, told apart and typed as Glue's built-in classifiers do."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from localaws.glue_crawlers.hive_types import merge, merge_columns

if TYPE_CHECKING:
    from localaws.glue_crawlers.hive_types import Columns, Type

DELIMITERS = (",", "|", "\t", ";", "\x01")
# Glue looks at a sample; a type that the first rows do not show is text to it, or too narrow.
SAMPLE_ROWS = 1_000
# One torn line does not make a file something else; lines of another kind do.
GOOD_SHARE = 0.9
HEADER_CHARACTERS = 150
INTEGER = re.compile(r"[+-]?\d{1,18}")
DECIMAL = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
COLUMN_NAME = re.compile(r"[^\s,;{}()\n\t=]([^,;{}()\n\t=]*[^\s,;{}()\n\t=])?")
INT_LIMIT = 2**31


class UnclassifiedError(ValueError):
    """Lines that are neither JSON nor CSV."""


@dataclass(frozen=True)
class TextSchema:
    """`records` counts every line that was given, not only the sample that was typed."""

    classification: str
    columns: Columns
    records: int
    delimiter: str = ""
    has_header: bool = False


def inspect(lines: list[str]) -> TextSchema:
    """What the lines are; UnclassifiedError says why they are nothing known."""
    if lines[0].lstrip().startswith("{"):
        return _json_lines(lines)
    try:
        return _csv(lines)
    except csv.Error as error:
        raise UnclassifiedError(f"no CSV: {error}") from error


def _json_lines(lines: list[str]) -> TextSchema:
    columns: Columns = {}
    sample = lines[:SAMPLE_ROWS]
    good = 0
    for line in sample:
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if isinstance(record, dict):
            good += 1
            columns = merge_columns(columns, {k: _json_type(v) for k, v in record.items()})
    if good < GOOD_SHARE * len(sample) or not columns:
        raise UnclassifiedError(f"begins as JSON, but {len(sample) - good} lines are no objects")
    return TextSchema("json", {name.lower(): kind for name, kind in columns.items()}, len(lines))


def _json_type(value: object) -> Type:
    if value is None:
        return None
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "int" if -INT_LIMIT <= value < INT_LIMIT else "bigint"
    if isinstance(value, float):
        return "double"
    if isinstance(value, dict):
        return {"struct": {key: _json_type(field) for key, field in value.items()}}
    if isinstance(value, list):
        element: Type = None
        for item in value:
            element = merge(element, _json_type(item))
        return {"array": element}
    return "string"


def _csv(lines: list[str]) -> TextSchema:
    """Glue's rules: two columns and two rows at least, and a header only if it differs in kind."""
    sample = lines[: SAMPLE_ROWS + 1]
    delimiter = _delimiter(sample)
    rows = list(csv.reader(sample, delimiter=delimiter))
    width = len(rows[0])
    body = [row for row in rows[1:] if len(row) == width]
    types = [_column_type([row[index] for row in body]) for index in range(width)]
    has_header = _is_header(rows[0]) and any(kind not in ("string", None) for kind in types)
    if has_header:
        names = [name.strip().lower() for name in rows[0]]
    else:
        names = [f"col{index}" for index in range(width)]
        types = [merge(_value_type(v), kind) for v, kind in zip(rows[0], types, strict=True)]
    columns = dict(zip(names, types, strict=True))
    return TextSchema("csv", columns, len(lines) - has_header, delimiter, has_header)


def _delimiter(sample: list[str]) -> str:
    if len(sample) < 2:
        raise UnclassifiedError("one line alone is no CSV: Glue wants two")
    best = (0.0, 0, "")
    for delimiter in DELIMITERS:
        widths = [len(row) for row in csv.reader(sample, delimiter=delimiter)]
        if widths[0] < 2:
            continue
        share = widths.count(widths[0]) / len(widths)
        if share >= GOOD_SHARE or len(widths) - widths.count(widths[0]) <= 1:
            best = max(best, (share, widths[0], delimiter))
    if not best[2]:
        raise UnclassifiedError("no delimiter splits the lines into the same two or more columns")
    return best[2]


def _is_header(row: list[str]) -> bool:
    names = [name.strip() for name in row]
    return (
        len({name.lower() for name in names}) == len(names)
        and all(_value_type(name) == "string" for name in names)
        and all(len(name) < HEADER_CHARACTERS for name in names[:-1])
        and all(COLUMN_NAME.fullmatch(name) for name in names)
    )


def _column_type(values: list[str]) -> Type:
    kind: Type = None
    for value in values:
        kind = merge(kind, _value_type(value))
        if kind == "string":
            break
    return kind


def _value_type(value: str) -> Type:
    value = value.strip()
    if not value:
        return None
    if INTEGER.fullmatch(value):
        return "bigint"
    if DECIMAL.fullmatch(value):
        return "double"
    if value.lower() in ("true", "false"):
        return "boolean"
    return "string"
