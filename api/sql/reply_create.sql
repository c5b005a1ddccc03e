-- Goes on with a thread.
-- reply_id; text: sealed
-- lane: write
-- personal: yes
SELECT reply_create(t, :'reply_id'::uuid, :'text'::bytea, :'leader'::uuid, :'now'::timestamptz)
FROM thread_for(:'message_id'::uuid, :'person'::uuid, :'leads'::uuid) AS t
WHERE t.id IS NOT NULL;
