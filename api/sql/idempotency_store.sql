-- Stores the answer beside the effect that it speaks of.
-- lane: write
UPDATE idempotency_keys
SET status = :'status'::integer,
    headers = jsonb_strip_nulls(jsonb_build_object(
        'etag', :'etag'::text, 'location', :'location'::text, 'language', :'reply_language'::text)),
    body = :'reply_body'
WHERE caller = coalesce(:'caller', '') AND key = :'key';
