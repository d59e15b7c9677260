"""The catalog's tables of JSON lines: files that jobs write whole, without Iceberg.

The infrastructure makes the tables, so that a query of one whose first row is yet to come answers
no rows instead of failing; the jobs write files below their locations and leave the catalog alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from rlm import names

_PREFIXES: Final = {"gold": names.GOLD_PREFIX, "quarantine": names.QUARANTINE_PREFIX}
_TEXT_IN: Final = "org.apache.hadoop.mapred.TextInputFormat"
_TEXT_OUT: Final = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"
_JSON: Final = "org.openx.data.jsonserde.JsonSerDe"


@dataclass(frozen=True)
class JsonTable:
    """A table without partitions: every object below its folder is a part of it."""

    layer: str
    """Whose database it is in: `gold` or `quarantine`."""
    name: str
    description: str
    columns: tuple[tuple[str, str, str], ...]
    """Name, Hive type and comment."""

    @property
    def folder(self) -> str:
        """In the lake's bucket, without a slash at its end."""
        return f"{_PREFIXES[self.layer]}/{self.name}"

    def table_input(self, env: str) -> dict[str, Any]:
        """What Glue is told, as its API and CloudFormation both take it."""
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
                "Location": f"s3://{names.bucket(env, 'lake')}/{self.folder}/",
                "InputFormat": _TEXT_IN,
                "OutputFormat": _TEXT_OUT,
                "SerdeInfo": {"SerializationLibrary": _JSON},
            },
        }


ARTIST_PROFILES: Final = JsonTable(
    "gold",
    "artist_profiles",
    "One row an artist: its profile document and the keys of its pictures",
    (
        ("artist_id", "string", "key"),
        ("profile_key", "string", "in the bucket of artist data"),
        ("image_keys", "array<string>", "in the same bucket, smallest picture first"),
        ("image_version", "string", "null without a picture"),
        ("updated_at", "timestamp", "UTC; when the artist or its picture last changed"),
        ("content_sha256", "string", "of the profile document"),
    ),
)

# The columns of the tables that the crawler makes of rows in quarantine, so that one query can
# ask for all that was refused.
QUARANTINED_IMAGES: Final = JsonTable(
    "quarantine",
    "artist_images",
    "One row a refusal of a delivered picture; it may have been taken later, once it was right",
    (
        ("source", "string", "artist_images"),
        ("file", "string", "the picture in landing"),
        ("line", "int", "null: a picture has no lines"),
        ("rule", "string", "that it broke"),
        ("column", "string", "null"),
        ("reason", "string", "what was expected and what was found"),
        ("raw", "string", "null: the picture stays in landing"),
        ("record", "string", "null"),
        ("delivery_date", "string", "YYYY-MM-DD"),
        ("batch_id", "string", "of the ledger's entry"),
    ),
)

JSON_TABLES: Final = (ARTIST_PROFILES, QUARANTINED_IMAGES)
