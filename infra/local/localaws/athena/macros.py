"""Trino's semantics as DuckDB macros: what the two engines do differently, type by type.

DuckDB chooses among a macro's overloads by the types of its arguments, and folds `typeof`
while it plans, so a guard on a type costs nothing when rows are read.
Each macro exists twice: `athena_x` raises as Trino does, `athena_x__try` gives null instead,
since DuckDB's TRY takes nothing that raises on purpose.
"""

from __future__ import annotations

from localaws.athena.failures import RAISED

_ERROR = "ATHENA_ERROR("

# (name, [(parameters, body)]). ATHENA_ERROR(text) stands for raising, or null in the try form.
_DIVIDED = (
    "a {op} CASE WHEN b = 0 THEN ATHENA_ERROR('DIVISION_BY_ZERO|Division by zero') ELSE b END"
)
_INTEGERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")
_NUMBERS = (*_INTEGERS, "FLOAT", "DOUBLE")


def _arithmetic(op: str, float_op: str) -> list[tuple[str, str]]:
    """One overload for each pair: the wider type is the result's, as in Trino."""
    made = []
    for left in _NUMBERS:
        for right in _NUMBERS:
            if {left, right} == {"FLOAT", "DOUBLE"}:
                continue  # a decimal beside a double would find two overloads
            wider = max(left, right, key=_NUMBERS.index)
            body = _DIVIDED.format(op=op) if wider in _INTEGERS else f"a {float_op} b"
            made.append((f"a {left}, b {right}", f"CAST({body} AS {wider})"))
    return made


def _rounded(name: str) -> list[tuple[str, str]]:
    """Whole numbers stay as they are, of their own type."""
    whole = [(f"a {kind}", "a") for kind in _INTEGERS]
    return [*whole, ("a FLOAT", f"CAST({name}(a) AS FLOAT)"), ("a DOUBLE", f"{name}(a)")]


def _per_type(types: str, body: str) -> list[tuple[str, str]]:
    return [(f"a {kind}", body) for kind in types.split(", ")]


def _shift(sign: str) -> list[tuple[str, str]]:
    """Plus and minus an interval: a date stays a date, milliseconds stay milliseconds."""
    return [
        ("a DATE, b INTERVAL", f"CAST(a {sign} b AS DATE)"),
        ("a TIMESTAMP_MS, b INTERVAL", f"CAST(CAST(a AS TIMESTAMP) {sign} b AS TIMESTAMP_MS)"),
        ("a TIMESTAMP, b INTERVAL", f"a {sign} b"),
        ("a TIMESTAMPTZ, b INTERVAL", f"a {sign} b"),
    ]


def _scientific(text: str) -> str:
    """Java's form of a number from DuckDB's shortest text of its absolute value."""
    # 12345678.9 -> digits 123456789, exponent 7; 0.00012 -> digits 12, exponent -4.
    whole, fraction = f"split_part({text}, '.', 1)", f"split_part({text}, '.', 2)"
    digits = f"ltrim(replace({text}, '.', ''), '0')"
    exponent = (
        f"CASE WHEN {whole} <> '0' THEN length({whole}) - 1"
        f" ELSE length(ltrim({fraction}, '0')) - length({fraction}) - 1 END"
    )
    plain = (
        f"left({digits}, 1) || '.' || coalesce(nullif(rtrim(substr({digits}, 2), '0'), ''), '0')"
        f" || 'E' || ({exponent})"
    )
    mantissa = f"split_part({text}, 'e', 1)"
    shown = (
        f"CASE WHEN contains({mantissa}, '.') THEN {mantissa} ELSE {mantissa} || '.0' END"
        f" || 'E' || TRY_CAST(split_part({text}, 'e', 2) AS INTEGER)"
    )
    return f"CASE WHEN contains({text}, 'e') THEN {shown} ELSE {plain} END"


# Everything goes by way of the text, so that it can be bound for a value of any type.
_TEXT = "CAST(a AS VARCHAR)"
_VALUE = f"TRY_CAST({_TEXT} AS DOUBLE)"
_DOUBLE_TEXT = (
    f"CASE WHEN isnan({_VALUE}) THEN 'NaN' WHEN isinf({_VALUE}) THEN CASE WHEN {_VALUE} > 0"
    f" THEN 'Infinity' ELSE '-Infinity' END WHEN {_VALUE} = 0 OR (abs({_VALUE}) >= 1e-3"
    f" AND abs({_VALUE}) < 1e7) THEN {_TEXT} ELSE CASE WHEN {_VALUE} < 0 THEN '-' ELSE '' END || "
    + _scientific(f"ltrim({_TEXT}, '-')")
    + " END"
)


def _moment_text(text: str, digits: int) -> str:
    """DuckDB leaves out the fraction's last zeros."""
    whole, fraction = f"split_part({text}, '.', 1)", f"split_part({text}, '.', 2)"
    return f"{whole} || '.' || rpad({fraction}, {digits}, '0')"


_MACROS: dict[str, list[tuple[str, str]]] = {
    "divide": _arithmetic("//", "/"),
    "modulo": _arithmetic("%", "%"),
    "plus_interval": _shift("+"),
    "minus_interval": _shift("-"),
    "ceil": _rounded("ceil"),
    "floor": _rounded("floor"),
    "truncate": _rounded("trunc"),
    "sign": [(f"a {kind}", f"CAST(sign(a) AS {kind})") for kind in (*_INTEGERS, "FLOAT", "DOUBLE")],
    "no_decimal": [
        (
            "a, what",
            "CASE WHEN starts_with(typeof(a), 'DECIMAL') THEN ATHENA_ERROR('NOT_SUPPORTED|"
            "the local Athena does not support ' || what || ' of ' || lower(typeof(a))"
            " || '; cast to DOUBLE') ELSE a END",
        )
    ],
    "no_decimals": [
        (
            "a, b, what",
            "CASE WHEN starts_with(typeof(a), 'DECIMAL') AND typeof(b) NOT IN ('DOUBLE', 'FLOAT')"
            " THEN ATHENA_ERROR('NOT_SUPPORTED|the local Athena does not support ' || what"
            " || ' of ' || lower(typeof(a)) || '; cast to DOUBLE') ELSE a END",
        )
    ],
    "no_dates": [
        (
            "a, b",
            "CASE WHEN typeof(a) IN ('DATE', 'TIMESTAMP', 'TIMESTAMP_MS',"
            " 'TIMESTAMP WITH TIME ZONE') AND typeof(b) IN ('DATE', 'TIMESTAMP', 'TIMESTAMP_MS',"
            " 'TIMESTAMP WITH TIME ZONE') THEN ATHENA_ERROR('NOT_SUPPORTED|the local Athena does"
            " not support the difference of two times as an interval; use date_diff')"
            " ELSE b END",
        )
    ],
    "literal_against": [
        (
            "a, b, place",
            "CASE WHEN typeof(a) IN ('VARCHAR', '\"NULL\"') THEN b ELSE ATHENA_ERROR("
            "'TYPE_MISMATCH|' || place || ': Cannot apply operator: '"
            " || lower(replace(replace(typeof(a), 'TIMESTAMP_MS', 'timestamp(3)'),"
            " 'TIMESTAMP WITH', 'timestamp(6) with')) || ' = varchar(' || length(b) || ')') END",
        )
    ],
    "text": [
        (
            "a",
            f"CASE WHEN typeof(a) IN ('DOUBLE', 'FLOAT') THEN {_DOUBLE_TEXT}"
            f" WHEN typeof(a) = 'TIMESTAMP_MS' THEN {_moment_text(_TEXT, 3)}"
            f" WHEN typeof(a) = 'TIMESTAMP' THEN {_moment_text(_TEXT, 6)}"
            " WHEN typeof(a) = 'TIMESTAMP WITH TIME ZONE' THEN "
            + _moment_text(f"replace({_TEXT}, '+00', '')", 6)
            + f" || ' UTC' WHEN typeof(a) = 'TIME' THEN {_TEXT} || '.000' ELSE {_TEXT} END",
        )
    ],
    # For arguments whose type DuckDB does not tell a macro; `//` divides floats as `/` does.
    "divide_any": [
        (
            "a, b",
            "a // CASE WHEN b <> 0 OR b IS NULL THEN b WHEN typeof(a) IN ('DOUBLE', 'FLOAT') OR"
            " typeof(b) IN ('DOUBLE', 'FLOAT') THEN ATHENA_ERROR('NOT_SUPPORTED|the local Athena"
            " does not support a division of such a double by zero') ELSE"
            " ATHENA_ERROR('DIVISION_BY_ZERO|Division by zero') END",
        )
    ],
    "modulo_any": [
        (
            "a, b",
            "a % CASE WHEN b <> 0 OR b IS NULL OR typeof(a) IN ('DOUBLE', 'FLOAT') OR typeof(b)"
            " IN ('DOUBLE', 'FLOAT') THEN b ELSE"
            " ATHENA_ERROR('DIVISION_BY_ZERO|Division by zero') END",
        )
    ],
    "subscript": [
        (
            "a, b",
            "CASE WHEN a IS NULL OR b IS NULL THEN NULL WHEN a[b] IS NULL THEN"
            " ATHENA_ERROR('INVALID_FUNCTION_ARGUMENT|' || CASE WHEN starts_with(typeof(a), 'MAP')"
            " THEN 'Key not present in map' ELSE 'Array subscript must be less than or equal to"
            " array length' END) ELSE a[b] END",
        )
    ],
    "cardinality": [
        (
            "a",
            "CAST(CASE WHEN starts_with(typeof(a), 'MAP') THEN len(json_keys(to_json(a)))"
            " ELSE json_array_length(to_json(a)) END AS BIGINT)",
        )
    ],
    "substr2": [
        ("a, i", "CASE WHEN i = 0 OR i < -length(a) THEN '' ELSE substr(a, i) END"),
    ],
    "substr3": [
        (
            "a, i, n",
            "CASE WHEN i = 0 OR i < -length(a) OR n <= 0 THEN '' ELSE substr(a, i, n) END",
        ),
    ],
    "date_trunc": [
        ("unit, a DATE", "CAST(date_trunc(unit, a) AS DATE)"),
        ("unit, a TIMESTAMP_MS", "CAST(date_trunc(unit, CAST(a AS TIMESTAMP)) AS TIMESTAMP_MS)"),
        ("unit, a TIMESTAMP", "date_trunc(unit, a)"),
        ("unit, a TIMESTAMPTZ", "date_trunc(unit, a)"),
    ],
    "date_diff": [
        ("unit, a DATE, b DATE", "date_sub(unit, a, b)"),
        ("unit, a TIMESTAMP, b TIMESTAMP", "date_sub(unit, a, b)"),
        ("unit, a TIMESTAMPTZ, b TIMESTAMPTZ", "date_sub(unit, a, b)"),
    ],
    "at_timezone": [
        ("a TIMESTAMPTZ, zone", "a AT TIME ZONE zone"),
        ("a TIMESTAMP, zone", "CAST(a AS TIMESTAMPTZ) AT TIME ZONE zone"),
        ("a TIMESTAMP_MS, zone", "CAST(a AS TIMESTAMPTZ) AT TIME ZONE zone"),
    ],
    "to_integer": [
        ("a DOUBLE", "CAST(round(a) AS {type})"),
        *_per_type("BOOLEAN, BIGINT, HUGEINT, DECIMAL(38,10)", "CAST(a AS {type})"),
        (
            "a VARCHAR",
            "CASE WHEN regexp_full_match(a, '[+-]?[0-9]+') THEN CAST(a AS {type}) WHEN a IS NULL"
            " THEN NULL ELSE ATHENA_ERROR('INVALID_CAST_ARGUMENT|Cannot cast ''' || a"
            " || ''' to {type_name}') END",
        ),
    ],
    "to_date": [
        *_per_type("DATE, TIMESTAMP_MS, TIMESTAMP", "CAST(a AS DATE)"),
        ("a TIMESTAMPTZ", "CAST(a AT TIME ZONE 'UTC' AS DATE)"),
        (
            "a VARCHAR",
            "CASE WHEN regexp_full_match(a, '[+-]?[0-9]+-[0-9]{1,2}-[0-9]{1,2}')"
            " THEN CAST(a AS DATE) WHEN a IS NULL THEN NULL ELSE ATHENA_ERROR("
            "'INVALID_CAST_ARGUMENT|Value cannot be cast to date: ' || a) END",
        ),
    ],
    "array_distinct": [
        ("a", "list_filter(a, lambda athena_e, athena_i: list_position(a, athena_e) = athena_i)")
    ],
    "array_max": [("a", "CASE WHEN len(a) = list_count(a) THEN list_max(a) END")],
    "array_min": [("a", "CASE WHEN len(a) = list_count(a) THEN list_min(a) END")],
    "bit_and": [("a, b", "a & b")],
    "bit_or": [("a, b", "a | b")],
    "moment": [
        ("a DATE", "CAST(a AS TIMESTAMP)"),
        ("a TIMESTAMP_MS", "CAST(a AS TIMESTAMP)"),
        ("a TIMESTAMP", "a"),
        ("a TIMESTAMPTZ", "a AT TIME ZONE 'UTC'"),
    ],
    "sequence": [
        ("a BIGINT, b BIGINT", "generate_series(a, b, CASE WHEN a <= b THEN 1 ELSE -1 END)"),
        (
            "a DATE, b DATE",
            "list_transform(generate_series(CAST(a AS TIMESTAMP), CAST(b AS TIMESTAMP), CASE"
            " WHEN a <= b THEN INTERVAL 1 DAY ELSE INTERVAL (-1) DAY END),"
            " lambda athena_e: CAST(athena_e AS DATE))",
        ),
    ],
    "sequence_by": [
        ("a BIGINT, b BIGINT, step BIGINT", "generate_series(a, b, step)"),
        (
            "a DATE, b DATE, step INTERVAL",
            "list_transform(generate_series(CAST(a AS TIMESTAMP), CAST(b AS TIMESTAMP), step),"
            " lambda athena_e: CAST(athena_e AS DATE))",
        ),
        ("a TIMESTAMP, b TIMESTAMP, step INTERVAL", "generate_series(a, b, step)"),
    ],
    "json_scalar": [
        (
            "a, path",
            "CASE WHEN json_type(a, path) IN ('OBJECT', 'ARRAY', 'NULL') THEN NULL"
            " ELSE json_extract_string(a, path) END",
        )
    ],
}
_INTEGER_CASTS = {
    "TINYINT": "tinyint",
    "SMALLINT": "smallint",
    "INTEGER": "integer",
    "BIGINT": "bigint",
}


def statements() -> list[str]:
    """CREATE MACRO statements, in an order in which each finds those that it uses."""
    made: list[str] = []
    for name, overloads in _MACROS.items():
        if name == "to_integer":
            for kind, type_name in _INTEGER_CASTS.items():
                filled = [
                    (parameters, body.replace("{type}", kind).replace("{type_name}", type_name))
                    for parameters, body in overloads
                ]
                made += _both_forms(f"to_{type_name}", filled)
        else:
            made += _both_forms(name, overloads)
    return made


def overloads() -> dict[str, list[list[str]]]:
    """The types of each overload's parameters, by the macro's name; "" takes any type.

    `athena_x__2` is the third overload of `athena_x` under a name of its own.
    """
    found: dict[str, list[list[str]]] = {}
    for name, variants in _MACROS.items():
        names = (
            [f"to_{kind}" for kind in _INTEGER_CASTS.values()] if name == "to_integer" else [name]
        )
        types = [
            [parameter.strip().partition(" ")[2] for parameter in _split(parameters)]
            for parameters, _ in variants
        ]
        if len(types) > 1:
            found |= dict.fromkeys((f"athena_{one}" for one in names), types)
    return found


def _split(parameters: str) -> list[str]:
    """At commas outside of parentheses."""
    parts, depth = [""], 0
    for character in parameters:
        depth += (character == "(") - (character == ")")
        if character == "," and not depth:
            parts.append("")
        else:
            parts[-1] += character
    return parts


def _untyped(parameters: str) -> str:
    return ", ".join(one.strip().partition(" ")[0] for one in _split(parameters))


def _both_forms(name: str, variants: list[tuple[str, str]]) -> list[str]:
    raising = ", ".join(f"({p}) AS {_raising(body)}" for p, body in variants)
    nulling = ", ".join(f"({p}) AS {_nulling(body)}" for p, body in variants)
    made = [
        f"CREATE MACRO athena_{name}{raising}",
        f"CREATE MACRO athena_{name}__try{nulling}",
    ]
    if len(variants) > 1 and name not in ("divide", "modulo"):
        for index, (parameters, body) in enumerate(variants):
            plain = _untyped(parameters)
            made.append(f"CREATE MACRO athena_{name}__{index}({plain}) AS {_raising(body)}")
            made.append(f"CREATE MACRO athena_{name}__{index}__try({plain}) AS {_nulling(body)}")
    return made


def _raising(body: str) -> str:
    return body.replace(_ERROR, f"error('{RAISED}' || ")


def _nulling(body: str) -> str:
    """`ATHENA_ERROR(...)` replaced by NULL, its argument dropped."""
    while (start := body.find(_ERROR)) >= 0:
        depth, end, quoted = 1, start + len(_ERROR), False
        while depth:
            character = body[end]
            quoted ^= character == "'"
            depth += 0 if quoted else (character == "(") - (character == ")")
            end += 1
        body = body[:start] + "NULL" + body[end:]
    return body
