-- Every artist that may be recommended, those that nobody has heard yet too.
SELECT artist_id, genres, tags
FROM silver.artists
