-- Whom to tell that a webhook is paused, and why: the organisation of its client, if it has an address.
-- payload: of the job
-- lane: read
SELECT o.contact ->> 'email' AS email, w.id,
       CASE w.paused_because WHEN 'gone' THEN '410' END AS gone,
       CASE w.paused_because WHEN 'failing'
            THEN to_char(p.failing_since AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') END AS since
FROM webhooks w
JOIN webhook_progress p ON p.webhook_id = w.id
JOIN clients c ON c.id = w.client_id AND c.revoked_at IS NULL
JOIN organisations o ON o.id = c.organisation_id AND o.deleted_at IS NULL
WHERE w.id = (:'payload'::jsonb ->> 'webhook_id')::uuid AND w.deleted_at IS NULL AND w.status = 'paused'
  AND o.contact ? 'email';
