"""Columns of SPICE: their types, and text made into them.

A value that cannot become its column's type makes its row a dropped one, as in SPICE.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from localaws.quicksight.sql_tables import literal

if TYPE_CHECKING:
    from localaws.operations import Document

STRING, INTEGER, DECIMAL, DATETIME = "STRING", "INTEGER", "DECIMAL", "DATETIME"
# Truth is kept as 1 and 0.
_STORED = {"BIT": INTEGER, "BOOLEAN": INTEGER, "JSON": STRING}
_TEXT_LIMIT = 2_047
_WHOLE = r" *[-+]?[0-9]+\.0* *"
_TRUE, _FALSE = "('true', 't', '1', 'yes')", "('false', 'f', '0', 'no')"
# A date's format as the API writes it, by what DuckDB calls its parts; the longest first.
_DATE_PARTS = (
    ("yyyy", "%Y"), ("MMMM", "%B"), ("MMM", "%b"), ("MM", "%m"), ("dd", "%d"), ("HH", "%H"),
    ("hh", "%I"), ("mm", "%M"), ("SSSSSS", "%f"), ("SSS", "%g"), ("ss", "%S"), ("yy", "%y"),
    ("EEEE", "%A"), ("EEE", "%a"), ("DDD", "%j"), ("a", "%p"), ("Z", "%z"), ("M", "%-m"),
    ("d", "%-d"), ("H", "%-H"), ("h", "%-I"),
)  # fmt: skip


@dataclass(frozen=True)
class Column:
    """One column of a data set."""

    name: str
    type: str
    """STRING, INTEGER, DECIMAL or DATETIME."""
    subtype: str | None = None
    """FIXED is a DECIMAL of 18 digits with 4 after the point; else a double."""
    description: str | None = None
    is_original: bool = True
    """Whether it is as its table has it: neither renamed nor cast nor calculated."""

    @classmethod
    def of(cls, given: Document) -> Column:
        """An input column, as it is stored."""
        return cls(
            given["Name"],
            _STORED.get(given["Type"]) or given["Type"],
            given.get("SubType"),
            given.get("Description"),
        )

    def renamed(self, name: str) -> Column:
        return replace(self, name=name, is_original=name == self.name and self.is_original)

    def document(self) -> Document:
        """As OutputColumns tell it."""
        told: Document = {"Name": self.name, "Type": self.type}
        if self.type == DECIMAL and self.subtype:
            told["SubType"] = self.subtype
        if self.description:
            told["Description"] = self.description
        return told


def from_text(given: str, text: str, subtype: str | None = None) -> str:
    """SQL that makes a text an input column's type, or null."""
    if given in ("BIT", "BOOLEAN"):
        lowered = f"lower({text})"
        return (
            f"CASE WHEN {lowered} IN {_TRUE} THEN 1::BIGINT WHEN {lowered} IN {_FALSE} THEN 0 END"
        )
    if given == INTEGER:
        # DuckDB would round what is no whole number; few texts have a point at all.
        whole = f"NOT contains({text}, '.') OR regexp_full_match({text}, '{_WHOLE}')"
        return f"CASE WHEN {whole} THEN TRY_CAST({text} AS BIGINT) END"
    if given == DECIMAL:
        return f"TRY_CAST({text} AS {sql_type(DECIMAL, subtype)})"
    if given == DATETIME:
        plain = f"TRY_CAST({text} AS TIMESTAMP)"
        zoned = f"TRY_CAST(left({text}, -4) AS TIMESTAMP)"
        # DuckDB would leave an offset out of account.
        moved = f"make_timestamp(epoch_us(TRY_CAST({text} AS TIMESTAMPTZ)))"
        moment = (
            f"CASE WHEN length({text}) <= 19 THEN {plain}"
            f" WHEN ends_with({text}, ' UTC') THEN {zoned}"
            f" WHEN regexp_matches(right({text}, 6), '[-+]') THEN {moved} ELSE {plain} END"
        )
        return f"date_trunc('millisecond', {moment})"
    return f"left({text}, {_TEXT_LIMIT})"


def cast(column: Column, source: str, to: str, subtype: str | None, format_: str | None) -> str:
    """SQL of CastColumnTypeOperation; null where a value does not convert."""
    if to == STRING:
        if column.type == DATETIME:
            shown = strftime_of(format_) if format_ else "%Y-%m-%dT%H:%M:%S.%gZ"
            return f"strftime({source}, {literal(shown)})"
        return f"left({source}::VARCHAR, {_TEXT_LIMIT})"
    if column.type == STRING:
        if to == DATETIME and format_:
            parsed = f"try_strptime({source}, {literal(strftime_of(format_))})"
            return f"date_trunc('millisecond', {parsed})"
        return from_text(to, source, subtype)
    if to == DATETIME:
        return source if column.type == DATETIME else f"make_timestamp({source}::BIGINT * 1000000)"
    if column.type == DATETIME:
        return f"epoch({source})::BIGINT" if to == INTEGER else f"epoch({source})"
    if to == INTEGER:
        return f"TRY_CAST(trunc({source}) AS BIGINT)"
    return f"TRY_CAST({source} AS {sql_type(DECIMAL, subtype)})"


def sql_type(kind: str, subtype: str | None = None) -> str:
    """DuckDB's type for a column's."""
    if kind == DECIMAL:
        return "DECIMAL(18, 4)" if subtype == "FIXED" else "DOUBLE"
    return {STRING: "VARCHAR", INTEGER: "BIGINT", DATETIME: "TIMESTAMP"}[kind]


def strftime_of(format_: str) -> str:
    """A date's format as DuckDB writes it; what stands in quotes stands for itself."""
    made, at = "", 0
    while at < len(format_):
        if format_[at] == "'":
            end = format_.find("'", at + 1)
            end = len(format_) if end < 0 else end
            made += format_[at + 1 : end].replace("%", "%%")
            at = end + 1
            continue
        for part, directive in _DATE_PARTS:
            if format_.startswith(part, at):
                made, at = made + directive, at + len(part)
                break
        else:
            made, at = made + format_[at].replace("%", "%%"), at + 1
    return made
