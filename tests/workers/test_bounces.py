"""test_bounces.py: mails that come back: what says that nobody is at an address, what does not, and who may know it."""

import os
import re
import subprocess

import pytest

from tests.server import programs
from tests.workers.mailserver import MailServer
from tests.workers.reports import GONE, NO_REPORT, REPORTS, broken, failed, report

BOUNCE = "bounce+{token}@here.example.org"
GOOD = report(failed("5.1.1"))


@pytest.fixture
def server():
    started = MailServer()
    yield started
    started.stop()


@pytest.fixture
def mailed(jobs, server, a_worker):
    """Mails somebody and returns the sender of the envelope."""
    a_worker(RUNDE_SMTP_URL=f"smtp://127.0.0.1:{server.port}", RUNDE_MAIL_BOUNCE=BOUNCE)

    def mail(person, template="message"):
        before, job = len(server.mails), jobs.add(template, person)
        jobs.db.execute("NOTIFY runde_jobs")
        jobs.await_done(job)
        return server.mails[-1][0] if len(server.mails) > before else None
    return mail


@pytest.fixture
def bounces(database, own_clock):
    """The command, with a mail on standard input unless told otherwise; returns its lines."""
    def run(content="", place="-", *words, status=0, **settings):
        content = content if isinstance(content, bytes) else content.encode("utf-8", "surrogateescape")
        done = subprocess.run([programs() / "runde", "bounces", place, *words], input=content, capture_output=True, check=False,
                              env={**os.environ, "RUNDE_DATABASE": database, "RUNDE_CLOCK_FILE": str(own_clock),
                                   "RUNDE_MAIL_BOUNCE": BOUNCE, **settings})
        assert done.returncode == status, done.stderr.decode()
        assert b"example" not in done.stdout + done.stderr.replace(b"RUNDE_MAIL_BOUNCE", b"")
        return done.stdout.decode().splitlines()
    return run


@pytest.fixture(autouse=True)
def nobody_is_suppressed(jobs):
    jobs.db.execute("TRUNCATE suppressed_addresses")


def statuses(jobs):
    jobs.db.execute("SELECT status FROM suppressed_addresses")
    return [status for status, in jobs.db.fetchall()]


def knows(jobs, person):
    """Whether the person is told that their address takes no mails."""
    jobs.db.execute("SELECT contact_is_suppressed(%s)", [person])
    return jobs.db.fetchone()[0]


def confirm(jobs, person):
    """What every confirmation does, whichever way it comes."""
    jobs.db.execute("SET session_replication_role = origin")
    jobs.db.execute("UPDATE persons SET email_confirmed_at = coalesce(email_confirmed_at, %s) WHERE id = %s", [jobs.now(), person])
    jobs.db.execute("SET session_replication_role = replica")


# What is said ---------------------------------------------------------------------------------------


def test_codes_decide_and_never_words_whoever_writes_them(jobs, mailed, bounces):
    for name, (content, status, outcome) in REPORTS.items():
        jobs.db.execute("TRUNCATE suppressed_addresses")
        person = jobs.person()
        said = bounces(content.replace("TO", mailed(person)))
        assert (name, said) == (name, [f"{status:5} {outcome}"])
        suppressed = outcome == "suppressed"
        assert (name, statuses(jobs), knows(jobs, person)) == (name, [status] if suppressed else [], suppressed)


def test_nothing_is_written_any_more_to_who_is_gone_wherever_they_are_known(jobs, mailed, bounces):
    person, same, other = jobs.person(email=GONE), jobs.person(email=GONE.upper()), jobs.person()
    bounces(GOOD.replace("TO", mailed(person)))
    assert mailed(person) is None and mailed(same) is None and mailed(other) is not None


def test_the_same_mail_counts_once_even_if_its_report_comes_again(jobs, mailed, bounces):
    person = jobs.person()
    first = mailed(person)
    assert bounces(GOOD.replace("TO", first)) == ["5.1.1 suppressed"]
    assert bounces(GOOD.replace("TO", first)) == ["5.1.1 was counted before"]
    confirm(jobs, person)
    assert bounces(GOOD.replace("TO", first)) == ["5.1.1 was counted before"]
    assert statuses(jobs) == [] and not knows(jobs, person)
    jobs.clock.move(1)
    assert bounces(GOOD.replace("TO", mailed(person))) == ["5.1.1 suppressed"] and knows(jobs, person)


def test_a_sender_that_we_did_not_write_says_nothing(jobs, mailed, bounces):
    token = re.search("[a-z2-7]{48}", mailed(jobs.person()))[0]
    other = re.search("[a-z2-7]{48}", mailed(jobs.person()))[0]
    for made in (token[:20] + other[20:], token[::-1], "a" * 48, token[:-1], token + "a"):
        assert bounces(GOOD.replace("TO", BOUNCE.replace("{token}", made))) == ["5.1.1 is not about a mail of ours"]
    assert bounces(GOOD.replace("TO", f"{token}@here.example.org")) == ["5.1.1 is not about a mail of ours"]
    assert statuses(jobs) == []


def test_what_comes_two_weeks_later_comes_too_late(jobs, mailed, bounces):
    early, late = mailed(jobs.person()), mailed(jobs.person())
    jobs.clock.move(14 * 24 - 1)
    assert bounces(GOOD.replace("TO", early)) == ["5.1.1 suppressed"]
    jobs.clock.move(14 * 24 + 1)
    assert bounces(GOOD.replace("TO", late)) == ["5.1.1 comes too late"]


def test_of_somebody_who_is_erased_nothing_is_kept(jobs, mailed, bounces):
    person, erased = jobs.person(), jobs.person()
    sender, other = mailed(person), mailed(erased)
    assert bounces(GOOD.replace("TO", sender)) == ["5.1.1 suppressed"]
    jobs.db.execute("SET session_replication_role = origin")
    for gone in (person, erased):
        jobs.db.execute("UPDATE persons SET wrapped = NULL, wrapping_key = NULL, contact = NULL, erased_at = now() WHERE id = %s",
                        [gone])
    jobs.db.execute("SET session_replication_role = replica")
    jobs.db.execute("SELECT suppressed, bounced_at FROM persons WHERE id = %s", [person])
    assert jobs.db.fetchone() == (None, None)
    assert bounces(GOOD.replace("TO", other)) == ["5.1.1 whose it was is gone"]


# What a person may do about it ----------------------------------------------------------------------


def test_whoever_shows_that_mails_arrive_gets_them_again(jobs, mailed, bounces):
    person = jobs.person()
    bounces(GOOD.replace("TO", mailed(person)))
    assert mailed(person, "confirm_address") is None  # at once it would only come back again
    jobs.clock.move(1.1)
    assert mailed(person) is None and mailed(person, "confirm_address") is not None
    confirm(jobs, person)
    assert statuses(jobs) == [] and not knows(jobs, person) and mailed(person) is not None


def test_another_registration_of_the_same_person_lifts_it_for_both(jobs, mailed, bounces):
    person, again = jobs.person(email="bruno@far.example.org"), jobs.person(email="Bruno@far.example.org")
    bounces(GOOD.replace("TO", mailed(person)))
    jobs.clock.move(1.1)
    assert mailed(again, "confirm_address") is not None and knows(jobs, person)
    confirm(jobs, again)
    assert statuses(jobs) == [] and not knows(jobs, person) and mailed(person) is not None


def test_nobody_learns_of_an_address_by_giving_it(jobs, mailed, bounces):
    person, curious = jobs.person(email="carla@far.example.org"), jobs.person(email="carla@far.example.org")
    confirm(jobs, person)
    bounces(GOOD.replace("TO", mailed(person)))
    assert mailed(curious) is None and knows(jobs, person) and not knows(jobs, curious)
    jobs.clock.move(1.1)
    own = mailed(curious, "confirm_address")
    assert not knows(jobs, curious)
    bounces(GOOD.replace("TO", own))
    assert knows(jobs, curious)


def test_persons_with_one_address_have_nothing_in_common_while_it_takes_mails(jobs, mailed):
    people = [jobs.person(email="dora@far.example.org") for _ in range(2)]
    for person in people:
        mailed(person)
    jobs.db.execute("SELECT count(suppressed), count(bounced_at) FROM persons WHERE id = ANY (%s::uuid[])", [people])
    assert jobs.db.fetchone() == (0, 0)


# Where they come from -------------------------------------------------------------------------------


def test_to_whom_it_came_may_stand_in_the_header_or_be_told(jobs, mailed, bounces):
    for header in ("Delivered-To: {}", "X-Original-To: {}", "To: Runde <{}>", "delivered-to:\n {}"):
        content = header.format(mailed(jobs.person())) + "\n" + GOOD.replace("TO", "undisclosed-recipients:;")
        assert bounces(content) == ["5.1.1 suppressed"]
    told, other = mailed(jobs.person()), mailed(jobs.person())
    assert bounces(GOOD.replace("TO", other), "-", "--to", told.upper()) == ["5.1.1 suppressed"]
    assert bounces(GOOD.replace("TO", told), "-", "--to", "postmaster@here.example.org") == ["5.1.1 is not about a mail of ours"]
    assert bounces(GOOD.replace("TO", other)) == ["5.1.1 suppressed"]
    assert bounces("From MAILER-DAEMON Wed Jan  7 19:00:00 2026\n" + GOOD.replace("TO", mailed(jobs.person()))) == ["5.1.1 suppressed"]


def test_an_mbox_is_read_mail_by_mail(jobs, mailed, bounces, tmp_path):
    mails = [GOOD, REPORTS["qmail"][0] + "\nFrom here on it is cold.\n>From there too.\n", REPORTS["full"][0], GOOD]
    mbox = tmp_path / "mbox"
    mbox.write_text("".join("From MAILER-DAEMON Wed Jan  7 19:00:00 2026\n" + mail.replace("TO", mailed(jobs.person())) + "\n"
                            for mail in mails))
    assert bounces(place=mbox) == ["5.1.1 suppressed", "-     is no report", "-     is no report", "5.2.2 did not arrive",
                                   "5.1.1 suppressed"]  # a line that begins with "From" ought to be quoted
    assert bounces(place=mbox)[0] == "5.1.1 was counted before"
    one = tmp_path / "one"
    one.write_text(GOOD.replace("TO", mailed(jobs.person())) + "\n\nFrom x\n")
    assert bounces(place=one) == ["5.1.1 suppressed"]


def test_in_a_maildir_what_was_read_counts_as_seen(jobs, mailed, bounces, tmp_path):
    for name in ("new", "cur", "tmp"):
        (tmp_path / name).mkdir()
    (tmp_path / "new/1.first").write_text(GOOD.replace("TO", mailed(jobs.person())))
    (tmp_path / "new/2.second").write_bytes(b"\0\xff")
    (tmp_path / "tmp/3.half").write_text(GOOD)
    assert bounces(place=tmp_path) == ["5.1.1 suppressed", "-     is no report"]
    assert sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.glob("*/*")) == [
        "cur/1.first:2,S", "cur/2.second:2,S", "tmp/3.half"]
    assert bounces(place=tmp_path) == []


def test_whatever_comes_is_answered_with_a_line(bounces):
    for number, content in enumerate(broken()):
        said = bounces(content)
        assert (number, len(said)) == (number, 1), said


@pytest.mark.parametrize("content", ["", "\0", GOOD])
def test_nobody_is_to_send_a_bounce_of_a_bounce(bounces, content):
    assert len(bounces(content)) == 1  # and its status is 0


def test_while_the_database_is_away_the_mail_waits_where_it_is(jobs, mailed, bounces, tmp_path):
    sender = mailed(jobs.person())
    away = {"RUNDE_DATABASE": "host=/nowhere dbname=none"}
    assert bounces(GOOD.replace("TO", sender), status=75, **away) == []
    (tmp_path / "new").mkdir()
    (tmp_path / "cur").mkdir()
    (tmp_path / "new/1").write_text(GOOD.replace("TO", sender))
    bounces("", tmp_path, status=75, **away)
    bounces("", tmp_path, status=75, RUNDE_KEY_FILE="/nowhere")
    bounces("", tmp_path, status=75, RUNDE_MAIL_BOUNCE="bounce@here.example.org")
    bounces("", tmp_path / "nothing", status=75)
    assert (tmp_path / "new/1").exists() and statuses(jobs) == []
    assert bounces("", tmp_path) == ["5.1.1 suppressed"]


def test_what_is_no_report_changes_nothing_even_with_a_right_sender(jobs, mailed, bounces):
    person = jobs.person()
    assert bounces(f"To: {mailed(person)}\n\nStatus: 5.1.1\n") == [f"-     {NO_REPORT}"]
    assert not knows(jobs, person) and mailed(person) is not None
