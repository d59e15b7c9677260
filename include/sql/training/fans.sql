-- Where a fan goes out: the city for which most tickets were bought, the first by name of several.
SELECT fan_id, place
FROM (
  SELECT
    s.fan_id,
    concat(v.city, ', ', v.country) AS place,
    row_number() OVER (
      PARTITION BY s.fan_id
      ORDER BY sum(s.quantity) DESC, concat(v.city, ', ', v.country)
    ) AS nth
  FROM silver.ticket_sales AS s
  JOIN silver.events AS e ON e.event_id = s.event_id
  JOIN silver.venues AS v ON v.venue_id = e.venue_id
  WHERE s.kind = 'sale' AND s.fan_id IS NOT NULL
  GROUP BY s.fan_id, concat(v.city, ', ', v.country)
) AS places
WHERE nth = 1
