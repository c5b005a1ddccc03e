-- What a group lets an organisation do for it; nothing as long as it has given nothing.
-- lane: read
SELECT
    CASE WHEN o.id IS NULL THEN 'not-found'
         ELSE mandate_verdict(g, :'leads'::uuid, :'is_admin'::boolean, :'is_partner'::boolean, :'organisations'::uuid[], o.id)
         END AS _problem,
    o.id AS organisation_id,
    o.name,
    to_jsonb(coalesce(m.rights, '{}')) AS rights,
    m.updated_at AS given_at,
    coalesce(m.revision, 1) AS _revision
FROM groups g
LEFT JOIN organisations o ON o.id = :'organisation_id'::uuid AND o.deleted_at IS NULL
LEFT JOIN mandates m ON m.group_id = g.id AND m.organisation_id = o.id
WHERE g.id = :'group_id'::uuid AND g.deleted_at IS NULL;
