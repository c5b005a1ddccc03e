-- One import, for those who keep its source.
-- lane: read
SELECT import_document(i.id) AS _members
FROM imports i
JOIN sources s ON s.id = i.source_id
WHERE i.id = :'import_id'::uuid AND keeps(s.organisation_id, :'is_admin'::boolean, :'organisations'::uuid[]);
