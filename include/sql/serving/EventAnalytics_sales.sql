-- feed: one item a month of an event, a headliner or a venue, its days as lists
-- Currencies and simulated sales stand apart: an item holds one of each.
WITH daily AS (
  SELECT
    d.event_id,
    e.headliner_id,
    e.venue_id,
    d.sale_date,
    d.currency,
    d.is_simulated,
    d.tickets_sold,
    d.tickets_refunded,
    d.orders,
    d.gross_cents,
    d.refunded_cents
  FROM gold.ticket_sales_daily AS d
  JOIN silver.events AS e ON e.event_id = d.event_id
),
subjects AS (
  SELECT
    concat('event#', event_id) AS subject,
    sale_date, currency, is_simulated,
    tickets_sold, tickets_refunded, orders, gross_cents, refunded_cents
  FROM daily
  UNION ALL
  SELECT
    concat('artist#', headliner_id),
    sale_date, currency, is_simulated,
    tickets_sold, tickets_refunded, orders, gross_cents, refunded_cents
  FROM daily
  UNION ALL
  SELECT
    concat('venue#', venue_id),
    sale_date, currency, is_simulated,
    tickets_sold, tickets_refunded, orders, gross_cents, refunded_cents
  FROM daily
)
SELECT
  subject,
  concat(
    'sales#', substr(CAST(sale_date AS VARCHAR), 1, 7), '#', currency,
    CASE WHEN is_simulated THEN '#simulated' ELSE '#real' END
  ) AS part,
  currency,
  is_simulated,
  sale_date AS days,
  sum(tickets_sold) AS tickets_sold,
  sum(tickets_refunded) AS tickets_refunded,
  sum(orders) AS orders,
  sum(gross_cents) AS gross_cents,
  sum(refunded_cents) AS refunded_cents,
  sum(gross_cents) - sum(refunded_cents) AS net_cents
FROM subjects
GROUP BY subject, sale_date, currency, is_simulated
ORDER BY 1, 2, 5
