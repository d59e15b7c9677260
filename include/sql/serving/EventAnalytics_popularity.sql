-- feed: one item an artist and month: popularity by day, as lists
SELECT
  concat('artist#', artist_id) AS subject,
  concat('popularity#', substr(CAST(measured_on AS VARCHAR), 1, 7)) AS part,
  measured_on AS days,
  streams,
  followers,
  rank AS ranks,
  score AS scores,
  momentum AS momenta
FROM gold.artist_popularity_daily
ORDER BY 1, 2, 3
