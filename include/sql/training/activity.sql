-- What each fan did with each artist, week by week: weeks add up to what was known on any day.
SELECT fan_id, artist_id, activity_week, affinity
FROM gold.fan_artist_affinity
