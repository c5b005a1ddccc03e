-- Gives a webhook a new secret; the one before signs too for a day.
-- secret: sealed
-- lane: write
WITH written AS (
    UPDATE webhooks w
    SET secret = :'secret'::bytea, former_secret = w.secret, former_until = :'now'::timestamptz + interval '24 hours',
        updated_at = :'now'::timestamptz, writer = :'writer'::jsonb
    FROM webhook_of(:'webhook_id'::uuid, :'caller'::uuid, :'is_admin'::boolean) AS m
    WHERE w.id = m.id
    RETURNING w
)
SELECT webhook_document(w) AS _members, (w).revision AS _revision FROM written;
