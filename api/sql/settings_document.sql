-- What a group has decided, as the document that a patch changes, if the caller may change it.
-- lane: write
WITH target AS (
    SELECT g.id, group_verdict_of_leaders(g, :'leads'::uuid, :'is_admin'::boolean, :'is_partner'::boolean,
                                          :'organisations'::uuid[]) AS problem
    FROM groups g
    WHERE g.id = :'group_id'::uuid AND g.deleted_at IS NULL
)
SELECT
    coalesce(target.problem, CASE WHEN NOT s.revision = ANY (coalesce(:'if_match'::bigint[], ARRAY[s.revision]))
                                  THEN 'precondition-failed' END) AS _problem,
    s.revision AS _revision,
    jsonb_build_object('retention_days', s.retention_days, 'attendance', s.attendance, 'relay', s.relay,
                       'shared_with_organisation', s.shared_with_organisation,
                       'reminders', s.reminders, 'revision', s.revision) AS document
FROM target, settings_of(target.id) AS s;
