-- One organisation.
-- lane: read
SELECT
    o.id, o.kind, o.name, o.summary, o.parent_id, o.region, o.contact, o.website, o.revision, o.created_at,
    o.updated_at,
    o.revision AS _revision
FROM organisations o
WHERE o.id = :'organisation_id'::uuid AND o.deleted_at IS NULL;
