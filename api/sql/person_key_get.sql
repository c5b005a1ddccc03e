-- The keys of who is registered, to write something about them; whether the caller may, is decided when it is written.
-- lane: read
-- personal: yes
SELECT p.id AS _person, p.wrapping_key AS _wrapping_id, k.wrapped AS _wrapping, p.wrapped AS _wrapped
FROM persons p
JOIN wrapping_keys k ON k.id = p.wrapping_key
WHERE p.id = :'registration_id'::uuid;
