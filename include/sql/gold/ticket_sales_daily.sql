-- table: what was sold and refunded for an event on a day
-- grain: one row an event, local day of sale, currency, and real or simulated sales
-- owner: ticketing
-- cadence: with every delivery of ticket_sales
-- rerun: harmless; the weeks that changed are computed anew from silver
-- key: event_id, sale_date, currency, is_simulated
-- partition: sale_week
-- touched: SELECT CAST(date_trunc('WEEK', from_utc_timestamp(s.sold_at, e.timezone)) AS DATE)
--   FROM changed.ticket_sales AS s JOIN silver.events AS e ON e.event_id = s.event_id
-- touched: SELECT CAST(date_trunc('WEEK', from_utc_timestamp(s.sold_at, moved.timezone)) AS DATE)
--   FROM silver.ticket_sales AS s JOIN (SELECT event_id, timezone FROM (SELECT event_id, timezone,
--   min(timezone) OVER (PARTITION BY event_id) AS least_zone, max(timezone) OVER
--   (PARTITION BY event_id) AS greatest_zone FROM changed.events) AS versions
--   WHERE least_zone <> greatest_zone) AS moved ON moved.event_id = s.event_id
-- reads: silver.ticket_sales WHERE sold_at >= <partition> - INTERVAL 1 DAY
--   AND sold_at < <partition> + INTERVAL 8 DAYS
--
-- A sale belongs to the day on the clock of the event's zone. A refund counts on its own day, so
-- that a day's figures never change because of what happened later; net_cents of a day can be
-- negative. Prices are face values without fees. An order with tickets for two events counts in
-- both. A week begins on Monday; it is the unit of recomputation because a day's deliveries reach
-- one or two weeks, where a month would be computed anew thirty times.
--
-- columns:
--   event_id STRING, sale_date DATE, currency STRING, is_simulated BOOLEAN
--   tickets_sold BIGINT, tickets_refunded BIGINT, net_tickets BIGINT
--   gross_cents BIGINT          sales
--   refunded_cents BIGINT
--   net_cents BIGINT
--   orders BIGINT               orders with a sale on that day
--   last_sold_at TIMESTAMP      the last sale or refund of the row, UTC
--   sale_week DATE              Monday of sale_date
WITH local_sales AS (
  SELECT
    s.event_id,
    CAST(from_utc_timestamp(s.sold_at, e.timezone) AS DATE) AS sale_date,
    s.currency,
    s.is_simulated,
    s.kind = 'sale' AS is_sale,
    CAST(s.quantity AS BIGINT) AS tickets,
    s.quantity * s.unit_price_cents AS cents,
    s.order_id,
    s.sold_at
  FROM silver.ticket_sales AS s
  JOIN silver.events AS e ON e.event_id = s.event_id
),
days AS (
  SELECT
    event_id,
    CAST(date_trunc('WEEK', sale_date) AS DATE) AS sale_week,
    sale_date,
    currency,
    is_simulated,
    sum(CASE WHEN is_sale THEN tickets ELSE 0 END) AS tickets_sold,
    sum(CASE WHEN is_sale THEN 0 ELSE tickets END) AS tickets_refunded,
    sum(CASE WHEN is_sale THEN cents ELSE 0 END) AS gross_cents,
    sum(CASE WHEN is_sale THEN 0 ELSE cents END) AS refunded_cents,
    count(DISTINCT CASE WHEN is_sale THEN order_id END) AS orders,
    max(sold_at) AS last_sold_at
  FROM local_sales
  GROUP BY event_id, CAST(date_trunc('WEEK', sale_date) AS DATE), sale_date, currency, is_simulated
)
SELECT
  event_id,
  sale_date,
  currency,
  is_simulated,
  tickets_sold,
  tickets_refunded,
  tickets_sold - tickets_refunded AS net_tickets,
  gross_cents,
  refunded_cents,
  gross_cents - refunded_cents AS net_cents,
  orders,
  last_sold_at,
  sale_week
FROM days
