"""The DynamoDB tables that the API reads: their keys and indexes, in one place.

The infrastructure makes the tables from here, `load_serving_tables` fills those of
`SERVING_TABLES` and `train_recommender` the last one, the API asks them all.
Every key attribute is text. Every item of the former also carries `version` (the moment, in
milliseconds since 1970, at which the newest of the lake's tables that it was made of changed) and
`content_hash`.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Final

VERSION: Final = "version"
CONTENT_HASH: Final = "content_hash"
# Seconds since 1970 after which DynamoDB deletes an item.
EXPIRES_AT: Final = "expires_at"


@dataclass(frozen=True)
class Index:
    """A global secondary index over all attributes."""

    name: str
    partition_key: str
    sort_key: str


@dataclass(frozen=True)
class ServingTable:
    """A table and the questions that its keys and indexes answer."""

    entity: str
    partition_key: str
    sort_key: str | None = None
    indexes: tuple[Index, ...] = ()
    expires_by: str | None = None
    """The attribute that says when an item goes by itself."""

    @property
    def key(self) -> tuple[str, ...]:
        """The attributes that name one item."""
        return (self.partition_key,) + ((self.sort_key,) if self.sort_key else ())


SERVING_TABLES: Final = (
    # Search by the beginning of a name: see `folded`; `name_initial` is its first character.
    ServingTable("Artists", "artist_id", None, (Index("by_name", "name_initial", "name_folded"),)),
    # `place` is `<country>#<city>`.
    ServingTable("Venues", "venue_id", None, (Index("by_place", "place", "name_folded"),)),
    # `starts_at` is ISO 8601 in UTC, which sorts as text.
    ServingTable(
        "Events",
        "event_id",
        None,
        (
            Index("by_venue", "venue_id", "starts_at"),
            Index("by_headliner", "headliner_id", "starts_at"),
            Index("by_place", "place", "starts_at"),
        ),
    ),
    # `subject` is `event#<event_id>`, `artist#<artist_id>` or `venue#<venue_id>`. `part` is
    #   `summary`                                     what is known of an event as a whole
    #   `sales#<month>#<currency>#<real|simulated>`   a month of days, one list a measure
    #   `popularity#<month>`                          the same, of an artist
    #   `utilisation#<month>`                         of a venue
    # so that one query with `part BETWEEN` answers a span of months.
    ServingTable("EventAnalytics", "subject", "part"),
    # `trend` is `<7d|28d>#<all|genre|city>#<value>`: `7d#all#all`, `28d#genre#rock`,
    # `7d#city#Berlin, DE`; `part` is `top`.
    # A ranking is one item, a list a column: who reads it never sees half of yesterday's.
    ServingTable("Trends", "trend", "part"),
)
# One item a fan; that of a fan who is gone is not written again, and expires.
RECOMMENDATIONS: Final = ServingTable("Recommendations", "fan_id", expires_by=EXPIRES_AT)


def serving_table(entity: str) -> ServingTable:
    """The table of that name; raises `KeyError`."""
    return {table.entity: table for table in SERVING_TABLES}[entity]


def folded(name: str) -> str:
    """Lower case, without accents and outer blanks: how names are stored for search, and asked."""
    parts = unicodedata.normalize("NFKD", name.casefold())
    return "".join(c for c in parts if not unicodedata.combining(c)).strip()
