-- One row an event, local day of sale, channel, price tier and currency: how people buy.
-- Real and simulated sales as in ticket_sales; its sums over channels and tiers are those of
-- ticket_sales, except that an order counts once in each channel and tier in which it bought.
WITH sales AS (
  SELECT
    s.event_id,
    CAST(at_timezone(s.sold_at, e.timezone) AS DATE) AS sale_date,
    s.channel,
    coalesce(s.tier, 'no tier') AS tier,
    s.currency,
    s.is_simulated,
    s.kind,
    s.order_id,
    CAST(s.quantity AS BIGINT) AS tickets,
    s.quantity * s.unit_price_cents AS cents,
    min(CASE WHEN s.is_simulated THEN 1 ELSE 0 END) OVER (PARTITION BY s.event_id)
      AS shows_simulated
  FROM ${database.silver}.ticket_sales AS s
  JOIN ${database.silver}.events AS e ON e.event_id = s.event_id
),
days AS (
  SELECT
    event_id,
    sale_date,
    channel,
    tier,
    currency,
    count(DISTINCT CASE WHEN kind = 'sale' THEN order_id END) AS orders,
    sum(CASE WHEN kind = 'sale' THEN tickets ELSE 0 END) AS tickets_sold,
    sum(CASE WHEN kind = 'sale' THEN 0 ELSE tickets END) AS tickets_refunded,
    sum(CASE WHEN kind = 'sale' THEN cents ELSE 0 END) AS gross_cents,
    sum(CASE WHEN kind = 'sale' THEN 0 ELSE cents END) AS refunded_cents
  FROM sales
  WHERE shows_simulated = CASE WHEN is_simulated THEN 1 ELSE 0 END
  GROUP BY event_id, sale_date, channel, tier, currency
)
SELECT
  d.sale_date,
  d.event_id,
  e.name AS event_name,
  coalesce(element_at(a.genres, 1), 'unknown') AS genre,
  v.name AS venue_name,
  v.city,
  v.country,
  replace(d.channel, '_', ' ') AS channel,
  d.tier,
  d.orders,
  d.tickets_sold,
  d.tickets_refunded,
  d.tickets_sold - d.tickets_refunded AS net_tickets,
  d.currency,
  CAST(d.gross_cents * 0.01 AS DECIMAL(18, 2)) AS gross,
  CAST(d.refunded_cents * 0.01 AS DECIMAL(18, 2)) AS refunded
FROM days AS d
JOIN ${database.silver}.events AS e ON e.event_id = d.event_id
LEFT JOIN ${database.silver}.artists AS a ON a.artist_id = e.headliner_id
LEFT JOIN ${database.silver}.venues AS v ON v.venue_id = e.venue_id
