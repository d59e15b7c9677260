-- One row a venue and month with at least one event.
SELECT
  u.month,
  u.venue_id,
  u.venue_name,
  u.city,
  u.country,
  v.latitude,
  v.longitude,
  u.venue_capacity,
  u.events,
  u.cancelled,
  u.postponed,
  u.nights_with_event,
  u.nights_in_month,
  u.nights_in_month - u.nights_with_event AS nights_free,
  u.capacity_offered,
  u.tickets,
  u.utilisation,
  CASE
    WHEN u.tickets = 0 AND u.gross_cents = 0 THEN 'none'
    WHEN u.is_simulated THEN 'simulated'
    ELSE 'real'
  END AS sales_kind,
  u.currency,
  CAST(u.gross_cents * 0.01 AS DECIMAL(18, 2)) AS gross,
  CAST(u.net_cents * 0.01 AS DECIMAL(18, 2)) AS net
FROM ${database.gold}.venue_utilisation AS u
LEFT JOIN ${database.silver}.venues AS v ON v.venue_id = u.venue_id
