-- What a client's certificate must be: one of those that were registered, or one with this name that others vouch for.
-- client_id; thumbprint: of the certificate at hand
-- lane: read
SELECT c.tls_client_auth_subject_dn AS subject, c.tls_client_auth_san_dns AS dns, (credentials_of(c))[1] AS credential,
       coalesce(:'thumbprint' = ANY (c.certificate_thumbprints), false) AS is_registered
FROM clients c
WHERE c.id = :'client_id'::uuid
  AND c.revoked_at IS NULL
  AND c.token_endpoint_auth_method IN ('tls_client_auth', 'self_signed_tls_client_auth');
