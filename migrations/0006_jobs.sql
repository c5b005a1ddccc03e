-- 0006_jobs.sql: what is to be done outside of a transaction, written inside it.

CREATE TABLE jobs (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind        text NOT NULL,
    key         text NOT NULL,         -- what it is for: the same thing is never to be done twice at a time
    person_id   uuid,                  -- whom it is about; it goes with the person
    payload     jsonb NOT NULL DEFAULT '{}',
    run_at      timestamptz NOT NULL,
    created_at  timestamptz NOT NULL,
    attempts    integer NOT NULL DEFAULT 0,
    lease_until timestamptz,           -- NULL: nobody is at it
    fence       bigint NOT NULL DEFAULT 0,  -- rises with each claim: who holds an older one writes nothing any more
    error       text,                  -- of the last attempt; never with personal data
    dead_at     timestamptz,
    CONSTRAINT job_key UNIQUE (kind, key)
);
CREATE INDEX jobs_to_run ON jobs (run_at, id) WHERE dead_at IS NULL;
CREATE INDEX jobs_by_person ON jobs (person_id) WHERE person_id IS NOT NULL;
CREATE INDEX jobs_by_message ON jobs ((payload ->> 'message_id'));

-- Adds a job, unless the same is to be done already. One that was given up begins anew.
CREATE FUNCTION job_add(kind text, key text, person uuid, payload jsonb, run_at timestamptz, at timestamptz) RETURNS void
LANGUAGE sql AS $$
    INSERT INTO jobs (kind, key, person_id, payload, run_at, created_at)
    VALUES (kind, key, person, payload, run_at, at)
    ON CONFLICT ON CONSTRAINT job_key DO UPDATE
    SET payload = EXCLUDED.payload, run_at = EXCLUDED.run_at, attempts = 0, error = NULL, dead_at = NULL
    WHERE jobs.dead_at IS NOT NULL
$$;
