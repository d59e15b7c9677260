-- feed: one item a window and genre or city: its artists from the first rank on, as lists
SELECT
  concat(CAST(t.window_days AS VARCHAR), 'd#', t.dimension, '#', t.dimension_value) AS trend,
  'top' AS part,
  t.dimension,
  t.dimension_value,
  t.window_days,
  t.as_of_date,
  t.rank AS ranks,
  t.artist_id AS artist_ids,
  a.name AS artist_names,
  t.score AS scores,
  t.score_deviation AS score_deviations,
  t.is_reliable AS are_reliable,
  t.change AS changes,
  t.signal AS signals,
  t.measured_days,
  t.streams,
  t.plays,
  t.fans,
  t.orders,
  t.is_simulated AS are_simulated
FROM gold.trending_artists AS t
LEFT JOIN silver.artists AS a ON a.artist_id = t.artist_id
ORDER BY 1, 2, t.rank
