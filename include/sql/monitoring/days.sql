-- How many listens the lake has of each day: a day of few or none has not been delivered yet.
SELECT listened_on AS listened_on, count(*) AS listens
FROM silver.listens
WHERE listened_on >= DATE ':first_day' AND listened_on <= DATE ':last_day'
GROUP BY listened_on
