-- table: what a fan did with an artist in a week: the evidence from which taste is learned
-- grain: one row a fan, artist and week with a play, a ticket bought or a ticket given back
-- owner: recommendations
-- cadence: with every build
-- rerun: harmless; weeks are computed anew from silver
-- key: fan_id, artist_id, activity_week
-- partition: activity_week
-- touched: SELECT CAST(date_trunc('WEEK', listened_on) AS DATE) FROM changed.listens
-- touched: SELECT CAST(date_trunc('WEEK', sold_at) AS DATE) FROM changed.ticket_sales
-- touched: SELECT CAST(date_trunc('WEEK', s.sold_at) AS DATE) FROM silver.ticket_sales AS s
--   JOIN (SELECT event_id FROM (SELECT event_id, min(headliner_id) OVER (PARTITION BY event_id)
--   AS least_id, max(headliner_id) OVER (PARTITION BY event_id) AS greatest_id FROM changed.events)
--   AS versions WHERE least_id <> greatest_id) AS recast ON recast.event_id = s.event_id
-- reads: silver.listens WHERE listened_on >= <partition> AND listened_on < <partition> + INTERVAL 7 DAYS
-- reads: silver.ticket_sales WHERE sold_at >= <partition> AND sold_at < <partition> + INTERVAL 7 DAYS
--
-- Weeks add up, so that a day's deliveries change one or two of them and never the whole table.
-- A fan's affinity to an artist at a day is
--   sum(affinity * pow(0.5, datediff(day, activity_week) / 90)) over the weeks until then,
-- which is what the recommender trains on; no row is a verdict for ever. Half after 90 days: tastes
-- drift (exponential decay of evidence: Ding and Li, Time Weight Collaborative Filtering, 2005).
--
-- affinity: ln(1 + plays) + 2 * ln(1 + tickets) of the week, tickets given back counting against.
-- The logarithm dampens a week of one song on repeat, and what recurs in many weeks counts most:
-- the confidence of implicit feedback of Hu, Koren and Volinsky, Collaborative Filtering for
-- Implicit Feedback Datasets, 2008, section 4, with ln(1 + r). A ticket costs an evening and
-- counts twice. It is negative where more was given back than heard or bought.
-- A ticket is evidence for the headliner only; its week is that of sold_at in UTC, because a fan's
-- own clock is not known. Nothing here is a sum of fractions; rounded to six digits.
--
-- columns:
--   fan_id STRING, artist_id STRING
--   activity_week DATE          Monday
--   plays BIGINT, listening_days BIGINT
--   tickets BIGINT              bought less given back, real sales
--   simulated_tickets BIGINT    the same, simulated
--   last_listened_on DATE, last_bought_on DATE
--   is_simulated BOOLEAN        affinity owes something to simulated sales
--   affinity DOUBLE
WITH activity AS (
  SELECT
    fan_id,
    artist_id,
    CAST(date_trunc('WEEK', listened_on) AS DATE) AS activity_week,
    plays,
    1 AS listening_days,
    0 AS tickets,
    0 AS simulated_tickets,
    listened_on AS last_listened_on,
    CAST(NULL AS DATE) AS last_bought_on
  FROM silver.listens
  UNION ALL
  SELECT
    s.fan_id,
    e.headliner_id,
    CAST(date_trunc('WEEK', s.sold_at) AS DATE),
    0,
    0,
    CASE WHEN s.is_simulated THEN 0 WHEN s.kind = 'sale' THEN s.quantity ELSE -s.quantity END,
    CASE WHEN NOT s.is_simulated THEN 0 WHEN s.kind = 'sale' THEN s.quantity ELSE -s.quantity END,
    CAST(NULL AS DATE),
    CASE WHEN s.kind = 'sale' THEN CAST(s.sold_at AS DATE) END
  FROM silver.ticket_sales AS s
  JOIN silver.events AS e ON e.event_id = s.event_id
),
weeks AS (
  SELECT
    fan_id,
    artist_id,
    activity_week,
    sum(plays) AS plays,
    sum(listening_days) AS listening_days,
    sum(tickets) AS tickets,
    sum(simulated_tickets) AS simulated_tickets,
    max(last_listened_on) AS last_listened_on,
    max(last_bought_on) AS last_bought_on
  FROM activity
  GROUP BY fan_id, artist_id, activity_week
)
SELECT
  fan_id,
  artist_id,
  activity_week,
  plays,
  listening_days,
  tickets,
  simulated_tickets,
  last_listened_on,
  last_bought_on,
  simulated_tickets <> 0 AS is_simulated,
  round(
    ln(1 + plays) + 2 * sign(tickets + simulated_tickets) * ln(1 + abs(tickets + simulated_tickets)),
    6
  ) AS affinity
FROM weeks
