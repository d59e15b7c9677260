-- PostgreSQL. One row a rule; QuickSight wants these names of the first two columns.
SELECT
  user_name AS "UserName",
  group_name AS "GroupName",
  country
FROM booking.booker_access
