"""Java's date patterns, as formatDate and parseDate take them, as DuckDB's."""

from __future__ import annotations

import datetime as dt
import re

from rlm.quicksight.expressions.errors import UnsupportedExpressionError

DEFAULT_FORMAT = "yyyy-MM-dd'T'HH:mm:ss:SSS"

QUARTER = "\x01"
"""What stands in a format for the number of the quarter, which DuckDB's formats lack."""

_FIELDS = {
    "yyyy": "%Y",
    "yyy": "%Y",
    "yy": "%y",
    "y": "%Y",
    "uuuu": "%Y",
    "YYYY": "%Y",
    "YY": "%y",
    "Q": QUARTER,
    "QQ": f"0{QUARTER}",
    "QQQ": f"Q{QUARTER}",
    "MMMM": "%B",
    "MMM": "%b",
    "MM": "%m",
    "M": "%-m",
    "dd": "%d",
    "d": "%-d",
    "DDD": "%j",
    "D": "%-j",
    "EEEE": "%A",
    "EEE": "%a",
    "EE": "%a",
    "E": "%a",
    "u": "%u",
    "HH": "%H",
    "H": "%-H",
    # 1 to 24 in Java; QuickSight's own default format writes midnight so, as 00.
    "kk": "%H",
    "k": "%-H",
    "hh": "%I",
    "h": "%-I",
    "mm": "%M",
    "m": "%-M",
    "ss": "%S",
    "s": "%-S",
    "SSS": "%g",
    "SSSSSS": "%f",
    "a": "%p",
    # Moments are in UTC.
    "Z": "+0000",
    "ZZ": "+00:00",
    "z": "UTC",
    "X": "Z",
}
_PIECE = re.compile(r"'((?:[^']|'')*)'|([A-Za-z])\2*|[^A-Za-z']+", re.DOTALL)
_LITERAL_T = re.compile(r"(?<=[dDy])T(?=[HhkmsS])")

_USUAL = (
    "%Y-%m-%d",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%dT%H:%M:%S.%f",
    "%Y-%m-%dT%H:%M:%SZ",
    "%Y-%m-%dT%H:%M:%S.%fZ",
    "%Y-%m-%d %H:%M:%S.%f",
    "%Y/%m/%d",
    "%Y/%m/%d %H:%M:%S",
    "%m/%d/%Y",
    "%m/%d/%Y %H:%M:%S",
)


def duckdb_format(pattern: str) -> str:
    """The format of strftime and strptime; an error that names a field that has none."""
    pieces: list[str] = []
    end = 0
    for match in _PIECE.finditer(_LITERAL_T.sub("'T'", pattern)):
        piece = match.group()
        quoted, letter = match.groups()
        if quoted is not None:
            pieces.append((quoted.replace("''", "'") or "'").replace("%", "%%"))
        elif letter:
            if piece not in _FIELDS:
                raise UnsupportedExpressionError(f"the field {piece!r} of the format {pattern!r}")
            pieces.append(_FIELDS[piece])
        else:
            pieces.append(piece.replace("%", "%%"))
        end = match.end()
    if end == 0 and pattern:
        raise UnsupportedExpressionError(f"the format {pattern!r}")
    return "".join(pieces)


def moment_written(text: str) -> dt.datetime | None:
    """The moment that a text in one of the usual formats means; None where it means none."""
    for usual in _USUAL:
        try:
            return dt.datetime.strptime(text.strip(), usual)  # noqa: DTZ007 - all are in UTC
        except ValueError:
            continue
    return None
