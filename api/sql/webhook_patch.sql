-- Changes a webhook to what its patched document says, if it is still at the revision that was patched.
-- body: the whole NewWebhook
-- lane: write
WITH body AS (
    SELECT * FROM jsonb_to_record(:'body'::jsonb) AS b (url text, description text, events text[], status text)
), written AS (
    UPDATE webhooks w
    SET url = b.url, description = b.description, events = b.events, status = coalesce(b.status, 'active'),
        paused_because = CASE WHEN b.status = 'paused' THEN coalesce(w.paused_because, 'asked') END,
        updated_at = :'now'::timestamptz, writer = :'writer'::jsonb
    FROM body b
    WHERE w.id = :'webhook_id'::uuid AND w.deleted_at IS NULL AND w.revision = ANY (:'if_match'::bigint[])
    RETURNING w
)
SELECT
    CASE WHEN (w).id IS NULL THEN 'precondition-failed' END AS _problem,
    webhook_document(w) - 'failing_since'                   AS _members,  -- whether it fails shows from now on
    (w).revision                                            AS _revision
FROM (SELECT) AS asked
LEFT JOIN written ON true;
