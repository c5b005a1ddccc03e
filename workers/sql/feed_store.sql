-- Keeps what was made of a feed; returns when that changed last.
-- feed, feed_format: which; version, good_until: from feed_head_get; etag; text: what was made, or body: the same sealed;
-- packed: in gzip; now: the clock
-- lane: write
SELECT extract(epoch FROM feed_store(:'feed'::uuid, :'feed_format', :'version', :'good_until'::timestamptz, :'etag',
                                     coalesce(:'body'::bytea, convert_to(:'text', 'UTF8')), :'packed'::bytea,
                                     :'now'::timestamptz))::bigint AS modified;
