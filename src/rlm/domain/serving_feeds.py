"""What `load_serving_tables` loads: one feed a query, and the attributes that its items have.

A feed is the answer of `include/sql/serving/<feed>.sql`, and owns the items that it makes:
those of a whole table, or those of one table whose `part` begins with the feed's prefix.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from rlm.domain.serving import ServingTable, serving_table

Kind = Literal["text", "integer", "number", "flag", "day", "moment", "texts"]
"""How a column of the answer is read.

`integer` becomes a number without, `number` one with a fraction; `flag` is true or false;
`day` is YYYY-MM-DD; `moment` becomes ISO 8601 in UTC, to the second; `texts` become a list, the
query joins them with `|`.
"""


@dataclass(frozen=True)
class Column:
    """A column of the query and an attribute of the item."""

    name: str
    kind: Kind
    is_packed: bool = False
    """Rows of one key become one item, and this column a list in their order."""


@dataclass(frozen=True)
class Feed:
    """A query, and how its rows become items of one table."""

    name: str
    entity: str
    columns: tuple[Column, ...]
    part_prefix: str = ""
    """The feed owns the items whose sort key begins so; empty: all of the table."""
    is_searchable: bool = False
    """Items get `name_folded` and `name_initial`, made of `name`."""

    @property
    def table(self) -> ServingTable:
        return serving_table(self.entity)

    @property
    def is_packed(self) -> bool:
        return any(column.is_packed for column in self.columns)


def _columns(kind: Kind, *column_names: str) -> tuple[Column, ...]:
    return tuple(Column(name, kind) for name in column_names)


def _packed(kind: Kind, *column_names: str) -> tuple[Column, ...]:
    return tuple(Column(name, kind, is_packed=True) for name in column_names)


FEEDS: Final = (
    Feed(
        "Artists",
        "Artists",
        (
            *_columns("text", "artist_id", "name", "country"),
            *_columns("texts", "genres", "tags"),
            *_columns("integer", "formed_year", "streams", "followers", "popularity_rank"),
            *_columns("number", "popularity_score", "popularity_momentum"),
            *_columns("day", "popularity_as_of"),
            # As the headliner, of any status: who asks for events need not ask for this artist's.
            *_columns("flag", "has_events"),
            *_columns("moment", "last_event_at"),
            # In the bucket of artist data; pictures smallest first, none where there is none.
            *_columns("text", "profile_key", "image_version"),
            *_columns("texts", "image_keys"),
        ),
        is_searchable=True,
    ),
    Feed(
        "Venues",
        "Venues",
        (
            *_columns("text", "venue_id", "name", "city", "region", "country", "timezone", "place"),
            *_columns("number", "latitude", "longitude"),
            *_columns("integer", "capacity"),
        ),
        is_searchable=True,
    ),
    Feed(
        "Events",
        "Events",
        (
            *_columns("text", "event_id", "name", "category", "status", "currency", "timezone"),
            *_columns("text", "headliner_id", "headliner_name"),
            *_columns("text", "venue_id", "venue_name", "city", "country", "place"),
            *_columns("texts", "support_ids", "genres"),
            *_columns("moment", "starts_at"),
            *_columns("day", "starts_on_local", "on_sale_on"),
            *_columns("number", "latitude", "longitude", "sell_through"),
            *_columns("integer", "capacity", "lowest_price_cents", "highest_price_cents"),
            *_columns("flag", "is_sold_out"),
        ),
    ),
    Feed(
        "EventAnalytics_summary",
        "EventAnalytics",
        (
            *_columns("text", "subject", "part", "event_id", "name", "status", "category"),
            *_columns("text", "headliner_id", "headliner_name", "venue_id", "venue_name", "city"),
            *_columns("texts", "genres"),
            *_columns("moment", "starts_at"),
            *_columns("day", "starts_on_local", "as_of_date", "sold_out_on"),
            *_columns("day", "first_sale_date", "last_sale_date"),
            *_columns("flag", "is_simulated", "is_over", "is_sold_out"),
            *_columns("integer", "capacity", "tickets_sold", "tickets_refunded", "net_tickets"),
            *_columns("integer", "simulated_tickets_left_out"),
            *_columns("text", "currency", "milestone", "pace_missing"),
            *_columns("integer", "gross_cents", "refunded_cents", "net_cents"),
            *_columns("integer", "average_price_cents", "days_to_go", "comparable_events"),
            *_columns("number", "sell_through", "pace_ratio", "comparable_share"),
        ),
        part_prefix="summary",
    ),
    Feed(
        "EventAnalytics_sales",
        "EventAnalytics",
        (
            *_columns("text", "subject", "part", "currency"),
            *_columns("flag", "is_simulated"),
            *_packed("day", "days"),
            *_packed("integer", "tickets_sold", "tickets_refunded", "orders"),
            *_packed("integer", "gross_cents", "refunded_cents", "net_cents"),
        ),
        part_prefix="sales#",
    ),
    Feed(
        "EventAnalytics_popularity",
        "EventAnalytics",
        (
            *_columns("text", "subject", "part"),
            *_packed("day", "days"),
            *_packed("integer", "streams", "followers", "ranks"),
            *_packed("number", "scores", "momenta"),
        ),
        part_prefix="popularity#",
    ),
    Feed(
        "EventAnalytics_utilisation",
        "EventAnalytics",
        (
            *_columns("text", "subject", "part", "venue_name", "city", "country", "currency"),
            *_columns("day", "month"),
            *_columns("flag", "is_simulated"),
            *_columns("integer", "events", "cancelled", "postponed"),
            *_columns("integer", "nights_with_event", "nights_in_month", "events_with_capacity"),
            *_columns("integer", "capacity_offered", "tickets", "simulated_tickets_left_out"),
            *_columns("integer", "gross_cents", "net_cents"),
            *_columns("number", "utilisation"),
        ),
        part_prefix="utilisation#",
    ),
    Feed(
        "Trends",
        "Trends",
        (
            *_columns("text", "trend", "part", "dimension", "dimension_value"),
            *_columns("integer", "window_days"),
            *_columns("day", "as_of_date"),
            *_packed("integer", "ranks"),
            *_packed("text", "artist_ids", "artist_names", "signals"),
            *_packed("number", "scores", "score_deviations", "changes"),
            *_packed("flag", "are_reliable", "are_simulated"),
            *_packed("integer", "measured_days", "streams", "plays", "fans", "orders"),
        ),
    ),
)


def feed(name: str) -> Feed:
    """The feed of that name; raises `KeyError`."""
    return {known.name: known for known in FEEDS}[name]
