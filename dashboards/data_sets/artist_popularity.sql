-- One row an artist and measured day, with the rank of the week before beside it.
SELECT
  p.measured_on,
  p.artist_id,
  a.name AS artist_name,
  coalesce(element_at(a.genres, 1), 'unknown') AS genre,
  array_join(a.genres, ', ') AS genres,
  a.country AS home_country,
  a.formed_year,
  p.streams,
  p.followers,
  p.followers - y.followers AS new_followers,
  p.score,
  p.rank,
  w.rank AS rank_week_before,
  w.rank - p.rank AS ranks_gained,
  p.momentum,
  exp(7 * p.momentum) - 1 AS weekly_growth
FROM ${database.gold}.artist_popularity_daily AS p
LEFT JOIN ${database.gold}.artist_popularity_daily AS y
  ON y.artist_id = p.artist_id AND y.measured_on = date_add('day', -1, p.measured_on)
LEFT JOIN ${database.gold}.artist_popularity_daily AS w
  ON w.artist_id = p.artist_id AND w.measured_on = date_add('day', -7, p.measured_on)
LEFT JOIN ${database.silver}.artists AS a ON a.artist_id = p.artist_id
