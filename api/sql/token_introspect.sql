-- What a token is good for (RFC 7662), for parts of our own.
-- token_hash: its keyed hash
-- lane: read
SELECT
    t.client_id IS NOT NULL                            AS active,
    t.client_id,
    t.client_id                                        AS sub,
    array_to_string(t.scopes, ' ')                     AS scope,
    extract(epoch FROM t.created_at)::bigint           AS iat,
    extract(epoch FROM t.expires_at)::bigint           AS exp,
    CASE WHEN t.jkt IS NOT NULL THEN 'DPoP' WHEN t.client_id IS NOT NULL THEN 'Bearer' END AS token_type,
    nullif(jsonb_strip_nulls(jsonb_build_object('jkt', t.jkt, 'x5t#S256', t.x5t)), '{}')   AS cnf
FROM (SELECT) AS always
LEFT JOIN access_token_read(:'token_hash'::bytea, :'now'::timestamptz) AS t ON true;
