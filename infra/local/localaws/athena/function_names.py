"""Functions of Athena that are plain calls in DuckDB, and those that are known and not served."""

from __future__ import annotations

# With the same meaning, by Trino's name and DuckDB's or that of a macro of ours.
SAME = {
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
# Aggregates and window functions.
AGGREGATES = {
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
# Macros that have a form for within TRY.
TWO_FORMS = {
    "athena_cardinality",
    "athena_json_scalar",
    "athena_array_distinct",
    "athena_bit_and",
    "athena_bit_or",
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
