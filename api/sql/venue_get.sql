-- One venue, as much of it as the caller may know.
-- lane: read
SELECT
    venue_document(v, keeps(v.organisation_id, :'is_admin'::boolean, :'organisations'::uuid[])) AS _members,
    v.revision AS _revision
FROM venues v
WHERE v.id = :'venue_id'::uuid AND v.deleted_at IS NULL;
