-- Sends again what a webhook was told: one delivery, or all events of a time. They keep their ids.
-- body: Redelivery
-- lane: bulk
WITH body AS (
    SELECT * FROM jsonb_to_record(:'body'::jsonb) AS b (delivery_id uuid, since timestamptz, until timestamptz)
), webhook AS (
    SELECT w.id FROM webhook_of(:'webhook_id'::uuid, :'caller'::uuid, :'is_admin'::boolean) AS w
), wanted AS (
    SELECT d.id, d.status
    FROM webhook, body b, webhook_deliveries d
    WHERE d.webhook_id = webhook.id
      AND CASE WHEN b.delivery_id IS NOT NULL THEN d.id = b.delivery_id
               ELSE d.at >= b.since AND (b.until IS NULL OR d.at < b.until) END
), written AS (
    UPDATE webhook_deliveries d
    SET status = 'pending', attempts = 0, due_at = :'now'::timestamptz
    FROM wanted
    WHERE d.id = wanted.id AND d.status <> 'pending'
)
SELECT
    CASE WHEN webhook.id IS NULL                                                        THEN 'not-found'
         WHEN b.delivery_id IS NULL AND b.since IS NULL
              OR b.delivery_id IS NOT NULL AND (b.since IS NOT NULL OR b.until IS NOT NULL)
              OR b.delivery_id IS NOT NULL AND NOT EXISTS (SELECT FROM wanted)         THEN 'invalid-body' END AS _problem,
    CASE WHEN b.delivery_id IS NULL AND b.since IS NULL THEN '/since' ELSE '/delivery_id' END                  AS _pointer,
    (SELECT count(*) FROM wanted)                                                                              AS count
FROM body b
LEFT JOIN webhook ON true;
