-- One dated meeting, as far as the caller may see it.
-- lane: read
-- personal: yes
SELECT
    meeting_document(m, :'is_admin'::boolean, acting_for(g.id, :'organisations'::uuid[])) AS _members,
    CASE WHEN g.id = :'leads'::uuid AND m.shown ? 'registration' THEN (
        SELECT jsonb_strip_nulls(jsonb_build_object(
                   'capacity', m.shown -> 'capacity',
                   'taken', (places_held(m.schedule_id, daterange(m.date, m.date, '[]'))).held,
                   'waiting', (SELECT count(*) FROM registrations r
                               WHERE r.schedule_id = m.schedule_id AND r.state = 'waiting' AND r.during @> m.date))))
        END AS places,
    m.revision AS _revision
FROM meetings m
JOIN groups g ON g.id = m.group_id
WHERE m.id = :'meeting_id'::uuid
  AND m.deleted_at IS NULL
  AND g.deleted_at IS NULL
  AND (g.id = :'leads'::uuid
       OR group_is_visible(g.visibility, g.organisation_id, :'is_admin'::boolean, :'is_partner'::boolean,
                           acting_for(g.id, :'organisations'::uuid[])));
