-- The public keys by which receivers know what is ours, as a JWK Set (RFC 7517, RFC 8037); the one in use first.
-- lane: read
SELECT coalesce(jsonb_agg(jsonb_build_object(
           'kty', 'OKP', 'crv', 'Ed25519', 'alg', 'EdDSA', 'use', 'sig', 'kid', k.id,
           'x', translate(rtrim(encode(k.public, 'base64'), '='), '+/', '-_'),
           'whpk', 'whpk_' || encode(k.public, 'base64')) ORDER BY k.created_at DESC), '[]') AS keys
FROM webhook_keys k
WHERE k.former_until IS NULL OR k.former_until > :'now'::timestamptz;
