"""test_entries.py: when leaders are asked whether their entry is right, and when they are told of their week."""

from datetime import datetime, timedelta, timezone
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest

from tests.letters import text_of
from tests.wire import await_truth

BERLIN = ZoneInfo("Europe/Berlin")
QUESTION, OVERVIEW = "Stimmt Ihr Eintrag noch?", "Ihre Woche im Überblick"


class Desk:
    """A group with two leaders and a worker; its series is every Wednesday. Days are counted from when it was added."""

    def __init__(self, house):
        self.house, self.mailbox = house, house.mailbox
        self.group = house.given.group()
        self.worker = house.work()
        self.leaders = [house.leader(self.group)]
        self.leaders.append(house.leader(self.group, self.leaders[0]))
        house.given.schedule(house.admin, self.group)
        self.began = house.now()

    def move_to(self, local):
        self.house.clock.move((local - datetime.now(timezone.utc)) / timedelta(hours=1))

    def day(self, number):
        """Noon in Berlin, so many days after the beginning."""
        self.move_to((self.began.astimezone(BERLIN) + timedelta(days=number)).replace(hour=12, minute=0))

    def monday(self, weeks, hour, minute=0):
        """Of the first week that begins, at nine, after the beginning, or of a later one."""
        here = self.began.astimezone(BERLIN) - timedelta(hours=9)
        return (here + timedelta(days=7 - here.weekday(), weeks=weeks)).replace(hour=hour, minute=minute)

    def work(self, kind):
        """Lets the timetable come round, and all mails go out."""
        self.house.rows("UPDATE timetable SET due_at = '-infinity' WHERE kind = %s", kind)
        await_truth(lambda: self.house.value("SELECT due_at > '-infinity' FROM timetable WHERE kind = %s", kind))
        await_truth(lambda: not self.house.value("SELECT count(*) FROM jobs WHERE kind IN (%s, 'mail')", kind))

    def sent(self, subject):
        """How many mails of a kind each leader has."""
        return [sum(mail["Subject"] == subject for mail in self.mailbox.mails(leader.address)) for leader in self.leaders]

    def mail(self, subject):
        """One that the first leader has."""
        return next(mail for mail in self.mailbox.mails(self.leaders[0].address) if mail["Subject"] == subject)

    def questions_by(self, number):
        self.day(number)
        self.work("entries")
        return self.sent(QUESTION)

    def overviews_by(self, local):
        self.move_to(local)
        self.work("overview")
        return self.sent(OVERVIEW)


@pytest.fixture
def desk(house):
    return Desk(house)


# Is the entry still right? -------------------------------------------------------------------------


def test_each_leader_is_asked_after_half_a_year_and_then_once_a_month_until_somebody_answers(desk):
    asked = [desk.questions_by(day) for day in (170, 185, 200, 210, 217)]
    assert asked == [[0, 0], [1, 1], [1, 1], [1, 1], [2, 2]]
    desk.house.rows("SELECT entry_answer(%s, 'right', %s)", desk.leaders[0].id, desk.house.now())
    assert [desk.questions_by(day) for day in (250, 390, 405)] == [[2, 2], [2, 2], [3, 3]]


def test_who_wants_no_such_mails_has_left_or_was_never_there_is_not_asked(desk):
    wants_none, left = desk.leaders
    desk.house.invite(desk.group, wants_none)
    desk.house.rows("UPDATE persons SET mails = 'asked' WHERE id = %s", wants_none.id)
    assert left.delete(f"/v1/leaders/{left.id}").status == 204
    assert desk.questions_by(190) == [0, 0]
    assert desk.house.value("SELECT count(*) FROM leaders WHERE asked_at > '-infinity'") == 0


def test_a_question_is_asked_late_but_once_when_nobody_worked(desk):
    desk.worker.stop()
    desk.day(400)
    desk.worker = desk.house.work()
    assert desk.questions_by(400) == desk.questions_by(401) == [1, 1]


def test_a_clock_that_was_ahead_neither_asks_twice_nor_keeps_questions_back(desk):
    assert desk.questions_by(190) == [1, 1]
    desk.house.clock.move((desk.house.now() - datetime.now(timezone.utc)) / timedelta(hours=1) - 1)
    desk.work("entries")
    assert desk.sent(QUESTION) == [1, 1]
    assert desk.questions_by(2000) == [2, 2]
    assert desk.questions_by(222) == [3, 3]


def test_a_question_leads_to_the_page_that_answers_it_and_names_nothing(desk):
    desk.questions_by(190)
    mail = desk.mail(QUESTION)
    assert desk.group["name"] not in mail.as_string()
    path = urlsplit(next(line for line in text_of(mail).splitlines() if "/entry/" in line)).path
    page = desk.house.api.get(path)
    assert page.status == 200 and desk.group["name"] in page.body.decode()


def test_a_question_that_is_answered_before_it_went_out_is_not_sent(desk):
    desk.worker.stop()
    desk.day(190)
    desk.house.rows("SELECT entries_sweep(%s)", desk.house.now())
    desk.house.rows("SELECT entry_answer(%s, 'right', %s)", desk.leaders[1].id, desk.house.now())
    desk.worker = desk.house.work()
    desk.work("entries")
    assert desk.sent(QUESTION) == [0, 0]


# What the week brings ------------------------------------------------------------------------------


def test_an_overview_comes_on_monday_at_nine_by_the_clocks_of_the_series(desk):
    told = [desk.overviews_by(desk.monday(week, *time)) for week, *time in
            [(0, 8, 55), (0, 9, 1), (0, 18), (1, 8, 55), (1, 9, 1), (5, 9, 1)]]
    assert told == [[0, 0], [1, 1], [1, 1], [1, 1], [2, 2], [3, 3]]


def test_an_overview_comes_late_but_once_when_nobody_worked_or_the_clock_is_set_back(desk):
    desk.worker.stop()
    desk.move_to(desk.monday(0, 9, 30) + timedelta(days=2))
    desk.worker = desk.house.work()
    assert desk.overviews_by(desk.monday(0, 9, 30) + timedelta(days=2)) == [1, 1]
    assert desk.overviews_by(desk.monday(1, 9, 1)) == [2, 2]
    assert desk.overviews_by(desk.monday(1, 8, 1)) == desk.overviews_by(desk.monday(1, 9, 1)) == [2, 2]
    assert desk.overviews_by(desk.monday(9, 9, 1)) == [3, 3]
    assert desk.overviews_by(desk.monday(2, 9, 1)) == [4, 4]


def test_who_comes_during_the_week_hears_first_of_the_next(desk):
    desk.house.rows("UPDATE persons SET email_confirmed_at = %s WHERE id = %s", desk.monday(0, 9, 30), desk.leaders[1].id)
    assert desk.overviews_by(desk.monday(0, 17)) == [1, 0]
    assert desk.overviews_by(desk.monday(1, 9, 1)) == [2, 1]


def test_an_overview_is_of_numbers_only(desk):
    schedule = desk.house.given.schedule(desk.house.admin, desk.group, capacity=2, registration={"required": True})
    person = desk.house.given.registration(schedule)
    desk.overviews_by(desk.monday(0, 9, 1))
    mail = desk.mail(OVERVIEW)
    text = text_of(mail)
    assert "Termine in den nächsten sieben Tagen: 2" in text and "Neue Anmeldungen in den letzten sieben Tagen: 1" in text
    assert "Entscheidung" not in text and "frei geworden" not in text
    assert desk.group["name"] not in mail.as_string() and person.made["pseudonym"] not in mail.as_string()
    assert f"/groups/{desk.group['id']}/sign-in" in text


def test_there_is_no_overview_of_nothing(desk):
    desk.house.rows("UPDATE meetings SET status = 'cancelled'")
    assert desk.overviews_by(desk.monday(0, 9, 1)) == [0, 0]


def test_who_wants_no_overview_gets_none(desk):
    desk.house.rows("UPDATE persons SET mails = 'asked' WHERE id = %s", desk.leaders[0].id)
    assert desk.overviews_by(desk.monday(0, 9, 1)) == [0, 1]


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Pacific/Auckland"])
def test_in_ten_years_of_hours_each_monday_at_nine_has_one_overview_and_nothing_else_has(desk, zone):
    desk.worker.stop()
    desk.house.rows("UPDATE schedules SET time_zone = %s", zone)
    desk.house.rows("UPDATE leaders SET state = 'left' WHERE id = %s", desk.leaders[1].id)
    desk.house.rows("DELETE FROM jobs")
    first = datetime(2027, 1, 1, tzinfo=timezone.utc)
    desk.house.rows("""
        DO $$ BEGIN
            FOR hour IN 0 .. 520 * 7 * 24 LOOP
                PERFORM overview_sweep('2027-01-01Z'::timestamptz + hour * interval '1 hour');
                PERFORM overview_sweep('2027-01-01Z'::timestamptz + (hour - 1) * interval '1 hour');  -- a clock set back
            END LOOP;
        END $$""")
    sent = [at.astimezone(ZoneInfo(zone)) for at, in desk.house.rows("SELECT run_at FROM jobs ORDER BY run_at")]
    assert sent.pop(0) == first  # of the week that had begun before
    assert {(at.weekday(), at.hour, at.minute) for at in sent} == {(0, 9, 0)}
    mondays = [at.date() for at in sent]
    assert {after - before for before, after in zip(mondays, mondays[1:])} == {timedelta(weeks=1)} and len(sent) == 520
