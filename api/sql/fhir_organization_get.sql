-- One organisation as FHIR shows it.
-- lane: read
SELECT fhir_organization(o, :'base_url') AS _members
FROM organisations o
WHERE o.id = :'organisation_id'::uuid AND o.deleted_at IS NULL;
