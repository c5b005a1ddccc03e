-- Writes a client as a patch leaves it. Tokens that were got with what is gone end with it.
-- body: NewClient
-- lane: write
WITH written AS (
    UPDATE clients c
    SET name = b.name, organisation_id = b.organisation_id, scopes = b.scopes,
        token_endpoint_auth_method = b.token_endpoint_auth_method, jwks = b.jwks, jwks_uri = b.jwks_uri,
        certificate_thumbprints = b.certificate_thumbprints, tls_client_auth_subject_dn = b.tls_client_auth_subject_dn,
        tls_client_auth_san_dns = b.tls_client_auth_san_dns, updated_at = :'now'::timestamptz, writer = :'writer'::jsonb
    FROM jsonb_populate_record(NULL::clients,
                               '{"token_endpoint_auth_method": "client_secret_basic"}'::jsonb || :'body'::jsonb) AS b
    WHERE c.id = :'client_id'::uuid AND c.revoked_at IS NULL AND c.revision = ANY (:'if_match'::bigint[])
    RETURNING c AS row
)
SELECT
    CASE WHEN row IS NULL THEN 'precondition-failed' END AS _problem,
    client_document(row, :'now'::timestamptz)            AS _members,
    (row).revision                                       AS _revision
FROM (SELECT) AS always
LEFT JOIN written ON true;
