-- One series of meetings.
-- lane: read
SELECT
    schedule_document(s, keeps(g.organisation_id, :'is_admin'::boolean, acting_for(g.id, :'organisations'::uuid[]))) AS _members,
    s.revision AS _revision
FROM schedules s
JOIN groups g ON g.id = s.group_id
WHERE s.id = :'schedule_id'::uuid
  AND s.deleted_at IS NULL
  AND g.deleted_at IS NULL
  AND group_is_visible(g.visibility, g.organisation_id, :'is_admin'::boolean, :'is_partner'::boolean,
                       acting_for(g.id, :'organisations'::uuid[]));
