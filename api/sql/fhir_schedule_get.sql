-- One series of meetings as FHIR shows it.
-- lane: read
SELECT fhir_schedule(s, :'language') AS _members
FROM schedules s
JOIN groups g ON g.id = s.group_id
WHERE s.id = :'schedule_id'::uuid
  AND s.deleted_at IS NULL
  AND g.deleted_at IS NULL
  AND group_is_visible(g.visibility, g.organisation_id, :'is_admin'::boolean, :'is_partner'::boolean,
                       :'organisations'::uuid[]);
