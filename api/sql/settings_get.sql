-- What a group has decided.
-- lane: read
WITH target AS (
    SELECT g.id, group_verdict_of_leaders(g, :'leads'::uuid, :'is_admin'::boolean, :'is_partner'::boolean,
                                          :'organisations'::uuid[]) AS problem
    FROM groups g
    WHERE g.id = :'group_id'::uuid AND g.deleted_at IS NULL
)
SELECT
    target.problem AS _problem,
    s.retention_days, s.attendance, s.relay, s.shared_with_organisation, to_jsonb(s.reminders) AS reminders, s.revision,
    s.revision AS _revision
FROM target, settings_of(target.id) AS s;
