-- feed: one item an event, with what a fan wants to know of it
-- The capacity, and whether it is sold out, are those of event_performance: the event's or else
-- the venue's.
SELECT
  e.event_id,
  e.name,
  e.category,
  e.status,
  e.currency,
  e.timezone,
  e.headliner_id,
  a.name AS headliner_name,
  e.venue_id,
  v.name AS venue_name,
  v.city,
  v.country,
  concat(v.country, '#', v.city) AS place,
  v.latitude,
  v.longitude,
  array_join(e.support_ids, '|') AS support_ids,
  array_join(a.genres, '|') AS genres,
  e.starts_at,
  e.starts_on_local,
  e.on_sale_on,
  array_min(transform(e.price_tiers, t -> t.price_cents)) AS lowest_price_cents,
  array_max(transform(e.price_tiers, t -> t.price_cents)) AS highest_price_cents,
  p.capacity,
  p.sell_through,
  p.is_sold_out
FROM silver.events AS e
LEFT JOIN silver.venues AS v ON v.venue_id = e.venue_id
LEFT JOIN silver.artists AS a ON a.artist_id = e.headliner_id
LEFT JOIN gold.event_performance AS p ON p.event_id = e.event_id
