"""Tables of JSON lines in the Glue catalog, as Athena reads them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import boto3

_TEXT_IN = "org.apache.hadoop.mapred.TextInputFormat"
_TEXT_OUT = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"
_JSON = "org.openx.data.jsonserde.JsonSerDe"


@dataclass(frozen=True)
class JsonTable:
    """A table without partitions: every object under `location` is a part of it."""

    database: str
    name: str
    description: str
    location: str
    """Ends with a slash."""
    columns: tuple[tuple[str, str, str], ...]
    """Name, Hive type and comment."""

    def create(self, client: Any | None = None) -> bool:
        """Makes the table, or changes it where it is another; False where it was as wanted."""
        glue = client or boto3.client("glue")
        wanted = self._input()
        try:
            there = glue.get_table(DatabaseName=self.database, Name=self.name)["Table"]
        except glue.exceptions.EntityNotFoundException:
            glue.create_table(DatabaseName=self.database, TableInput=wanted)
            return True
        # The catalog adds members of its own; those that are wanted decide.
        if _has(there, wanted):
            return False
        glue.update_table(DatabaseName=self.database, TableInput=wanted)
        return True

    def _input(self) -> dict[str, Any]:
        return {
            "Name": self.name,
            "Description": self.description,
            "TableType": "EXTERNAL_TABLE",
            "Parameters": {"classification": "json", "EXTERNAL": "TRUE"},
            "StorageDescriptor": {
                "Columns": [
                    {"Name": name, "Type": hive_type, "Comment": comment}
                    for name, hive_type, comment in self.columns
                ],
                "Location": self.location,
                "InputFormat": _TEXT_IN,
                "OutputFormat": _TEXT_OUT,
                "SerdeInfo": {"SerializationLibrary": _JSON},
            },
        }


def _has(there: Any, wanted: Any) -> bool:
    if isinstance(wanted, dict):
        return isinstance(there, dict) and all(_has(there.get(k), v) for k, v in wanted.items())
    if isinstance(wanted, list):
        return (
            isinstance(there, list) and len(there) == len(wanted) and all(map(_has, there, wanted))
        )
    return bool(there == wanted)
