-- feed: one item a venue
SELECT
  venue_id,
  name,
  city,
  region,
  country,
  timezone,
  concat(country, '#', city) AS place,
  latitude,
  longitude,
  capacity
FROM silver.venues
