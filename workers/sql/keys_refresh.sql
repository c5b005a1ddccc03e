-- Has the keys of all clients that publish theirs fetched again, and forgets those that nobody could fetch for a day.
-- now: the clock
-- lane: write
WITH old AS (
    DELETE FROM fetched_keys WHERE fetched_at < :'now'::timestamptz - interval '1 day'
)
SELECT job_add('keys', c.id::text, NULL, '{}', :'now'::timestamptz, :'now'::timestamptz)
FROM clients c
WHERE c.jwks_uri IS NOT NULL AND c.revoked_at IS NULL;
