-- The group of a meeting or a series.
-- meeting_id or schedule_id, the other one NULL
-- lane: read
SELECT m.group_id FROM meetings m WHERE m.id = :'meeting_id'::uuid AND m.deleted_at IS NULL
UNION ALL
SELECT s.group_id FROM schedules s WHERE s.id = :'schedule_id'::uuid AND s.deleted_at IS NULL;
