"""A contract as Spark SQL: the text of a row to typed columns, and the rules to conditions.

A row is parsed to a struct of texts, `record`. Everything here is an expression over it, so that
the whole check of a row stays inside Spark's generated code.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rlm.domain.contract import Contract, LandingColumn

CORRUPT = "_corrupt"


@dataclass(frozen=True)
class Rule:
    """One way in which a row can be broken."""

    name: str
    column: str | None
    condition: str
    """SQL, true for a broken row, never null."""
    message: str
    """SQL of the sentence that says what was found."""


def typed_columns(contract: Contract) -> list[tuple[str, str]]:
    """(name, expression) of each landing column; null where the text does not have its type."""
    return [(c.name, _typed(c)) for c in contract.landing]


def reference_alias(source: str, column: str) -> str:
    return f"{source}.{column}"


def key_alias(column: LandingColumn) -> str:
    """Holds true where the row that `column` refers to is known."""
    return f"known.{column.name}"


def rules(contract: Contract, time_zones: Iterable[str]) -> list[Rule]:
    """Every rule of the contract, in the order in which a person would look for the fault.

    `time_zones` are the names that the engine can convert.
    """
    found = [
        Rule(
            "encoding",
            None,
            "decode(cast(line AS binary), 'UTF-8') <> line",
            "'the line is not UTF-8'",
        ),
        Rule(
            "malformed",
            None,
            f"record IS NULL OR record.{CORRUPT} IS NOT NULL",
            "'the line does not have the fields of its header'"
            if contract.file_format == "csv"
            else "'the line is not a JSON object'",
        ),
    ]
    for column in contract.landing:
        found += _value_rules(column, time_zones)
    for column in contract.foreign_keys:
        source = column.references[0] if column.references else ""
        found.append(
            Rule(
                "reference",
                column.name,
                f"`{column.name}` IS NOT NULL AND `{key_alias(column)}` IS NULL",
                f"concat('{column.name} ', `{column.name}`, ' is not among the {source}')",
            )
        )
    for rule in contract.row_rules:
        found.append(
            Rule(
                rule.name,
                None,
                f"NOT coalesce(({rule.sql()}), true)",
                literal(f"broken: {rule.description}"),
            )
        )
    return found


def is_broken(all_rules: list[Rule]) -> str:
    return " OR ".join(f"({rule.condition})" for rule in all_rules)


def violations(all_rules: list[Rule]) -> str:
    """An array of (rule, column, message), one a broken rule.

    A line that cannot be parsed says only that: what follows from it would be noise.
    """
    structs = [
        f"CASE WHEN {rule.condition} THEN named_struct('rule', {literal(rule.name)}, 'column',"
        f" {literal(rule.column) if rule.column else 'cast(null AS string)'},"
        f" 'message', {rule.message}) END"
        for rule in all_rules
    ]
    unreadable = [s for s, r in zip(structs, all_rules, strict=True) if _is_of_the_line(r)]
    readable = [s for s, r in zip(structs, all_rules, strict=True) if not _is_of_the_line(r)]
    either = " OR ".join(f"({r.condition})" for r in all_rules if _is_of_the_line(r))
    return (
        f"filter(CASE WHEN {either} THEN array({', '.join(unreadable)})"
        f" ELSE array({', '.join(readable)}) END, v -> v IS NOT NULL)"
    )


def record_schema(columns: tuple[str, ...]) -> str:
    """DDL of a parsed row: texts only, in the order of `columns`."""
    fields = ", ".join(f"`{name}` STRING" for name in columns)
    return f"{fields}, `{CORRUPT}` STRING"


def _is_of_the_line(rule: Rule) -> bool:
    return rule.name in ("encoding", "malformed")


def _value_rules(column: LandingColumn, time_zones: Iterable[str]) -> list[Rule]:
    name, text, typed = column.name, f"record.`{column.name}`", f"`{column.name}`"
    found = []
    shown = f"coalesce(substr({text}, 1, 80), '')"

    def rule(code: str, condition: str, expected: str) -> None:
        message = f"concat('{name} is ', {shown}, ', expected ', {literal(expected)})"
        found.append(Rule(code, name, condition, message))

    if column.required:
        found.append(Rule("required", name, f"{text} IS NULL", f"'{name} is missing'"))
    rule("type", f"{text} IS NOT NULL AND {typed} IS NULL", _expected_type(column))
    for bound, sign, word in ((column.minimum, "<", "at least"), (column.maximum, ">", "at most")):
        if bound is not None:
            number = f"{bound:g}" if bound != int(bound) else str(int(bound))
            rule("range", f"coalesce({typed} {sign} {number}, false)", f"{word} {number}")
    if column.max_length is not None:
        limit = column.max_length
        # Counting characters reads them all; a text with no more bytes has no more characters.
        longer = f"octet_length({typed}) > {limit} AND length({typed}) > {limit}"
        rule("length", f"coalesce({longer}, false)", f"at most {limit} characters")
    if column.pattern is not None:
        pattern = literal(column.pattern)
        rule("pattern", f"coalesce(NOT {typed} RLIKE {pattern}, false)", column.pattern)
    if column.choices:
        choices = ", ".join(literal(choice) for choice in column.choices)
        rule("enum", f"coalesce({typed} NOT IN ({choices}), false)", " or ".join(column.choices))
    if column.is_time_zone:
        zones = ", ".join(literal(zone) for zone in sorted(time_zones))
        rule("enum", f"coalesce({typed} NOT IN ({zones}), false)", "a name of the IANA time zones")
    if column.fields:
        broken = " OR ".join(
            f"(item.`{f.name}` IS NULL)" if f.required else "false" for f in column.fields
        )
        rule("required", f"coalesce(exists({typed}, item -> {broken}), false)", "complete items")
        negative = " OR ".join(f"item.`{f.name}` < 0" for f in column.fields if f.type == "number")
        if negative:
            rule("range", f"coalesce(exists({typed}, item -> {negative}), false)", "at least 0")
    return found


def _typed(column: LandingColumn) -> str:
    text = f"record.`{column.name}`"
    match column.type:
        case "string":
            return text
        case "integer":
            # try_cast and not cast: cast takes the text 1.5 for the integer 1.
            return f"try_cast({text} AS BIGINT)"
        case "number":
            return _typed_number(text, column.scale)
        case "boolean":
            return f"CASE {text} WHEN 'true' THEN true WHEN 'false' THEN false END"
        case "date":
            return f"CASE WHEN octet_length({text}) = 10 THEN try_cast({text} AS DATE) END"
        case "timestamp":
            # A cast alone would take 2026 or 2026-06-01 for a point in time. It reads UTC, as the
            # session does; without the Z, the only one and at the end, it is twice as fast.
            size = f"octet_length({text})"
            shape, clock = f"{size} = 19", text
            if not column.is_local_time:
                shape = f"{size} >= 20 AND instr({text}, 'Z') = {size}"
                clock = f"replace({text}, 'Z', '')"
            return (
                f"CASE WHEN {shape} AND instr({text}, 'T') = 11"
                f" THEN try_cast({clock} AS TIMESTAMP) END"
            )
        case "array":
            return _typed_array(text, column)


def _typed_number(text: str, scale: int | None) -> str:
    if scale is None:
        return f"try_cast({text} AS DOUBLE)"
    # The digits alone must be an integer, with at most `scale` of them after the point. A cast to
    # DECIMAL would round what it cannot hold, and a regular expression costs twice as much.
    places = ", ".join(["0", *(f"octet_length({text}) - {n}" for n in range(1, scale + 1))])
    return (
        f"CASE WHEN instr({text}, '.') IN ({places})"
        f" AND try_cast(replace({text}, '.', '') AS BIGINT) IS NOT NULL"
        f" THEN try_cast({text} AS DECIMAL(14,{scale})) END"
    )


def _typed_array(text: str, column: LandingColumn) -> str:
    if column.separator is not None:
        return f"split({text}, {literal('[' + column.separator + ']')})"
    if not column.fields:
        return f"from_json({text}, 'array<string>')"
    members = ", ".join(f"`{f.name}`: STRING" for f in column.fields)
    typed = ", ".join(
        f"'{f.name}', "
        + (_typed_number(f"item.`{f.name}`", 2) if f.type == "number" else f"item.`{f.name}`")
        for f in column.fields
    )
    return (
        f"transform(from_json({text}, 'array<struct<{members}>>'), item -> named_struct({typed}))"
    )


def _expected_type(column: LandingColumn) -> str:
    if column.type == "timestamp":
        return "2026-06-01T20:00:00" if column.is_local_time else "2026-06-01T18:00:00Z"
    if column.type == "date":
        return "a date like 2026-06-01"
    if column.type == "number" and column.scale is not None:
        return f"a number with at most {column.scale} decimals"
    return {"integer": "an integer", "number": "a number", "boolean": "true or false"}.get(
        column.type, f"an {column.type}"
    )


def literal(value: str | dt.date) -> str:
    """`value` as SQL writes it."""
    if isinstance(value, dt.date):
        return f"DATE '{value.isoformat()}'"
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
