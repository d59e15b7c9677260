-- PostgreSQL. One row a venue and month.
SELECT
  month,
  venue_id,
  venue_name,
  city,
  country,
  target_tickets,
  currency,
  CAST(target_gross_cents * 0.01 AS numeric(18, 2)) AS target_gross,
  note,
  updated_at AT TIME ZONE 'UTC' AS updated_at,
  updated_by
FROM booking.sales_targets
