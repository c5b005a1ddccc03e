-- The events of a feed.
-- feed: which; now: the clock
-- lane: read
SELECT * FROM feed_events(:'feed'::uuid, :'now'::timestamptz);
