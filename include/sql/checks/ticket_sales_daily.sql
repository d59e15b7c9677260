-- check: key_is_unique
-- severity: fail
-- scope: partition
-- message: an event has two rows for one day, currency and kind of sales
SELECT event_id, sale_date, currency, is_simulated, count(*) AS rows_found
FROM gold.ticket_sales_daily
GROUP BY event_id, sale_date, currency, is_simulated
HAVING count(*) > 1;

-- check: columns_are_filled
-- severity: fail
-- scope: partition
-- message: a column that always has a value has none
SELECT *
FROM gold.ticket_sales_daily
WHERE
  event_id IS NULL OR sale_date IS NULL OR currency IS NULL OR is_simulated IS NULL
  OR tickets_sold IS NULL OR tickets_refunded IS NULL OR net_tickets IS NULL
  OR gross_cents IS NULL OR refunded_cents IS NULL OR net_cents IS NULL
  OR orders IS NULL OR last_sold_at IS NULL OR sale_week IS NULL;

-- check: figures_fit_together
-- severity: fail
-- scope: partition
-- message: net is not sales less refunds, a count is negative, or there are more orders than tickets
SELECT *
FROM gold.ticket_sales_daily
WHERE
  net_tickets <> tickets_sold - tickets_refunded
  OR net_cents <> gross_cents - refunded_cents
  OR tickets_sold < 0 OR tickets_refunded < 0 OR gross_cents < 0 OR refunded_cents < 0
  OR orders < 0 OR orders > tickets_sold
  OR tickets_sold + tickets_refunded = 0;

-- check: week_is_of_the_day
-- severity: fail
-- scope: partition
-- message: a row is filed under another week than that of its day
SELECT event_id, sale_date, sale_week
FROM gold.ticket_sales_daily
WHERE sale_week <> CAST(date_trunc('WEEK', sale_date) AS DATE);

-- check: adds_up_to_silver
-- severity: fail
-- message: tickets or cents of a currency are not those of silver.ticket_sales, to the cent
SELECT
  coalesce(g.currency, s.currency) AS currency,
  coalesce(g.is_simulated, s.is_simulated) AS is_simulated,
  g.tickets_sold,
  s.tickets_sold AS silver_tickets_sold,
  g.tickets_refunded,
  s.tickets_refunded AS silver_tickets_refunded,
  g.gross_cents,
  s.gross_cents AS silver_gross_cents,
  g.refunded_cents,
  s.refunded_cents AS silver_refunded_cents
FROM (
  SELECT
    currency,
    is_simulated,
    sum(tickets_sold) AS tickets_sold,
    sum(tickets_refunded) AS tickets_refunded,
    sum(gross_cents) AS gross_cents,
    sum(refunded_cents) AS refunded_cents
  FROM gold.ticket_sales_daily
  GROUP BY currency, is_simulated
) AS g
FULL OUTER JOIN (
  SELECT
    currency,
    is_simulated,
    sum(CASE WHEN kind = 'sale' THEN quantity ELSE 0 END) AS tickets_sold,
    sum(CASE WHEN kind = 'sale' THEN 0 ELSE quantity END) AS tickets_refunded,
    sum(CASE WHEN kind = 'sale' THEN quantity * unit_price_cents ELSE 0 END) AS gross_cents,
    sum(CASE WHEN kind = 'sale' THEN 0 ELSE quantity * unit_price_cents END) AS refunded_cents
  FROM silver.ticket_sales
  GROUP BY currency, is_simulated
) AS s ON s.currency = g.currency AND s.is_simulated = g.is_simulated
WHERE
  g.currency IS NULL OR s.currency IS NULL
  OR g.tickets_sold <> s.tickets_sold
  OR g.tickets_refunded <> s.tickets_refunded
  OR g.gross_cents <> s.gross_cents
  OR g.refunded_cents <> s.refunded_cents;

-- check: more_given_back_than_sold
-- severity: warn
-- message: more tickets of an event were refunded than sold; is a delivery of sales missing?
SELECT event_id, currency, is_simulated, sum(tickets_sold) AS tickets_sold, sum(tickets_refunded) AS tickets_refunded
FROM gold.ticket_sales_daily
GROUP BY event_id, currency, is_simulated
HAVING sum(net_tickets) < 0;
