-- A person withdraws their consent: from now on nothing of them is told.
-- lane: write
-- personal: yes
SELECT referral_withdraw(r.id, :'if_match'::bigint[], :'now'::timestamptz) AS _problem
FROM registrations r
WHERE r.id = :'registration_id'::uuid AND r.id = :'person'::uuid;
