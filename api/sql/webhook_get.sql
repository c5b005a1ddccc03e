-- One webhook.
-- lane: read
SELECT webhook_document(w) AS _members, w.revision AS _revision
FROM webhook_of(:'webhook_id'::uuid, :'caller'::uuid, :'is_admin'::boolean) AS w;
