-- Gives up, in whatever state; what was held is passed on.
-- lane: write
-- personal: yes
SELECT
    a.problem AS _problem,
    a.pointer AS _pointer,
    a.detail  AS _detail,
    w.*
FROM registration_act(:'registration_id'::uuid, 'cancel', NULL, :'actor', :'person'::uuid, :'leads'::uuid,
                      :'manages'::boolean, :'organisations'::uuid[], :'now'::timestamptz) AS a
LEFT JOIN LATERAL registration_row(a.r, a.seen_as, a.in_line, :'writer'::jsonb, :'now'::timestamptz) AS w ON a.problem IS NULL;
