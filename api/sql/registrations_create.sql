-- Registers people for one meeting, or for a regular place in a series; a row for each of them, in their order.
-- meeting_id or schedule_id, the other one NULL; requests: see registrations_create(); vouching: the client that vouches
-- lane: write
SELECT
    a.problem AS _problem,
    a.pointer AS _pointer,
    a.detail  AS _detail,
    w.*,
    '/v1/registrations/' || w._person AS _location
FROM registrations_create(:'meeting_id'::uuid, :'schedule_id'::uuid, :'requests'::jsonb, :'is_admin'::boolean,
                          :'is_partner'::boolean, :'organisations'::uuid[], :'vouching'::uuid, :'now'::timestamptz)
     WITH ORDINALITY AS a (problem, pointer, detail, r, seen_as, in_line, number)
LEFT JOIN LATERAL registration_row(shown_to_caller(a.r), a.seen_as, a.in_line, :'writer'::jsonb, :'now'::timestamptz) AS w
       ON a.problem IS NULL
ORDER BY a.number;
