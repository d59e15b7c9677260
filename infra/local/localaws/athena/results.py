"""Result files: how they are kept in S3, and GetQueryResults' pages of them."""

from __future__ import annotations

import base64
import binascii
import struct
from typing import TYPE_CHECKING

from localaws.errors import AwsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from localaws.athena.engine import Column
    from localaws.operations import Document

    Ask = Callable[[str, str, Document], Document]

PAGE_ROWS = 1000
# Read at a time; a row that is longer is read in several.
_PIECE_BYTES = 4 * 1024 * 1024


class Results:
    """The result of one execution that succeeded."""

    def __init__(self, ask: Ask, execution: Document) -> None:
        self._ask = ask
        self._execution = execution
        location = execution["QueryExecution"]["ResultConfiguration"]["OutputLocation"]
        self._bucket, _, self._key = location.removeprefix("s3://").partition("/")

    def page(self, request: Document) -> Document:
        limit = int(request.get("MaxResults") or PAGE_ROWS)
        if not 1 <= limit <= PAGE_ROWS:
            raise AwsError(
                "InvalidRequestException", f"MaxResults is more than maximum allowed {PAGE_ROWS}"
            )
        columns: list[Document] = self._execution.get("Columns", [])
        answer: Document = {
            "UpdateCount": self._execution.get("UpdateCount", 0),
            "ResultSet": {"Rows": [], "ResultSetMetadata": {"ColumnInfo": columns}},
        }
        if self._key.endswith((".csv", ".txt")):
            start = _offset(request.get("NextToken"))
            rows, after = self._rows(start, limit)
            answer["ResultSet"]["Rows"] = [
                {"Data": [{} if value is None else {"VarCharValue": value} for value in row]}
                for row in rows
            ]
            if after is not None:
                answer["NextToken"] = base64.b64encode(str(after).encode()).decode()
        return answer

    def _rows(self, start: int, limit: int) -> tuple[list[list[str | None]], int | None]:
        """Rows from a place in the file on, and the place after them unless it is the end."""
        size = int(self._execution["ResultBytes"])
        parse = parse_csv if self._key.endswith(".csv") else parse_lines
        rows: list[list[str | None]] = []
        held, taken = b"", 0
        while start + len(held) < size:
            end = min(size, start + len(held) + _PIECE_BYTES)
            held += self._read(start + len(held), end)
            rows, taken = parse(held, limit, end == size)
            if len(rows) == limit:
                break
        after = start + taken
        return rows, after if after < size else None

    def _read(self, start: int, end: int) -> bytes:
        asked = {"Bucket": self._bucket, "Key": self._key, "Range": f"bytes={start}-{end - 1}"}
        try:
            body: bytes = self._ask("s3", "GetObject", asked)["Body"]
        except AwsError as error:
            raise AwsError(
                "InvalidRequestException",
                "Could not find results: the result file is not there any more",
            ) from error
        return body


def parse_csv(content: bytes, limit: int, is_whole: bool) -> tuple[list[list[str | None]], int]:
    """Up to `limit` rows and the bytes that they take; a row that is cut off is left out.

    Every value is quoted, so that what is not is null.
    """
    rows: list[list[str | None]] = []
    row: list[str | None] = []
    at, taken = 0, 0
    while at < len(content) and len(rows) < limit:
        value: str | None = None
        if content[at : at + 1] == b'"':
            end = at + 1
            while True:
                end = content.find(b'"', end)
                if end < 0:
                    return rows, taken
                if content[end + 1 : end + 2] != b'"':
                    break
                end += 2
            value = content[at + 1 : end].replace(b'""', b'"').decode("utf-8")
            at = end + 1
        following = content[at : at + 1]
        if not following and not is_whole:
            return rows, taken
        row.append(value)
        at += 1
        if following != b",":
            rows.append(row)
            row, taken = [], at
    return rows, min(taken, len(content))


def parse_lines(content: bytes, limit: int, is_whole: bool) -> tuple[list[list[str | None]], int]:
    """Lines of text, each a row of one value."""
    rows: list[list[str | None]] = []
    taken = 0
    while taken < len(content) and len(rows) < limit:
        end = content.find(b"\n", taken)
        if end < 0:
            if not is_whole:
                break
            end = len(content)
        rows.append([content[taken:end].decode("utf-8")])
        taken = end + 1
    return rows, min(taken, len(content))


def column_info(column: Column) -> Document:
    """A column as ResultSetMetadata has it."""
    precision, scale = column.type.precision_and_scale
    return {
        "CatalogName": "hive",
        "SchemaName": "",
        "TableName": "",
        "Name": column.name,
        "Label": column.name,
        "Type": column.type.athena,
        "Precision": precision,
        "Scale": scale,
        "Nullable": "UNKNOWN",
        "CaseSensitive": column.type.athena in ("varchar", "array", "map", "row", "json"),
    }


def metadata_file(columns: list[Document]) -> bytes:
    """The `.metadata` beside a result: the columns, in length-prefixed binary records."""
    made = b""
    for column in columns:
        fields = [column["CatalogName"], "", "", column["Name"], column["Label"], column["Type"]]
        record = b"".join(_field(number, text) for number, text in enumerate(fields, start=1))
        record += _number(7, column["Precision"]) + _number(8, column["Scale"])
        made += b"\x22" + _varint(len(record)) + record
    return made or struct.pack("<B", 0)


def _field(number: int, text: str) -> bytes:
    encoded = text.encode()
    return bytes([number << 3 | 2]) + _varint(len(encoded)) + encoded


def _number(number: int, value: int) -> bytes:
    return bytes([number << 3]) + _varint(value)


def _varint(value: int) -> bytes:
    made = b""
    while value > 0x7F:
        made += bytes([value & 0x7F | 0x80])
        value >>= 7
    return made + bytes([value])


def _offset(token: object) -> int:
    if not token:
        return 0
    try:
        return int(base64.b64decode(str(token), validate=True))
    except (binascii.Error, ValueError) as error:
        raise AwsError("InvalidRequestException", "Invalid NextToken") from error
