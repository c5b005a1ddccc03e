-- Those about whom the leaders of a group are to decide, in the order in which they came. That they are read is noted.
-- lane: write
-- personal: yes
SELECT w.*, local_digits(m.starts_at, s.time_zone) AS _starts, s.time_zone AS _zone
FROM schedules s
JOIN registrations r ON r.schedule_id = s.id AND r.state IN ('screening', 'waiting')
LEFT JOIN meetings m ON m.id = r.meeting_id
CROSS JOIN LATERAL registration_row(r, 'leader', NULL, :'writer'::jsonb, :'now'::timestamptz) AS w
WHERE s.group_id = :'leads'::uuid AND s.deleted_at IS NULL
  AND (m.id IS NULL OR m.starts_at > :'now'::timestamptz)
ORDER BY r.turn, r.id
LIMIT 50;
