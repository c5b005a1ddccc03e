-- A meeting as an Event of schema.org, with what everybody may know.
-- lane: read
SELECT
    meeting_event(m) AS _members,
    m.revision AS _revision
FROM meetings m
JOIN groups g ON g.id = m.group_id
WHERE m.id = :'meeting_id'::uuid AND m.deleted_at IS NULL AND g.deleted_at IS NULL AND g.visibility = 'public';
