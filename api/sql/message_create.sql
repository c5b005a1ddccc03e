-- Somebody writes to a group.
-- wanted: NewMessage with what is personal sealed
-- lane: write
SELECT v.problem AS _problem, v.pointer AS _pointer, v.detail AS _detail
FROM message_create(:'group_id'::uuid, :'wanted'::jsonb, :'is_admin'::boolean, :'is_partner'::boolean,
                    :'organisations'::uuid[], :'now'::timestamptz) AS v;
