-- A series as the document that a patch changes, if the caller may write it and has its last revision.
-- lane: write
SELECT
    coalesce(write_verdict(g.organisation_id, g.visibility, :'is_admin'::boolean, :'is_partner'::boolean,
                           acting_for(g.id, :'organisations'::uuid[])),
             CASE WHEN NOT s.revision = ANY (coalesce(:'if_match'::bigint[], ARRAY[s.revision]))
                  THEN 'precondition-failed' END) AS _problem,
    s.revision       AS _revision,
    schedule_body(s) AS document
FROM schedules s
JOIN groups g ON g.id = s.group_id
WHERE s.id = :'schedule_id'::uuid AND s.deleted_at IS NULL AND g.deleted_at IS NULL;
