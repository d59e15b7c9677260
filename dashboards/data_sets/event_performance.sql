-- One row an event: how it sells, how it sold this week, and whether it keeps pace.
-- "Today" is gold's: the latest day on which anything was sold, never the clock's. Weeks end with
-- the last full day, as in the dashboards: the two newest dates are still selling somewhere.
WITH full_days AS (
  SELECT date_add('day', -2, max(sale_date)) AS last_full_day
  FROM ${database.gold}.ticket_sales_daily
),
recent AS (
  SELECT
    d.event_id,
    d.is_simulated,
    sum(CASE WHEN date_diff('day', d.sale_date, f.last_full_day) < 7
      THEN d.net_tickets ELSE 0 END) AS tickets_last_7_days,
    sum(CASE WHEN date_diff('day', d.sale_date, f.last_full_day) >= 7
      THEN d.net_tickets ELSE 0 END) AS tickets_7_days_before
  FROM ${database.gold}.ticket_sales_daily AS d
  CROSS JOIN full_days AS f
  WHERE date_diff('day', d.sale_date, f.last_full_day) BETWEEN 0 AND 13
  GROUP BY d.event_id, d.is_simulated
)
SELECT
  p.event_id,
  p.name AS event_name,
  p.headliner_id AS artist_id,
  p.headliner_name AS artist_name,
  coalesce(element_at(p.genres, 1), 'unknown') AS genre,
  p.venue_id,
  p.venue_name,
  p.city,
  v.country,
  v.latitude,
  v.longitude,
  p.category,
  p.status,
  CASE
    WHEN p.status = 'cancelled' THEN 'cancelled'
    WHEN p.is_over THEN 'over'
    WHEN p.milestone = 'announced' THEN 'announced'
    ELSE 'on sale'
  END AS phase,
  p.milestone,
  p.starts_on_local AS starts_on,
  CAST(at_timezone(p.starts_at, 'UTC') AS TIMESTAMP) AS starts_at,
  format_datetime(CAST(p.starts_on_local AS TIMESTAMP), 'EEE') AS weekday,
  e.on_sale_on,
  p.first_sale_date,
  p.last_sale_date,
  p.sold_out_on,
  date_diff('day', p.first_sale_date, p.sold_out_on) AS days_to_sell_out,
  p.as_of_date,
  p.days_to_go,
  p.capacity,
  p.tickets_sold,
  p.tickets_refunded,
  p.net_tickets,
  greatest(p.capacity - p.net_tickets, 0) AS tickets_left,
  coalesce(r.tickets_last_7_days, 0) AS tickets_last_7_days,
  coalesce(r.tickets_7_days_before, 0) AS tickets_7_days_before,
  p.sell_through,
  p.pace_ratio,
  p.comparable_share,
  p.comparable_events,
  p.pace_missing,
  CASE
    WHEN p.tickets_sold + p.tickets_refunded = 0 THEN 'none'
    WHEN p.is_simulated THEN 'simulated'
    ELSE 'real'
  END AS sales_kind,
  p.currency,
  CAST(p.gross_cents * 0.01 AS DECIMAL(18, 2)) AS gross,
  CAST(p.refunded_cents * 0.01 AS DECIMAL(18, 2)) AS refunded,
  CAST(p.net_cents * 0.01 AS DECIMAL(18, 2)) AS net,
  CAST(p.average_price_cents * 0.01 AS DECIMAL(18, 2)) AS average_price,
  CAST(array_min(transform(e.price_tiers, t -> t.price_cents)) * 0.01
    AS DECIMAL(18, 2)) AS lowest_price,
  CAST(array_max(transform(e.price_tiers, t -> t.price_cents)) * 0.01
    AS DECIMAL(18, 2)) AS highest_price
FROM ${database.gold}.event_performance AS p
LEFT JOIN ${database.silver}.events AS e ON e.event_id = p.event_id
LEFT JOIN ${database.silver}.venues AS v ON v.venue_id = p.venue_id
LEFT JOIN recent AS r ON r.event_id = p.event_id AND r.is_simulated = p.is_simulated
