-- Gives a client other public keys or certificates. Tokens that were got with those that are gone end with them.
-- jwks: a set of keys; jwks_uri: where they are; certificate: in PEM; one of these
-- lane: write
UPDATE clients
SET jwks = CASE WHEN :'jwks'::text IS NOT NULL THEN key_set_of(:'jwks'::jsonb) END,
    jwks_uri = :'jwks_uri',
    certificate_thumbprints = pem_thumbprints(:'certificate'::text),
    updated_at = :'now'::timestamptz, writer = '{"command": "runde"}'
WHERE name = :'name'
  AND revoked_at IS NULL
  AND token_endpoint_auth_method = CASE WHEN :'certificate'::text IS NULL THEN 'private_key_jwt'
                                        ELSE 'self_signed_tls_client_auth' END
RETURNING id;
