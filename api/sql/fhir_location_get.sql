-- One venue as FHIR shows it, as much of it as the caller may know.
-- lane: read
SELECT fhir_location(v, keeps(v.organisation_id, :'is_admin'::boolean, :'organisations'::uuid[]), :'base_url') AS _members
FROM venues v
WHERE v.id = :'venue_id'::uuid AND v.deleted_at IS NULL;
