-- 0017_oauth.sql: how clients prove who they are, and the access tokens that they get for it.

-- SHA-256 as base64url, in which thumbprints are written.
CREATE FUNCTION thumbprint(bytes bytea) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT translate(rtrim(encode(sha256(bytes), 'base64'), '='), '+/', '-_')
$$;

-- The thumbprint of a public key (RFC 7638), by which tokens are bound to it.
CREATE FUNCTION jwk_thumbprint(jwk jsonb) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT thumbprint(convert_to(
        CASE jwk ->> 'kty'
            WHEN 'RSA' THEN format('{"e":"%s","kty":"RSA","n":"%s"}', jwk ->> 'e', jwk ->> 'n')
            WHEN 'EC'  THEN format('{"crv":"%s","kty":"EC","x":"%s","y":"%s"}', jwk ->> 'crv', jwk ->> 'x', jwk ->> 'y')
            WHEN 'OKP' THEN format('{"crv":"%s","kty":"OKP","x":"%s"}', jwk ->> 'crv', jwk ->> 'x')
        END, 'UTF8'))
$$;

-- The thumbprints of the certificates in a text (PEM); NULL if there are none.
CREATE FUNCTION pem_thumbprints(pem text) RETURNS text[]
LANGUAGE sql IMMUTABLE AS $$
    SELECT array_agg(thumbprint(decode(m[1], 'base64')))
    FROM regexp_matches(pem, '-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----', 'g') AS m
$$;

-- Up to four public keys (RFC 7517), with what we need of them; NULL if one is private, or not for PS256, ES256 or EdDSA.
CREATE FUNCTION key_set_of(given jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE AS $$
    SELECT jsonb_build_object('keys', jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
               'kty', k -> 'kty', 'crv', k -> 'crv', 'n', k -> 'n', 'e', k -> 'e', 'x', k -> 'x', 'y', k -> 'y',
               'kid', k -> 'kid', 'alg', k -> 'alg', 'use', k -> 'use'))))
    FROM jsonb_array_elements(given -> 'keys') AS k
    HAVING count(*) BETWEEN 1 AND 4
       AND bool_and(NOT k ? 'd' AND coalesce(CASE k ->> 'kty'
               WHEN 'RSA' THEN k ->> 'n' ~ '^[A-Za-z0-9_-]+$' AND length(k ->> 'n') BETWEEN 342 AND 683
                               AND k ->> 'e' = 'AQAB'
               WHEN 'EC'  THEN k ->> 'crv' = 'P-256' AND k ->> 'x' ~ '^[A-Za-z0-9_-]{43}$'
                               AND k ->> 'y' ~ '^[A-Za-z0-9_-]{43}$'
               WHEN 'OKP' THEN k ->> 'crv' = 'Ed25519' AND k ->> 'x' ~ '^[A-Za-z0-9_-]{43}$'
           END, false))
$$;

ALTER TABLE clients
    ADD COLUMN token_endpoint_auth_method text NOT NULL DEFAULT 'client_secret_basic',
    ADD COLUMN jwks jsonb,
    ADD COLUMN jwks_uri text,
    ADD COLUMN certificate_thumbprints text[],
    ADD COLUMN tls_client_auth_subject_dn text,
    ADD COLUMN tls_client_auth_san_dns text,
    ADD COLUMN revision bigint NOT NULL DEFAULT 1,
    ADD COLUMN updated_at timestamptz NOT NULL DEFAULT runde_now(),
    ADD COLUMN writer jsonb NOT NULL DEFAULT '{"command": "runde"}',
    ADD CONSTRAINT client_key_set CHECK (jwks IS NULL OR coalesce(jwks = key_set_of(jwks), false)),
    -- A client has one method, and what belongs to it.
    ADD CONSTRAINT client_method CHECK (token_endpoint_auth_method = CASE
        WHEN num_nonnulls(jwks, jwks_uri, certificate_thumbprints, tls_client_auth_subject_dn, tls_client_auth_san_dns) > 1
                                               THEN 'none'
        WHEN num_nonnulls(jwks, jwks_uri) = 1    THEN 'private_key_jwt'
        WHEN certificate_thumbprints IS NOT NULL THEN 'self_signed_tls_client_auth'
        WHEN num_nonnulls(tls_client_auth_subject_dn, tls_client_auth_san_dns) = 1 THEN 'tls_client_auth'
        ELSE                                          'client_secret_basic'
    END);
UPDATE clients SET updated_at = coalesce(revoked_at, created_at);

-- What was found where clients publish their keys.
CREATE TABLE fetched_keys (
    client_id   uuid PRIMARY KEY REFERENCES clients (id),
    uri         text NOT NULL,
    jwks        jsonb NOT NULL,
    fetched_at  timestamptz NOT NULL
);

-- What is of use of a set of keys that is not made for us alone, sixteen at most; NULL if nothing is.
CREATE FUNCTION usable_keys_of(given jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE AS $$
    SELECT jsonb_build_object('keys', jsonb_agg(known.key ORDER BY known.place))
    FROM (SELECT one.keys -> 'keys' -> 0 AS key, place
          FROM jsonb_array_elements(CASE jsonb_typeof(given -> 'keys') WHEN 'array' THEN given -> 'keys' END)
               WITH ORDINALITY AS k (key, place)
          CROSS JOIN key_set_of(jsonb_build_object('keys', jsonb_build_array(k.key))) AS one (keys)
          WHERE jsonb_typeof(k.key) = 'object' AND coalesce(k.key ->> 'use' = 'sig', true) AND one.keys IS NOT NULL
          ORDER BY place
          LIMIT 16) AS known
    HAVING count(*) > 0
$$;

-- The public keys of a client: those that it gave, or those that it publishes, as far as they were fetched.
CREATE FUNCTION keys_of(c clients) RETURNS SETOF jsonb
LANGUAGE sql STABLE AS $$
    SELECT jsonb_array_elements(coalesce(c.jwks, (SELECT f.jwks FROM fetched_keys f
                                                  WHERE f.client_id = c.id AND f.uri = c.jwks_uri)) -> 'keys')
$$;

-- What a client proves to have: each of its keys and certificates by its thumbprint, or the name in a certificate.
CREATE FUNCTION credentials_of(c clients) RETURNS text[]
LANGUAGE sql STABLE AS $$
    SELECT ARRAY(SELECT jwk_thumbprint(key) FROM keys_of(c) AS key)
           || coalesce(c.certificate_thumbprints, '{}')
           || array_remove(ARRAY['subject:' || c.tls_client_auth_subject_dn, 'dns:' || c.tls_client_auth_san_dns], NULL)
$$;

-- Insurers share no secrets with us, and what they are given is bound to a key of theirs.
CREATE FUNCTION client_is_insurer(c clients) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT 'referrals:write' = ANY (c.scopes)
           OR EXISTS (SELECT FROM organisations o WHERE o.id = c.organisation_id AND o.kind = 'insurer')
$$;

-- Whether a shared secret is good for a client, whoever has one.
CREATE FUNCTION client_takes_secrets(c clients) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT c.revoked_at IS NULL AND c.token_endpoint_auth_method = 'client_secret_basic' AND NOT client_is_insurer(c)
$$;

-- Before a write: an insurer gets no secret.
CREATE FUNCTION client_guard() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.revoked_at IS NULL AND NEW.token_endpoint_auth_method = 'client_secret_basic' AND client_is_insurer(NEW) THEN
        PERFORM refuse('client_secret');
    END IF;
    RETURN NEW;
END
$$;

-- After a write: who did it, for the auditor, and its keys if they are to be fetched. Followers of changes are told nothing
-- of clients.
CREATE FUNCTION client_log() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    was jsonb := CASE TG_OP WHEN 'UPDATE' THEN to_jsonb(OLD) ELSE '{}' END;
BEGIN
    INSERT INTO audit (at, writer, action, resource, resource_id, revision, members)
    SELECT NEW.updated_at, NEW.writer,
           CASE WHEN TG_OP = 'INSERT' THEN 'created' WHEN NEW.revoked_at IS NOT NULL THEN 'deleted' ELSE 'updated' END,
           'client', NEW.id, NEW.revision,
           CASE TG_OP WHEN 'UPDATE' THEN changed_members(was, to_jsonb(NEW)) ELSE '{}' END
    WHERE TG_OP = 'INSERT' OR NEW.revision <> OLD.revision;
    IF NEW.jwks_uri IS DISTINCT FROM was ->> 'jwks_uri' AND NEW.jwks_uri IS NOT NULL THEN
        PERFORM job_add('keys', NEW.id::text, NULL, '{}', NEW.updated_at, NEW.updated_at);
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER guard BEFORE INSERT OR UPDATE ON clients FOR EACH ROW EXECUTE FUNCTION client_guard();
CREATE TRIGGER revise BEFORE UPDATE ON clients FOR EACH ROW EXECUTE FUNCTION resource_revise();
CREATE TRIGGER log AFTER INSERT OR UPDATE ON clients FOR EACH ROW EXECUTE FUNCTION client_log();

-- A client as operators read it; with no secret, for none is known here.
CREATE FUNCTION client_document(c clients, at timestamptz) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT jsonb_strip_nulls(to_jsonb(c) - '{writer, revoked_at}'::text[] || jsonb_build_object(
               'jwks_fetched_at', (SELECT to_char(f.fetched_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
                                   FROM fetched_keys f WHERE f.client_id = c.id AND f.uri = c.jwks_uri)))
           || jsonb_build_object(
                  'created_at', to_char(c.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
                  'updated_at', to_char(c.updated_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
                  'key_count', (SELECT count(*) FROM client_keys k
                                WHERE k.client_id = c.id AND (k.expires_at IS NULL OR k.expires_at > at)))
$$;

-- Access tokens, by their keyed hashes. What a token was got with, and what whoever uses it has to have: both must still
-- belong to the client.
CREATE TABLE access_tokens (
    hash        bytea PRIMARY KEY,
    client_id   uuid NOT NULL REFERENCES clients (id),
    scopes      text[] NOT NULL,
    key_hash    bytea REFERENCES client_keys (hash),  -- the API key that it was got with
    credential  text,                                 -- or which of the client's credentials
    jkt         text,                                 -- the key of each proof that comes with it (RFC 9449)
    x5t         text,                                 -- the certificate of each connection that it comes over (RFC 8705)
    created_at  timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL,
    CONSTRAINT token_credential CHECK (num_nonnulls(key_hash, credential) = 1)
);
CREATE INDEX access_tokens_by_age ON access_tokens (expires_at);
CREATE INDEX access_tokens_by_client ON access_tokens (client_id);

-- What a token is good for now; nothing if it ended, or what it was got with did. A scope that the client has lost is lost.
CREATE FUNCTION access_token_read(token bytea, at timestamptz)
RETURNS TABLE (client_id uuid, organisation_id uuid, scopes text[], jkt text, x5t text, created_at timestamptz,
               expires_at timestamptz)
LANGUAGE sql STABLE AS $$
    SELECT c.id, c.organisation_id, ARRAY(SELECT unnest(t.scopes) INTERSECT SELECT unnest(c.scopes) ORDER BY 1), t.jkt, t.x5t,
           t.created_at, least(t.expires_at, k.expires_at)
    FROM access_tokens t
    JOIN clients c ON c.id = t.client_id
    LEFT JOIN client_keys k ON k.hash = t.key_hash
    WHERE t.hash = token
      AND c.revoked_at IS NULL
      AND least(t.expires_at, k.expires_at) > at
      AND CASE WHEN t.key_hash IS NULL THEN t.credential = ANY (credentials_of(c)) ELSE client_takes_secrets(c) END
      AND (num_nonnulls(t.jkt, t.x5t) > 0 OR NOT client_is_insurer(c))
$$;

-- Assertions and proofs that were seen, by keyed hashes: none is good twice.
CREATE TABLE spent_proofs (
    hash        bytea PRIMARY KEY,
    expires_at  timestamptz NOT NULL
);
CREATE INDEX spent_proofs_by_age ON spent_proofs (expires_at);

INSERT INTO timetable (kind, every) VALUES
    ('tokens',  '10 minutes'),  -- what has expired of all this
    ('keysets', '1 hour');
