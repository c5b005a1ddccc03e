-- Stores the token that a mail is to carry; what an earlier attempt of the same job has stored is good for nothing any
-- more. No row: the job is somebody else's by now, or its token was used.
-- job, fence: of the claim; capability: the one that waits for its token, or NULL; kind, life: of a new one; person: who
-- gets it; hash: of the token; now: the clock
-- lane: write
WITH person AS MATERIALIZED (  -- before the job, as whoever erases somebody
    SELECT id FROM persons WHERE id = :'person'::uuid FOR KEY SHARE
), job AS (
    SELECT jobs.id
    FROM person, jobs
    WHERE jobs.id = :'job'::bigint AND fence = :'fence'::bigint
    FOR UPDATE OF jobs
)
INSERT INTO capabilities (hash, id, kind, person_id, created_at, expires_at)
SELECT :'hash'::bytea, coalesce(:'capability'::uuid, md5('job ' || id)::uuid), :'kind', :'person'::uuid,
       :'now'::timestamptz, :'now'::timestamptz + :'life'::interval
FROM job
ON CONFLICT (id) DO UPDATE
SET hash = EXCLUDED.hash,
    expires_at = CASE capabilities.kind WHEN 'sign_in' THEN capabilities.expires_at ELSE EXCLUDED.expires_at END
WHERE capabilities.used_at IS NULL
RETURNING id;
