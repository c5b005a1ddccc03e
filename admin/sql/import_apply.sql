-- Does what an import found, or says why it cannot.
-- patterns: take or leave
-- lane: write
SELECT CASE WHEN done.problem <> 'conflict' THEN done.problem
            WHEN i.state <> 'checked'       THEN 'the import is ' || i.state || ' already'
            WHEN done.problem IS NOT NULL
                THEN 'more than half of what is known is gone (--accept-gone yes), or a newer import was applied' END AS problem
FROM import_apply(:'import'::uuid,
                  jsonb_strip_nulls(jsonb_build_object('patterns', :'patterns'::text, 'accept_gone', :'accept_gone'::boolean)),
                  :'now'::timestamptz, '{"command": "import"}') AS done (problem)
LEFT JOIN imports i ON i.id = :'import'::uuid;
