-- What is other than planned with a meeting, as the document that a patch changes, if the caller may write it.
-- lane: write
SELECT
    meeting_verdict(m, :'if_match'::bigint[], :'now'::timestamptz, :'is_admin'::boolean, :'is_partner'::boolean,
                    acting_for(m.group_id, :'organisations'::uuid[]))  AS _problem,
    m.revision                                 AS _revision,
    exception_body(e)::jsonb - 'reason'        AS document
FROM meetings m
LEFT JOIN exceptions e ON e.schedule_id = m.schedule_id AND e.date = m.date
WHERE m.id = :'meeting_id'::uuid AND m.deleted_at IS NULL;
