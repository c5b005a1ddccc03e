-- A leader leaves their group.
-- lane: write
-- personal: yes
SELECT leader_leave(:'leader'::uuid, :'if_match'::bigint[], :'now'::timestamptz) AS _problem
WHERE :'leader_id'::uuid = :'leader'::uuid;
