-- What is other than planned on one date of a series; nothing but the date if nothing is.
-- lane: read
SELECT
    exception_body(e)  AS _members,
    m.date,
    m.id               AS meeting_id,
    m.revision,
    m.revision         AS _revision
FROM meetings m
JOIN groups g ON g.id = m.group_id AND keeps(g.organisation_id, :'is_admin'::boolean, acting_for(g.id, :'organisations'::uuid[]))
LEFT JOIN exceptions e ON e.schedule_id = m.schedule_id AND e.date = m.date
WHERE m.schedule_id = :'schedule_id'::uuid AND m.date = :'date'::date AND m.deleted_at IS NULL;
