-- A page of what a webhook was told, and of what became of that, the newest first.
-- after: [number] of the row before the page
-- lane: search
SELECT
    CASE WHEN w.id IS NULL THEN 'not-found' END AS _problem,
    webhook_delivery_document(d.d)              AS _members,
    d.number                                    AS _next_number
FROM (SELECT) AS asked
LEFT JOIN webhook_of(:'webhook_id'::uuid, :'caller'::uuid, :'is_admin'::boolean) AS w ON true
LEFT JOIN LATERAL (
    SELECT d, d.number
    FROM webhook_deliveries d
    WHERE d.webhook_id = w.id
      AND (:'status'::text[] IS NULL OR d.status = ANY (:'status'::text[]))
      AND (:'after'::jsonb IS NULL OR d.number < (:'after'::jsonb ->> 0)::bigint)
    ORDER BY d.number DESC
    LIMIT :'limit'::integer + 1) AS d ON true
WHERE w.id IS NULL OR d.number IS NOT NULL
ORDER BY d.number DESC;
