-- The lake's half: what was sold of a venue's month. Columns have names of their own, so that the
-- join with the targets needs no renaming.
SELECT
  u.venue_id AS sold_venue_id,
  u.month AS sold_month,
  u.currency AS sold_currency,
  u.events,
  u.capacity_offered,
  u.tickets,
  CAST(u.gross_cents * 0.01 AS DECIMAL(18, 2)) AS gross,
  t.as_of_date
FROM ${database.gold}.venue_utilisation AS u
CROSS JOIN (
  SELECT max(as_of_date) AS as_of_date FROM ${database.gold}.event_performance
) AS t
