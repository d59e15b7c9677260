-- table: which artists gain an audience, over 7 and 28 days, everywhere, by genre and by city
-- grain: one row a window, dimension, value of the dimension and artist; the best 100 of each
-- owner: artist-relations
-- cadence: with every build; it holds the latest day only
-- rerun: harmless; the whole table is computed anew
-- key: window_days, dimension, dimension_value, artist_id
-- partition: none
--
-- "Today" is the latest day of artist_popularity and listens, in the dimension city the latest day
-- (UTC) of sales, never the clock's. A window of 7 days is compared with the 7 days before it.
--
-- Signals: in the dimensions all and genre streams and the number of fans who listened; in city the
-- orders for events there, all that is known by city. Fans and orders are counted, not plays and
-- tickets: one fan on repeat is one fan. Sales do not count where listening is known, because they
-- follow the day on which a sale opens. A signal counts where it covers both windows: streams with
-- half of the days of each, the others from before the windows on.
--
-- score: how much the logarithm of the audience grew beyond the market's growth, shrunk towards
-- none by how little is known (normal-normal empirical Bayes: Efron and Morris, Data Analysis Using
-- Stein's Estimator and Its Generalizations, JASA 70, 1975). For each signal
--   growth   = ln((recent + 1/2) / (before * market + 1/2))
--   variance = 1 / (recent + 1/2) + 1 / (before * market + 1/2) + 0.01
-- which is the logarithm of a ratio of counts with its variance, each with the half that keeps
-- small counts finite (Haldane, 1956; Anscombe, 1956), and 0.1 of noise that counting more does not
-- remove; `market` is the signal's growth over all artists (of the city). Then
--   score = sum(growth / variance) / (1 / prior + sum(1 / variance))
-- with a prior variance a week of 0.04 for listening and 0.25 for orders, which come in rushes; it
-- grows with the window. is_reliable: the score is 1.645 of its standard deviations above 0, so
-- that it is growth with 95 % probability. The prior is fixed, not fitted: it stays the same from
-- day to day, and small worlds have too few artists to fit it to.
-- Only artists with a score above 0 are listed. Sums are of whole numbers; rounded to six digits.
-- Cities of one name in one country are taken together. Simulated orders count only where no real
-- one was made for the artist in the city, and is_simulated says so.
--
-- columns:
--   as_of_date DATE, window_days INT (7, 28), dimension STRING (all, genre, city)
--   dimension_value STRING      all, a genre, or a city as `Berlin, DE`
--   rank INT (1 is best), artist_id STRING
--   score DOUBLE, score_deviation DOUBLE, is_reliable BOOLEAN
--   change DOUBLE               unshrunk: 0.3 is 30 % more than before, of `signal`; null from nothing
--   signal STRING               streams, fans or orders: the one with the least variance
--   measured_days INT           days with streams in the window
--   streams, plays, fans, orders BIGINT   in the window, as support; streams, plays and fans are
--                               null by city, where orders are those for the city
--   is_simulated BOOLEAN        orders are simulated ones
WITH windows AS (
  SELECT 7 AS window_days UNION ALL SELECT 28
),
listening_days AS (
  SELECT greatest(measured_until, listened_until) AS as_of_date, listened_from
  FROM (SELECT max(measured_on) AS measured_until FROM gold.artist_popularity_daily) AS p
  CROSS JOIN (
    SELECT max(listened_on) AS listened_until, min(listened_on) AS listened_from FROM silver.listens
  ) AS l
),
sales_days AS (
  SELECT max(CAST(last_sold_at AS DATE)) AS as_of_date, min(sale_date) AS sold_from
  FROM gold.ticket_sales_daily
),
listening_windows AS (
  SELECT
    window_days,
    as_of_date,
    date_sub(as_of_date, window_days) AS day_before,
    date_sub(as_of_date, 2 * window_days) AS first_day_before,
    listened_from <= date_sub(as_of_date, 2 * window_days - 1) AS is_covered
  FROM windows
  CROSS JOIN listening_days
),
sales_windows AS (
  SELECT
    window_days,
    as_of_date,
    date_sub(as_of_date, window_days) AS day_before,
    date_sub(as_of_date, 2 * window_days) AS first_day_before,
    sold_from <= date_sub(as_of_date, 2 * window_days - 1) AS is_covered
  FROM windows
  CROSS JOIN sales_days
),
streams AS (
  SELECT
    w.window_days,
    p.artist_id,
    sum(CASE WHEN p.measured_on > w.day_before THEN p.streams ELSE 0 END) AS streams,
    sum(CASE WHEN p.measured_on > w.day_before THEN 0 ELSE p.streams END) AS streams_before,
    count(CASE WHEN p.measured_on > w.day_before THEN 1 END) AS days,
    count(CASE WHEN p.measured_on > w.day_before THEN NULL ELSE 1 END) AS days_before
  FROM gold.artist_popularity_daily AS p
  JOIN listening_windows AS w
    ON p.measured_on > w.first_day_before AND p.measured_on <= w.as_of_date
  GROUP BY w.window_days, p.artist_id
),
fans AS (
  SELECT
    window_days,
    artist_id,
    is_covered,
    count(CASE WHEN plays > 0 THEN 1 END) AS fans,
    count(CASE WHEN plays_before > 0 THEN 1 END) AS fans_before,
    sum(plays) AS plays
  FROM (
    SELECT
      w.window_days,
      w.is_covered,
      l.artist_id,
      l.fan_id,
      sum(CASE WHEN l.listened_on > w.day_before THEN l.plays ELSE 0 END) AS plays,
      sum(CASE WHEN l.listened_on > w.day_before THEN 0 ELSE l.plays END) AS plays_before
    FROM silver.listens AS l
    JOIN listening_windows AS w
      ON l.listened_on > w.first_day_before AND l.listened_on <= w.as_of_date
    GROUP BY w.window_days, w.is_covered, l.artist_id, l.fan_id
  ) AS by_fan
  GROUP BY window_days, artist_id, is_covered
),
orders AS (
  SELECT
    w.window_days,
    w.is_covered,
    e.headliner_id AS artist_id,
    concat(v.city, ', ', v.country) AS city,
    d.is_simulated,
    sum(CASE WHEN d.sale_date > w.day_before THEN d.orders ELSE 0 END) AS orders,
    sum(CASE WHEN d.sale_date > w.day_before THEN 0 ELSE d.orders END) AS orders_before
  FROM gold.ticket_sales_daily AS d
  JOIN sales_windows AS w ON d.sale_date > w.first_day_before AND d.sale_date <= w.as_of_date
  JOIN silver.events AS e ON e.event_id = d.event_id
  JOIN silver.venues AS v ON v.venue_id = e.venue_id
  GROUP BY w.window_days, w.is_covered, e.headliner_id, concat(v.city, ', ', v.country), d.is_simulated
),
city_orders AS (
  SELECT window_days, is_covered, artist_id, city, is_simulated, orders, orders_before
  FROM (
    SELECT
      *,
      min(CAST(is_simulated AS INT)) OVER (PARTITION BY window_days, artist_id, city) AS shows_simulated
    FROM orders
  ) AS flagged
  WHERE CAST(is_simulated AS INT) = shows_simulated
),
artist_orders AS (
  SELECT
    window_days,
    artist_id,
    sum(orders) AS orders,
    max(CAST(is_simulated AS INT)) = 1 AS is_simulated
  FROM (
    SELECT
      *,
      min(CAST(is_simulated AS INT)) OVER (PARTITION BY window_days, artist_id) AS shows_simulated
    FROM orders
  ) AS flagged
  WHERE CAST(is_simulated AS INT) = shows_simulated
  GROUP BY window_days, artist_id
),
-- One row a signal: `city` is null where it is of everywhere.
signals AS (
  SELECT
    window_days,
    CAST(NULL AS STRING) AS city,
    artist_id,
    'streams' AS signal,
    CAST(floor(streams * window_days / days) AS BIGINT) AS recent,
    CAST(floor(streams_before * window_days / days_before) AS BIGINT) AS before
  FROM streams
  WHERE days * 2 >= window_days AND days_before * 2 >= window_days
  UNION ALL
  SELECT window_days, NULL, artist_id, 'fans', fans, fans_before
  FROM fans
  WHERE is_covered
  UNION ALL
  SELECT window_days, city, artist_id, 'orders', orders, orders_before
  FROM city_orders
  WHERE is_covered
),
expectations AS (
  SELECT
    s.*,
    s.before * (m.recent / m.before) AS expected
  FROM signals AS s
  JOIN (
    SELECT window_days, city, signal, sum(recent) AS recent, sum(before) AS before
    FROM signals
    GROUP BY window_days, city, signal
  ) AS m ON m.window_days = s.window_days AND m.signal = s.signal AND m.city IS NOT DISTINCT FROM s.city
  WHERE m.recent > 0 AND m.before > 0
),
estimates AS (
  SELECT
    *,
    ln((recent + 0.5D) / (expected + 0.5D)) AS growth,
    1 / (1 / (recent + 0.5D) + 1 / (expected + 0.5D) + 0.01D) AS precision
  FROM expectations
),
-- Every sum below has at most two summands: their order cannot show.
artists AS (
  SELECT
    window_days,
    city,
    artist_id,
    sum(growth * precision) AS weighted_growth,
    sum(precision) + 7 / (window_days * (CASE WHEN city IS NULL THEN 0.04D ELSE 0.25D END)) AS precision,
    max(struct(precision, signal, recent, before)) AS best
  FROM estimates
  GROUP BY window_days, city, artist_id
),
scored AS (
  SELECT
    window_days,
    city,
    artist_id,
    round(weighted_growth / precision, 6) AS score,
    round(sqrt(1 / precision), 6) AS score_deviation,
    best.signal AS signal,
    best.recent AS recent,
    round(best.recent / nullif(best.before, 0) - 1, 6) AS change
  FROM artists
),
dimensions AS (
  SELECT 'all' AS dimension, 'all' AS dimension_value, * FROM scored WHERE city IS NULL
  UNION ALL
  SELECT 'genre', genre.genre, s.*
  FROM scored AS s
  JOIN (
    SELECT DISTINCT artist_id, genre
    FROM silver.artists
    LATERAL VIEW explode(genres) AS genre
  ) AS genre ON genre.artist_id = s.artist_id
  WHERE s.city IS NULL
  UNION ALL
  SELECT 'city', city, * FROM scored WHERE city IS NOT NULL
),
ranked AS (
  SELECT
    *,
    CAST(row_number() OVER (
      PARTITION BY window_days, dimension, dimension_value
      ORDER BY score DESC, recent DESC, artist_id
    ) AS INT) AS rank
  FROM dimensions
  WHERE score > 0
)
SELECT
  CASE WHEN r.dimension = 'city' THEN sales.as_of_date ELSE listening.as_of_date END AS as_of_date,
  r.window_days,
  r.dimension,
  r.dimension_value,
  r.rank,
  r.artist_id,
  r.score,
  r.score_deviation,
  r.score > 1.645D * r.score_deviation AS is_reliable,
  r.change,
  r.signal,
  CASE WHEN r.city IS NULL THEN CAST(coalesce(s.days, 0) AS INT) END AS measured_days,
  CASE WHEN r.city IS NULL THEN coalesce(s.streams, 0) END AS streams,
  CASE WHEN r.city IS NULL THEN coalesce(f.plays, 0) END AS plays,
  CASE WHEN r.city IS NULL THEN coalesce(f.fans, 0) END AS fans,
  coalesce(CASE WHEN r.city IS NULL THEN a.orders ELSE c.orders END, 0) AS orders,
  coalesce(CASE WHEN r.city IS NULL THEN a.is_simulated ELSE c.is_simulated END, FALSE) AS is_simulated
FROM ranked AS r
CROSS JOIN listening_days AS listening
CROSS JOIN sales_days AS sales
LEFT JOIN streams AS s ON s.window_days = r.window_days AND s.artist_id = r.artist_id
LEFT JOIN fans AS f ON f.window_days = r.window_days AND f.artist_id = r.artist_id
LEFT JOIN artist_orders AS a ON a.window_days = r.window_days AND a.artist_id = r.artist_id
LEFT JOIN city_orders AS c
  ON c.window_days = r.window_days AND c.artist_id = r.artist_id AND c.city = r.city
WHERE r.rank <= 100
