-- Takes a webhook away. What it was told of goes a little later.
-- lane: write
WITH wanted AS (
    SELECT
        w.id,
        CASE WHEN NOT w.revision = ANY (coalesce(:'if_match'::bigint[], ARRAY[w.revision]))
             THEN 'precondition-failed' END AS problem
    FROM webhooks w
    WHERE w.id IN (SELECT m.id FROM webhook_of(:'webhook_id'::uuid, :'caller'::uuid, :'is_admin'::boolean) AS m)
    FOR UPDATE
), written AS (
    UPDATE webhooks w
    SET deleted_at = :'now'::timestamptz, secret = '', former_secret = NULL, former_until = NULL,
        updated_at = :'now'::timestamptz, writer = :'writer'::jsonb
    FROM wanted
    WHERE w.id = wanted.id AND wanted.problem IS NULL
    RETURNING w.id
)
SELECT wanted.problem AS _problem
FROM wanted
LEFT JOIN written ON true;
