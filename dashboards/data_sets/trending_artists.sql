-- One row an artist in a ranking of who gains an audience, with the concerts that are to come:
-- an artist that climbs and has none is one to book.
WITH concerts AS (
  SELECT
    headliner_id AS artist_id,
    count(*) AS concerts_to_come,
    min(starts_on_local) AS next_concert_on,
    min_by(city, starts_on_local) AS next_concert_city
  FROM ${database.gold}.event_performance
  WHERE NOT is_over AND status <> 'cancelled'
  GROUP BY headliner_id
)
SELECT
  t.as_of_date,
  t.window_days,
  t.dimension,
  t.dimension_value,
  t.rank,
  t.artist_id,
  a.name AS artist_name,
  coalesce(element_at(a.genres, 1), 'unknown') AS genre,
  a.country AS home_country,
  t.score,
  CASE WHEN t.is_reliable THEN 'reliable' ELSE 'uncertain' END AS certainty,
  t.change,
  t.signal,
  t.streams,
  t.plays,
  t.fans,
  t.orders,
  coalesce(c.concerts_to_come, 0) AS concerts_to_come,
  c.next_concert_on,
  c.next_concert_city
FROM ${database.gold}.trending_artists AS t
LEFT JOIN ${database.silver}.artists AS a ON a.artist_id = t.artist_id
LEFT JOIN concerts AS c ON c.artist_id = t.artist_id
