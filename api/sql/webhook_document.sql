-- A webhook as the document that a patch changes, if it has its last revision.
-- lane: write
SELECT
    CASE WHEN NOT w.revision = ANY (coalesce(:'if_match'::bigint[], ARRAY[w.revision])) THEN 'precondition-failed' END
        AS _problem,
    w.revision AS _revision,
    jsonb_strip_nulls(jsonb_build_object('url', w.url, 'description', w.description, 'events', w.events,
                                         'status', w.status)) AS document
FROM webhook_of(:'webhook_id'::uuid, :'caller'::uuid, :'is_admin'::boolean) AS w;
