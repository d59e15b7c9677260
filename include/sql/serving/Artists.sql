-- feed: one item an artist, with its latest popularity, its last event and the keys of its pictures
-- Athena's SQL, in words that Spark has too.
SELECT
  a.artist_id,
  a.name,
  a.country,
  array_join(a.genres, '|') AS genres,
  array_join(a.tags, '|') AS tags,
  a.formed_year,
  p.streams,
  p.followers,
  p.rank AS popularity_rank,
  p.score AS popularity_score,
  p.momentum AS popularity_momentum,
  p.measured_on AS popularity_as_of,
  e.headliner_id IS NOT NULL AS has_events,
  e.last_event_at,
  i.profile_key,
  array_join(i.image_keys, '|') AS image_keys,
  i.image_version
FROM silver.artists AS a
LEFT JOIN (
  SELECT
    *,
    row_number() OVER (PARTITION BY artist_id ORDER BY measured_on DESC) AS nth
  FROM gold.artist_popularity_daily
) AS p ON p.artist_id = a.artist_id AND p.nth = 1
LEFT JOIN (
  SELECT headliner_id, max(starts_at) AS last_event_at
  FROM silver.events
  GROUP BY headliner_id
) AS e ON e.headliner_id = a.artist_id
LEFT JOIN gold.artist_profiles AS i ON i.artist_id = a.artist_id
