"""What each function of Athena is in DuckDB. What is not listed here is not supported.

A maker gets the translated arguments and gives a DuckDB expression. It must mean what Trino's
function means for every input, or fail.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlglot import exp

from localaws.athena.failures import QueryFailedError, not_supported
from localaws.athena.formats import (
    joda_to_strftime,
    mysql_to_strftime,
    printf_pieces,
)

Arguments = list[Any]
Maker = Callable[[Arguments, bool], Any]

# Plain calls with the same meaning, by Trino's name and DuckDB's.
_SAME = {
    "abs": "abs", "acos": "acos", "asin": "asin", "atan": "atan", "atan2": "atan2",
    "cbrt": "cbrt", "cos": "cos", "degrees": "degrees",
    "exp": "exp", "is_finite": "isfinite", "is_infinite": "isinf",
    "is_nan": "isnan", "ln": "ln", "log10": "log10", "log2": "log2", "pi": "pi", "pow": "pow",
    "power": "pow", "radians": "radians", "round": "round", "sin": "sin",
    "sqrt": "sqrt", "tan": "tan",
    "chr": "chr", "codepoint": "ord", "concat_ws": "concat_ws",
    "lower": "lower", "lpad": "lpad", "ltrim": "ltrim",
    "replace": "replace", "reverse": "reverse", "rpad": "rpad", "rtrim": "rtrim",
    "starts_with": "starts_with", "translate": "translate", "trim": "trim",
    "upper": "upper", "split": "string_split", "regexp_like": "regexp_matches",
    "to_utf8": "encode", "from_utf8": "decode", "to_hex": "hex", "from_hex": "unhex",
    "to_base64": "to_base64", "from_base64": "from_base64",
    "year": "year", "quarter": "quarter", "month": "month", "day": "day",
    "day_of_month": "day", "hour": "hour", "minute": "minute", "second": "second",
    "week": "week", "week_of_year": "week", "day_of_week": "isodow", "dow": "isodow",
    "day_of_year": "dayofyear", "doy": "dayofyear", "year_of_week": "isoyear", "yow": "isoyear",
    "last_day_of_month": "last_day", "to_unixtime": "epoch", "from_unixtime": "to_timestamp",
    "coalesce": "coalesce", "nullif": "nullif",
    "contains": "list_contains", "array_distinct": "athena_array_distinct",
    "flatten": "flatten", "map_keys": "map_keys", "map_values": "map_values",
    "map_entries": "map_entries", "map_from_entries": "map_from_entries",
    "map_concat": "map_concat", "cardinality": "athena_cardinality",
    "json_extract": "json_extract",
    "json_extract_scalar": "athena_json_scalar",
    "bitwise_and": "athena_bit_and", "bitwise_or": "athena_bit_or", "bitwise_xor": "xor",
    "random": "random", "rand": "random",
}  # fmt: skip
_AGGREGATES = {
    "count": "count", "sum": "sum", "min": "min", "max": "max", "arbitrary": "any_value",
    "any_value": "any_value", "count_if": "count_if", "bool_and": "bool_and", "every": "bool_and",
    "bool_or": "bool_or", "array_agg": "list", "max_by": "arg_max_null", "min_by": "arg_min_null",
    "stddev": "stddev_samp", "stddev_samp": "stddev_samp", "stddev_pop": "stddev_pop",
    "variance": "var_samp", "var_samp": "var_samp", "var_pop": "var_pop", "corr": "corr",
    "covar_pop": "covar_pop", "covar_samp": "covar_samp", "regr_slope": "regr_slope",
    "regr_intercept": "regr_intercept", "geometric_mean": "geomean", "histogram": "histogram",
    "bitwise_and_agg": "bit_and", "bitwise_or_agg": "bit_or", "grouping": "grouping",
    "row_number": "row_number", "rank": "rank", "dense_rank": "dense_rank",
    "percent_rank": "percent_rank", "cume_dist": "cume_dist", "ntile": "ntile", "lag": "lag",
    "lead": "lead", "first_value": "first_value", "last_value": "last_value",
    "nth_value": "nth_value",
}  # fmt: skip
UNITS = ("millisecond", "second", "minute", "hour", "day", "week", "month", "quarter", "year")


def call(name: str, *arguments: Any) -> exp.Anonymous:
    return exp.Anonymous(this=name, expressions=list(arguments))


def text(value: str) -> exp.Literal:
    return exp.Literal.string(value)


def null() -> exp.Null:
    return exp.Null()


def literal_of(node: Any, what: str) -> str:
    """The text of a literal argument; a computed one cannot be translated."""
    if isinstance(node, exp.Cast) and isinstance(node.this, exp.Literal):
        node = node.this
    if not isinstance(node, exp.Literal):
        raise not_supported(f"{what} that is not a literal")
    return str(node.this)


def case(*branches: tuple[Any, Any], default: Any = None) -> exp.Case:
    ifs = [exp.If(this=condition, true=result) for condition, result in branches]
    return exp.Case(ifs=ifs, default=default or null())


def is_null(node: Any) -> exp.Is:
    return exp.Is(this=exp.Paren(this=node.copy()), expression=null())


def guarded(name: str, nulls: bool) -> str:
    """A macro of ours: the raising form, or inside TRY the one that gives null."""
    return f"athena_{name}__try" if nulls else f"athena_{name}"


def translate_call(name: str, arguments: Arguments, nulls: bool, place: str) -> Any:
    """The DuckDB expression for one call; fails as Athena does for a name it does not know."""
    lowered = name.lower()
    if lowered in _MAKERS:
        low, high, maker = _MAKERS[lowered]
        if not low <= len(arguments) <= high:
            raise QueryFailedError(
                "FUNCTION_NOT_FOUND", f"{place}Unexpected parameters for function {lowered}"
            )
        return maker(arguments, nulls)
    if lowered in _SAME:
        target = _SAME[lowered]
        return call(f"{target}__try" if nulls and target in _TWO_FORMS else target, *arguments)
    if lowered in _AGGREGATES:
        return call(_AGGREGATES[lowered], *arguments)
    if lowered in KNOWN_TO_TRINO:
        raise not_supported(f"the function {lowered}")
    raise QueryFailedError("FUNCTION_NOT_FOUND", f"{place}Function '{lowered}' not registered")


def names() -> set[str]:
    """Every function that is served."""
    return set(_MAKERS) | set(_SAME) | set(_AGGREGATES)


def aggregate_names() -> frozenset[str]:
    """Aggregates and window functions, by DuckDB's names."""
    return frozenset(_AGGREGATES.values()) | {"avg", "quantile_disc", "string_agg"}


_TWO_FORMS = {
    "athena_cardinality",
    "athena_json_scalar",
    "athena_array_distinct",
    "athena_bit_and",
    "athena_bit_or",
}


def _unit(node: Any) -> exp.Literal:
    unit = literal_of(node, "a unit of time").lower()
    if unit not in UNITS:
        raise QueryFailedError(
            "INVALID_FUNCTION_ARGUMENT", f"'{unit}' is not a valid TIMESTAMP field"
        )
    return text(unit)


def _date_add(arguments: Arguments, nulls: bool) -> Any:
    unit, amount, moment = arguments
    name = str(_unit(unit).this)
    step = "to_months" if name == "quarter" else f"to_{name}s"
    if name == "quarter":
        amount = exp.Mul(this=exp.Paren(this=amount), expression=number(3))
    kind = "INTEGER" if name in ("day", "week", "month", "quarter", "year") else "BIGINT"
    whole = exp.Cast(this=amount, to=exp.DataType.build(kind, dialect="duckdb"))
    return call(guarded("plus_interval", nulls), moment, call(step, whole))


def number(value: int) -> exp.Literal:
    return exp.Literal.number(value)


def _all_present(name: str) -> Maker:
    """greatest and least are null when any argument is."""

    def make(arguments: Arguments, _nulls: bool) -> Any:
        missing: Any = is_null(arguments[0])
        for argument in arguments[1:]:
            missing = exp.Or(this=missing, expression=is_null(argument))
        return case((missing, null()), default=call(name, *arguments))

    return make


def _concat(arguments: Arguments, _nulls: bool) -> Any:
    joined = arguments[0]
    for argument in arguments[1:]:
        joined = exp.DPipe(this=joined, expression=argument)
    return exp.Paren(this=joined)


def _regexp_extract(arguments: Arguments, _nulls: bool) -> Any:
    matches = call("regexp_matches", arguments[0].copy(), arguments[1].copy())
    return case((matches, call("regexp_extract", *arguments)))


def _regexp_replace(arguments: Arguments, _nulls: bool) -> Any:
    replacement = ""
    if len(arguments) == 3:
        if isinstance(arguments[2], exp.Lambda):
            raise not_supported("regexp_replace with a lambda")
        replacement = literal_of(arguments[2], "a replacement of regexp_replace")
    replacement = replacement.replace("\\", "\\\\")
    for group in range(10):
        replacement = replacement.replace(f"${group}", f"\\{group}")
    return call("regexp_replace", arguments[0], arguments[1], text(replacement), text("g"))


def _reduce(arguments: Arguments, _nulls: bool) -> Any:
    """list_reduce, and then what the output function makes of the last state."""
    items, start, step, finish = arguments
    if not isinstance(step, exp.Lambda) or not isinstance(finish, exp.Lambda):
        raise not_supported("reduce without lambdas")
    state = call("list_reduce", items, step, start)
    parameter = finish.expressions[0].name.lower()
    body = finish.this
    if isinstance(body, exp.Column | exp.Identifier) and body.name.lower() == parameter:
        return state
    return body.transform(
        lambda node: (
            exp.Paren(this=state.copy())
            if isinstance(node, exp.Column | exp.Identifier)
            and not isinstance(node.parent, exp.Column)
            and node.name.lower() == parameter
            else node
        )
    )


def _matching(test: str) -> Maker:
    def make(arguments: Arguments, _nulls: bool) -> Any:
        found = call("len", call("list_filter", *arguments))
        if test == "all":
            whole = call("len", arguments[0].copy())
            return exp.Paren(this=exp.EQ(this=found, expression=whole))
        kind = exp.GT if test == "any" else exp.EQ
        return exp.Paren(this=kind(this=found, expression=number(0)))

    return make


def _element_at(arguments: Arguments, _nulls: bool) -> Any:
    return exp.Bracket(this=exp.Paren(this=arguments[0]), expressions=[arguments[1]], offset=1)


def _array_join(arguments: Arguments, _nulls: bool) -> Any:
    parameter = exp.to_identifier("athena_e")
    shown: Any = call("athena_text", parameter)
    if len(arguments) == 3:
        shown = call("coalesce", shown, arguments[2])
    inner = call("list_transform", arguments[0], exp.Lambda(this=shown, expressions=[parameter]))
    return call("array_to_string", inner, arguments[1])


def _slice(arguments: Arguments, _nulls: bool) -> Any:
    items, start, size = arguments
    end = exp.Add(this=exp.Paren(this=start), expression=exp.Paren(this=size))
    return call("list_slice", items, start.copy(), exp.Sub(this=end, expression=number(1)))


def _percentile(arguments: Arguments, _nulls: bool) -> Any:
    """The exact percentile is within any approximation's error."""
    return call("quantile_disc", *arguments)


def _distinct_count(arguments: Arguments, _nulls: bool) -> Any:
    return call("count", exp.Distinct(expressions=arguments[:1]))


def _map_agg(arguments: Arguments, _nulls: bool) -> Any:
    keys, values = (call("list", one) for one in arguments)
    return call("map", keys, values)


def _hash(name: str) -> Maker:
    return lambda arguments, _nulls: call("unhex", call(name, arguments[0]))


def _date_format(arguments: Arguments, _nulls: bool) -> Any:
    form = mysql_to_strftime(literal_of(arguments[1], "a format of date_format"))
    return call("strftime", call("athena_moment", arguments[0]), text(form))


def _date_parse(arguments: Arguments, nulls: bool) -> Any:
    form = mysql_to_strftime(literal_of(arguments[1], "a format of date_parse"), parsing=True)
    parsed = call("try_strptime" if nulls else "strptime", arguments[0], text(form))
    return exp.Cast(this=parsed, to=exp.DataType.build("TIMESTAMP_MS", dialect="duckdb"))


def _format_datetime(arguments: Arguments, _nulls: bool) -> Any:
    form = joda_to_strftime(literal_of(arguments[1], "a format of format_datetime"))
    return call("strftime", call("athena_moment", arguments[0]), text(form))


def _format(arguments: Arguments, _nulls: bool) -> Any:
    joined: Any = None
    for piece in printf_pieces(literal_of(arguments[0], "a format"), arguments[1:]):
        joined = piece if joined is None else exp.DPipe(this=joined, expression=piece)
    return exp.Paren(this=joined) if joined is not None else text("")


def _sequence(arguments: Arguments, _nulls: bool) -> Any:
    if len(arguments) == 2:
        return call("athena_sequence", *arguments)
    return call("athena_sequence_by", *arguments)


def _typed(kind: str) -> Maker:
    return lambda arguments, _nulls: exp.Cast(
        this=arguments[0], to=exp.DataType.build(kind, dialect="duckdb")
    )


def _macro(name: str) -> Maker:
    return lambda arguments, nulls: call(guarded(name, nulls), *arguments)


def _avg(arguments: Arguments, nulls: bool) -> Any:
    return call("avg", call(guarded("no_decimal", nulls), arguments[0], text("avg")))


def _if(arguments: Arguments, _nulls: bool) -> Any:
    otherwise = arguments[2] if len(arguments) == 3 else null()
    return case((arguments[0], arguments[1]), default=otherwise)


def _split_part(arguments: Arguments, _nulls: bool) -> Any:
    parts = call("string_split", arguments[0], arguments[1])
    return exp.Bracket(this=parts, expressions=[arguments[2]], offset=1)


def _array_position(arguments: Arguments, _nulls: bool) -> Any:
    found = _whole("coalesce")([call("list_position", *arguments), number(0)], False)
    return case((is_null(arguments[0]), null()), default=found)


def _array_remove(arguments: Arguments, _nulls: bool) -> Any:
    parameter = exp.to_identifier("athena_e")
    kept = exp.NullSafeNEQ(this=parameter, expression=arguments[1])
    return call("list_filter", arguments[0], exp.Lambda(this=kept, expressions=[parameter]))


def _map(arguments: Arguments, _nulls: bool) -> Any:
    return call("map", *arguments)


def _date_trunc(arguments: Arguments, nulls: bool) -> Any:
    return call(guarded("date_trunc", nulls), _unit(arguments[0]), arguments[1])


def _date_diff(arguments: Arguments, nulls: bool) -> Any:
    return call(guarded("date_diff", nulls), _unit(arguments[0]), *arguments[1:])


def _with_timezone(arguments: Arguments, _nulls: bool) -> Any:
    moment = exp.Cast(this=arguments[0], to=exp.DataType.build("TIMESTAMP", dialect="duckdb"))
    return exp.AtTimeZone(this=moment, zone=arguments[1])


def _whole(name: str) -> Maker:
    """A count or a place, which is a BIGINT in Trino."""
    return lambda arguments, _nulls: exp.Cast(
        this=call(name, *arguments), to=exp.DataType.build("BIGINT", dialect="duckdb")
    )


def _guarded_decimal(name: str) -> Maker:
    return lambda arguments, nulls: call(
        f"athena_{name}", call(guarded("no_decimal", nulls), arguments[0], text(name))
    )


_MAKERS: dict[str, tuple[int, int, Maker]] = {
    "ceil": (1, 1, _guarded_decimal("ceil")),
    "ceiling": (1, 1, _guarded_decimal("ceil")),
    "floor": (1, 1, _guarded_decimal("floor")),
    "truncate": (1, 1, _guarded_decimal("truncate")),
    "sign": (1, 1, _guarded_decimal("sign")),
    "length": (1, 1, _whole("length")),
    "levenshtein_distance": (2, 2, _whole("levenshtein")),
    "strpos": (2, 2, _whole("strpos")),
    "json_array_length": (1, 1, _whole("json_array_length")),
    "if": (2, 3, _if),
    "greatest": (1, 99, _all_present("greatest")),
    "least": (1, 99, _all_present("least")),
    "concat": (2, 99, _concat),
    "mod": (2, 2, _macro("modulo")),
    "substr": (2, 3, lambda a, n: call(guarded(f"substr{len(a)}", n), *a)),
    "substring": (2, 3, lambda a, n: call(guarded(f"substr{len(a)}", n), *a)),
    "split": (2, 2, lambda a, _n: call("string_split", *a)),
    "split_part": (3, 3, _split_part),
    "regexp_extract": (2, 3, _regexp_extract),
    "regexp_extract_all": (2, 3, lambda a, _n: call("regexp_extract_all", *a)),
    "regexp_replace": (2, 3, _regexp_replace),
    "regexp_split": (2, 2, lambda a, _n: call("string_split_regex", *a)),
    "regexp_count": (2, 2, lambda a, n: _whole("len")([call("regexp_extract_all", *a)], n)),
    "md5": (1, 1, _hash("md5")),
    "sha1": (1, 1, _hash("sha1")),
    "sha256": (1, 1, _hash("sha256")),
    "format": (1, 99, _format),
    "date": (1, 1, _macro("to_date")),
    "date_trunc": (2, 2, _date_trunc),
    "date_diff": (3, 3, _date_diff),
    "date_add": (3, 3, _date_add),
    "date_format": (2, 2, _date_format),
    "date_parse": (2, 2, _date_parse),
    "format_datetime": (2, 2, _format_datetime),
    "from_iso8601_timestamp": (1, 1, _typed("TIMESTAMPTZ")),
    "from_iso8601_date": (1, 1, _macro("to_date")),
    "with_timezone": (2, 2, _with_timezone),
    "avg": (1, 1, _avg),
    "approx_distinct": (1, 2, _distinct_count),
    "approx_percentile": (2, 2, _percentile),
    "map_agg": (2, 2, _map_agg),
    "map": (0, 2, _map),
    "element_at": (2, 2, _element_at),
    "array_join": (2, 3, _array_join),
    "array_sort": (1, 1, lambda a, _n: call("list_sort", a[0], text("ASC"), text("NULLS LAST"))),
    "array_max": (1, 1, _macro("array_max")),
    "array_min": (1, 1, _macro("array_min")),
    "array_position": (2, 2, _array_position),
    "array_remove": (2, 2, _array_remove),
    "slice": (3, 3, _slice),
    "sequence": (2, 3, _sequence),
    "transform": (2, 2, lambda a, _n: call("list_transform", *a)),
    "filter": (2, 2, lambda a, _n: call("list_filter", *a)),
    "reduce": (4, 4, _reduce),
    "any_match": (2, 2, _matching("any")),
    "all_match": (2, 2, _matching("all")),
    "none_match": (2, 2, _matching("none")),
    "row": (1, 99, lambda a, _n: call("row", *a)),
    "json_parse": (1, 1, _typed("JSON")),
    "json_format": (1, 1, _typed("VARCHAR")),
}
# Told apart from names that Athena does not know either.
KNOWN_TO_TRINO = frozenset(
    {
        "xxhash64", "sha512", "crc32", "murmur3", "normalize", "soundex", "word_stem",
        "url_extract_host", "url_extract_path", "url_extract_query", "url_extract_parameter",
        "url_extract_protocol", "url_encode", "url_decode", "human_readable_seconds",
        "parse_duration", "timezone_hour", "timezone_minute", "parse_datetime", "current_timezone",
        "to_iso8601", "to_milliseconds", "array_union", "array_intersect", "array_except",
        "arrays_overlap", "zip", "zip_with", "combinations", "ngrams", "repeat", "shuffle",
        "trim_array", "map_filter", "transform_keys", "transform_values", "map_zip_with",
        "multimap_agg", "multimap_from_entries", "map_union", "approx_most_frequent", "approx_set",
        "merge", "empty_approx_set", "checksum", "skewness", "kurtosis", "entropy",
        "numeric_histogram", "qdigest_agg", "tdigest_agg", "json_array_contains", "json_array_get",
        "json_size", "json_value", "json_query", "json_exists", "json_object", "json_array",
        "typeof",
        "width_bucket", "from_base", "to_base", "log", "hamming_distance", "luhn_check",
        "split_to_map", "split_to_multimap", "strrpos", "st_point", "st_distance", "st_contains",
        "reduce_agg", "listagg", "bitwise_not", "bitwise_left_shift", "bitwise_right_shift",
        "bit_count", "uuid", "version", "cosine_similarity", "normal_cdf", "beta_cdf", "e",
        "infinity", "nan", "tanh", "cosh", "sinh", "regr_r2",
    }
)  # fmt: skip
