-- check: key_is_unique
-- severity: fail
-- message: a venue has more than one row for a month
SELECT venue_id, month, count(*) AS rows_found
FROM gold.venue_utilisation
GROUP BY venue_id, month
HAVING count(*) > 1;

-- check: events_are_those_of_event_performance
-- severity: fail
-- message: a venue's month has other events, or other tickets, than event_performance
SELECT
  coalesce(u.venue_id, p.venue_id) AS venue_id,
  coalesce(u.month, p.start_month) AS month,
  u.events,
  p.events AS events_performed,
  u.tickets + u.simulated_tickets_left_out AS tickets,
  p.tickets AS tickets_performed
FROM gold.venue_utilisation AS u
FULL OUTER JOIN (
  SELECT
    venue_id,
    start_month,
    count(*) AS events,
    sum(CASE WHEN status = 'cancelled' THEN 0 ELSE net_tickets END) AS tickets,
    sum(simulated_tickets_left_out + CASE WHEN is_simulated THEN net_tickets ELSE 0 END) AS simulated
  FROM gold.event_performance
  GROUP BY venue_id, start_month
) AS p ON p.venue_id = u.venue_id AND p.start_month = u.month
WHERE
  u.venue_id IS NULL OR p.venue_id IS NULL
  OR u.events <> p.events
  OR (u.simulated_tickets_left_out = 0 AND u.tickets <> p.tickets)
  OR u.simulated_tickets_left_out > p.simulated;

-- check: counts_fit
-- severity: fail
-- message: there are more nights than the month has, more cancelled events than events, or room without events
SELECT venue_id, month, events, cancelled, postponed, nights_with_event, nights_in_month, events_with_capacity, capacity_offered
FROM gold.venue_utilisation
WHERE
  nights_with_event > nights_in_month
  OR nights_with_event > events - cancelled
  OR cancelled + postponed > events
  OR events_with_capacity > events - cancelled
  OR (events_with_capacity = 0) <> (capacity_offered = 0)
  OR (capacity_offered > 0) <> (utilisation IS NOT NULL);

-- check: fuller_than_full
-- severity: warn
-- message: more tickets were sold in a month than the venue had room for
SELECT venue_id, venue_name, month, tickets, capacity_offered, utilisation
FROM gold.venue_utilisation
WHERE utilisation > 1;

-- check: venue_is_unknown
-- severity: warn
-- message: events take place at a venue that has no name
SELECT venue_id, month, events
FROM gold.venue_utilisation
WHERE venue_name IS NULL;
