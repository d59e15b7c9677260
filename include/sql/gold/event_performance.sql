-- table: how an event sells, and whether it keeps pace with events like it
-- grain: one row an event
-- owner: booking
-- cadence: with every build; events to come change with the day
-- rerun: harmless; months of events are computed anew from silver and ticket_sales_daily
-- key: event_id
-- partition: start_month
-- touched: SELECT CAST(date_trunc('MONTH', e.starts_on_local) AS DATE) FROM silver.events AS e
--   WHERE e.event_id IN (SELECT event_id FROM changed.ticket_sales_daily)
--   OR e.starts_on_local >= CAST(date_trunc('MONTH', least(
--   (SELECT max(as_of_date) FROM gold.event_performance),
--   (SELECT max(CAST(last_sold_at AS DATE)) FROM gold.ticket_sales_daily))) AS DATE)
-- touched: SELECT CAST(date_trunc('MONTH', starts_on_local) AS DATE) FROM changed.events
--   UNION SELECT CAST(date_trunc('MONTH', e.starts_on_local) AS DATE) FROM silver.events AS e
--   WHERE EXISTS (SELECT 1 FROM changed.events)
--   AND e.starts_on_local >= (SELECT max(as_of_date) FROM gold.event_performance)
-- touched: SELECT CAST(date_trunc('MONTH', e.starts_on_local) AS DATE) FROM silver.events AS e
--   JOIN (SELECT venue_id, max(capacity) AS capacity, count(*) AS versions,
--   count(DISTINCT struct(name, city)) AS places, count(DISTINCT struct(capacity)) AS capacities
--   FROM changed.venues GROUP BY venue_id) AS v ON v.venue_id = e.venue_id
--   WHERE v.versions = 1 OR v.places > 1 OR (v.capacities > 1 AND e.capacity IS NULL)
--   UNION SELECT CAST(date_trunc('MONTH', e.starts_on_local) AS DATE) FROM silver.events AS e
--   WHERE EXISTS (SELECT 1 FROM changed.venues)
--   AND e.starts_on_local >= (SELECT max(as_of_date) FROM gold.event_performance)
-- touched: SELECT CAST(date_trunc('MONTH', e.starts_on_local) AS DATE) FROM silver.events AS e
--   JOIN (SELECT artist_id FROM changed.artists GROUP BY artist_id
--   HAVING count(*) = 1 OR count(DISTINCT struct(name, genres)) > 1) AS a
--   ON a.artist_id = e.headliner_id
--
-- "Today" is the latest day (UTC) on which anything was sold or refunded, never the clock's.
--
-- Real sales come first: an event with any real sale shows those alone and counts the simulated
-- tickets that it leaves out; an event with simulated sales only shows them and says is_simulated.
-- Money is in `currency`, the event's own, or else the one in which most tickets were sold; what
-- came in other currencies is in other_currencies and in no sum of money, while its tickets are
-- tickets and count.
--
-- Pace: the share of the capacity that is sold, divided by the median share that comparable events
-- had sold as many days before they began. Comparable are the latest 100 events that are over, of
-- the same category and class of capacity, neither cancelled nor postponed, that were on sale by
-- then, and not before the first sale that is known at all. The curve of a share sold over days before departure is revenue management's booking curve
-- (Talluri and van Ryzin, The Theory and Practice of Revenue Management, 2004, chapter 9.2); a
-- median, because few events that sell out at once must not set the pace for all. Below 5
-- comparable events, or with a median of nothing, there is no ratio and pace_missing says why.
-- The ratio is of whole numbers and rounded to six digits.
--
-- columns:
--   event_id, name, headliner_id, headliner_name, venue_id, venue_name, city, category STRING
--   genres ARRAY<STRING>        of the headliner
--   starts_at TIMESTAMP, starts_on_local DATE, status STRING
--   capacity BIGINT             the event's, else the venue's, else null
--   is_simulated BOOLEAN        the figures are of simulated sales
--   tickets_sold, tickets_refunded, net_tickets BIGINT
--   simulated_tickets_left_out BIGINT
--   currency STRING, gross_cents, refunded_cents, net_cents BIGINT
--   other_currencies ARRAY<STRUCT<currency STRING, net_tickets BIGINT, gross_cents BIGINT, net_cents BIGINT>>
--   average_price_cents BIGINT  of a ticket sold in `currency`; null without one
--   sell_through DOUBLE         net_tickets / capacity; null without capacity
--   as_of_date DATE             "today"; of an event that is over the day on which it began
--   days_to_go INT              0 once it has begun
--   is_over BOOLEAN             began before "today", by the local date
--   is_sold_out BOOLEAN         nothing left of a known capacity
--   sold_out_on DATE            first day at whose end nothing was left, even if refunds came later
--   milestone STRING            announced, on_sale, sold_25, sold_50, sold_75, sold_90, sold_out
--   pace_ratio DOUBLE, comparable_share DOUBLE, comparable_events INT
--   pace_missing STRING         cancelled, over, no_capacity, not_on_sale, too_few_comparable_events,
--                               comparable_events_sold_nothing; null where there is a ratio
--   first_sale_date, last_sale_date DATE
--   start_month DATE            first of the month of starts_on_local
WITH as_of AS (
  SELECT max(CAST(last_sold_at AS DATE)) AS as_of_date, min(sale_date) AS sales_known_from
  FROM gold.ticket_sales_daily
),
dated AS (
  SELECT
    e.event_id,
    CAST(date_trunc('MONTH', e.starts_on_local) AS DATE) AS start_month,
    e.name,
    e.headliner_id,
    e.venue_id,
    v.name AS venue_name,
    v.city,
    e.category,
    e.starts_at,
    e.starts_on_local,
    e.status,
    e.currency,
    e.on_sale_on,
    CAST(coalesce(e.capacity, v.capacity) AS BIGINT) AS capacity,
    CASE
      WHEN coalesce(e.capacity, v.capacity) < 200 THEN 0
      WHEN coalesce(e.capacity, v.capacity) < 500 THEN 1
      WHEN coalesce(e.capacity, v.capacity) < 1000 THEN 2
      WHEN coalesce(e.capacity, v.capacity) < 2500 THEN 3
      WHEN coalesce(e.capacity, v.capacity) < 10000 THEN 4
      WHEN coalesce(e.capacity, v.capacity) >= 10000 THEN 5
    END AS capacity_class,
    as_of.as_of_date,
    as_of.sales_known_from,
    coalesce(e.starts_on_local < as_of.as_of_date, FALSE) AS is_over
  FROM silver.events AS e
  CROSS JOIN as_of
  LEFT JOIN silver.venues AS v ON v.venue_id = e.venue_id
),
by_currency AS (
  SELECT
    event_id,
    start_month,
    is_simulated,
    currency,
    max(event_currency) AS event_currency,
    sum(tickets_sold) AS tickets_sold,
    sum(tickets_refunded) AS tickets_refunded,
    sum(gross_cents) AS gross_cents,
    sum(refunded_cents) AS refunded_cents,
    min(sale_date) AS first_sale_date,
    max(sale_date) AS last_sale_date,
    min(CASE WHEN tickets_so_far >= capacity THEN sale_date END) AS sold_out_on
  FROM (
    SELECT
      e.start_month,
      e.capacity,
      e.currency AS event_currency,
      d.*,
      sum(d.net_tickets) OVER (
        PARTITION BY d.event_id, e.start_month, d.is_simulated ORDER BY d.sale_date
        RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
      ) AS tickets_so_far
    FROM dated AS e
    JOIN gold.ticket_sales_daily AS d ON d.event_id = e.event_id
  ) AS days
  GROUP BY event_id, start_month, is_simulated, currency
),
counted AS (
  SELECT
    *,
    min(CAST(is_simulated AS INT)) OVER (PARTITION BY event_id, start_month)
      = CAST(is_simulated AS INT) AS is_shown,
    first_value(coalesce(event_currency, currency)) OVER (
      PARTITION BY event_id, start_month
      ORDER BY
        CAST(is_simulated AS INT),
        CASE WHEN currency = event_currency THEN 0 ELSE 1 END,
        tickets_sold DESC,
        currency
    ) AS main_currency
  FROM by_currency
),
figures AS (
  SELECT
    event_id,
    start_month,
    min(CAST(is_simulated AS INT)) = 1 AS is_simulated,
    max(main_currency) AS currency,
    sum(CASE WHEN is_shown THEN tickets_sold ELSE 0 END) AS tickets_sold,
    sum(CASE WHEN is_shown THEN tickets_refunded ELSE 0 END) AS tickets_refunded,
    sum(CASE WHEN is_shown THEN 0 ELSE tickets_sold - tickets_refunded END) AS simulated_tickets_left_out,
    sum(CASE WHEN is_shown AND currency = main_currency THEN tickets_sold ELSE 0 END) AS tickets_in_currency,
    sum(CASE WHEN is_shown AND currency = main_currency THEN gross_cents ELSE 0 END) AS gross_cents,
    sum(CASE WHEN is_shown AND currency = main_currency THEN refunded_cents ELSE 0 END) AS refunded_cents,
    sort_array(collect_list(CASE WHEN is_shown AND currency <> main_currency THEN struct(
      currency,
      tickets_sold - tickets_refunded AS net_tickets,
      gross_cents,
      gross_cents - refunded_cents AS net_cents
    ) END)) AS other_currencies,
    min(CASE WHEN is_shown THEN first_sale_date END) AS first_sale_date,
    max(CASE WHEN is_shown THEN last_sale_date END) AS last_sale_date,
    min(CASE WHEN is_shown THEN sold_out_on END) AS sold_out_on
  FROM counted
  GROUP BY event_id, start_month
),
-- The events against which others are measured, with the days on which they sold. Each has a row
-- without tickets on the day of its opening, from which on nothing sold is nothing and not unknown.
peer_days AS (
  SELECT
    p.event_id,
    p.category,
    p.capacity_class,
    p.capacity,
    p.starts_on_local,
    step.day.sale_date,
    sum(CASE WHEN d.is_simulated THEN 0 ELSE step.day.net_tickets END) AS real_tickets,
    sum(CASE WHEN d.is_simulated THEN step.day.net_tickets ELSE 0 END) AS simulated_tickets,
    count(CASE WHEN NOT d.is_simulated THEN 1 END) AS real_rows
  FROM (
    SELECT
      *,
      row_number() OVER (
        PARTITION BY category, capacity_class ORDER BY starts_on_local DESC, event_id
      ) AS nth
    FROM dated
    WHERE
      is_over
      AND status = 'scheduled'
      AND capacity_class IS NOT NULL
      AND coalesce(on_sale_on >= sales_known_from, TRUE)
  ) AS p
  LEFT JOIN gold.ticket_sales_daily AS d
    ON d.event_id = p.event_id AND d.sale_date <= p.starts_on_local
  LATERAL VIEW explode(array(
    named_struct('sale_date', d.sale_date, 'net_tickets', d.net_tickets),
    named_struct('sale_date', p.on_sale_on, 'net_tickets', CAST(0 AS BIGINT))
  )) step AS day
  WHERE p.nth <= 100 AND step.day.sale_date <= p.starts_on_local
  GROUP BY
    p.event_id, p.category, p.capacity_class, p.capacity, p.starts_on_local, step.day.sale_date
),
-- One row a peer and day to go, from its first day of sale to the day it began.
peer_curves AS (
  SELECT
    t.category,
    t.capacity_class,
    to_go.days_to_go,
    (CASE WHEN t.real_rows > 0 THEN t.real_tickets ELSE t.simulated_tickets END) / t.capacity AS share
  FROM (
    SELECT
      category,
      capacity_class,
      capacity,
      starts_on_local,
      sale_date,
      sum(real_tickets) OVER so_far AS real_tickets,
      sum(simulated_tickets) OVER so_far AS simulated_tickets,
      sum(real_rows) OVER (PARTITION BY event_id) AS real_rows,
      lead(sale_date) OVER (PARTITION BY event_id ORDER BY sale_date) AS next_date
    FROM peer_days
    WINDOW so_far AS (
      PARTITION BY event_id ORDER BY sale_date ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    )
  ) AS t
  LATERAL VIEW explode(sequence(
    coalesce(datediff(t.starts_on_local, t.next_date) + 1, 0), datediff(t.starts_on_local, t.sale_date)
  )) to_go AS days_to_go
),
benchmarks AS (
  SELECT
    category,
    capacity_class,
    days_to_go,
    round(median(share), 6) AS comparable_share,
    CAST(count(*) AS INT) AS comparable_events
  FROM peer_curves
  GROUP BY category, capacity_class, days_to_go
),
measured AS (
  SELECT
    e.*,
    a.name AS headliner_name,
    a.genres,
    coalesce(f.is_simulated, FALSE) AS is_simulated,
    coalesce(f.tickets_sold, 0) AS tickets_sold,
    coalesce(f.tickets_refunded, 0) AS tickets_refunded,
    coalesce(f.tickets_sold, 0) - coalesce(f.tickets_refunded, 0) AS net_tickets,
    coalesce(f.simulated_tickets_left_out, 0) AS simulated_tickets_left_out,
    coalesce(f.currency, e.currency) AS main_currency,
    coalesce(f.gross_cents, 0) AS gross_cents,
    coalesce(f.refunded_cents, 0) AS refunded_cents,
    coalesce(f.tickets_in_currency, 0) AS tickets_in_currency,
    f.other_currencies,
    f.first_sale_date,
    f.last_sale_date,
    f.sold_out_on,
    b.comparable_share,
    coalesce(b.comparable_events, 0) AS comparable_events,
    CASE
      WHEN e.status = 'cancelled' THEN 'cancelled'
      WHEN e.is_over THEN 'over'
      WHEN e.capacity IS NULL THEN 'no_capacity'
      WHEN f.event_id IS NULL AND (e.on_sale_on IS NULL OR e.on_sale_on > e.as_of_date) THEN 'not_on_sale'
      WHEN coalesce(b.comparable_events, 0) < 5 THEN 'too_few_comparable_events'
      WHEN NOT b.comparable_share > 0 THEN 'comparable_events_sold_nothing'
    END AS pace_missing
  FROM dated AS e
  LEFT JOIN silver.artists AS a ON a.artist_id = e.headliner_id
  LEFT JOIN figures AS f ON f.event_id = e.event_id AND f.start_month = e.start_month
  LEFT JOIN benchmarks AS b
    ON NOT e.is_over
    AND b.category = e.category
    AND b.capacity_class = e.capacity_class
    AND b.days_to_go = datediff(e.starts_on_local, e.as_of_date)
)
SELECT
  event_id,
  name,
  headliner_id,
  headliner_name,
  genres,
  venue_id,
  venue_name,
  city,
  category,
  starts_at,
  starts_on_local,
  status,
  capacity,
  is_simulated,
  tickets_sold,
  tickets_refunded,
  net_tickets,
  simulated_tickets_left_out,
  main_currency AS currency,
  gross_cents,
  refunded_cents,
  gross_cents - refunded_cents AS net_cents,
  coalesce(other_currencies, array()) AS other_currencies,
  CAST(round(gross_cents / nullif(tickets_in_currency, 0)) AS BIGINT) AS average_price_cents,
  round(net_tickets / capacity, 6) AS sell_through,
  CASE WHEN is_over THEN starts_on_local ELSE as_of_date END AS as_of_date,
  CASE WHEN is_over THEN 0 ELSE datediff(starts_on_local, as_of_date) END AS days_to_go,
  is_over,
  coalesce(net_tickets >= capacity, FALSE) AS is_sold_out,
  sold_out_on,
  CASE
    WHEN net_tickets >= capacity THEN 'sold_out'
    WHEN net_tickets * 10 >= capacity * 9 THEN 'sold_90'
    WHEN net_tickets * 4 >= capacity * 3 THEN 'sold_75'
    WHEN net_tickets * 2 >= capacity THEN 'sold_50'
    WHEN net_tickets * 4 >= capacity THEN 'sold_25'
    WHEN tickets_sold > 0 OR on_sale_on <= as_of_date THEN 'on_sale'
    ELSE 'announced'
  END AS milestone,
  CASE WHEN pace_missing IS NULL THEN round(net_tickets / capacity / comparable_share, 6) END AS pace_ratio,
  CASE WHEN pace_missing IS NULL THEN comparable_share END AS comparable_share,
  comparable_events,
  pace_missing,
  first_sale_date,
  last_sale_date,
  start_month
FROM measured
