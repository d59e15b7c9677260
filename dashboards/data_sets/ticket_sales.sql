-- One row an event, local day of sale and currency.
-- An event with any real sale shows those alone, as gold.event_performance has it.
-- Nothing here depends on what "today" is: rows older than the look-back window stay as they are.
WITH shown AS (
  SELECT event_id, min(CASE WHEN is_simulated THEN 1 ELSE 0 END) AS shows_simulated
  FROM ${database.gold}.ticket_sales_daily
  GROUP BY event_id
)
SELECT
  d.sale_date,
  d.event_id,
  e.name AS event_name,
  e.category,
  e.status AS event_status,
  e.starts_on_local AS starts_on,
  date_diff('day', d.sale_date, e.starts_on_local) AS days_to_go,
  e.headliner_id AS artist_id,
  a.name AS artist_name,
  coalesce(element_at(a.genres, 1), 'unknown') AS genre,
  e.venue_id,
  v.name AS venue_name,
  v.city,
  v.country,
  v.latitude,
  v.longitude,
  CASE WHEN d.is_simulated THEN 'simulated' ELSE 'real' END AS sales_kind,
  d.orders,
  d.tickets_sold,
  d.tickets_refunded,
  d.net_tickets,
  d.currency,
  CAST(d.gross_cents * 0.01 AS DECIMAL(18, 2)) AS gross,
  CAST(d.refunded_cents * 0.01 AS DECIMAL(18, 2)) AS refunded,
  CAST(d.net_cents * 0.01 AS DECIMAL(18, 2)) AS net
FROM ${database.gold}.ticket_sales_daily AS d
JOIN shown AS s
  ON s.event_id = d.event_id
  AND s.shows_simulated = CASE WHEN d.is_simulated THEN 1 ELSE 0 END
JOIN ${database.silver}.events AS e ON e.event_id = d.event_id
LEFT JOIN ${database.silver}.artists AS a ON a.artist_id = e.headliner_id
LEFT JOIN ${database.silver}.venues AS v ON v.venue_id = e.venue_id
