-- Tells webhooks of what has happened.
-- now: the clock; most: how many changes of each at once
-- lane: write
SELECT webhooks_fan_out(:'now'::timestamptz, :'most'::integer) AS webhooks;
