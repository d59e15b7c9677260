"""The tables of the booking database, and what writes generated rows into them."""

from __future__ import annotations

from dataclasses import astuple
from typing import TYPE_CHECKING, Any, Final, Protocol

from rlm import names
from rlm.sql_texts import read_statement

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from rlm.booking.targets import AccessRule, SalesTarget

TABLES: Final = ("sales_targets", "booker_access")
# Whose rows may be written over: those that no person has touched.
SEED: Final = "rlm targets seed"

_TARGETS: Final = """
INSERT INTO booking.sales_targets AS kept (
  venue_id, month, venue_name, city, country, target_tickets, currency, target_gross_cents,
  updated_at, updated_by
) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (venue_id, month) DO UPDATE SET
  venue_name = excluded.venue_name,
  city = excluded.city,
  country = excluded.country,
  target_tickets = excluded.target_tickets,
  currency = excluded.currency,
  target_gross_cents = excluded.target_gross_cents,
  updated_at = excluded.updated_at
WHERE kept.updated_by = excluded.updated_by
  AND (kept.venue_name, kept.city, kept.country, kept.target_tickets, kept.currency,
    kept.target_gross_cents)
  IS DISTINCT FROM (excluded.venue_name, excluded.city, excluded.country,
    excluded.target_tickets, excluded.currency, excluded.target_gross_cents)
"""
_RULES: Final = """
INSERT INTO booking.booker_access (group_name, country, updated_at, updated_by)
VALUES (%s, %s, %s, %s)
ON CONFLICT (user_name, group_name, country) DO NOTHING
"""


class Connection(Protocol):
    """A connection to the database, as psycopg has it."""

    def execute(self, query: Any) -> Any: ...

    def cursor(self) -> Any: ...


def create_tables(connection: Connection) -> None:
    """The schema and its tables, where they are not there yet."""
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {names.BOOKING_SCHEMA}")
    for table in TABLES:
        connection.execute(read_statement("booking", table))


def put_targets(
    connection: Connection, targets: Sequence[SalesTarget], updated_at: dt.datetime
) -> int:
    """Puts targets in; how many are new or changed. Those that people wrote stay as they are."""
    return _put(connection, _TARGETS, [(*astuple(one), updated_at, SEED) for one in targets])


def put_rules(connection: Connection, rules: Sequence[AccessRule], updated_at: dt.datetime) -> int:
    """Puts rules in that are not there; how many."""
    return _put(connection, _RULES, [(*astuple(one), updated_at, SEED) for one in rules])


def _put(connection: Connection, statement: str, rows: Sequence[tuple[object, ...]]) -> int:
    if not rows:
        return 0
    cursor = connection.cursor()
    cursor.executemany(statement, rows)
    return int(cursor.rowcount)
