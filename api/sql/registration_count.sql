-- Whether somebody takes of the places there are.
-- body: Counting
-- lane: write
-- personal: yes
SELECT
    a.problem AS _problem,
    a.pointer AS _pointer,
    a.detail  AS _detail,
    w.*
FROM registration_count(:'registration_id'::uuid, (:'body'::jsonb ->> 'counted')::boolean, :'actor', :'leads'::uuid,
                        :'manages'::boolean, :'organisations'::uuid[], :'now'::timestamptz) AS a
LEFT JOIN LATERAL registration_row(a.r, a.seen_as, a.in_line, :'writer'::jsonb, :'now'::timestamptz) AS w ON a.problem IS NULL;
