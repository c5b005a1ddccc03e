-- The key that wraps new keys.
-- lane: read
SELECT k.id, k.wrapped
FROM wrapping_keys k
WHERE k.retired_at IS NULL
ORDER BY k.id DESC
LIMIT 1;
