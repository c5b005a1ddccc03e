-- Invites somebody to lead a group.
-- wanted: NewLeader with what is personal sealed
-- lane: write
-- personal: yes
WITH target AS (
    SELECT g.id, group_verdict_of_leaders(g, :'leads'::uuid, :'is_admin'::boolean, :'is_partner'::boolean,
                                          :'organisations'::uuid[]) AS problem
    FROM groups g
    WHERE g.id = :'group_id'::uuid AND g.deleted_at IS NULL
), invited AS MATERIALIZED (
    SELECT leader_invite(target.id, :'wanted'::jsonb, :'now'::timestamptz) AS l
    FROM target
    WHERE problem IS NULL
)
SELECT
    target.problem AS _problem,
    x.*,
    '/v1/leaders/' || (invited.l).id AS _location
FROM target
LEFT JOIN invited ON true
LEFT JOIN LATERAL leader_row(invited.l, :'leads'::uuid IS NOT NULL) AS x ON target.problem IS NULL;
