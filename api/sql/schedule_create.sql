-- Adds a series of meetings to a group and plans it; the answer shows its next dates.
-- body: NewSchedule; rules, repeats, sentence, dates, since: see schedules.c
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
)
SELECT
    target.problem                  AS _problem,
    schedule_document(w.s, true)    AS _members,
    schedule_preview(w.s, :'dates'::date[], :'now'::timestamptz) AS upcoming,
    (w.s).revision                  AS _revision,
    '/v1/schedules/' || (w.s).id    AS _location
FROM target
LEFT JOIN written w ON true;
