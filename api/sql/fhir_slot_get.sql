-- One dated meeting as FHIR shows it.
-- lane: read
SELECT fhir_slot(m, fhir_slot_status(m)) AS _members
FROM meetings m
JOIN groups g ON g.id = m.group_id
WHERE m.id = :'meeting_id'::uuid
  AND m.deleted_at IS NULL
  AND g.deleted_at IS NULL
  AND group_is_visible(g.visibility, g.organisation_id, :'is_admin'::boolean, :'is_partner'::boolean,
                       :'organisations'::uuid[]);
