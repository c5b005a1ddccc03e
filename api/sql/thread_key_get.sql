-- The keys of a thread that the caller takes part in.
-- lane: read
-- personal: yes
SELECT p.id AS _person, p.wrapping_key AS _wrapping_id, k.wrapped AS _wrapping, p.wrapped AS _wrapped
FROM thread_for(:'message_id'::uuid, :'person'::uuid, :'leads'::uuid) AS p
JOIN wrapping_keys k ON k.id = p.wrapping_key;
