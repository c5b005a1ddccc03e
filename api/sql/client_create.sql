-- Makes a client, with its first key if it is one that has keys.
-- body: NewClient; key_hash: the keyed hash of the key
-- lane: write
WITH client AS (
    INSERT INTO clients AS c (id, name, organisation_id, scopes, token_endpoint_auth_method, jwks, jwks_uri,
                              certificate_thumbprints, tls_client_auth_subject_dn, tls_client_auth_san_dns, created_at, updated_at, writer)
    SELECT uuid_v7(:'now'::timestamptz), b.name, b.organisation_id, b.scopes, b.token_endpoint_auth_method, b.jwks,
           b.jwks_uri, b.certificate_thumbprints, b.tls_client_auth_subject_dn, b.tls_client_auth_san_dns, :'now'::timestamptz,
           :'now'::timestamptz, :'writer'::jsonb
    FROM jsonb_populate_record(NULL::clients,
                               '{"token_endpoint_auth_method": "client_secret_basic"}'::jsonb || :'body'::jsonb) AS b
    RETURNING c.id, c.revision, c.token_endpoint_auth_method = 'client_secret_basic' AS has_key, c AS row
), key AS (
    INSERT INTO client_keys (hash, client_id, created_at)
    SELECT :'key_hash'::bytea, id, :'now'::timestamptz
    FROM client
    WHERE has_key
)
SELECT
    client_document(row, :'now'::timestamptz) || jsonb_build_object('key_count', has_key::integer) AS _members,
    CASE WHEN has_key THEN 'true' END AS _has_key,
    revision AS _revision,
    '/v1/clients/' || id AS _location
FROM client;
