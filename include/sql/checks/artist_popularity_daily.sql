-- check: key_is_unique
-- severity: fail
-- scope: partition
-- message: an artist has more than one row for a day
SELECT artist_id, measured_on, count(*) AS rows_found
FROM gold.artist_popularity_daily
GROUP BY artist_id, measured_on
HAVING count(*) > 1;

-- check: days_are_those_of_silver
-- severity: fail
-- message: a day's rows, streams or followers are not those of silver.artist_popularity
SELECT
  coalesce(g.measured_on, s.measured_on) AS measured_on,
  g.artists,
  s.artists AS silver_artists,
  g.streams,
  s.streams AS silver_streams,
  g.followers,
  s.followers AS silver_followers
FROM (
  SELECT measured_on, count(*) AS artists, sum(streams) AS streams, sum(followers) AS followers
  FROM gold.artist_popularity_daily
  GROUP BY measured_on
) AS g
FULL OUTER JOIN (
  SELECT measured_on, count(*) AS artists, sum(streams) AS streams, sum(followers) AS followers
  FROM silver.artist_popularity
  GROUP BY measured_on
) AS s ON s.measured_on = g.measured_on
WHERE
  g.measured_on IS NULL OR s.measured_on IS NULL
  OR g.artists <> s.artists OR g.streams <> s.streams OR g.followers <> s.followers;

-- check: ranks_run_from_one
-- severity: fail
-- scope: partition
-- message: a day's ranks are not 1, 2, 3, ... or a lower score ranks higher
SELECT measured_on, artist_id, rank, score
FROM (
  SELECT
    measured_on,
    artist_id,
    rank,
    score,
    row_number() OVER (PARTITION BY measured_on ORDER BY rank, artist_id) AS expected_rank,
    lag(score) OVER (PARTITION BY measured_on ORDER BY rank, artist_id) AS better_score
  FROM gold.artist_popularity_daily
) AS ranked
WHERE rank IS NULL OR rank <> expected_rank OR score > better_score;

-- check: score_is_a_percentage
-- severity: fail
-- scope: partition
-- message: a score is missing or not between 0 and 100
SELECT artist_id, measured_on, streams, followers, score
FROM gold.artist_popularity_daily
WHERE score IS NULL OR NOT (score >= 0 AND score <= 100);

-- check: week_is_of_the_day
-- severity: fail
-- scope: partition
-- message: a row is filed under another week than that of its day
SELECT artist_id, measured_on, measured_week
FROM gold.artist_popularity_daily
WHERE measured_week IS NULL OR measured_week <> CAST(date_trunc('WEEK', measured_on) AS DATE);

-- check: many_artists_are_missing
-- severity: warn
-- message: half as many artists or fewer were measured than on the day measured before
SELECT measured_on, artists, artists_before
FROM (
  SELECT measured_on, artists, lag(artists) OVER (ORDER BY measured_on) AS artists_before
  FROM (
    SELECT measured_on, count(*) AS artists FROM gold.artist_popularity_daily GROUP BY measured_on
  ) AS days
) AS compared
WHERE artists * 2 <= artists_before;
