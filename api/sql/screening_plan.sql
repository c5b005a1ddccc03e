-- Says when and where the conversation is, and for how long a place is held meanwhile.
-- planned: NewScreening with what is personal sealed, by the names of the columns
-- lane: write
-- personal: yes
SELECT
    a.problem AS _problem,
    a.pointer AS _pointer,
    a.detail  AS _detail,
    w.*
FROM registration_screen(:'registration_id'::uuid, :'planned'::jsonb, :'actor', :'leads'::uuid, :'manages'::boolean,
                         :'organisations'::uuid[], :'now'::timestamptz) AS a
LEFT JOIN LATERAL registration_row(a.r, a.seen_as, a.in_line, :'writer'::jsonb, :'now'::timestamptz) AS w ON a.problem IS NULL;
