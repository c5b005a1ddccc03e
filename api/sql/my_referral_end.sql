-- A person withdraws their consent to be told of, on their page; it is no matter if they have before.
-- lane: write
-- personal: yes
SELECT referral_withdraw(r.id, NULL, :'now'::timestamptz) IS NULL AS is_done
FROM registrations r
WHERE r.id = :'person'::uuid;
