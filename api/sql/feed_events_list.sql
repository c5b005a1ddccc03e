-- The events of a feed.
-- feed: which; now: the clock
-- lane: search
SELECT * FROM feed_events(:'feed'::uuid, :'now'::timestamptz);
