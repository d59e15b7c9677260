-- check: key_is_unique
-- severity: fail
-- message: an event has more than one row
SELECT event_id, count(*) AS rows_found
FROM gold.event_performance
GROUP BY event_id
HAVING count(*) > 1;

-- check: events_are_those_of_silver
-- severity: fail
-- message: an event is missing, is no longer one of silver.events, or is filed under another month
SELECT s.event_id AS silver_event_id, p.event_id, s.starts_on_local, p.start_month
FROM silver.events AS s
FULL OUTER JOIN gold.event_performance AS p ON p.event_id = s.event_id
WHERE
  s.event_id IS NULL OR p.event_id IS NULL
  OR p.starts_on_local <> s.starts_on_local
  OR p.start_month <> CAST(date_trunc('MONTH', s.starts_on_local) AS DATE);

-- check: tickets_are_those_of_the_days
-- severity: fail
-- message: an event's tickets are not the sum of ticket_sales_daily
SELECT p.event_id, p.net_tickets, p.simulated_tickets_left_out, d.net_tickets AS tickets_of_days
FROM gold.event_performance AS p
LEFT JOIN (
  SELECT event_id, sum(net_tickets) AS net_tickets FROM gold.ticket_sales_daily GROUP BY event_id
) AS d ON d.event_id = p.event_id
WHERE p.net_tickets + p.simulated_tickets_left_out <> coalesce(d.net_tickets, 0);

-- check: money_is_that_of_the_days
-- severity: fail
-- message: an event's cents in its currency are not the sum of ticket_sales_daily
SELECT p.event_id, p.currency, p.gross_cents, d.gross_cents AS gross_cents_of_days, p.net_cents, d.net_cents AS net_cents_of_days
FROM gold.event_performance AS p
LEFT JOIN (
  SELECT event_id, currency, is_simulated, sum(gross_cents) AS gross_cents, sum(net_cents) AS net_cents
  FROM gold.ticket_sales_daily
  GROUP BY event_id, currency, is_simulated
) AS d ON d.event_id = p.event_id AND d.currency = p.currency AND d.is_simulated = p.is_simulated
WHERE
  p.gross_cents <> coalesce(d.gross_cents, 0)
  OR p.net_cents <> coalesce(d.net_cents, 0)
  OR p.net_cents <> p.gross_cents - p.refunded_cents;

-- check: shares_fit
-- severity: fail
-- message: sell-through, sold out or days to go contradict the row's own tickets, capacity and dates
SELECT event_id, net_tickets, capacity, sell_through, is_sold_out, sold_out_on, milestone, as_of_date, starts_on_local, days_to_go
FROM gold.event_performance
WHERE
  (capacity IS NULL AND (sell_through IS NOT NULL OR is_sold_out))
  OR (capacity IS NOT NULL AND sell_through IS NULL)
  OR abs(sell_through * capacity - net_tickets) > 0.000001 * capacity
  OR is_sold_out <> (milestone = 'sold_out')
  OR (is_sold_out AND (sold_out_on IS NULL OR net_tickets < capacity))
  OR days_to_go < 0
  OR (NOT is_over AND starts_on_local < as_of_date);

-- check: pace_is_given_or_explained
-- severity: fail
-- message: an event has neither a pace nor a reason for having none, both, or a pace of few events
SELECT event_id, pace_ratio, pace_missing, comparable_share, comparable_events
FROM gold.event_performance
WHERE
  (pace_ratio IS NULL AND pace_missing IS NULL)
  OR (pace_ratio IS NOT NULL AND pace_missing IS NOT NULL)
  OR (pace_ratio IS NOT NULL AND comparable_events < 5)
  OR (pace_ratio IS NOT NULL AND NOT comparable_share > 0);

-- check: today_is_one_day
-- severity: fail
-- message: events to come are measured on different days; some months were not computed anew
SELECT as_of_date, count(*) AS events
FROM gold.event_performance
WHERE NOT is_over AND as_of_date < (SELECT max(as_of_date) FROM gold.event_performance)
GROUP BY as_of_date;

-- check: oversold
-- severity: warn
-- message: more tickets are sold than the event has room for
SELECT event_id, name, net_tickets, capacity
FROM gold.event_performance
WHERE net_tickets > capacity;

-- check: headliner_or_venue_is_unknown
-- severity: warn
-- message: an event's headliner or venue has no name
SELECT event_id, headliner_id, headliner_name, venue_id, venue_name
FROM gold.event_performance
WHERE headliner_name IS NULL OR venue_name IS NULL;
