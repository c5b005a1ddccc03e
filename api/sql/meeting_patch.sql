-- Makes a meeting what its patched exception says.
-- body: the whole NewException
-- lane: write
WITH series AS MATERIALIZED (
    SELECT s.id
    FROM meetings m
    JOIN schedules s ON s.id = m.schedule_id
    WHERE m.id = :'meeting_id'::uuid
    FOR UPDATE OF s
), target AS (
    SELECT m, meeting_verdict(m, :'if_match'::bigint[], :'now'::timestamptz, :'is_admin'::boolean, :'is_partner'::boolean,
                              acting_for(m.group_id, :'organisations'::uuid[])) AS problem
    FROM series
    JOIN meetings m ON m.schedule_id = series.id
    WHERE m.id = :'meeting_id'::uuid AND m.deleted_at IS NULL
    FOR UPDATE OF m
), written AS MATERIALIZED (
    SELECT exception_write(m, :'body'::jsonb, :'now'::timestamptz, :'writer'::jsonb) AS m
    FROM target
    WHERE problem IS NULL
)
SELECT
    target.problem        AS _problem,
    meeting_as_written((written.m).schedule_id, (written.m).date, :'is_admin'::boolean,
                       acting_for((written.m).group_id, :'organisations'::uuid[])) AS _members,
    (written.m).revision  AS _revision
FROM target
LEFT JOIN written ON true;
