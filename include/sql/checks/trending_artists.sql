-- check: key_is_unique
-- severity: fail
-- message: an artist stands twice in a ranking
SELECT window_days, dimension, dimension_value, artist_id, count(*) AS rows_found
FROM gold.trending_artists
GROUP BY window_days, dimension, dimension_value, artist_id
HAVING count(*) > 1;

-- check: ranks_run_from_one
-- severity: fail
-- message: ranks are not 1, 2, 3, ... or a lower score ranks higher
SELECT window_days, dimension, dimension_value, artist_id, rank, score
FROM (
  SELECT
    *,
    row_number() OVER (
      PARTITION BY window_days, dimension, dimension_value ORDER BY rank, artist_id
    ) AS expected_rank,
    lag(score) OVER (
      PARTITION BY window_days, dimension, dimension_value ORDER BY rank, artist_id
    ) AS better_score
  FROM gold.trending_artists
) AS ranked
WHERE rank IS NULL OR rank <> expected_rank OR rank > 100 OR score > better_score;

-- check: scores_are_growth
-- severity: fail
-- message: an artist that did not grow is listed, or is_reliable is not what score and deviation say
SELECT window_days, dimension, dimension_value, artist_id, score, score_deviation, is_reliable
FROM gold.trending_artists
WHERE
  score IS NULL OR NOT score > 0
  OR score_deviation IS NULL OR NOT score_deviation > 0
  OR is_reliable IS NULL OR is_reliable <> (score > 1.645 * score_deviation);

-- check: rankings_are_known
-- severity: fail
-- message: a window, dimension or its value is none that the platform knows
SELECT window_days, dimension, dimension_value, artist_id
FROM gold.trending_artists
WHERE
  window_days NOT IN (7, 28)
  OR dimension NOT IN ('all', 'genre', 'city')
  OR dimension_value IS NULL
  OR (dimension = 'all' AND dimension_value <> 'all')
  OR as_of_date IS NULL;

-- check: artist_is_known
-- severity: fail
-- message: an artist in a ranking is none of silver.artists
SELECT t.artist_id, t.window_days, t.dimension, t.dimension_value
FROM gold.trending_artists AS t
LEFT JOIN silver.artists AS a ON a.artist_id = t.artist_id
WHERE a.artist_id IS NULL;

-- check: nothing_is_known_of_a_window
-- severity: warn
-- message: no artist is in a window's ranking of all; are artist_popularity and listens loaded?
SELECT w.window_days
FROM (SELECT 7 AS window_days UNION ALL SELECT 28 AS window_days) AS w
LEFT JOIN gold.trending_artists AS t ON t.window_days = w.window_days AND t.dimension = 'all'
WHERE t.artist_id IS NULL;
