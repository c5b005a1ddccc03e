-- One group, as far as the caller may see it.
-- lane: read
SELECT
    d.document AS _members,
    g.revision AS _revision,
    d.stale_at <= :'now'::timestamptz AS stale,
    n.next_meeting_at,
    CASE WHEN :'is_partner'::boolean THEN g.partner_note END AS partner_note
FROM groups g
JOIN group_documents d ON d.group_id = g.id AND d.language = :'language'
LEFT JOIN LATERAL next_meeting(g.id, :'now'::timestamptz) AS n ON true
WHERE g.id = :'group_id'::uuid
  AND g.deleted_at IS NULL
  AND (g.id = :'leads'::uuid
       OR group_is_visible(g.visibility, g.organisation_id, :'is_admin'::boolean, :'is_partner'::boolean,
                           :'organisations'::uuid[])
       OR is_mandated(g.id, 'entry', :'organisations'::uuid[]));
