-- Lets an organisation do something for a group.
-- body: NewMandate
-- lane: write
WITH target AS (
    SELECT g.id, o.id AS organisation_id, o.name,
           coalesce(group_verdict_of_leaders(g, :'leads'::uuid, :'is_admin'::boolean, :'is_partner'::boolean,
                                             :'organisations'::uuid[]),
                    CASE WHEN o.id IS NULL THEN 'not-found' END) AS problem
    FROM groups g
    LEFT JOIN organisations o ON o.id = :'organisation_id'::uuid AND o.deleted_at IS NULL
    WHERE g.id = :'group_id'::uuid AND g.deleted_at IS NULL
), written AS MATERIALIZED (
    SELECT w.*
    FROM target
    CROSS JOIN LATERAL mandate_write(target.id, target.organisation_id, ARRAY(SELECT DISTINCT jsonb_array_elements_text(:'body'::jsonb -> 'rights')),
                                     :'if_match'::bigint[], :'writer'::jsonb, :'now'::timestamptz) AS w
    WHERE target.problem IS NULL
)
SELECT
    coalesce(target.problem, written.problem) AS _problem,
    target.organisation_id,
    target.name,
    to_jsonb((written.m).rights) AS rights,
    (written.m).updated_at AS given_at,
    (written.m).revision AS _revision
FROM target
LEFT JOIN written ON true;
