-- Makes a client with its first key; or names a scope that does not exist.
-- lane: write
WITH given AS (
    SELECT :'name'::text AS name, string_to_array(:'scopes'::text, ',') AS scopes,
           :'organisation'::uuid AS organisation_id
), unknown AS (
    SELECT min(word) AS unknown
    FROM given, unnest(scopes) AS word
    WHERE word NOT IN ('groups:read', 'groups:write', 'meetings:write', 'registrations:write', 'registrations:manage',
                       'referrals:write', 'statistics:read', 'webhooks:manage', 'changes:read', 'imports:write',
                       'admin')
), client AS (
    INSERT INTO clients (id, name, organisation_id, scopes, created_at)
    SELECT uuid_v7(:'now'::timestamptz), name, organisation_id, scopes, :'now'::timestamptz
    FROM given, unknown
    WHERE unknown IS NULL
    RETURNING id
), key AS (
    INSERT INTO client_keys (hash, client_id, created_at)
    SELECT :'hash'::bytea, id, :'now'::timestamptz
    FROM client
)
SELECT unknown FROM unknown;
