"""test_reminders.py: each reminder once, at the right hour there, whatever clocks and meetings do; nobody is woken by mails."""

import os
import random
import uuid
from bisect import bisect_left
from contextlib import closing
from datetime import datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import icalendar
import psycopg2
import pytest

from tests.letters import text_of
from tests.nights import ASLEEP
from tests.sweeps import statement
from tests.wire import await_truth

YEARS = int(os.environ.get("YEARS", 0))  # that pass; 0: a few weeks around each change of clocks
DAY = 24
LEADS = {"PT1H": 1, "PT2H": 2, "PT3H": 3, "PT6H": 6, "PT12H": 12, "P1D": DAY, "P2D": 2 * DAY, "P3D": 3 * DAY, "P7D": 7 * DAY}
LAG = timedelta(seconds=10)  # behind what is due, for those who write meanwhile


# When they are due, found out by other means ---------------------------------------------------------


def at_clock(day, clock, zone):
    return datetime.combine(day, clock, zone).astimezone(timezone.utc)


def due(starts_at, local, zone, lead):
    """As the contract has it, by Python's clocks."""
    hours = LEADS[lead]
    planned = starts_at - timedelta(hours=hours) if hours < DAY else \
        (local - timedelta(hours=hours)).replace(tzinfo=zone).astimezone(timezone.utc)
    there = planned.astimezone(zone)
    if time(8) <= there.time() < time(21):
        return planned
    night = there.date() - timedelta(days=there.time() < time(8))
    morning = at_clock(night + timedelta(days=1), time(8), zone)
    return morning if morning <= starts_at - timedelta(hours=1) else at_clock(night, time(20, 30), zone)


# Years that pass ------------------------------------------------------------------------------------


class Series:
    """One whose meetings are there already, and somebody who comes to all of them and wants every reminder."""

    def __init__(self, cursor, zone, clock, days, begin, end):
        self.cursor, self.zone, self.id, self.person = cursor, ZoneInfo(zone), str(uuid.uuid4()), str(uuid.uuid4())
        values = {"series": self.id, "person": self.person, "zone": zone, "clock": clock, "days": days, "begin": begin,
                  "end": end, "leads": list(LEADS)}
        cursor.execute("""
            INSERT INTO schedules (id, group_id, starts_at_local, time_zone, duration, format)
            VALUES (%(series)s, %(series)s, '2026-01-01', %(zone)s, 'PT2H', 'in_person');
            INSERT INTO meetings (id, schedule_id, group_id, date, starts_at_local, starts_at, ends_at, status, format, shown,
                                  created_at, updated_at)
            SELECT gen_random_uuid(), %(series)s, %(series)s, day, day + %(clock)s::time, (day + %(clock)s::time) AT TIME ZONE %(zone)s,
                   (day + %(clock)s::time) AT TIME ZONE %(zone)s + interval '2 hours', 'planned', 'in_person', '{}', now(), now()
            FROM generate_series(%(begin)s::timestamp, %(end)s::timestamp, %(days)s * interval '1 day') AS day;
            INSERT INTO persons (id, role, group_id, wrapping_key, wrapped, contact, email_hash, email_confirmed_at, created_at)
            VALUES (%(person)s, 'registrant', %(series)s, 1, '', '', '', '2026-01-01', '2026-01-01');
            INSERT INTO registrations (id, group_id, schedule_id, during, role, newcomer, companions, reminders, state, action,
                                       actor, created_at, updated_at)
            VALUES (%(person)s, %(series)s, %(series)s, '(,)', 'affected', false, 0, %(leads)s, 'confirmed', 'register', 'person',
                    '2026-01-01', '2026-01-01')""", values)

    def expected(self, sweeps):
        """When each reminder is added, by sweeps at these instants; those that come too late are none."""
        self.cursor.execute("SELECT id::text, starts_at, starts_at_local FROM meetings WHERE schedule_id = %s", [self.id])
        for meeting, starts_at, local in self.cursor.fetchall():
            for lead in LEADS:
                wanted = due(starts_at, local, self.zone, lead)
                first = bisect_left(sweeps, wanted + LAG)
                if sweeps[0] < wanted + LAG and first < len(sweeps) and sweeps[first] < starts_at:
                    yield meeting, lead, sweeps[first]

    def added(self):
        self.cursor.execute("SELECT payload ->> 'meeting_id', payload ->> 'lead', run_at FROM jobs WHERE person_id = %s",
                            [self.person])
        return self.cursor.fetchall()


def periods():
    if YEARS:
        return [(datetime(2027, 1, 4, tzinfo=timezone.utc), YEARS * 365)]
    return [(datetime(2027, 3, 18, 11, tzinfo=timezone.utc), 12), (datetime(2027, 10, 21, 11, tzinfo=timezone.utc), 12)]


@pytest.fixture
def calm(installed):
    """A database in which nobody hears of what is written, and the night is one."""
    with closing(psycopg2.connect(installed.database)) as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        cursor.execute(f"SET session_replication_role = replica; SET timezone = 'UTC'; {ASLEEP}")
        yield cursor


@pytest.mark.parametrize("begin, days", periods())
def test_every_reminder_comes_once_at_its_hour_though_clocks_change_and_step(calm, begin, days):
    draw = random.Random(begin.year * days)
    end = begin + timedelta(days=days)
    series = [Series(calm, zone, clock, every, begin.date() - timedelta(days=1), end.date() + timedelta(days=9))
              for zone, clock, every in (("Europe/Berlin", "19:00", 1), ("Europe/Berlin", "07:30", 2), ("Europe/Berlin", "02:30", 1),
                                         ("Europe/Berlin", "08:45", 3), ("America/New_York", "23:15", 2), ("Asia/Kolkata", "09:30", 2))]
    sweeps, now, woke = [], begin, begin
    while now < end:
        sweeps.append(now)
        calm.execute("SELECT reminders_add(%s, %s)", [now, draw.choice([1, 3, 1000])])
        while not calm.fetchone()[0]:
            calm.execute("SELECT reminders_add(%s, 3)", [now])
        if draw.random() < 0.1 and now - woke > timedelta(hours=1):  # an hour again, of which nothing was left over
            calm.execute("SELECT reminders_add(%s, 1000)", [now - timedelta(hours=1)])
        sleep = draw.choice([1, 5, 20, 45, 300 if draw.random() < 0.1 else 50])
        now += timedelta(minutes=sleep)
        woke = now if sleep == 300 else woke
    for one in series:
        added, expected = set(one.added()), set(one.expected(sweeps))
        assert len(added) == len(one.added()) and (added - expected, expected - added) == (set(), set())
    calm.execute("SELECT count(*), count(DISTINCT key) FROM jobs WHERE run_at > %s", [begin + timedelta(days=8)])
    count, = set(calm.fetchone())
    assert count > 100


def test_without_the_record_of_reminders_a_clock_that_steps_back_repeats_them(calm):
    """Negative control."""
    begin = datetime(2027, 5, 3, tzinfo=timezone.utc)
    calm.execute("ALTER TABLE reminders DROP CONSTRAINT reminders_pkey; ALTER TABLE jobs DROP CONSTRAINT job_key")
    calm.execute("SELECT replace(replace(pg_get_functiondef('reminders_add'::regproc), 'ON CONFLICT ON CONSTRAINT job_key DO NOTHING', ''),"
                 "'ON CONFLICT DO NOTHING', '')")
    calm.execute(calm.fetchone()[0])
    one = Series(calm, "Europe/Berlin", "19:00", 1, begin.date(), begin.date() + timedelta(days=9))
    for minutes in range(0, 36 * 60, 30):
        for back in (0, 60):
            calm.execute("SELECT reminders_add(%s, 1000)", [begin + timedelta(minutes=minutes - back)])
    assert len(one.added()) > len(set((meeting, lead) for meeting, lead, _ in one.added()))


# Mails ----------------------------------------------------------------------------------------------


class Regular:
    """Somebody with a confirmed address and a regular place in a series that meets at 19:00 on Wednesdays."""

    def __init__(self, house, **members):
        self.house, self.address = house, house.given.address()
        self.group = house.given.group()
        self.series = house.given.schedule(house.admin, self.group, registration={"required": True})
        self.path = f"/v1/schedules/{self.series['id']}"
        house.work()
        self.person = house.given.registration(self.series, contact={"email": self.address}, **members)
        assert self.person.act("confirm", body={"token": house.code(self.address)}).status == 200
        self.meetings = house.api.all_pages(f"/v1/groups/{self.group['id']}/meetings")
        self.had = len(house.mailbox.await_mails(2, self.address))

    def move_to(self, starts_at, **before):
        """The clock: to so long before a meeting."""
        wanted = datetime.fromisoformat(starts_at.replace("Z", "+00:00")) - timedelta(**before)
        self.house.clock.move((wanted - datetime.now(timezone.utc)) / timedelta(hours=1))

    def news(self, count):
        """The mails that have come since, so many at least."""
        return self.house.mailbox.await_mails(self.had + count, self.address)[self.had:]

    def nothing_waits(self):
        await_truth(lambda: self.house.value("SELECT count(*) FROM jobs WHERE kind = 'mail' AND run_at <= %s", self.house.now()) == 0)
        return len(self.house.mailbox.mails(self.address)) == self.had

    def except_on(self, meeting, **members):
        reply = self.house.admin.request("PUT", f"{self.path}/exceptions/{meeting['date']}", members, If_Match="*")
        assert reply.status in (200, 201), reply.json


def subjects(mails):
    return [mail["Subject"] for mail in mails]


def test_people_are_reminded_two_days_and_three_hours_before(house):
    one = Regular(house)
    first = one.meetings[1]["starts_at"]
    one.move_to(first, days=2, minutes=-1)
    mail, = one.news(1)
    assert mail["Subject"] == "Erinnerung an Ihren Termin" and mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "19:00 Uhr (Europe/Berlin)" in text_of(mail) and "/my/" in text_of(mail) and "/no-reminders/" in text_of(mail)
    one.move_to(first, hours=3, minutes=-1)
    assert len(one.news(2)) == 2


@pytest.mark.parametrize("wanted, count", [([], 0), (["PT6H"], 1)])
def test_who_has_chosen_otherwise_is_reminded_then(house, wanted, count):
    one = Regular(house, reminders=wanted)
    assert one.person.read()["reminders"] == wanted
    first = one.meetings[1]["starts_at"]
    for before in ({"days": 2}, {"hours": 6}, {"hours": 3}):
        one.move_to(first, **before)
        house.rows("SELECT reminders_add(%s, 1000)", house.now() + LAG)
    assert len(one.news(count)) == count or one.nothing_waits()


@pytest.mark.parametrize("change, whose", [
    ("UPDATE meetings SET status = 'cancelled' WHERE id = %s", "meeting"),
    ("UPDATE meetings SET starts_at = starts_at + interval '1 hour' WHERE id = %s", "meeting"),
    ("UPDATE registrations SET state = 'cancelled', during = 'empty' WHERE id = %s", "person"),
    ("UPDATE registrations SET reminders = '{PT1H}' WHERE id = %s", "person"),
    ("UPDATE persons SET mails = 'needed' WHERE id = %s", "person"),
    ("SELECT %s", None)])
def test_a_reminder_that_is_not_so_any_more_is_not_sent(house, change, whose):
    """Negative control: if nothing has changed, it is."""
    one = Regular(house)
    meeting = one.meetings[1]
    one.move_to(meeting["starts_at"], days=2)
    house.rows("SELECT set_config('session_replication_role', 'replica', false)")
    house.rows(change, {"meeting": meeting["id"], "person": one.person.id}.get(whose))
    house.rows("SELECT job_add('mail', 'reminder', %s, jsonb_build_object('template', 'reminder', 'lead', 'P2D', 'meeting_id', id, "
               "'starts', extract(epoch FROM %s::timestamptz)::bigint), %s, %s) FROM meetings WHERE id = %s",
               one.person.id, meeting["starts_at"], house.now(), house.now(), meeting["id"])
    if whose is None:
        assert subjects(one.news(1)) == ["Erinnerung an Ihren Termin"]
    else:
        assert one.nothing_waits()


# Changes --------------------------------------------------------------------------------------------


def test_five_edits_within_minutes_are_one_mail(house):
    one = Regular(house)
    meeting = one.meetings[2]
    for hour in (20, 18, 17):
        one.except_on(meeting, starts_at_local=f"{meeting['date']}T{hour}:00:00")
    one.except_on(meeting, cancelled=True)
    one.except_on(meeting, starts_at_local=f"{meeting['date']}T18:30:00")
    assert one.nothing_waits()
    house.clock.move(0.1)
    mail, = one.news(1)
    assert mail["Subject"] == "Ihr Termin hat sich geändert"
    assert "18:30 Uhr" in text_of(mail) and "19:00 Uhr" in text_of(mail)


def test_what_was_undone_within_minutes_is_no_mail(house):
    one = Regular(house)
    one.except_on(one.meetings[2], cancelled=True)
    assert house.admin.delete(f"{one.path}/exceptions/{one.meetings[2]['date']}").status == 204
    house.clock.move(0.1)
    assert one.nothing_waits()


def test_a_meeting_that_is_off_and_on_again_is_told_twice(house):
    one = Regular(house)
    one.except_on(one.meetings[2], cancelled=True)
    house.clock.move(0.1)
    one.news(1)
    assert house.admin.delete(f"{one.path}/exceptions/{one.meetings[2]['date']}").status == 204
    house.clock.move(0.2)
    assert subjects(one.news(2)) == ["Ihr Termin fällt aus", "Ihr Termin findet doch statt"]


def test_a_change_while_its_mail_is_being_written_is_told_too(house):
    """The second edit comes when the worker has looked already, and before it is done."""
    one = Regular(house)
    one.except_on(one.meetings[2], cancelled=True)
    house.rows("UPDATE jobs SET lease_until = %s, fence = 1, attempts = 1 WHERE key LIKE 'meeting:%%'", house.now() + timedelta(days=9))
    assert house.admin.delete(f"{one.path}/exceptions/{one.meetings[2]['date']}").status == 204
    job, = house.rows("SELECT id FROM jobs WHERE key LIKE 'meeting:%%' AND again #>> '{payload,was,off}' = 'true'")[0]
    house.rows(statement("jobs_done", jobs=f"{{{job}}}", fences="{1}"))
    house.clock.move(0.1)
    assert subjects(one.news(1)) == ["Ihr Termin findet doch statt"]


# Nights ---------------------------------------------------------------------------------------------


def test_nobody_is_written_to_at_night_unless_it_cannot_wait(house):
    one = Regular(house)
    house.rows(ASLEEP)
    one.move_to(one.meetings[2]["starts_at"], hours=19 + 2 * DAY - 1)  # one in the morning, two days before
    one.had = len(house.mailbox.mails(one.address))
    one.except_on(one.meetings[3], cancelled=True)
    house.clock.move((house.now() + timedelta(minutes=6) - datetime.now(timezone.utc)) / timedelta(hours=1))
    await_truth(lambda: house.rows("SELECT run_at AT TIME ZONE 'Europe/Berlin' FROM jobs WHERE key LIKE 'meeting:%%'")[0][0].time()
                == time(8))
    one.move_to(one.meetings[2]["starts_at"], hours=18)  # the night before
    one.had = len(one.news(0)) + one.had
    house.rows("DELETE FROM jobs WHERE kind = 'mail'")
    one.except_on(one.meetings[2], cancelled=True)
    house.clock.move((house.now() + timedelta(minutes=2) - datetime.now(timezone.utc)) / timedelta(hours=1))
    await_truth(lambda: "Ihr Termin fällt aus" in subjects(house.mailbox.mails(one.address)))


@pytest.mark.parametrize("at, until", [
    ("2027-01-01T19:59Z", None), ("2027-01-01T20:00Z", "2027-01-02T07:00Z"), ("2027-01-02T06:59Z", "2027-01-02T07:00Z"),
    ("2027-01-02T07:00Z", None), ("2027-03-27T22:00Z", "2027-03-28T06:00Z"), ("2027-10-30T22:00Z", "2027-10-31T07:00Z")])
def test_a_night_is_from_nine_to_eight_by_the_clocks_there(calm, at, until):
    calm.execute("SELECT quiet_until(%s, 'Europe/Berlin') = %s, quiet_until(%s, 'Europe/Berlin') IS NULL", [at, until or at, at])
    assert calm.fetchone() == ((None, True) if until is None else (True, False))


# Too many -------------------------------------------------------------------------------------------


def test_an_address_gets_twenty_mails_a_day_and_the_rest_tomorrow(a_worker, jobs, mailbox):
    person = jobs.person()
    waiting = [jobs.add(person=person) for _ in range(23)]
    asked = jobs.add("confirm_address", person)
    a_worker()
    jobs.await_done(asked)
    await_truth(lambda: len(mailbox.mails()) == 21)
    left = [jobs.get(job, "run_at, attempts, error") for job in waiting if jobs.get(job, "id")]
    assert len(left) == 3 and {attempts for _, attempts, _ in left} == {0} and {error for _, _, error in left} == {None}
    assert all(run_at > jobs.now() for run_at, _, _ in left)
    jobs.clock.move(33)
    await_truth(lambda: len(mailbox.mails()) == 24)


# Calendar programs ----------------------------------------------------------------------------------


def calendar_in(mail):
    """The method, and the event, that a mail carries."""
    part, = (part for part in mail.walk() if part.get_content_type() == "text/calendar")
    calendar = icalendar.Calendar.from_ical(part.get_content())
    event, = calendar.walk("VEVENT")
    assert calendar["METHOD"] == part.get_param("method")
    return str(calendar["METHOD"]), event


@pytest.mark.parametrize("wanted, methods", [(False, ["PUBLISH", "PUBLISH", "PUBLISH"]), (True, ["REQUEST", "REQUEST", "CANCEL"])])
def test_a_mail_carries_its_date_for_calendar_programs(house, wanted, methods):
    one = Regular(house)
    meeting, address = one.meetings[2], house.given.address()
    person = house.given.registration(meeting, contact={"email": address}, invitations=wanted)
    assert person.read()["invitations"] == wanted
    assert person.act("confirm", body={"token": house.code(address)}).status == 200
    house.mailbox.await_mails(2, address)
    one.except_on(meeting, starts_at_local=f"{meeting['date']}T18:30:00")
    house.clock.move(0.1)
    house.mailbox.await_mails(3, address)
    one.except_on(meeting, cancelled=True)
    house.clock.move(0.2)
    events = [calendar_in(mail) for mail in house.mailbox.await_mails(4, address)[1:]]
    assert [method for method, _ in events] == methods
    assert len({(str(event["UID"]), str(event["ORGANIZER"])) for _, event in events}) == 1
    sequences = [event["SEQUENCE"] for _, event in events]
    assert sequences == sorted(set(sequences))
    assert [str(event["STATUS"]) for _, event in events] == ["CONFIRMED", "CONFIRMED", "CANCELLED"]
    assert [event["DTSTART"].dt.strftime("%H:%M %Z") for _, event in events][0][:5] == "19:00"
    assert events[1][1]["DTSTART"].dt.strftime("%H:%M") == "18:30"
    for _, event in events:
        assert [str(event[name]) for name in ("ATTENDEE",) if name in event] == [f"mailto:{address}"] * wanted
        assert str(event["SUMMARY"]) in ("Termin", "Abgesagt: Termin") and "LOCATION" not in event
        assert one.group["name"] not in event.to_ical().decode() and one.group["id"] not in event.to_ical().decode()


def test_whoever_has_subscribed_gets_no_date_twice(house):
    one = Regular(house)
    house.given.feed(one.person)
    one.except_on(one.meetings[2], cancelled=True)
    house.clock.move(0.1)
    mail, = one.news(1)
    assert "text/calendar" not in [part.get_content_type() for part in mail.walk()]
