-- feed: one item a venue and month: how much of its room was used
SELECT
  concat('venue#', venue_id) AS subject,
  concat('utilisation#', substr(CAST(month AS VARCHAR), 1, 7)) AS part,
  venue_name,
  city,
  country,
  month,
  events,
  cancelled,
  postponed,
  nights_with_event,
  nights_in_month,
  is_simulated,
  events_with_capacity,
  capacity_offered,
  tickets,
  utilisation,
  simulated_tickets_left_out,
  currency,
  gross_cents,
  net_cents
FROM gold.venue_utilisation
