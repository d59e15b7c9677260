"""What the reports ask of Athena."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rlm.jobs.event_reports.milestones import Event

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from rlm.aws.athena import Query, Row

# The days to go at which comparable events are looked at: close together near the event.
MARKS: Final = (0, 1, 2, 3, 5, 7, 10, 14, 21, 30, 45, 60, 75, 90, 120)
# Classes of capacity, as gold.event_performance compares them.
CAPACITY_BELOW: Final = (200, 500, 1000, 2500, 10000)

_EVENTS: Final = """
SELECT p.event_id, p.name, p.headliner_name, array_join(p.genres, ', ') AS genres, p.venue_name,
       p.city, p.category, p.starts_at, e.timezone, p.starts_on_local, p.status, p.capacity,
       p.is_simulated, p.tickets_sold, p.tickets_refunded, p.net_tickets,
       p.simulated_tickets_left_out, p.currency, p.gross_cents, p.refunded_cents, p.net_cents,
       p.average_price_cents, p.sell_through, p.as_of_date, p.days_to_go, p.is_over,
       p.is_sold_out, p.sold_out_on, p.milestone, p.pace_ratio, p.comparable_share,
       p.comparable_events, p.pace_missing, e.on_sale_on, p.first_sale_date, p.last_sale_date,
       COALESCE(s.sales_rows, 0) AS sales_rows, s.sales_updated_at
FROM {gold}.event_performance AS p
JOIN {silver}.events AS e ON e.event_id = p.event_id
LEFT JOIN (
  SELECT event_id, COUNT(*) AS sales_rows, MAX(updated_at) AS sales_updated_at
  FROM {silver}.ticket_sales
  GROUP BY event_id
) AS s ON s.event_id = p.event_id
ORDER BY p.starts_on_local DESC, p.event_id
"""

_DAYS: Final = """
SELECT event_id, sale_date, currency, is_simulated, tickets_sold, tickets_refunded, net_tickets,
       gross_cents, refunded_cents, net_cents, orders
FROM {gold}.ticket_sales_daily
WHERE event_id IN ({events})
  AND sale_week BETWEEN date_add('day', -6, DATE '{first}') AND DATE '{last}'
ORDER BY event_id, sale_date, currency, is_simulated
"""

# A day more at both ends: sale dates are of the event's zone, sold_at is UTC.
_SPLITS: Final = """
SELECT event_id, is_simulated, channel, COALESCE(tier, '') AS tier,
       SUM(CASE WHEN kind = 'sale' THEN quantity ELSE -quantity END) AS net_tickets
FROM {silver}.ticket_sales
WHERE event_id IN ({events})
  AND sold_at >= CAST(date_add('day', -1, DATE '{first}') AS TIMESTAMP)
  AND sold_at < CAST(date_add('day', 2, DATE '{last}') AS TIMESTAMP)
GROUP BY event_id, is_simulated, channel, COALESCE(tier, '')
ORDER BY event_id, is_simulated, channel, COALESCE(tier, '')
"""

# The peers are those of gold.event_performance: the latest 100 that are over, of the same category
# and class of capacity, and on sale by that day. Quartiles are shares that an event really had;
# the median is the mean of the two in the middle.
_CURVES: Final = """
WITH known AS (
  SELECT MIN(sale_date) AS first_day FROM {gold}.ticket_sales_daily
),
listed AS (
  SELECT p.event_id, p.category, p.capacity, p.starts_on_local, p.is_simulated,
         COALESCE(e.on_sale_on, p.first_sale_date) AS on_sale_on,
         {capacity_class} AS capacity_class,
         ROW_NUMBER() OVER (
           PARTITION BY p.category, {capacity_class} ORDER BY p.starts_on_local DESC, p.event_id
         ) AS nth
  FROM {gold}.event_performance AS p
  JOIN {silver}.events AS e ON e.event_id = p.event_id
  CROSS JOIN known AS k
  WHERE p.is_over AND p.status = 'scheduled' AND p.capacity IS NOT NULL
    AND COALESCE(e.on_sale_on >= k.first_day, TRUE)
),
marked AS (
  SELECT l.event_id, l.category, l.capacity_class, l.capacity, l.is_simulated, m.mark,
         date_add('day', -m.mark, l.starts_on_local) AS until_day
  FROM listed AS l
  CROSS JOIN (VALUES {marks}) AS m (mark)
  WHERE l.nth <= 100 AND l.on_sale_on <= date_add('day', -m.mark, l.starts_on_local)
),
shares AS (
  SELECT c.category, c.capacity_class, c.mark, c.event_id,
         CAST(COALESCE(SUM(d.net_tickets), 0) AS DOUBLE) / MAX(c.capacity) AS share
  FROM marked AS c
  LEFT JOIN {gold}.ticket_sales_daily AS d
    ON d.event_id = c.event_id AND d.is_simulated = c.is_simulated AND d.sale_date <= c.until_day
  GROUP BY c.category, c.capacity_class, c.mark, c.event_id
),
ranked AS (
  SELECT category, capacity_class, mark, share,
         ROW_NUMBER() OVER (
           PARTITION BY category, capacity_class, mark ORDER BY share, event_id
         ) AS nth,
         COUNT(*) OVER (PARTITION BY category, capacity_class, mark) AS events
  FROM shares
)
SELECT category, capacity_class, mark, MAX(events) AS events,
       MIN(CASE WHEN nth * 4 >= events THEN share END) AS lower_quartile,
       AVG(CASE WHEN nth * 2 BETWEEN events AND events + 2 THEN share END) AS median,
       MIN(CASE WHEN nth * 4 >= events * 3 THEN share END) AS upper_quartile
FROM ranked
GROUP BY category, capacity_class, mark
ORDER BY category, capacity_class, mark
"""


@dataclass(frozen=True)
class DaySales:
    """A row of gold.ticket_sales_daily."""

    event_id: str
    sale_date: dt.date
    currency: str
    is_simulated: bool
    tickets_sold: int
    tickets_refunded: int
    net_tickets: int
    gross_cents: int
    refunded_cents: int
    net_cents: int
    orders: int


@dataclass(frozen=True)
class Split:
    """Tickets of an event by channel and tier, refunds taken off."""

    event_id: str
    is_simulated: bool
    channel: str
    tier: str
    """Empty where the sale names none."""
    net_tickets: int


@dataclass(frozen=True)
class CurvePoint:
    """How much of their capacity comparable events had sold so many days before."""

    mark: int
    events: int
    lower_quartile: float
    median: float
    upper_quartile: float


# By category and class of capacity.
Curves = dict[tuple[str, int], tuple[CurvePoint, ...]]


@dataclass(frozen=True)
class Gold:
    """The answers, as dataclasses."""

    query: Query
    gold: str
    """Database; so is `silver`."""
    silver: str

    def events(self) -> list[Event]:
        """Every event, the latest first."""
        return [Event(**row) for row in self.query.rows(self._sql(_EVENTS))]

    def curves(self) -> Curves:
        """How comparable events sold, for each kind of event."""
        cases = " ".join(
            f"WHEN p.capacity < {limit} THEN {number}"
            for number, limit in enumerate(CAPACITY_BELOW)
        )
        capacity_class = f"CASE {cases} ELSE {len(CAPACITY_BELOW)} END"
        marks = ", ".join(f"({mark})" for mark in MARKS)
        found: dict[tuple[str, int], list[CurvePoint]] = defaultdict(list)
        for row in self.query.rows(self._sql(_CURVES, capacity_class=capacity_class, marks=marks)):
            kind = (row.pop("category"), row.pop("capacity_class"))
            found[kind].append(CurvePoint(**row))
        return {kind: tuple(points) for kind, points in found.items()}

    def sales(self, events: Sequence[Event]) -> dict[str, list[DaySales]]:
        """The daily sales of each of the events, in order of day."""
        found: dict[str, list[DaySales]] = defaultdict(list)
        for row in self._of(_DAYS, events):
            found[row["event_id"]].append(DaySales(**row))
        return found

    def splits(self, events: Sequence[Event]) -> dict[str, list[Split]]:
        """Channels and tiers of each of the events."""
        found: dict[str, list[Split]] = defaultdict(list)
        for row in self._of(_SPLITS, events):
            found[row["event_id"]].append(Split(**row))
        return found

    def _of(self, sql: str, events: Sequence[Event]) -> list[Row]:
        firsts = [e.first_sale_date for e in events if e.first_sale_date]
        lasts = [e.last_sale_date for e in events if e.last_sale_date]
        if not firsts or not lasts:
            return []
        ids = ", ".join(literal(event.event_id) for event in events)
        # The bounds let Athena skip the files of other months.
        return list(self.query.rows(self._sql(sql, events=ids, first=min(firsts), last=max(lasts))))

    def _sql(self, sql: str, **parts: object) -> str:
        return sql.format(gold=self.gold, silver=self.silver, **parts)


def capacity_class(capacity: int) -> int:
    """0 for the smallest houses."""
    return sum(capacity >= limit for limit in CAPACITY_BELOW)


def literal(text: str) -> str:
    """The text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"
