-- The keys of a client that may have signed an assertion: the one that it names, if it names one.
-- client_id, kid; alg, kty: how it is signed, and what kind of key does that
-- lane: read
SELECT key::text AS jwk, jwk_thumbprint(key) AS thumbprint
FROM clients c
CROSS JOIN LATERAL keys_of(c) AS key
WHERE c.id = :'client_id'::uuid
  AND c.revoked_at IS NULL
  AND coalesce(key ->> 'kid' = :'kid', :'kid'::text IS NULL)
  AND key ->> 'kty' = :'kty'
  AND coalesce(key ->> 'alg' = :'alg', true);
