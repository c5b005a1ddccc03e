"""meetings.py: meetings to register for, new ones for every turn, and what became of their places."""

from itertools import count

TURNS = count(1)

SERIES = """
    WITH chosen AS (
        SELECT DISTINCT ON (g.id) s.id
        FROM groups g
        JOIN schedules s ON s.group_id = g.id AND s.deleted_at IS NULL AND s.registration IS NULL
        WHERE g.deleted_at IS NULL AND g.visibility = 'public' AND g.status = 'active'
          AND g.joining <> 'screening' AND 'affected' = ANY (g.audience)
        ORDER BY g.id
        LIMIT %s
    )
    UPDATE schedules s SET capacity = %s, registration = '{}' FROM chosen WHERE s.id = chosen.id
    RETURNING s.id::text"""

# Ids that pgbench, which knows no lists, can make out of a number.
ONE_MORE_EACH = """
    INSERT INTO meetings (id, schedule_id, group_id, date, starts_at_local, starts_at, ends_at, status, format, shown,
                          created_at, updated_at)
    SELECT (%(prefix)s || lpad(to_hex(n), 12, '0'))::uuid, s.id, s.group_id, day, day + time '19:00',
           (day + time '19:00') AT TIME ZONE s.time_zone, (day + time '20:30') AT TIME ZONE s.time_zone,
           'scheduled', s.format, jsonb_strip_nulls(jsonb_build_object('time_zone', s.time_zone, 'online', s.online)),
           now(), now()
    FROM unnest(%(series)s::uuid[]) WITH ORDINALITY AS one (id, n)
    JOIN schedules s USING (id)
    CROSS JOIN (SELECT date '2040-01-01' + %(turn)s AS day) AS d
    ORDER BY n"""

OUTCOME = """
    WITH theirs AS (
        SELECT m.id, m.schedule_id, m.date, s.capacity,
               count(r.id) FILTER (WHERE r.state = 'confirmed') AS confirmed,
               count(r.id) FILTER (WHERE r.state = 'waiting') AS waiting,
               count(r.id) FILTER (WHERE r.state NOT IN ('confirmed', 'waiting')) AS others
        FROM unnest(%(series)s::uuid[]) AS one (id)
        JOIN schedules s USING (id)
        JOIN meetings m ON m.schedule_id = s.id AND m.date = date '2040-01-01' + %(turn)s
        LEFT JOIN registrations r ON r.meeting_id = m.id
        GROUP BY m.id, s.id
    )
    SELECT sum(confirmed), sum(waiting),
           count(*) FILTER (WHERE others > 0 OR confirmed <> held OR held > capacity OR seats < held
                                  OR waiting > 0 AND held < capacity)
    FROM theirs
    CROSS JOIN LATERAL (SELECT count(*) AS held, count(DISTINCT p.seat) AS seats
                        FROM places p
                        WHERE p.schedule_id = theirs.schedule_id AND p.during @> theirs.date) AS places"""


class Meetings:
    """One meeting each in so many series of different groups, with so many places and a waiting list."""
    def __init__(self, stage, number, capacity):
        self.stage, self.capacity = stage, capacity
        self.turn = self.prefix = None
        self.confirmed = self.waiting = 0
        stage.cursor.execute(SERIES, (number, capacity))
        self.series = [series for series, in stage.cursor.fetchall()]
        self.number = len(self.series)

    def open(self):
        """
        New ones, for which nobody has registered, so that waiting lists do not grow from turn to turn. And what has
        been written meanwhile is known to the planner, whenever somebody's connections were made.
        """
        self.turn = next(TURNS)
        self.prefix = f"00000000-0000-7000-8{self.turn:03x}-"
        self.stage.cursor.execute(ONE_MORE_EACH, {"series": self.series, "turn": self.turn, "prefix": self.prefix})
        self.stage.cursor.execute("ANALYZE persons, capabilities, registrations, registration_events, places, meetings")

    def targets(self):
        return [f"/v1/meetings/{self.prefix}{n:012x}/registrations" for n in range(1, self.number + 1)]

    def check(self, done):
        """Ends the bench if somebody is lost, waits in vain, or has a place that is not there."""
        self.stage.cursor.execute(OUTCOME, {"series": self.series, "turn": self.turn})
        confirmed, waiting, wrong = self.stage.cursor.fetchone()
        if wrong > 0 or confirmed + waiting < done:
            raise SystemExit(f"{wrong} meetings have not the places they should; "
                             f"{done} registrations made, {confirmed} confirmed and {waiting} waiting")
        self.confirmed += confirmed
        self.waiting += waiting
