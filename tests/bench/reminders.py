"""reminders.py: as many reminders as there may be, all due in the same minute: how soon they are jobs, and how soon mails."""

import json
import os
import time
import uuid
from datetime import datetime, timedelta, timezone
from io import StringIO

from tests.bench.mails import MailStage, Mails, Sink
from tests.workers.jobs import all_sealed

MEETINGS, EACH = int(os.environ.get("MEETINGS", "50000")), 10
SAMPLE = int(os.environ.get("SAMPLE", "50000"))  # mails; the others are reckoned from them
DOMAINS = 2000
HOUR = 3600

SERIES = """
    INSERT INTO schedules (id, group_id, starts_at_local, time_zone, duration, format)
    SELECT md5('s' || n)::uuid, md5('g' || n)::uuid, local, %(zone)s, '2 hours', 'in_person'
    FROM generate_series(1, %(meetings)s) n, (SELECT %(start)s::timestamptz AT TIME ZONE %(zone)s) AS there (local);
    INSERT INTO meetings (id, schedule_id, group_id, date, starts_at_local, starts_at, ends_at, status, format, shown, created_at,
                          updated_at)
    SELECT md5('m' || s.id)::uuid, s.id, s.group_id, s.starts_at_local::date, s.starts_at_local, %(start)s,
           %(start)s::timestamptz + s.duration, 'scheduled', s.format, '{}', now(), now()
    FROM schedules s;
    INSERT INTO registrations (id, group_id, schedule_id, meeting_id, during, role, newcomer, companions, state, turn, action, actor,
                               created_at, updated_at)
    SELECT p.id, s.group_id, s.id, m.id, daterange(m.date, m.date, '[]'), 'person', false, 0, 'confirmed', p.wrapping_key, 'confirm',
           'person', now() - interval '1 day', now() - interval '1 day'
    FROM persons p
    JOIN schedules s ON s.id = md5('s' || (p.wrapping_key - 10) / %(each)s + 1)::uuid
    JOIN meetings m ON m.schedule_id = s.id
"""


def noon():
    """A zone in which it is about noon: nobody sleeps."""
    hours = 12 - datetime.now(timezone.utc).hour
    return f"Etc/GMT{-hours:+d}"


class ReminderStage(MailStage):
    """Meetings that begin at the same time, and people who are reminded of them three hours before: half a minute ago."""

    def fill(self):
        super(MailStage, self).fill()
        self.cursor.execute("SET session_replication_role = replica")
        self.cursor.execute("DELETE FROM timetable")
        people = [str(uuid.uuid4()) for _ in range(MEETINGS * EACH)]
        self.copy_people(people)
        start = datetime.now(timezone.utc) + timedelta(hours=3, seconds=-30)
        self.cursor.execute(SERIES, {"meetings": MEETINGS, "each": EACH, "start": start, "zone": noon()})
        self.cursor.execute("VACUUM ANALYZE")

    def copy_people(self, people):
        contacts = all_sealed((number, person, "contact", json.dumps({"email": f"a{number}@{number % DOMAINS}.example"}))
                              for number, person in enumerate(people, 10))
        keys, persons = StringIO(), StringIO()
        for number, (person, (wrapping, wrapped, contact)) in enumerate(zip(people, contacts), 10):
            keys.write(f"{number}\t\\{wrapping}\tnow\n")
            persons.write(f"{person}\tregistrant\t{person}\t{number}\t\\{wrapped}\t\\{contact}\tde\tnow\tnow\n")
        for table, lines in (("wrapping_keys (id, wrapped, created_at)", keys), ("persons (id, role, group_id, wrapping_key, wrapped, contact, language, "
                                                       "created_at, email_confirmed_at)", persons)):
            lines.seek(0)
            self.cursor.copy_expert(f"COPY {table} FROM STDIN", lines)


def add_all(stage):
    """Seconds that each of the sweeps takes until all reminders are jobs."""
    while True:
        started = time.monotonic()
        stage.cursor.execute("SELECT reminders_add(now(), 2000)")
        yield time.monotonic() - started
        if stage.cursor.fetchone()[0]:
            return


def send_some(stage, processes):
    """Mails a second, of the first so many."""
    sink = Sink(stage)
    mails = Mails(stage, processes, sink)
    mails.log.write_bytes(b"")
    count = mails.value("SELECT count(*) FROM jobs WHERE kind = 'mail'")
    started = time.monotonic()
    workers = [mails.start() for _ in range(processes)]
    try:
        while (left := mails.value("SELECT count(*) FROM jobs WHERE kind = 'mail'")) > max(count - SAMPLE, 0):
            time.sleep(0.2)
        return (count - left) / (time.monotonic() - started)
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()


def compare():
    print(f"\nbringing up PostgreSQL with {MEETINGS} meetings of {EACH} people each", flush=True)
    with ReminderStage(0) as stage:
        sweeps = list(add_all(stage))
        stage.cursor.execute("SELECT count(*) FROM jobs WHERE kind = 'mail'")
        count, = stage.cursor.fetchone()
        print(f"reminders    {count} became jobs by {len(sweeps)} sweeps in {sum(sweeps):.1f} s, "
              f"the longest {max(sweeps):.2f} s", flush=True)
        stage.cursor.execute("VACUUM ANALYZE jobs")
        for processes in 1, 2:
            rate = send_some(stage, processes)
            print(f"mails        {rate:,.0f}/s by {processes} of us: {count} in {count / rate / 60:.0f} minutes, "
                  f"as reckoned from {min(SAMPLE, count)}", flush=True)
