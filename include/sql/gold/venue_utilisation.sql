-- table: how much of a venue's room was used in a month
-- grain: one row a venue and month with at least one event, cancelled ones included
-- owner: venue-operations
-- cadence: with every build
-- rerun: harmless; months are computed anew from event_performance
-- key: venue_id, month
-- partition: month
-- touched: SELECT start_month FROM changed.event_performance
-- touched: SELECT CAST(date_trunc('MONTH', e.starts_on_local) AS DATE) FROM silver.events AS e
--   JOIN (SELECT venue_id FROM changed.venues GROUP BY venue_id
--   HAVING count(*) = 1 OR count(DISTINCT struct(name, city, country, capacity)) > 1) AS v
--   ON v.venue_id = e.venue_id
--
-- An event belongs to the month in which it begins on the venue's clock. Room and tickets are of
-- events that were not cancelled; a postponed event counts where it stands now. Utilisation sets
-- tickets against the room of those events only whose room is known, and says of how many.
-- As in event_performance real sales come first: a venue's month with any real sale is made of
-- events with real sales and counts the simulated tickets that it leaves out.
--
-- columns:
--   venue_id, venue_name, city, country STRING, month DATE
--   events BIGINT               all, with cancelled, postponed ones
--   cancelled, postponed BIGINT
--   nights_with_event BIGINT    local days with an event that is not cancelled
--   nights_in_month INT
--   venue_capacity BIGINT
--   is_simulated BOOLEAN        the figures below are of simulated sales
--   events_with_capacity BIGINT
--   capacity_offered BIGINT     sum over events that are not cancelled and whose room is known
--   tickets BIGINT              net, of all events that are not cancelled
--   utilisation DOUBLE          net tickets of events_with_capacity / capacity_offered
--   simulated_tickets_left_out BIGINT
--   currency STRING             the one with the most gross of all events, cancelled ones too
--   gross_cents, net_cents BIGINT   in `currency`
--   other_currencies ARRAY<STRUCT<currency STRING, gross_cents BIGINT, net_cents BIGINT>>
WITH held AS (
  SELECT
    *,
    -- 1 where only simulated sales are known of the venue's month.
    min(CASE WHEN tickets_sold + tickets_refunded > 0 THEN CAST(is_simulated AS INT) END)
      OVER (PARTITION BY venue_id, start_month) AS shows_simulated
  FROM gold.event_performance
),
shown AS (
  SELECT
    *,
    status <> 'cancelled' AS is_held,
    CAST(is_simulated AS INT) <= coalesce(shows_simulated, 0) AS is_shown
  FROM held
),
totals AS (
  SELECT
    venue_id,
    start_month,
    count(*) AS events,
    count(CASE WHEN status = 'cancelled' THEN 1 END) AS cancelled,
    count(CASE WHEN status = 'postponed' THEN 1 END) AS postponed,
    count(DISTINCT CASE WHEN is_held THEN starts_on_local END) AS nights_with_event,
    max(coalesce(shows_simulated, 0)) = 1 AS is_simulated,
    count(CASE WHEN is_held AND is_shown THEN capacity END) AS events_with_capacity,
    sum(CASE WHEN is_held AND is_shown THEN coalesce(capacity, 0) ELSE 0 END) AS capacity_offered,
    sum(CASE WHEN is_held AND is_shown THEN net_tickets ELSE 0 END) AS tickets,
    sum(CASE WHEN is_held AND is_shown AND capacity IS NOT NULL THEN net_tickets ELSE 0 END)
      AS tickets_with_capacity,
    sum(simulated_tickets_left_out + CASE WHEN is_shown THEN 0 ELSE net_tickets END)
      AS simulated_tickets_left_out
  FROM shown
  GROUP BY venue_id, start_month
),
by_currency AS (
  SELECT
    *,
    row_number() OVER (
      PARTITION BY venue_id, start_month ORDER BY gross_cents DESC, net_cents DESC, currency
    ) AS nth
  FROM (
    SELECT
      s.venue_id,
      s.start_month,
      taken.amount.currency,
      sum(taken.amount.gross_cents) AS gross_cents,
      sum(taken.amount.net_cents) AS net_cents
    FROM shown AS s
    LATERAL VIEW explode(concat(
      array(named_struct(
        'currency', s.currency, 'gross_cents', s.gross_cents, 'net_cents', s.net_cents
      )),
      transform(s.other_currencies, o -> named_struct(
        'currency', o.currency, 'gross_cents', o.gross_cents, 'net_cents', o.net_cents
      ))
    )) taken AS amount
    WHERE s.is_shown AND taken.amount.currency IS NOT NULL
    GROUP BY s.venue_id, s.start_month, taken.amount.currency
  ) AS summed
),
money AS (
  SELECT
    venue_id,
    start_month,
    max(CASE WHEN nth = 1 THEN currency END) AS currency,
    max(CASE WHEN nth = 1 THEN gross_cents END) AS gross_cents,
    max(CASE WHEN nth = 1 THEN net_cents END) AS net_cents,
    sort_array(collect_list(CASE WHEN nth > 1 AND (gross_cents <> 0 OR net_cents <> 0) THEN
      struct(currency, gross_cents, net_cents)
    END)) AS other_currencies
  FROM by_currency
  GROUP BY venue_id, start_month
)
SELECT
  t.venue_id,
  v.name AS venue_name,
  v.city,
  v.country,
  t.start_month AS month,
  t.events,
  t.cancelled,
  t.postponed,
  t.nights_with_event,
  CAST(day(last_day(t.start_month)) AS INT) AS nights_in_month,
  CAST(v.capacity AS BIGINT) AS venue_capacity,
  t.is_simulated,
  t.events_with_capacity,
  t.capacity_offered,
  t.tickets,
  round(t.tickets_with_capacity / nullif(t.capacity_offered, 0), 6) AS utilisation,
  t.simulated_tickets_left_out,
  m.currency,
  coalesce(m.gross_cents, 0) AS gross_cents,
  coalesce(m.net_cents, 0) AS net_cents,
  coalesce(m.other_currencies, array()) AS other_currencies
FROM totals AS t
LEFT JOIN money AS m ON m.venue_id = t.venue_id AND m.start_month = t.start_month
LEFT JOIN silver.venues AS v ON v.venue_id = t.venue_id
