-- Tells a webhook of nothing but itself, to see whether that arrives.
-- lane: write
WITH written AS (
    INSERT INTO webhook_deliveries AS d (id, webhook_id, type, at, resource, resource_id, revision, due_at, created_at)
    SELECT uuid_v7(:'now'::timestamptz), w.id, 'webhook.test', :'now'::timestamptz, 'webhook', w.id, w.revision,
           :'now'::timestamptz, :'now'::timestamptz
    FROM webhook_of(:'webhook_id'::uuid, :'caller'::uuid, :'is_admin'::boolean) AS w
    WHERE w.status = 'active'
    RETURNING d
)
SELECT
    CASE WHEN w.status <> 'active' THEN 'conflict' END                 AS _problem,
    CASE WHEN w.status <> 'active' THEN 'The webhook is paused.' END   AS _detail,
    webhook_delivery_document(d)                                       AS _members
FROM webhook_of(:'webhook_id'::uuid, :'caller'::uuid, :'is_admin'::boolean) AS w
LEFT JOIN written ON true;
