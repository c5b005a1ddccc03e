-- What an import found, line by line.
-- lane: read
SELECT counted.count, counted.what, i.summary ->> 'rows' <> i.summary ->> 'refused' AS usable
FROM imports i,
LATERAL (
    SELECT 1 AS part, place, i.summary ->> member AS count, words AS what
    FROM (VALUES (1, 'rows', 'rows in the feed'), (2, 'added', 'added'), (3, 'changed', 'changed'),
                 (4, 'unchanged', 'unchanged'), (5, 'gone', 'gone: no longer in the feed'),
                 (6, 'kept', 'kept: somebody changed them here'), (7, 'refused', 'refused'),
                 (8, 'groups', 'groups in all'), (9, 'venues', 'venues in all')) AS known (place, member, words)
    UNION ALL
    SELECT 2, place::integer, r ->> 'rows', '  ' || (r ->> 'sentence')
    FROM jsonb_array_elements(i.summary -> 'reasons') WITH ORDINALITY AS reasons (r, place)
    UNION ALL
    SELECT 3, 1, i.summary #>> '{patterns,certain}', 'recurrences in words, certain'
    UNION ALL
    SELECT 3, 2, i.summary #>> '{patterns,uncertain}', 'recurrences in words, not certain'
    UNION ALL
    SELECT 4, 1, '!', 'more than half of what is known is gone: to apply it, --accept-gone yes'
    WHERE (i.summary ->> 'needs_accept_gone')::boolean
) AS counted
WHERE i.id = :'import'::uuid
ORDER BY part, place;
