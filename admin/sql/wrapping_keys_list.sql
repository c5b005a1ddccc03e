-- All wrapping keys, and how many persons each of them stands for.
-- lane: read
SELECT
    k.id,
    to_char(k.created_at, 'YYYY-MM-DD HH24:MI') AS created,
    to_char(k.retired_at, 'YYYY-MM-DD HH24:MI') AS retired,
    (SELECT count(*) FROM persons p WHERE p.wrapping_key = k.id) AS persons
FROM wrapping_keys k
ORDER BY k.id;
