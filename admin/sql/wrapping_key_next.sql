-- The id of the next wrapping key, the newest one there is, and whether a rotation is under way.
-- lane: read
SELECT
    coalesce(max(id), 0) + 1 AS id,
    max(id) AS newest_id,
    (SELECT wrapped FROM wrapping_keys ORDER BY id DESC LIMIT 1) AS newest,
    count(retired_at) > 0 AS is_rotating
FROM wrapping_keys;
