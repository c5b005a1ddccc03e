-- What a person's feed shows. Its address is not kept.
-- lane: read
-- personal: yes
SELECT x.*
FROM feeds f
CROSS JOIN LATERAL feed_row(f) AS x
WHERE f.person_id = :'registration_id'::uuid AND f.person_id = :'person'::uuid;
