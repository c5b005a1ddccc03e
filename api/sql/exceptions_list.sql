-- The dates of a series that are not as planned, for those who keep it.
-- after: [date] of the row before the page
-- lane: read
SELECT
    CASE WHEN s.id IS NULL THEN 'not-found' END AS _problem,
    exception_body(e.e)  AS _members,
    e.date,
    e.meeting_id,
    e.revision,
    e.date               AS _next_date
FROM (SELECT) AS asked
LEFT JOIN (schedules s JOIN groups g ON g.id = s.group_id)
       ON s.id = :'schedule_id'::uuid
      AND s.deleted_at IS NULL
      AND keeps(g.organisation_id, :'is_admin'::boolean, acting_for(g.id, :'organisations'::uuid[]))
LEFT JOIN LATERAL (
    SELECT e, e.date, m.id AS meeting_id, m.revision
    FROM exceptions e
    JOIN meetings m ON m.schedule_id = e.schedule_id AND m.date = e.date AND m.deleted_at IS NULL
    WHERE e.schedule_id = s.id AND e.date > coalesce((:'after'::jsonb ->> 0)::date, '-infinity')
    ORDER BY e.date
    LIMIT :'limit'::integer + 1) AS e ON true
WHERE s.id IS NULL OR e.date IS NOT NULL
ORDER BY e.date;
