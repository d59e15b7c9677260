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
listening_windows AS (
  SELECT
    window_days,
    as_of_date,
    date_sub(as_of_date, window_days) AS day_before,
    date_sub(as_of_date, 2 * window_days) AS first_day_before,
    listened_from <= date_sub(as_of_date, 2 * window_days - 1) AS is_covered
  FROM windows
  CROSS JOIN (
    SELECT greatest(measured_until, listened_until) AS as_of_date, listened_from
    FROM (SELECT max(measured_on) AS measured_until FROM gold.artist_popularity_daily) AS p
    CROSS JOIN (
      SELECT max(listened_on) AS listened_until, min(listened_on) AS listened_from
      FROM silver.listens
    ) AS l
  ) AS known
),
sales_windows AS (
  SELECT
    window_days,
    as_of_date,
    date_sub(as_of_date, window_days) AS day_before,
    date_sub(as_of_date, 2 * window_days) AS first_day_before,
    sold_from <= date_sub(as_of_date, 2 * window_days - 1) AS is_covered
  FROM windows
  CROSS JOIN (
    SELECT max(CAST(last_sold_at AS DATE)) AS as_of_date, min(sale_date) AS sold_from
    FROM gold.ticket_sales_daily
  ) AS known
),
streams AS (
  SELECT
    w.window_days,
    w.as_of_date,
    p.artist_id,
    sum(CASE WHEN p.measured_on > w.day_before THEN p.streams ELSE 0 END) AS streams,
    sum(CASE WHEN p.measured_on > w.day_before THEN 0 ELSE p.streams END) AS streams_before,
    count(CASE WHEN p.measured_on > w.day_before THEN 1 END) AS days,
    count(CASE WHEN p.measured_on > w.day_before THEN NULL ELSE 1 END) AS days_before
  FROM gold.artist_popularity_daily AS p
  JOIN listening_windows AS w
    ON p.measured_on > w.first_day_before AND p.measured_on <= w.as_of_date
  GROUP BY w.window_days, w.as_of_date, p.artist_id
),
fans AS (
  SELECT
    window_days,
    as_of_date,
    is_covered,
    artist_id,
    count(CASE WHEN plays > 0 THEN 1 END) AS fans,
    count(CASE WHEN plays_before > 0 THEN 1 END) AS fans_before,
    sum(plays) AS plays
  FROM (
    SELECT
      w.window_days,
      w.as_of_date,
      w.is_covered,
      l.artist_id,
      l.fan_id,
      sum(CASE WHEN l.listened_on > w.day_before THEN l.plays ELSE 0 END) AS plays,
      sum(CASE WHEN l.listened_on > w.day_before THEN 0 ELSE l.plays END) AS plays_before
    FROM silver.listens AS l
    JOIN listening_windows AS w
      ON l.listened_on > w.first_day_before AND l.listened_on <= w.as_of_date
    GROUP BY w.window_days, w.as_of_date, w.is_covered, l.artist_id, l.fan_id
  ) AS by_fan
  GROUP BY window_days, as_of_date, is_covered, artist_id
),
-- Of each city, and with a null for the city of all of them, where they only support.
orders AS (
  SELECT window_days, as_of_date, is_covered, artist_id, city, is_simulated, orders, orders_before
  FROM (
    SELECT
      *,
      min(CAST(is_simulated AS INT)) OVER (PARTITION BY window_days, artist_id, city) AS shows_simulated
    FROM (
      SELECT
        w.window_days,
        w.as_of_date,
        w.is_covered,
        e.headliner_id AS artist_id,
        place.city,
        d.is_simulated,
        sum(CASE WHEN d.sale_date > w.day_before THEN d.orders ELSE 0 END) AS orders,
        sum(CASE WHEN d.sale_date > w.day_before THEN 0 ELSE d.orders END) AS orders_before
      FROM gold.ticket_sales_daily AS d
      JOIN sales_windows AS w ON d.sale_date > w.first_day_before AND d.sale_date <= w.as_of_date
      JOIN silver.events AS e ON e.event_id = d.event_id
      JOIN silver.venues AS v ON v.venue_id = e.venue_id
      LATERAL VIEW explode(array(concat(v.city, ', ', v.country), NULL)) place AS city
      GROUP BY
        w.window_days, w.as_of_date, w.is_covered, e.headliner_id, place.city, d.is_simulated
    ) AS placed
  ) AS flagged
  WHERE CAST(is_simulated AS INT) = shows_simulated
),
-- One row a signal: `city` is null where it is of everywhere, `recent` where it only supports.
signals AS (
  SELECT
    window_days,
    CAST(NULL AS STRING) AS city,
    as_of_date,
    artist_id,
    'streams' AS signal,
    CASE WHEN days * 2 >= window_days AND days_before * 2 >= window_days
      THEN CAST(floor(streams * window_days / days) AS BIGINT) END AS recent,
    CASE WHEN days * 2 >= window_days AND days_before * 2 >= window_days
      THEN CAST(floor(streams_before * window_days / days_before) AS BIGINT) END AS before,
    CAST(days AS INT) AS measured_days,
    streams,
    CAST(NULL AS BIGINT) AS plays,
    CAST(NULL AS BIGINT) AS fans,
    CAST(NULL AS BIGINT) AS orders,
    CAST(NULL AS BOOLEAN) AS is_simulated
  FROM streams
  UNION ALL
  SELECT
    window_days,
    NULL,
    as_of_date,
    artist_id,
    'fans',
    CASE WHEN is_covered THEN fans END,
    CASE WHEN is_covered THEN fans_before END,
    NULL,
    NULL,
    plays,
    fans,
    NULL,
    NULL
  FROM fans
  UNION ALL
  SELECT
    window_days,
    city,
    CASE WHEN city IS NOT NULL THEN as_of_date END,
    artist_id,
    'orders',
    CASE WHEN is_covered AND city IS NOT NULL THEN orders END,
    CASE WHEN is_covered AND city IS NOT NULL THEN orders_before END,
    NULL,
    NULL,
    NULL,
    NULL,
    orders,
    is_simulated
  FROM orders
),
expectations AS (
  SELECT
    *,
    before * (
      sum(recent) OVER (PARTITION BY window_days, city, signal)
      / nullif(sum(before) OVER (PARTITION BY window_days, city, signal), 0)
    ) AS expected
  FROM signals
),
estimates AS (
  SELECT
    *,
    ln((recent + 0.5D) / (expected + 0.5D)) AS growth,
    1 / (1 / (recent + 0.5D) + 1 / (expected + 0.5D) + 0.01D) AS precision
  FROM expectations
),
-- Every sum of fractions below has at most two summands: their order cannot show.
artists AS (
  SELECT
    window_days,
    city,
    artist_id,
    max(as_of_date) AS as_of_date,
    sum(growth * precision) AS weighted_growth,
    sum(precision) + 7 / (window_days * (CASE WHEN city IS NULL THEN 0.04D ELSE 0.25D END)) AS precision,
    max(CASE WHEN precision IS NOT NULL THEN struct(precision, signal, recent, before) END) AS best,
    max(measured_days) AS measured_days,
    max(streams) AS streams,
    max(plays) AS plays,
    max(fans) AS fans,
    max(orders) AS orders,
    max(is_simulated) AS is_simulated
  FROM estimates
  GROUP BY window_days, city, artist_id
),
scored AS (
  SELECT
    window_days,
    city,
    artist_id,
    as_of_date,
    round(weighted_growth / precision, 6) AS score,
    round(sqrt(1 / precision), 6) AS score_deviation,
    best.signal AS signal,
    best.recent AS recent,
    round(best.recent / nullif(best.before, 0) - 1, 6) AS change,
    measured_days,
    streams,
    plays,
    fans,
    coalesce(orders, 0) AS orders,
    coalesce(is_simulated, FALSE) AS is_simulated
  FROM artists
),
ranked AS (
  SELECT
    s.*,
    place.dimension.name AS dimension,
    place.dimension.value AS dimension_value
  FROM scored AS s
  LEFT JOIN silver.artists AS a ON a.artist_id = s.artist_id
  LATERAL VIEW explode(CASE
    WHEN s.city IS NOT NULL THEN array(named_struct('name', 'city', 'value', s.city))
    ELSE concat(
      array(named_struct('name', 'all', 'value', 'all')),
      transform(
        array_distinct(coalesce(a.genres, array())), g -> named_struct('name', 'genre', 'value', g)
      )
    )
  END) place AS dimension
  WHERE s.score > 0
)
SELECT
  as_of_date,
  window_days,
  dimension,
  dimension_value,
  rank,
  artist_id,
  score,
  score_deviation,
  score > 1.645D * score_deviation AS is_reliable,
  change,
  signal,
  CASE WHEN city IS NULL THEN coalesce(measured_days, 0) END AS measured_days,
  CASE WHEN city IS NULL THEN coalesce(streams, 0) END AS streams,
  CASE WHEN city IS NULL THEN coalesce(plays, 0) END AS plays,
  CASE WHEN city IS NULL THEN coalesce(fans, 0) END AS fans,
  orders,
  is_simulated
FROM (
  SELECT
    *,
    CAST(row_number() OVER (
      PARTITION BY window_days, dimension, dimension_value
      ORDER BY score DESC, recent DESC, artist_id
    ) AS INT) AS rank
  FROM ranked
) AS numbered
WHERE rank <= 100
