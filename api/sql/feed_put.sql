-- Changes what a person's feed shows; its address stays.
-- wanted: a NewFeed, its title sealed
-- lane: write
-- personal: yes
SELECT w.problem AS _problem, x.*
FROM registrations r
CROSS JOIN LATERAL feed_write(r.id, :'wanted'::jsonb, NULL, :'if_match'::bigint[], :'now'::timestamptz) AS w
LEFT JOIN LATERAL feed_row(w.f) AS x ON true
WHERE r.id = :'registration_id'::uuid AND r.id = :'person'::uuid;
