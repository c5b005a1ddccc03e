-- Makes a client, with its first key unless it has keys or certificates of its own; or names a scope that does not exist, or
-- says that it must sign.
-- lane: write
WITH given AS (
    SELECT :'name'::text AS name, string_to_array(:'scopes'::text, ',') AS scopes,
           :'organisation'::uuid AS organisation_id, key_set_of(:'jwks'::jsonb) AS jwks,
           :'jwks_uri'::text AS jwks_uri, pem_thumbprints(:'certificate'::text) AS thumbprints,
           CASE WHEN num_nonnulls(:'jwks'::text, :'jwks_uri'::text) > 0 THEN 'private_key_jwt'
                WHEN :'certificate'::text IS NOT NULL                   THEN 'self_signed_tls_client_auth'
                ELSE                                                         'client_secret_basic' END AS method
), unknown AS (
    SELECT min(word) AS unknown
    FROM given, unnest(scopes) AS word
    WHERE word NOT IN ('groups:read', 'groups:write', 'meetings:write', 'registrations:write', 'registrations:manage',
                       'referrals:write', 'statistics:read', 'webhooks:manage', 'changes:read', 'imports:write',
                       'admin')
), verdict AS (
    SELECT unknown, method = 'client_secret_basic'
                    AND client_is_insurer(jsonb_populate_record(NULL::clients, to_jsonb(given))) AS must_sign
    FROM given, unknown
), client AS (
    INSERT INTO clients (id, name, organisation_id, scopes, token_endpoint_auth_method, jwks, jwks_uri,
                         certificate_thumbprints, created_at, updated_at)
    SELECT uuid_v7(:'now'::timestamptz), name, organisation_id, scopes, method, jwks, jwks_uri, thumbprints,
           :'now'::timestamptz, :'now'::timestamptz
    FROM given, verdict
    WHERE unknown IS NULL AND NOT must_sign
    RETURNING id, token_endpoint_auth_method = 'client_secret_basic' AS has_key
), key AS (
    INSERT INTO client_keys (hash, client_id, created_at)
    SELECT :'hash'::bytea, id, :'now'::timestamptz
    FROM client
    WHERE has_key
)
SELECT unknown, must_sign, client.id, has_key
FROM verdict
LEFT JOIN client ON true;
