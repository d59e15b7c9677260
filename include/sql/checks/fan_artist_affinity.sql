-- check: key_is_unique
-- severity: fail
-- scope: partition
-- message: a fan has two rows for an artist and week
SELECT fan_id, artist_id, activity_week, count(*) AS rows_found
FROM gold.fan_artist_affinity
GROUP BY fan_id, artist_id, activity_week
HAVING count(*) > 1;

-- check: evidence_adds_up_to_silver
-- severity: fail
-- message: plays or tickets are not those of silver.listens and silver.ticket_sales
SELECT a.plays, l.plays AS silver_plays, a.tickets, t.tickets AS silver_tickets, a.simulated_tickets, t.simulated_tickets AS silver_simulated_tickets
FROM (
  SELECT
    coalesce(sum(plays), 0) AS plays,
    coalesce(sum(tickets), 0) AS tickets,
    coalesce(sum(simulated_tickets), 0) AS simulated_tickets
  FROM gold.fan_artist_affinity
) AS a
CROSS JOIN (SELECT coalesce(sum(plays), 0) AS plays FROM silver.listens) AS l
CROSS JOIN (
  SELECT
    coalesce(sum(CASE WHEN is_simulated THEN 0 WHEN kind = 'sale' THEN quantity ELSE -quantity END), 0) AS tickets,
    coalesce(sum(CASE WHEN NOT is_simulated THEN 0 WHEN kind = 'sale' THEN quantity ELSE -quantity END), 0)
      AS simulated_tickets
  FROM silver.ticket_sales
) AS t
WHERE a.plays <> l.plays OR a.tickets <> t.tickets OR a.simulated_tickets <> t.simulated_tickets;

-- check: rows_are_evidence
-- severity: fail
-- scope: partition
-- message: a row tells of nothing, of a negative number of plays, or of another week than its days
SELECT *
FROM gold.fan_artist_affinity
WHERE
  fan_id IS NULL OR artist_id IS NULL OR activity_week IS NULL OR affinity IS NULL
  OR plays < 0 OR listening_days < 0 OR listening_days > 7
  OR (plays > 0) <> (last_listened_on IS NOT NULL)
  OR (plays = 0 AND tickets = 0 AND simulated_tickets = 0 AND last_bought_on IS NULL)
  OR activity_week <> CAST(date_trunc('WEEK', activity_week) AS DATE)
  OR activity_week <> CAST(date_trunc('WEEK', coalesce(last_listened_on, activity_week)) AS DATE)
  OR activity_week <> CAST(date_trunc('WEEK', coalesce(last_bought_on, activity_week)) AS DATE);

-- check: artist_is_known
-- severity: warn
-- scope: partition
-- message: a fan has evidence for an artist who is none of silver.artists
SELECT f.artist_id, count(*) AS rows_found
FROM gold.fan_artist_affinity AS f
LEFT JOIN silver.artists AS a ON a.artist_id = f.artist_id
WHERE a.artist_id IS NULL
GROUP BY f.artist_id;
