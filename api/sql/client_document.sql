-- What of a client can be patched.
-- lane: write
SELECT
    (client_document(c, :'now'::timestamptz) - '{id, revision, created_at, updated_at, key_count}'::text[])::text AS document,
    CASE WHEN NOT c.revision = ANY (coalesce(:'if_match'::bigint[], ARRAY[c.revision])) THEN 'precondition-failed' END
        AS _problem,
    c.revision AS _revision
FROM clients c
WHERE c.id = :'client_id'::uuid AND c.revoked_at IS NULL;
