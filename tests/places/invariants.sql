-- What must hold of places, waiting lists and acknowledgements: each query finds what does not, and nothing if all is well.
-- Three kinds: what holds always, at every moment that can be seen; then what is made of the journal and the steps; and what
-- holds at the end, when all is quiet.
-- :'now' is what the servers' clock shows. None of it asks a function of Runde's: these are second opinions.

-- always: on no date are more places held than there are
SELECT s.id AS series, d.date, count(*) AS held, s.capacity
FROM (SELECT DISTINCT schedule_id, lower(during) AS date FROM places) AS d
JOIN schedules s ON s.id = d.schedule_id
JOIN places p ON p.schedule_id = d.schedule_id AND p.during @> d.date
GROUP BY s.id, d.date, s.capacity
HAVING count(*) > s.capacity;

-- always: for no date have more people a place than there are
SELECT s.id AS series, m.id AS meeting, sum(1 + r.companions) AS people, s.capacity
FROM meetings m
JOIN schedules s ON s.id = m.schedule_id
JOIN registrations r ON r.schedule_id = s.id AND r.counted AND r.state IN ('confirmed', 'offered') AND r.during @> m.date
WHERE m.id IN (SELECT x.meeting_id FROM registrations x JOIN places p ON p.registration_id = x.id)
GROUP BY s.id, m.id, s.capacity
HAVING sum(1 + r.companions) > s.capacity;

-- always: newcomers' places are held by newcomers, where their number was never changed
SELECT s.id AS series, d.date, count(*) AS held_by_others, s.capacity, s.newcomer_places
FROM (SELECT DISTINCT schedule_id, lower(during) AS date FROM places) AS d
JOIN schedules s ON s.id = d.schedule_id AND s.revision = 1
JOIN places p ON p.schedule_id = d.schedule_id AND p.during @> d.date AND NOT p.newcomer
GROUP BY s.id, d.date, s.capacity, s.newcomer_places
HAVING count(*) > s.capacity - coalesce(s.newcomer_places, 0);

-- always: no seat is held twice on any date
SELECT a.schedule_id AS series, a.seat, a.registration_id AS one, b.registration_id AS other
FROM places a
JOIN places b ON b.schedule_id = a.schedule_id AND b.seat = a.seat AND b.during && a.during AND b.ctid > a.ctid;

-- always: every seat to come has a number that there is
SELECT p.schedule_id AS series, p.registration_id AS registration, p.seat, s.capacity
FROM places p
JOIN schedules s ON s.id = p.schedule_id AND s.capacity IS NOT NULL
WHERE coalesce(upper(p.during), 'infinity') > :'now'::timestamptz::date + 1
  AND coalesce(p.seat NOT BETWEEN 1 AND s.capacity, true);

-- always: whoever holds places may hold them, and as many as there are people
SELECT p.schedule_id AS series, r.id AS registration, r.state, r.counted, r.companions, count(*) AS held
FROM places p
JOIN registrations r ON r.id = p.registration_id
GROUP BY p.schedule_id, r.id
HAVING count(*) <> 1 + r.companions OR NOT r.counted
    OR NOT (r.state IN ('offered', 'confirmed') OR (r.state = 'screening' AND r.lapses_at IS NOT NULL));

-- always: nobody waits for what is free
WITH waiting AS (
    SELECT w.id, w.schedule_id, w.during, w.newcomer, w.counted, 1 + w.companions AS wanted, s.capacity,
           s.capacity - coalesce(s.newcomer_places, 0) AS for_all
    FROM registrations w
    JOIN schedules s ON s.id = w.schedule_id
    LEFT JOIN meetings m ON m.id = w.meeting_id
    WHERE w.state = 'waiting' AND s.deleted_at IS NULL AND s.registration IS NOT NULL
      AND (s.until IS NULL OR s.until >= (:'now'::timestamptz AT TIME ZONE s.time_zone)::date)
      AND (w.meeting_id IS NULL
           OR (m.deleted_at IS NULL AND m.status <> 'cancelled'
               AND m.starts_at - coalesce((s.registration ->> 'closes')::interval, '0') > :'now'::timestamptz))
), held AS (  -- on each date on which that may change
    SELECT w.id, d.date, count(*) AS by_all, count(*) FILTER (WHERE NOT p.newcomer) AS by_known
    FROM waiting w
    JOIN LATERAL (SELECT lower(w.during) AS date
                  UNION
                  SELECT lower(b.during) FROM places b WHERE b.schedule_id = w.schedule_id AND lower(b.during) <@ w.during
                 ) AS d ON true
    JOIN places p ON p.schedule_id = w.schedule_id AND p.during @> d.date
    GROUP BY w.id, d.date
)
SELECT w.schedule_id AS series, w.id AS registration, w.wanted, w.newcomer, w.counted
FROM waiting w
WHERE w.capacity IS NULL OR NOT w.counted
   OR (w.wanted <= w.capacity AND (w.newcomer OR w.wanted <= w.for_all)
       AND NOT EXISTS (SELECT FROM held h
                       WHERE h.id = w.id AND (h.by_all + w.wanted > w.capacity
                                              OR (NOT w.newcomer AND h.by_known + w.wanted > w.for_all))));

-- then: every step with its number, which is the revision that it led to
CREATE TABLE journal.steps AS
SELECT e.*, row_number() OVER each AS number, lag(e.state) OVER each AS before, lead(e.sequence) OVER each AS until
FROM registration_events e
WINDOW each AS (PARTITION BY e.registration_id ORDER BY e.sequence);
ALTER TABLE journal.steps ADD PRIMARY KEY (registration_id, number);

-- then: when each was accepted where it is now, and whether any leader changed its turn
CREATE TABLE journal.accepted AS
SELECT r.id, r.schedule_id, r.turn, r.companions, r.newcomer,
       concat(r.schedule_id, ' ', r.meeting_id) AS target,
       max(e.sequence) FILTER (WHERE e.action IN ('confirm', 'move') OR (e.action = 'register' AND e.state <> 'unconfirmed'))
           AS sequence,
       bool_or(e.action IN ('move', 'count', 'split')) AS is_out_of_turn
FROM registrations r
JOIN journal.steps e ON e.registration_id = r.id
GROUP BY r.id;
ALTER TABLE journal.accepted ADD PRIMARY KEY (id);

-- then: who waited for what, from which step to which
CREATE TABLE journal.waits AS
SELECT a.id, a.target, int8range(e.sequence, e.until) AS steps
FROM journal.steps e
JOIN journal.accepted a ON a.id = e.registration_id AND NOT a.is_out_of_turn
WHERE e.state = 'waiting';
CREATE INDEX ON journal.waits USING gist (target, steps);

-- then: what the planner has to know of them
ANALYZE journal.acknowledged, journal.steps, journal.accepted, journal.waits;

-- at the end: what was acknowledged is there
SELECT j.registration_id AS registration, j.action
FROM journal.acknowledged j
LEFT JOIN registrations r ON r.id = j.registration_id
WHERE j.revision IS NOT NULL AND r.id IS NULL;

-- at the end: whoever is registered was told so, but for those who had no key to ask again with
SELECT untold.*
FROM (SELECT r.id AS registration, r.state, count(*) OVER () AS untold
      FROM registrations r
      WHERE NOT EXISTS (SELECT FROM journal.acknowledged j WHERE j.registration_id = r.id AND j.action = 'register')) AS untold
WHERE untold > (SELECT count(*) FROM journal.acknowledged j WHERE j.registration_id IS NULL);

-- at the end: whoever wanted to register once is registered once
SELECT j.key, count(DISTINCT j.registration_id) AS registrations
FROM journal.acknowledged j
WHERE j.action = 'register'
GROUP BY j.key
HAVING count(DISTINCT j.registration_id) > 1;

-- at the end: what somebody was shown was so
SELECT j.registration_id AS registration, j.revision, j.action, j.state AS shown, e.state AS was
FROM journal.acknowledged j
LEFT JOIN journal.steps e ON e.registration_id = j.registration_id AND e.number = j.revision
WHERE j.revision IS NOT NULL AND e.state IS DISTINCT FROM j.state;

-- at the end: what somebody did they were told, unless the answer was lost; or what came of it in the same moment
SELECT e.registration_id AS registration, e.number AS revision, e.action, e.state
FROM journal.steps e
WHERE e.actor <> 'system' AND e.action <> 'register'
  AND NOT EXISTS (SELECT FROM journal.acknowledged j
                  WHERE j.registration_id = e.registration_id AND j.action = e.action
                    AND (j.revision = e.number OR j.revision IS NULL
                         OR (e.action = 'count' AND j.revision = e.number + 1)));

-- at the end: the steps are those of the table, each from where the one before led to
SELECT e.registration_id AS registration, e.number AS revision, e.was, e.before, e.action, e.state
FROM journal.steps e
WHERE e.was IS DISTINCT FROM e.before OR (e.action = 'register') <> (e.number = 1)
   OR (e.action NOT IN ('register', 'count', 'split')
       AND NOT EXISTS (SELECT FROM registration_transitions t
                       WHERE t.action = e.action AND t.state = e.was
                         AND (t.next = e.state OR (t.next = 'placed' AND e.state IN ('screening', 'waiting', 'confirmed')))));

-- at the end: every registration is what its last step made it
SELECT r.id AS registration, r.revision, r.state, e.number, e.state AS last
FROM registrations r
LEFT JOIN journal.steps e ON e.registration_id = r.id AND e.until IS NULL
WHERE e.state IS DISTINCT FROM r.state OR e.number <> r.revision;

-- at the end: whoever may hold places holds them
SELECT r.id AS registration, r.state, r.companions, count(p.seat) AS held
FROM registrations r
LEFT JOIN places p ON p.registration_id = r.id AND p.schedule_id = r.schedule_id
WHERE r.counted AND (r.state IN ('offered', 'confirmed') OR (r.state = 'screening' AND r.lapses_at IS NOT NULL))
GROUP BY r.id
HAVING count(p.registration_id) <> 1 + r.companions;

-- at the end: nobody waits where there is no waiting list
SELECT r.id AS registration
FROM registrations r
JOIN schedules s ON s.id = r.schedule_id
WHERE r.state = 'waiting' AND NOT coalesce((s.registration ->> 'waiting_list')::boolean, true);

-- at the end: turns were drawn in the order of acceptance
SELECT a.id AS registration, a.turn
FROM (SELECT *, max(sequence) OVER (PARTITION BY schedule_id ORDER BY turn ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
                AS latest
      FROM journal.accepted WHERE turn IS NOT NULL) AS a
WHERE a.latest > a.sequence;

-- at the end: whoever asked after somebody else was accepted comes after them
WITH registered AS (
    SELECT a.id, a.target, a.turn, min(j.number) AS number, min(j.asked) AS asked
    FROM journal.acknowledged j
    JOIN journal.accepted a ON a.id = j.registration_id AND NOT a.is_out_of_turn AND a.turn IS NOT NULL
    WHERE j.action = 'register'
    GROUP BY a.id
), moments AS (
    SELECT id, target, turn, 2 * number AS moment, turn AS drawn FROM registered
    UNION ALL
    SELECT id, target, turn, 2 * asked + 1, NULL FROM registered
)
SELECT m.id AS registration, m.turn, m.latest
FROM (SELECT *, max(drawn) OVER (PARTITION BY target ORDER BY moment) AS latest FROM moments) AS m
WHERE m.drawn IS NULL AND m.latest > m.turn;

-- at the end: nobody was served before somebody who was accepted earlier and needed no more
SELECT w.id AS passed_over, b.id AS served, e.action
FROM journal.steps e
JOIN journal.accepted b ON b.id = e.registration_id AND NOT b.is_out_of_turn
JOIN journal.waits w ON w.target = b.target AND w.steps @> e.sequence
JOIN journal.accepted a ON a.id = w.id AND a.sequence < b.sequence AND a.companions <= b.companions
                       AND (a.newcomer OR NOT b.newcomer)
WHERE e.state IN ('offered', 'confirmed') AND e.action IN ('register', 'confirm', 'offer');

-- at the end: nobody ever waited in a circle
SELECT deadlocks FROM pg_stat_database WHERE datname = current_database() AND deadlocks > 0;
