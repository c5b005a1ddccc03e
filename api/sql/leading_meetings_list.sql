-- The next meetings of the leader's group, and how many come. Times are digits, by the clocks there.
-- lane: read
-- personal: yes
SELECT
    local_digits(m.starts_at, s.time_zone) AS starts,
    s.time_zone AS _zone,
    m.status = 'cancelled' AS is_off,
    n.confirmed,
    n.regular,
    n.offered,
    n.waiting,
    s.capacity
FROM meetings m
JOIN schedules s ON s.id = m.schedule_id
CROSS JOIN LATERAL (
    SELECT coalesce(sum(1 + r.companions) FILTER (WHERE r.state = 'confirmed' AND r.meeting_id IS NOT NULL), 0) AS confirmed,
           coalesce(sum(1 + r.companions) FILTER (WHERE r.state = 'confirmed' AND r.meeting_id IS NULL), 0) AS regular,
           coalesce(sum(1 + r.companions) FILTER (WHERE r.state = 'offered'), 0) AS offered,
           coalesce(sum(1 + r.companions) FILTER (WHERE r.state = 'waiting'), 0) AS waiting
    FROM registrations r
    WHERE r.schedule_id = m.schedule_id AND r.during @> m.date) AS n
WHERE m.group_id = :'leads'::uuid AND m.deleted_at IS NULL AND m.starts_at > :'now'::timestamptz
ORDER BY m.starts_at, m.id
LIMIT 5;
