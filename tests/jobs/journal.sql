-- journal.sql: a test's record of all that becomes of jobs, written by whoever does it in the transaction that does it.
-- It is exactly as durable as the jobs are: what was rolled back is not in it, what survives a crash is.
-- Whose a step is: a worker's by its role, so that it stays the same worker when it connects again; else the connection's.

CREATE SCHEMA journal;
CREATE TABLE journal.events (
    number  bigint GENERATED ALWAYS AS IDENTITY,  -- of one job they are in order, as its row is locked meanwhile
    what    text NOT NULL,
    job     bigint,
    kind    text,
    key     text,
    fence   bigint,
    until   double precision,  -- the end of the lease, as the application's clock has it
    created bigint,
    who     text NOT NULL DEFAULT coalesce(nullif(current_setting('journal.who', true), ''),
                                           CASE WHEN session_user ~ '^worker_' THEN session_user
                                                ELSE 'connection ' || pg_backend_pid() END),
    at      double precision NOT NULL DEFAULT extract(epoch FROM clock_timestamp())
);

CREATE FUNCTION journal.note() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    job  CONSTANT jobs := coalesce(NEW, OLD);
    what CONSTANT text := CASE
        WHEN TG_OP = 'INSERT' THEN 'added'
        WHEN TG_OP = 'DELETE' THEN 'done'
        WHEN NEW.attempts > OLD.attempts OR NEW.fence <> OLD.fence THEN 'claimed'
        WHEN NEW.dead_at IS NOT NULL THEN 'given up'
        WHEN NEW.lease_until IS NULL THEN 'put off'
        ELSE 'kept'
    END;
BEGIN
    INSERT INTO journal.events (what, job, kind, key, fence, until, created)
    VALUES (what, job.id, job.kind, job.key, job.fence, extract(epoch FROM job.lease_until),
            extract(epoch FROM job.created_at) * 1000000);
    RETURN NULL;
END
$$;
CREATE TRIGGER note AFTER INSERT OR UPDATE OR DELETE ON jobs FOR EACH ROW EXECUTE FUNCTION journal.note();

-- Somebody wanted to finish what was no longer theirs, and was refused.
CREATE FUNCTION journal.note_refused() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM gone) THEN
        INSERT INTO journal.events (what) VALUES ('refused');
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER note_refused AFTER DELETE ON jobs REFERENCING OLD TABLE AS gone
FOR EACH STATEMENT EXECUTE FUNCTION journal.note_refused();

-- One person gets them all.
UPDATE mail_templates SET need = 'asked';

-- What a mail tells takes a moment to find out, so that there is one in which to be killed or stopped. A mail with "wait"
-- takes as long as somebody holds that lock.
CREATE OR REPLACE FUNCTION mail_facts(asked text, person uuid, payload jsonb, at timestamptz) RETURNS jsonb
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    IF payload ? 'wait' THEN
        PERFORM pg_advisory_xact_lock_shared((payload ->> 'wait')::bigint);
    ELSE
        PERFORM pg_sleep(random() * 0.1);
    END IF;
    RETURN '{}';
END
$$;
