-- Changes what a group has decided, if it is still at the revision that was patched.
-- body: the whole GroupSettings
-- lane: write
WITH written AS (
    INSERT INTO group_settings AS s (group_id, retention_days, attendance, relay, shared_with_organisation, reminders,
                                     revision, updated_at)
    SELECT :'group_id'::uuid, b.retention_days, b.attendance, b.relay, b.shared_with_organisation, b.reminders, b.revision + 1,
           :'now'::timestamptz
    FROM jsonb_populate_record(NULL::group_settings, :'body'::jsonb) AS b
    WHERE (settings_of(:'group_id'::uuid)).revision = ANY (:'if_match'::bigint[])
    ON CONFLICT (group_id) DO UPDATE
    SET retention_days = EXCLUDED.retention_days, attendance = EXCLUDED.attendance, relay = EXCLUDED.relay,
        shared_with_organisation = EXCLUDED.shared_with_organisation, reminders = EXCLUDED.reminders, revision = s.revision + 1,
        updated_at = EXCLUDED.updated_at
    WHERE s.revision = ANY (:'if_match'::bigint[])
    RETURNING s.*
), audited AS (
    INSERT INTO audit (at, writer, action, resource, resource_id, revision, members)
    SELECT :'now'::timestamptz, :'writer'::jsonb, 'updated', 'settings', w.group_id, w.revision, '{}'
    FROM written w
)
SELECT
    CASE WHEN w.group_id IS NULL THEN 'precondition-failed' END AS _problem,
    w.retention_days, w.attendance, w.relay, w.shared_with_organisation, to_jsonb(w.reminders) AS reminders, w.revision,
    w.revision AS _revision
FROM (SELECT) AS asked
LEFT JOIN written w ON true;
