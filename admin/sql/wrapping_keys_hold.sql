-- Waits for all who are writing under a retired wrapping key, and lets nobody begin to.
-- lane: write
SELECT id
FROM wrapping_keys
WHERE retired_at IS NOT NULL
ORDER BY id
FOR UPDATE;
