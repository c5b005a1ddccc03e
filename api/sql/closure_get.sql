-- One closure; why it is, only for those who keep it.
-- lane: read
SELECT
    closure_document(c, keeps(closure_keeper(c), :'is_admin'::boolean, :'organisations'::uuid[])) AS _members,
    c.revision AS _revision
FROM closures c
WHERE c.id = :'closure_id'::uuid AND c.deleted_at IS NULL;
