-- When each fan first heard an artist or bought a ticket for one, in seconds of UTC; what they did
-- before :monday is known by the week, which is enough to tell that it was before.
-- A play counts from the morning of its day: listens are told by the day.
-- Days after :last_day are left out: a run for that day must not see them.
SELECT fan_id, artist_id, min(first_at) AS first_at
FROM (
  SELECT
    fan_id,
    artist_id,
    CAST(floor(to_unixtime(CAST(activity_week AS TIMESTAMP))) AS BIGINT) AS first_at
  FROM gold.fan_artist_affinity
  WHERE activity_week < DATE ':monday'
  UNION ALL
  SELECT
    fan_id,
    artist_id,
    CAST(floor(to_unixtime(CAST(listened_on AS TIMESTAMP))) AS BIGINT)
  FROM silver.listens
  WHERE listened_on >= DATE ':monday' AND listened_on <= DATE ':last_day'
  UNION ALL
  SELECT
    s.fan_id,
    e.headliner_id,
    CAST(floor(to_unixtime(s.sold_at)) AS BIGINT)
  FROM silver.ticket_sales AS s
  JOIN silver.events AS e ON e.event_id = s.event_id
  WHERE s.kind = 'sale'
    AND CAST(s.sold_at AS DATE) >= DATE ':monday'
    AND CAST(s.sold_at AS DATE) <= DATE ':last_day'
) AS deeds
WHERE fan_id IS NOT NULL AND artist_id IS NOT NULL
GROUP BY fan_id, artist_id
