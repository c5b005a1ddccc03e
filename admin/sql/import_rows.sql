-- What became of each row of a feed, a line for each.
-- lane: read
SELECT rpad(coalesce(r.position::text, '-'), 6) || ' ' || rpad(r.action, 9) || ' ' || coalesce(r.key, '-')
       || CASE WHEN r.reasons <> '{}' THEN ' (' || array_to_string(r.reasons, ', ') || ')' ELSE '' END
       || CASE WHEN r.changed <> '{}' THEN ' changed: ' || array_to_string(r.changed, ', ') ELSE '' END
       || CASE WHEN r.kept <> '{}' THEN ' kept: ' || array_to_string(r.kept, ', ') ELSE '' END
       || coalesce(' "' || (r.offer ->> 'evidence') || '"' || CASE WHEN (r.offer ->> 'certain')::boolean THEN '' ELSE '?' END, '') AS line
FROM import_rows r
WHERE r.import_id = :'import'::uuid
ORDER BY r.number;
