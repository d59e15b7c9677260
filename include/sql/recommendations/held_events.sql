-- Which events to come each fan holds tickets of, more bought than given back: no news to them.
-- The moment after which an event is to come is a parameter, in seconds of UTC.
SELECT fan_id, array_join(array_agg(event_id ORDER BY event_id), '|') AS event_ids
FROM (
  SELECT s.fan_id, s.event_id
  FROM silver.ticket_sales AS s
  JOIN silver.events AS e ON e.event_id = s.event_id
  WHERE s.fan_id IS NOT NULL AND e.starts_at > from_unixtime(?)
  GROUP BY s.fan_id, s.event_id
  HAVING sum(CASE WHEN s.kind = 'sale' THEN s.quantity ELSE -s.quantity END) > 0
) AS held
GROUP BY fan_id
