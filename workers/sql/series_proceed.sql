-- What lapses in a series lapses, and whoever can be served is served.
-- key: the id of the schedule; now: the clock
-- lane: write
SELECT series_proceed(:'key'::uuid, :'now'::timestamptz);
