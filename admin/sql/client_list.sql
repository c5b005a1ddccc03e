-- All clients.
-- lane: read
SELECT
    c.id,
    c.name,
    CASE WHEN c.revoked_at IS NULL THEN 'active' ELSE 'revoked' END AS state,
    array_to_string(c.scopes, ',') AS scopes,
    coalesce('  ' || c.requests_per_minute || '/min', '') AS pace,
    count(k.hash) FILTER (WHERE k.expires_at IS NULL OR k.expires_at > :'now'::timestamptz)
        + cardinality(credentials_of(c)) AS keys
FROM clients c
LEFT JOIN client_keys k ON k.client_id = c.id
GROUP BY c.id
ORDER BY c.name;
