-- table: how popular an artist is on streaming platforms, and whether that grows
-- grain: one row an artist and measured day
-- owner: artist-relations
-- cadence: with every delivery of artist_popularity
-- rerun: harmless; weeks are computed anew from silver
-- key: artist_id, measured_on
-- partition: measured_week
-- touched: SELECT CAST(date_trunc('WEEK', date_add(measured_on, later)) AS DATE)
--   FROM changed.artist_popularity LATERAL VIEW explode(array(0, 7, 13)) AS later
-- reads: silver.artist_popularity WHERE measured_on >= <partition> - INTERVAL 13 DAYS
--   AND measured_on < <partition> + INTERVAL 7 DAYS
--
-- score: 0 to 100, of the day. Audiences are heavy-tailed, so counts are dampened by their
-- logarithm (sublinear scaling: Manning, Raghavan and Schuetze, Introduction to Information
-- Retrieval, 2008, section 6.4.1) and set against the day's largest:
--   100 * (0.7 * ln(1 + streams) / ln(1 + most streams) + 0.3 * the same of followers).
-- Streams weigh more because they are of the day; followers hardly ever fall.
--
-- momentum: growth a day, as a difference of logarithms, which unlike a percentage is the same up
-- and down and adds up over time (Tornqvist, Vartia and Vartia, How Should Relative Changes Be
-- Measured?, The American Statistician 39, 1985):
--   ln((mean streams of these 7 days + 10) / (mean streams of the 7 days before + 10)) / 7.
-- Seven days hold each weekday once. The ten keep 3 streams after 1 from being a wave. It is null
-- with fewer than 4 measured days in either week. 0.039 are 4 % a day.
--
-- Sums are of whole numbers and results are rounded to six digits, so that the order of rows
-- does not show.
--
-- columns:
--   artist_id STRING, measured_on DATE, streams BIGINT, followers BIGINT
--   score DOUBLE, rank INT (1 is the most popular of the day; no ties), momentum DOUBLE
--   measured_week DATE          Monday of measured_on
WITH measured AS (
  SELECT
    artist_id,
    measured_on,
    CAST(date_trunc('WEEK', measured_on) AS DATE) AS measured_week,
    streams,
    followers,
    sum(streams) OVER this_week AS streams_this_week,
    count(*) OVER this_week AS days_this_week,
    sum(streams) OVER week_before AS streams_week_before,
    count(*) OVER week_before AS days_week_before
  FROM silver.artist_popularity
  WINDOW
    this_week AS (
      PARTITION BY artist_id ORDER BY datediff(measured_on, DATE '1970-01-01')
      RANGE BETWEEN 6 PRECEDING AND CURRENT ROW
    ),
    week_before AS (
      PARTITION BY artist_id ORDER BY datediff(measured_on, DATE '1970-01-01')
      RANGE BETWEEN 13 PRECEDING AND 7 PRECEDING
    )
),
compared AS (
  SELECT
    *,
    max(streams) OVER (PARTITION BY measured_week, measured_on) AS most_streams,
    max(followers) OVER (PARTITION BY measured_week, measured_on) AS most_followers
  FROM measured
),
scored AS (
  SELECT
    *,
    round(
      70 * coalesce(ln(1 + streams) / nullif(ln(1 + most_streams), 0), 0)
      + 30 * coalesce(ln(1 + followers) / nullif(ln(1 + most_followers), 0), 0),
      6
    ) AS score,
    CASE WHEN days_this_week >= 4 AND days_week_before >= 4 THEN round(
      ln(
        (streams_this_week / days_this_week + 10)
        / (streams_week_before / days_week_before + 10)
      ) / 7,
      6
    ) END AS momentum
  FROM compared
)
SELECT
  artist_id,
  measured_on,
  streams,
  followers,
  score,
  CAST(row_number() OVER (
    PARTITION BY measured_week, measured_on ORDER BY score DESC, streams DESC, artist_id
  ) AS INT) AS rank,
  momentum,
  measured_week
FROM scored
