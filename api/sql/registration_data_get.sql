-- Everything that is kept about a person, for themselves (GDPR, articles 15 and 20).
-- lane: read
-- personal: yes
SELECT
    w.*,
    contact_is_suppressed(r.id) AS contact_suppressed,
    (SELECT coalesce(json_agg(json_strip_nulls(json_build_object(
                'at', instant(e.at), 'action', e.action, 'from', e.was, 'to', e.state, 'by', split_part(e.actor, ':', 1)))
                ORDER BY e.sequence), '[]')
     FROM registration_events e WHERE e.registration_id = r.id) AS _history,
    (SELECT coalesce(json_agg(json_build_object(
                'at', instant(a.at), 'by', CASE WHEN a.writer ? 'client_id' THEN 'client' ELSE 'leader' END)
                ORDER BY a.sequence), '[]')
     FROM audit a
     WHERE a.action = 'read' AND a.at >= r.created_at
       AND a.resource_id IN (r.id, r.meeting_id, CASE WHEN r.meeting_id IS NULL THEN r.schedule_id END)) AS _reads
FROM registrations r
CROSS JOIN LATERAL registration_row(r, 'person', NULL, NULL, :'now'::timestamptz) AS w
WHERE r.id = :'registration_id'::uuid AND r.id = :'person'::uuid;
