-- One row an event that fans can buy for, as the API shows it at this moment. What is over is told
-- by gold's "today", the newest day with a sale: the lake and the serving tables in one query.
-- Moments and days are texts in DynamoDB.
SELECT
  event_id,
  name AS event_name,
  headliner_name AS artist_name,
  array_join(genres, ', ') AS genres,
  venue_name,
  city,
  country,
  latitude,
  longitude,
  category,
  status,
  CAST(at_timezone(from_iso8601_timestamp(starts_at), 'UTC') AS TIMESTAMP) AS starts_at,
  CAST(starts_on_local AS DATE) AS starts_on,
  CAST(on_sale_on AS DATE) AS on_sale_on,
  capacity,
  sell_through,
  CASE
    WHEN is_sold_out THEN 'sold out'
    WHEN sell_through >= 0.9 THEN 'last tickets'
    WHEN sell_through IS NOT NULL THEN 'available'
    ELSE 'unknown'
  END AS availability,
  currency,
  CAST(lowest_price_cents * 0.01 AS DECIMAL(18, 2)) AS lowest_price,
  CAST(highest_price_cents * 0.01 AS DECIMAL(18, 2)) AS highest_price,
  CAST(at_timezone(from_unixtime(version / 1000), 'UTC') AS TIMESTAMP) AS loaded_at
FROM "${catalog.dynamodb}"."${database.serving}"."events"
WHERE status <> 'cancelled'
  AND CAST(at_timezone(from_iso8601_timestamp(starts_at), 'UTC') AS DATE) >= (
    SELECT max(as_of_date) FROM ${database.gold}.event_performance
  )
