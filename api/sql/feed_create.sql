-- Gives a person's feed an address, or a new one.
-- wanted: a NewFeed, its title sealed; hash: the keyed hash of the address's secret
-- lane: write
-- personal: yes
SELECT w.problem AS _problem, x.*, '/v1/registrations/' || r.id || '/feed' AS _location
FROM registrations r
CROSS JOIN LATERAL feed_write(r.id, :'wanted'::jsonb, :'hash'::bytea, NULL, :'now'::timestamptz) AS w
LEFT JOIN LATERAL feed_row(w.f) AS x ON true
WHERE r.id = :'registration_id'::uuid AND r.id = :'person'::uuid;
