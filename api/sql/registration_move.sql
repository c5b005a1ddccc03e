-- Puts a registration into another meeting or series of the group.
-- body: Move
-- lane: write
-- personal: yes
SELECT
    a.problem AS _problem,
    a.pointer AS _pointer,
    a.detail  AS _detail,
    w.*
FROM registration_move(:'registration_id'::uuid, (:'body'::jsonb ->> 'meeting_id')::uuid,
                       (:'body'::jsonb ->> 'schedule_id')::uuid, :'actor', :'leads'::uuid, :'manages'::boolean,
                       :'organisations'::uuid[], :'now'::timestamptz) AS a
LEFT JOIN LATERAL registration_row(a.r, a.seen_as, a.in_line, :'writer'::jsonb, :'now'::timestamptz) AS w ON a.problem IS NULL;
