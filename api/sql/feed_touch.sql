-- Notes that a feed is read, and asks for it to be made again soon if it is due. Nobody waits for whoever writes it.
-- feed: which; is_due: whether
-- lane: write
SELECT feed_touch(:'feed'::uuid, day_of(:'now'::timestamptz)),
       CASE WHEN :'is_due'::boolean
            THEN job_add('feeds', 'feed:' || :'feed'::text, NULL, jsonb_build_object('feed_id', :'feed'::text),
                         :'now'::timestamptz, :'now'::timestamptz) END;
