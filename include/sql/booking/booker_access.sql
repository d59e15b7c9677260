-- Who may see which country on dashboards: one row a rule, for a user or for a group.
-- owner: booking
-- A rule without a country is for all countries. Who has no rule sees nothing.
CREATE TABLE IF NOT EXISTS booking.booker_access (
  user_name text,
  group_name text,
  country text CHECK (country ~ '^[A-Z]{2}$'),
  updated_at timestamptz NOT NULL DEFAULT now(),
  updated_by text NOT NULL DEFAULT current_user,
  CHECK ((user_name IS NULL) <> (group_name IS NULL)),
  UNIQUE NULLS NOT DISTINCT (user_name, group_name, country)
)
