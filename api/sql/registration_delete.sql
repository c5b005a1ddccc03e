-- Erases a person, who gives up everything first.
-- lane: write
-- personal: yes
SELECT registration_erase(r.id, :'if_match'::bigint[], :'now'::timestamptz) AS _problem
FROM registrations r
WHERE r.id = :'registration_id'::uuid AND r.id = :'person'::uuid;
