-- Adds a webhook. It is told of what happens from now on.
-- body: NewWebhook; id: of the webhook; secret: sealed
-- lane: write
WITH body AS (
    SELECT * FROM jsonb_to_record(:'body'::jsonb) AS b (url text, description text, events text[], status text)
), mine AS (
    SELECT count(*) AS count FROM webhooks w WHERE w.client_id = :'caller'::uuid AND w.deleted_at IS NULL
), written AS (
    INSERT INTO webhooks AS w (id, client_id, url, description, events, status, paused_because, secret, created_at,
                               updated_at, writer)
    SELECT :'id'::uuid, :'caller'::uuid, b.url, b.description, b.events, coalesce(b.status, 'active'),
           CASE b.status WHEN 'paused' THEN 'asked' END, :'secret'::bytea, :'now'::timestamptz, :'now'::timestamptz,
           :'writer'::jsonb
    FROM body b, mine
    WHERE mine.count < 20
    RETURNING w
)
SELECT
    CASE WHEN (w).id IS NULL THEN 'conflict' END                       AS _problem,
    CASE WHEN (w).id IS NULL THEN 'A client may have 20 webhooks.' END AS _detail,
    webhook_document(w)                                                AS _members,
    (w).revision                                                       AS _revision,
    '/v1/webhooks/' || (w).id                                          AS _location
FROM mine
LEFT JOIN written ON true;
