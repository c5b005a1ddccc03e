-- How to reach a person, sealed. No row: they are gone.
-- lane: read
SELECT p.contact, p.id AS _person, k.id AS _wrapping_id, k.wrapped AS _wrapping, p.wrapped AS _wrapped
FROM persons p JOIN wrapping_keys k ON k.id = p.wrapping_key
WHERE p.id = :'person'::uuid AND p.contact IS NOT NULL;
