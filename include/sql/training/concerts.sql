-- Who plays where and when: bills tell which artists belong together, and what may be offered.
SELECT
  e.event_id,
  e.headliner_id,
  e.support_ids,
  e.starts_on_local,
  e.on_sale_on,
  concat(v.city, ', ', v.country) AS place,
  v.latitude,
  v.longitude,
  e.status = 'scheduled'
    AND coalesce(e.on_sale_on <= p.as_of_date, TRUE)
    AND NOT coalesce(p.is_over OR p.is_sold_out, FALSE) AS is_on_sale
FROM silver.events AS e
LEFT JOIN silver.venues AS v ON v.venue_id = e.venue_id
LEFT JOIN gold.event_performance AS p ON p.event_id = e.event_id
