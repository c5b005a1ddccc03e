-- The keys that sign, the one in use first.
-- now: the clock
-- lane: read
SELECT k.id, k.secret
FROM webhook_keys k
WHERE k.former_until IS NULL OR k.former_until > :'now'::timestamptz
ORDER BY k.created_at DESC
LIMIT 4;
