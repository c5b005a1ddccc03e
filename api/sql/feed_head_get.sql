-- What a feed needs to be made, beside its events; asked for before them, so that what changes meanwhile counts as later.
-- feed: which; now: the clock
-- lane: search
SELECT * FROM feed_head(:'feed'::uuid, :'now'::timestamptz);
