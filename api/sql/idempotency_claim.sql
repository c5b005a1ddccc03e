-- Claims an Idempotency-Key for this transaction, or finds what was answered under it.
-- Old keys are cleared away a few at a time, and one that is taken again after two days is a new one.
-- caller, key; fingerprint: hash of the whole request
-- lane: write
WITH old AS (
    DELETE FROM idempotency_keys
    WHERE ctid = ANY (ARRAY(SELECT ctid FROM idempotency_keys
                            WHERE created_at < :'now'::timestamptz - interval '48 hours'
                              AND (caller, key) <> (coalesce(:'caller', ''), :'key')
                            LIMIT 10
                            FOR UPDATE SKIP LOCKED))
), turn AS (
    SELECT pg_try_advisory_xact_lock(hashtextextended(coalesce(:'caller', '') || ' ' || :'key', 0)) AS is_mine
), found AS (
    SELECT k.*
    FROM idempotency_keys k, turn
    WHERE is_mine AND k.caller = coalesce(:'caller', '') AND k.key = :'key'
      AND k.created_at >= :'now'::timestamptz - interval '48 hours'
), claim AS (
    INSERT INTO idempotency_keys AS k (caller, key, fingerprint, created_at)
    SELECT coalesce(:'caller', ''), :'key', :'fingerprint'::bytea, :'now'::timestamptz
    FROM turn
    WHERE is_mine AND NOT EXISTS (SELECT FROM found)
    ON CONFLICT (caller, key) DO UPDATE
        SET fingerprint = EXCLUDED.fingerprint, created_at = EXCLUDED.created_at, status = NULL
        WHERE k.created_at < :'now'::timestamptz - interval '48 hours'
    RETURNING true AS is_new
)
SELECT
    CASE
        WHEN claim.is_new                                      THEN NULL
        WHEN found.fingerprint IS NULL                         THEN 'in-progress'
        WHEN found.fingerprint <> :'fingerprint'::bytea        THEN 'idempotency-mismatch'
    END                            AS _problem,
    found.status,
    found.headers ->> 'etag'       AS etag,
    found.headers ->> 'location'   AS location,
    found.headers ->> 'language'   AS language,
    found.body
FROM turn
LEFT JOIN found ON true
LEFT JOIN claim ON true;
