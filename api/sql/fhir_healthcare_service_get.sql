-- One group as FHIR shows it, as far as the caller may see it.
-- lane: read
SELECT fhir_healthcare_service(g, :'now'::timestamptz, :'language', :'base_url') AS _members
FROM groups g
WHERE g.id = :'group_id'::uuid
  AND g.deleted_at IS NULL
  AND group_is_visible(g.visibility, g.organisation_id, :'is_admin'::boolean, :'is_partner'::boolean,
                       :'organisations'::uuid[]);
