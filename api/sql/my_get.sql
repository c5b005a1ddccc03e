-- What a person's page says of their registration, beside what registration_get does: the meeting is the next one if they
-- have a regular place. Times are digits, by the clocks there.
-- lane: read
-- personal: yes
SELECT
    g.name AS group_name,
    s.time_zone AS _zone,
    local_digits(m.starts_at, s.time_zone) AS starts,
    m.deleted_at IS NOT NULL OR m.status = 'cancelled' AS is_off,
    local_digits(r.lapses_at, s.time_zone) AS until,
    local_digits(c.starts_at, s.time_zone) AS talk,
    CASE WHEN r.reminders IS NULL THEN 'group' WHEN r.reminders = '{}' THEN 'none' ELSE 'own' END AS reminding,
    (SELECT string_agg(t.action, ' ') FROM registration_transitions t WHERE t.state = r.state) AS steps,
    group_takes_messages(g) AS takes_messages
FROM registrations r
JOIN groups g ON g.id = r.group_id
JOIN schedules s ON s.id = r.schedule_id
LEFT JOIN meetings m ON m.id = coalesce(r.meeting_id, (
    SELECT x.id
    FROM meetings x
    WHERE x.schedule_id = r.schedule_id AND x.deleted_at IS NULL AND x.status <> 'cancelled'
      AND x.starts_at > :'now'::timestamptz AND r.during @> x.date
    ORDER BY x.starts_at
    LIMIT 1))
LEFT JOIN screenings c ON c.registration_id = r.id
WHERE r.id = :'person'::uuid;
