-- Makes one date of a series another than planned.
-- body: NewException
-- lane: write
WITH series AS MATERIALIZED (
    SELECT s.id
    FROM schedules s
    WHERE s.id = :'schedule_id'::uuid
    FOR UPDATE
), target AS (
    SELECT m, meeting_verdict(m, :'if_match'::bigint[], :'now'::timestamptz, :'is_admin'::boolean, :'is_partner'::boolean,
                              acting_for(m.group_id, :'organisations'::uuid[])) AS problem
    FROM series
    JOIN meetings m ON m.schedule_id = series.id
    WHERE m.schedule_id = :'schedule_id'::uuid AND m.date = :'date'::date AND m.deleted_at IS NULL
    FOR UPDATE OF m
), written AS MATERIALIZED (
    SELECT exception_write(m, :'body'::jsonb, :'now'::timestamptz, :'writer'::jsonb) AS m
    FROM target
    WHERE problem IS NULL
)
SELECT
    target.problem               AS _problem,
    exception_body(exception_of(:'body'::jsonb)) AS _members,
    (written.m).date,
    (written.m).id               AS meeting_id,
    (written.m).revision,
    (written.m).revision         AS _revision
FROM target
LEFT JOIN written ON true;
