-- Gives a client an access token for ten minutes, or says why not.
-- client_id; key_hash or credential: what it proved to have; jkt, x5t: what the token is bound to; scope: what it asks for;
-- token_hash: the keyed hash of the token
-- lane: write
WITH asked AS (
    SELECT c.id, c.scopes AS allowed,
           CASE WHEN :'scope'::text IS NULL THEN c.scopes
                ELSE ARRAY(SELECT DISTINCT unnest(string_to_array(:'scope', ' '))) END AS scopes,
           client_is_insurer(c) AND num_nonnulls(:'jkt'::text, :'x5t'::text) = 0 AS is_loose
    FROM clients c
    WHERE c.id = :'client_id'::uuid AND c.revoked_at IS NULL
    FOR KEY SHARE
), verdict AS (
    SELECT asked.*,
           CASE WHEN NOT scopes <@ allowed THEN 'invalid-scope'
                WHEN is_loose              THEN 'invalid-proof' END AS problem
    FROM asked
), token AS (
    INSERT INTO access_tokens (hash, client_id, scopes, key_hash, credential, jkt, x5t, created_at, expires_at)
    SELECT :'token_hash'::bytea, id, scopes, :'key_hash'::bytea, :'credential'::text, :'jkt'::text, :'x5t'::text,
           :'now'::timestamptz, :'now'::timestamptz + interval '10 minutes'
    FROM verdict
    WHERE problem IS NULL
    RETURNING scopes, jkt, created_at, expires_at
)
SELECT
    CASE WHEN verdict.id IS NULL THEN 'unauthenticated' ELSE problem END AS _problem,
    CASE WHEN problem = 'invalid-proof' THEN 'The token has to be bound: send a proof (DPoP), or use a certificate.' END
                                                                        AS _detail,
    CASE WHEN token.jkt IS NULL THEN 'Bearer' ELSE 'DPoP' END           AS token_type,
    extract(epoch FROM token.expires_at - token.created_at)::integer    AS expires_in,
    array_to_string(token.scopes, ' ')                                  AS scope
FROM (SELECT) AS always
LEFT JOIN verdict ON true
LEFT JOIN token ON true;
