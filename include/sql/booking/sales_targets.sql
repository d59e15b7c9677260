-- What bookers and finance mean to sell: one row a venue and month of events.
-- owner: booking
-- Kept by hand; `rlm targets seed` fills it for a generated world and leaves rows of people alone.
CREATE TABLE IF NOT EXISTS booking.sales_targets (
  venue_id text NOT NULL,
  month date NOT NULL CHECK (month = date_trunc('month', month)),
  venue_name text NOT NULL,
  city text NOT NULL,
  country text NOT NULL CHECK (country ~ '^[A-Z]{2}$'),
  target_tickets integer NOT NULL CHECK (target_tickets >= 0),
  currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  target_gross_cents bigint NOT NULL CHECK (target_gross_cents >= 0),
  note text,
  updated_at timestamptz NOT NULL DEFAULT now(),
  updated_by text NOT NULL DEFAULT current_user,
  PRIMARY KEY (venue_id, month)
)
