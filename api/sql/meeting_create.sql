-- Adds a single meeting to a group: a series of one.
-- body: NewMeeting; rules, repeats, sentence, dates, since: see schedules.c
-- lane: write
WITH target AS (
    SELECT g.id, write_verdict(g.organisation_id, g.visibility, :'is_admin'::boolean, :'is_partner'::boolean,
                               acting_for(g.id, :'organisations'::uuid[])) AS problem
    FROM groups g
    WHERE g.id = :'group_id'::uuid AND g.deleted_at IS NULL
    FOR SHARE
), written AS MATERIALIZED (
    SELECT added AS s
    FROM target
    CROSS JOIN LATERAL schedule_add(target.id, :'body'::jsonb, :'rules'::text[], :'repeats'::jsonb, :'sentence'::jsonb,
                                    :'dates'::date[], :'since'::date, :'now'::timestamptz, :'writer'::jsonb) AS added
    WHERE problem IS NULL
), made AS MATERIALIZED (
    SELECT meeting_as_written((s).id, (s).starts_at_local::date, :'is_admin'::boolean,
                              acting_for((s).group_id, :'organisations'::uuid[])) AS document
    FROM written
)
SELECT
    target.problem                               AS _problem,
    made.document                                AS _members,
    1                                            AS _revision,
    '/v1/meetings/' || (made.document ->> 'id')  AS _location
FROM target
LEFT JOIN made ON true;
