-- 0016_webhooks.sql: who is told of changes by HTTP, of which ones, what became of that, and when it is tried again.

-- What clients ask for ------------------------------------------------------------------------------

CREATE TABLE webhooks (
    id             uuid PRIMARY KEY,
    client_id      uuid NOT NULL REFERENCES clients (id),  -- it is told of what this client may learn of
    url            text NOT NULL,
    description    text,
    events         text[],                                 -- NULL: of all
    status         text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'paused')),
    paused_because text CHECK (paused_because IN ('asked', 'failing', 'gone')),
    secret         bytea NOT NULL,                         -- sealed, and bound to the id
    former_secret  bytea,                                  -- it signs too for a while
    former_until   timestamptz,
    revision       bigint NOT NULL DEFAULT 1,
    created_at     timestamptz NOT NULL,
    updated_at     timestamptz NOT NULL,
    deleted_at     timestamptz,
    writer         jsonb NOT NULL DEFAULT '{}',
    CHECK ((status = 'paused') = (paused_because IS NOT NULL)),
    CHECK ((former_secret IS NULL) = (former_until IS NULL))
);
CREATE INDEX webhooks_by_client ON webhooks (client_id, id) WHERE deleted_at IS NULL;

-- With which key all that is sent is signed beside the secrets; a former one signs too for a while.
CREATE TABLE webhook_keys (
    id           uuid PRIMARY KEY,
    public       bytea NOT NULL,
    secret       bytea NOT NULL,  -- sealed, and bound to the id
    created_at   timestamptz NOT NULL,
    former_until timestamptz
);
CREATE UNIQUE INDEX webhook_key_in_use ON webhook_keys ((true)) WHERE former_until IS NULL;

-- How far each has come. Apart from the webhook, for nobody ever writes it but senders.
CREATE TABLE webhook_progress (
    webhook_id    uuid PRIMARY KEY REFERENCES webhooks (id),
    transaction   xid8 NOT NULL,    -- up to this change
    sequence      bigint NOT NULL,
    failing_since timestamptz,      -- the first failure after the last success
    rest_until    timestamptz,      -- it asks to be left alone, or fails for long
    sender        uuid,             -- who sends to it, all alone, as long as the lease is good
    lease_until   timestamptz
) WITH (fillfactor = 50);

-- What is told, and was: ids of things only. number: the order in which it happened.
CREATE TABLE webhook_deliveries (
    id            uuid PRIMARY KEY,  -- what receivers know it by, the same at each attempt
    number        bigint GENERATED ALWAYS AS IDENTITY,
    webhook_id    uuid NOT NULL,     -- no foreign key: webhooks stay, and each row would look for its own
    type          text NOT NULL,
    at            timestamptz NOT NULL,
    resource      text NOT NULL,
    resource_id   uuid NOT NULL,
    revision      bigint NOT NULL,
    status        text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'delivered', 'failed')),
    attempts      integer NOT NULL DEFAULT 0,
    due_at        timestamptz CHECK ((due_at IS NOT NULL) = (status = 'pending')),
    attempted_at  timestamptz,
    response_code integer,
    error         text,              -- why there was no answer
    created_at    timestamptz NOT NULL
);
CREATE INDEX webhook_deliveries_by_webhook ON webhook_deliveries (webhook_id, number);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (webhook_id, due_at, number) WHERE status = 'pending';
CREATE INDEX webhook_deliveries_waiting ON webhook_deliveries (resource_id, webhook_id, number) WHERE status = 'pending';
CREATE INDEX webhook_deliveries_by_age ON webhook_deliveries USING brin (created_at);
ALTER TABLE webhook_deliveries SET (autovacuum_vacuum_scale_factor = 0.01);  -- what is done stays in the way of what is due

-- No change that followers read, for it is nobody's business but the client's.
CREATE FUNCTION webhook_log() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN  -- of what happens from now on
        INSERT INTO webhook_progress (webhook_id, transaction, sequence)
        VALUES (NEW.id, pg_snapshot_xmin(pg_current_snapshot()), 0);
    ELSIF NEW.revision = OLD.revision THEN
        RETURN NULL;
    END IF;
    INSERT INTO audit (at, writer, action, resource, resource_id, revision, members)
    VALUES (NEW.updated_at, NEW.writer,
            CASE WHEN TG_OP = 'INSERT' THEN 'created' WHEN NEW.deleted_at IS NOT NULL THEN 'deleted' ELSE 'updated' END,
            'webhook', NEW.id, NEW.revision,
            CASE WHEN TG_OP = 'INSERT' THEN '{}' ELSE changed_members(to_jsonb(OLD), to_jsonb(NEW)) END);
    RETURN NULL;
END
$$;
CREATE TRIGGER revise BEFORE UPDATE ON webhooks FOR EACH ROW EXECUTE FUNCTION resource_revise();
CREATE TRIGGER log AFTER INSERT OR UPDATE ON webhooks FOR EACH ROW EXECUTE FUNCTION webhook_log();

-- The one place that says whose a webhook is: another client of the organisation may learn of other things.
CREATE FUNCTION webhook_of(of uuid, caller uuid, is_admin boolean) RETURNS SETOF webhooks
LANGUAGE sql STABLE AS $$
    SELECT w.* FROM webhooks w WHERE w.id = of AND w.deleted_at IS NULL AND (is_admin OR w.client_id = caller)
$$;

-- After one goes on: all that waits is due, and what was is forgotten.
CREATE FUNCTION webhook_resume() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE webhook_progress SET failing_since = NULL, rest_until = NULL WHERE webhook_id = NEW.id;
    UPDATE webhook_deliveries SET due_at = NEW.updated_at WHERE webhook_id = NEW.id AND status = 'pending';
    RETURN NULL;
END
$$;
CREATE TRIGGER resume AFTER UPDATE ON webhooks FOR EACH ROW WHEN (OLD.status = 'paused' AND NEW.status = 'active')
    EXECUTE FUNCTION webhook_resume();

-- After a client has lost a scope, or speaks for another organisation: what it could learn before, and may not any more,
-- is not sent, and not shown among what was.
CREATE FUNCTION client_lead_webhooks() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    moves boolean := NEW.organisation_id IS DISTINCT FROM OLD.organisation_id;
BEGIN
    DELETE FROM webhook_deliveries d
    USING webhooks w
    WHERE w.client_id = NEW.id AND d.webhook_id = w.id
      AND CASE d.resource WHEN 'referral'     THEN moves OR NOT 'referrals:write' = ANY (NEW.scopes)
                          WHEN 'registration' THEN moves OR NOT 'registrations:manage' = ANY (NEW.scopes) END;
    RETURN NULL;
END
$$;
CREATE TRIGGER lead_webhooks AFTER UPDATE ON clients FOR EACH ROW
    WHEN ((OLD.scopes, OLD.organisation_id) IS DISTINCT FROM (NEW.scopes, NEW.organisation_id))
    EXECUTE FUNCTION client_lead_webhooks();

-- A webhook as its client sees it.
CREATE FUNCTION webhook_document(w webhooks) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT jsonb_strip_nulls(jsonb_build_object(
        'id', w.id, 'url', w.url, 'description', w.description, 'events', w.events, 'status', w.status,
        'paused_because', w.paused_because, 'former_secret_until', instant(w.former_until),
        'failing_since', (SELECT instant(p.failing_since) FROM webhook_progress p WHERE p.webhook_id = w.id),
        'revision', w.revision, 'created_at', instant(w.created_at), 'updated_at', instant(w.updated_at)))
$$;

-- A delivery as the log shows it: nothing of what the receiver said but its code.
CREATE FUNCTION webhook_delivery_document(d webhook_deliveries) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT jsonb_strip_nulls(jsonb_build_object(
        'id', d.id, 'type', d.type, 'timestamp', instant(d.at), 'resource', d.resource, 'resource_id', d.resource_id,
        'revision', d.revision, 'status', d.status, 'attempts', d.attempts, 'response_code', d.response_code,
        'error', d.error, 'last_attempt_at', instant(d.attempted_at), 'next_attempt_at', instant(d.due_at)))
$$;

-- What is sent. It has room for nothing else.
CREATE FUNCTION webhook_body(d webhook_deliveries) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT format('{"type":"%s","timestamp":"%s","data":{"id":"%s","resource":"%s","revision":%s}}',
                  d.type, instant(d.at), d.resource_id, d.resource, d.revision)
$$;

-- Sending -------------------------------------------------------------------------------------------

-- Plans that are kept are made while tables are empty, and must be good when they are not: functions here have theirs
-- by settings. And none waits for a disk: what is lost with a machine is done again, with the same ids.

-- How long to wait after so many attempts, a tenth more at most, or for as long as the receiver asks; NULL: that was the
-- last one, after more than three days.
CREATE FUNCTION webhook_wait(attempts integer, asked interval) RETURNS interval
LANGUAGE sql VOLATILE AS $$
    SELECT CASE WHEN attempts < 10
                THEN greatest(('{5 s,5 min,30 min,2 h,5 h,10 h,14 h,20 h,24 h}'::interval[])[attempts] * (1 + random() / 10),
                              asked) END
$$;

-- By what a receiver knows a change: it follows from the change, so that the same one never has another, and no other
-- one has it, even in a database that was restored. A UUID of version 7.
CREATE FUNCTION webhook_event_id(webhook uuid, c changes) RETURNS uuid
LANGUAGE sql STABLE AS $$
    SELECT overlay(lpad(to_hex(floor(extract(epoch FROM c.at) * 1000)::bigint), 12, '0') || '7'
                   || left(md5(concat_ws(' ', webhook, c.transaction, c.sequence, c.resource_id, c.revision,
                                         extract(epoch FROM c.at))), 19)
                   PLACING 'a' FROM 17)::uuid
$$;

-- Tells webhooks of what has happened: of so many changes each, in the order of commits, and to those that have less to
-- do than that. Returns how many webhooks have come further.
CREATE FUNCTION webhooks_fan_out(now timestamptz, most integer) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    newest changes;
    w      record;
    count  integer := 0;
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
    SELECT * INTO newest
    FROM changes c
    WHERE c.transaction < pg_snapshot_xmin(pg_current_snapshot())
    ORDER BY c.transaction DESC, c.sequence DESC
    LIMIT 1;
    FOR w IN
        SELECT x.id, x.events, c.scopes, organisations_below(c.organisation_id) AS organisations,
               -- In a database that was restored, transactions count from further back.
               least(p.transaction, pg_snapshot_xmin(pg_current_snapshot())) AS transaction, p.sequence
        FROM webhook_progress p
        JOIN webhooks x ON x.id = p.webhook_id AND x.status = 'active' AND x.deleted_at IS NULL
        JOIN clients c ON c.id = x.client_id AND c.revoked_at IS NULL
        WHERE ((p.transaction, p.sequence) < (newest.transaction, newest.sequence)
               OR p.transaction > pg_snapshot_xmin(pg_current_snapshot()))
          AND (SELECT count(*) FROM (SELECT FROM webhook_deliveries d
                                     WHERE d.webhook_id = x.id AND d.status = 'pending'
                                     LIMIT most) AS waiting) < most
        FOR UPDATE OF p SKIP LOCKED
    LOOP
        WITH told AS (
            INSERT INTO webhook_deliveries (id, webhook_id, type, at, resource, resource_id, revision, due_at, created_at)
            SELECT webhook_event_id(w.id, c), w.id, k.type, c.at, c.resource, c.resource_id, c.revision, now, now
            FROM changes_after(w.transaction, w.sequence, most) AS c
            CROSS JOIN LATERAL (SELECT c.resource || '.' || c.action) AS k (type)
            WHERE c.beside IS NULL  -- else it was told already
              AND (w.events IS NULL OR k.type = ANY (w.events))
              AND change_shows(c, 'admin' = ANY (w.scopes), w.scopes && '{groups:read,admin}',
                               'registrations:manage' = ANY (w.scopes), 'referrals:write' = ANY (w.scopes), w.organisations)
            ORDER BY c.transaction, c.sequence
            ON CONFLICT DO NOTHING
        ), last AS (
            SELECT c.transaction, c.sequence
            FROM changes_after(w.transaction, w.sequence, most) AS c
            ORDER BY c.transaction DESC, c.sequence DESC
            LIMIT 1
        )
        UPDATE webhook_progress p
        SET transaction = coalesce((SELECT l.transaction FROM last l), w.transaction),
            sequence = coalesce((SELECT l.sequence FROM last l), w.sequence)
        WHERE p.webhook_id = w.id;
        count := count + 1;
    END LOOP;
    RETURN count;
END
$$;

-- What is due, the oldest first, so much at most; of each resource only the first, so that nobody hears of it in another
-- order. A webhook is one sender's as long as the lease is good. held: what the sender has already; busy: how much of each
-- webhook that is, and for how much more it has room: [{webhook, at_hand, room}].
CREATE FUNCTION webhook_deliveries_claim(by uuid, held uuid[], busy jsonb, most integer, now timestamptz)
RETURNS TABLE (webhook_id uuid, revision bigint, url text, secret bytea, former_secret bytea, id uuid, body text)
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_bitmapscan = off AS $$
#variable_conflict use_column
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
    RETURN QUERY
    WITH known AS (
        SELECT * FROM jsonb_to_recordset(busy) AS k (webhook uuid, at_hand integer, room integer)
    ), ready AS (
        SELECT p.webhook_id,
               CASE WHEN p.rest_until > now                            THEN 0
                    WHEN p.failing_since < now - interval '1 minute'   THEN 1 - coalesce(k.at_hand, 0)
                    ELSE coalesce(k.room, 8) END AS room
        FROM webhook_progress p
        JOIN webhooks w ON w.id = p.webhook_id AND w.status = 'active' AND w.deleted_at IS NULL
        JOIN clients c ON c.id = w.client_id AND c.revoked_at IS NULL
        LEFT JOIN known k ON k.webhook = p.webhook_id
        WHERE (p.sender = by OR p.lease_until IS NULL OR p.lease_until <= now
               OR p.lease_until > now + interval '1 minute')  -- of a clock that was ahead
          AND (k.webhook IS NOT NULL
               OR EXISTS (SELECT FROM webhook_deliveries d
                          WHERE d.webhook_id = p.webhook_id AND d.status = 'pending' AND d.due_at <= now))
        FOR UPDATE OF p SKIP LOCKED
    ), leased AS (
        UPDATE webhook_progress p
        SET sender = by, lease_until = now + interval '10 seconds'
        FROM ready r
        WHERE p.webhook_id = r.webhook_id
          AND (p.sender IS DISTINCT FROM by
               OR p.lease_until NOT BETWEEN now + interval '5 seconds' AND now + interval '10 seconds')
    )
    SELECT w.id, w.revision, w.url, w.secret, CASE WHEN w.former_until > now THEN w.former_secret END,
           due.id, webhook_body(due)
    FROM ready r
    JOIN webhooks w ON w.id = r.webhook_id
    CROSS JOIN LATERAL (
        SELECT d.*
        FROM webhook_deliveries d
        WHERE d.webhook_id = r.webhook_id AND d.status = 'pending' AND d.due_at <= now AND d.id NOT IN (SELECT unnest(held))
          AND d.number = (SELECT e.number FROM webhook_deliveries e
                          -- The first from there on, which only one index can give: so no plan takes another.
                          WHERE (e.resource_id, e.webhook_id, e.number) >= (d.resource_id, d.webhook_id, 0)
                            AND e.status = 'pending'
                          ORDER BY e.resource_id, e.webhook_id, e.number
                          LIMIT 1)
        ORDER BY d.due_at, d.number
        LIMIT greatest(r.room, 0)) AS due
    ORDER BY due.due_at, due.number
    LIMIT most;
END
$$;

-- Notes what became of attempts: [{id, code, error, wait: for how many seconds the receiver asks}]. A webhook that is
-- gone, or has failed for three days, is paused, and its client is told so.
CREATE FUNCTION webhook_deliveries_settle(results jsonb, now timestamptz) RETURNS void
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_bitmapscan = off
    SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    ended record;
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
    FOR ended IN
        WITH result AS (
            SELECT r.id, r.code, r.error, coalesce(r.code BETWEEN 200 AND 299, false) AS arrived,
                   CASE WHEN r.wait IS NOT NULL THEN make_interval(secs => least(r.wait, 86400)) END AS asked
            FROM jsonb_to_recordset(results) AS r (id uuid, code integer, error text, wait float8)
        ), attempt AS (
            UPDATE webhook_deliveries d
            SET attempts = d.attempts + 1, attempted_at = now, response_code = r.code, error = r.error,
                status = CASE WHEN r.arrived                                          THEN 'delivered'
                              WHEN webhook_wait(d.attempts + 1, r.asked) IS NOT NULL THEN 'pending'
                              ELSE                                                        'failed' END,
                due_at = CASE WHEN NOT r.arrived THEN now + webhook_wait(d.attempts + 1, r.asked) END
            FROM result r
            -- Written so that nothing but the primary key helps, even where tables are said to be empty: it is not null
            -- while pending, and what is no equality cannot be merged.
            WHERE d.id = ANY (ARRAY[r.id]) AND d.due_at IS NOT NULL
            RETURNING d.webhook_id, r.arrived, r.code = 410 AS gone, now + r.asked AS not_before
        ), answer AS (
            SELECT a.webhook_id, bool_or(a.arrived) AS arrived, bool_or(a.gone) AS gone, max(a.not_before) AS not_before
            FROM attempt a
            GROUP BY a.webhook_id
        ), verdict AS (
            SELECT a.webhook_id, a.gone, n.failing_since,
                   CASE WHEN a.arrived                                      THEN NULL
                        WHEN n.failing_since < now - interval '1 minute'
                            THEN greatest(a.not_before, now + least((now - n.failing_since) / 20, interval '5 minutes'))
                        ELSE a.not_before END AS rest_until
            FROM answer a
            JOIN webhook_progress p ON p.webhook_id = a.webhook_id
            CROSS JOIN LATERAL (SELECT CASE WHEN NOT a.arrived THEN coalesce(p.failing_since, now) END) AS n (failing_since)
        ), noted AS (
            UPDATE webhook_progress p
            SET failing_since = v.failing_since, rest_until = v.rest_until
            FROM verdict v
            WHERE p.webhook_id = v.webhook_id
              AND (p.failing_since, p.rest_until) IS DISTINCT FROM (v.failing_since, v.rest_until)
        ), paused AS (
            UPDATE webhooks w
            SET status = 'paused', paused_because = CASE WHEN v.gone THEN 'gone' ELSE 'failing' END, updated_at = now,
                writer = '{}'
            FROM verdict v
            WHERE w.id = v.webhook_id AND w.status = 'active' AND w.deleted_at IS NULL
              AND (v.gone OR v.failing_since <= now - interval '3 days')
            RETURNING w.id, w.revision
        )
        SELECT * FROM paused
    LOOP
        PERFORM job_add('notice', ended.id || ':' || ended.revision, NULL,
                        jsonb_build_object('webhook_id', ended.id), now, now);
    END LOOP;
END
$$;

-- All that a sender has to say and to ask, at once. results: NULL, if it has none; changes: NULL, if nobody is to be told
-- of more yet.
CREATE FUNCTION webhooks_exchange(by uuid, results jsonb, changes integer, held uuid[], busy jsonb, most integer,
                                  now timestamptz)
RETURNS TABLE (webhook_id uuid, revision bigint, url text, secret bytea, former_secret bytea, id uuid, body text)
LANGUAGE plpgsql AS $$
BEGIN
    IF results IS NOT NULL THEN
        PERFORM webhook_deliveries_settle(results, now);
    END IF;
    IF changes IS NOT NULL THEN
        PERFORM webhooks_fan_out(now, changes);
    END IF;
    RETURN QUERY SELECT * FROM webhook_deliveries_claim(by, held, busy, most, now);
END
$$;

-- Forgets what was told a month ago, what is left of webhooks that were deleted, and secrets that sign no more.
CREATE FUNCTION webhooks_forget(now timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM webhook_deliveries d WHERE d.created_at < now - interval '30 days';
    DELETE FROM webhook_deliveries d
    USING webhooks w
    WHERE w.id = d.webhook_id AND w.deleted_at IS NOT NULL;
    UPDATE webhooks SET former_secret = NULL, former_until = NULL WHERE former_until <= now;
    DELETE FROM webhook_keys WHERE former_until <= now - interval '1 day';
END
$$;
INSERT INTO timetable (kind, every) VALUES ('webhooks', '1 hour');
