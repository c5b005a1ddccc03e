-- Some persons whose data key lies under a retired wrapping key, with the one it is to lie under. Whom somebody else is
-- writing is not waited for.
-- after: the last one of the batch before; most: how many at once
-- lane: write
SELECT p.id, p.wrapped, k.id AS from_id, k.wrapped AS "from", newest.id AS to_id, newest.wrapped AS "to"
FROM persons p
JOIN wrapping_keys k ON k.id = p.wrapping_key
JOIN wrapping_keys newest ON newest.retired_at IS NULL
WHERE k.retired_at IS NOT NULL AND p.id > :'after'::uuid
ORDER BY p.id
LIMIT :'most'::integer
FOR NO KEY UPDATE OF p SKIP LOCKED;
