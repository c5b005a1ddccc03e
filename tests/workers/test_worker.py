"""test_worker.py: jobs that are done once, whoever dies meanwhile; and mails that say nothing to whom they do not concern."""

import hashlib
import json
import os
import re
import signal
import struct
import subprocess
import uuid
from contextlib import closing
from datetime import datetime, timedelta, timezone
from email.header import decode_header, make_header
from pathlib import Path

import psycopg2
import pytest

from tests.mailbox import code_of, text_of
from tests.server import ROOT, programs
from tests.wire import await_truth

LEASE = 10 / 3600  # in hours, as the clock is moved
TEMPLATES = sorted({path.name.split(".")[0] for path in (ROOT / "workers/templates").glob("*.txt")})
WITH_CODE = {"confirm_address": ("confirmation", 24), "invitation": ("invitation", 7 * 24), "recovery": ("life", None)}
WINTER = {"when": "2026-01-07T18:00:00Z", "until": "2026-07-01T07:30:00Z", "zone": "Europe/Berlin"}

# What registrations bring in truth. A job with "wait" waits until the test lets it go on.
STAND_INS = """
    DROP FUNCTION IF EXISTS mail_facts(text, uuid, jsonb);
    CREATE FUNCTION mail_facts(template text, person uuid, payload jsonb) RETURNS jsonb
    LANGUAGE plpgsql AS $$
    BEGIN
        IF payload ? 'wait' THEN
            PERFORM pg_advisory_xact_lock_shared((payload ->> 'wait')::bigint);
        END IF;
        RETURN nullif(coalesce(payload -> 'facts', '{}'), 'null');
    END
    $$;
    DROP FUNCTION IF EXISTS sweep(timestamptz);
    CREATE TABLE sweeps (at timestamptz);
    CREATE FUNCTION sweep(at timestamptz) RETURNS void
    LANGUAGE sql AS $$ INSERT INTO sweeps VALUES (at) $$;
"""


@pytest.fixture(scope="module")
def database():
    """One that no other test's worker looks after."""
    name = f"worker_{uuid.uuid4().hex}"
    with closing(psycopg2.connect(os.environ["RUNDE_TEST_DATABASE"])) as outside:
        outside.autocommit = True
        outside.cursor().execute(f"CREATE DATABASE {name} TEMPLATE template0")
    conninfo = re.sub(r"dbname=\S+", f"dbname={name}", os.environ["RUNDE_TEST_DATABASE"])
    subprocess.run([programs() / "runde", "migrate"], env={**os.environ, "RUNDE_DATABASE": conninfo}, check=True,
                   stdout=subprocess.DEVNULL)
    with closing(psycopg2.connect(conninfo)) as connection, connection:
        connection.cursor().execute(STAND_INS)
    return conninfo


@pytest.fixture
def jobs(database, own_clock):
    with closing(psycopg2.connect(database)) as connection:
        connection.autocommit = True
        yield Jobs(connection.cursor(), own_clock)


def sealed(wrapping_id, person, column, value):
    line = "\t".join([str(wrapping_id), person, column, value])
    done = subprocess.run([programs() / "tests/workers/seal"], input=line, capture_output=True, text=True, check=True)
    return done.stdout.strip().split("\t")


class Jobs:
    """The table of jobs, and people to write to."""

    def __init__(self, db, clock):
        self.db, self.clock = db, clock
        db.execute("TRUNCATE jobs, sweeps")
        db.execute("SET session_replication_role = replica")  # persons of no group

    def person(self, language="de", column="contact", **contact):
        """A new person with an address of their own, or with what is given; returns id and what is sealed."""
        person = str(uuid.uuid4())
        value = contact.pop("text", None) or json.dumps(contact or {"email": address_of(person)})
        self.db.execute("SELECT coalesce(max(id), 0) + 1 FROM wrapping_keys")
        wrapping_id, = self.db.fetchone()
        wrapping, wrapped, value = sealed(wrapping_id, person, column, value)
        self.db.execute("INSERT INTO wrapping_keys VALUES (%s, %s, '2026-01-01')", [wrapping_id, wrapping])
        self.db.execute("INSERT INTO persons (id, role, group_id, wrapping_key, wrapped, contact, language, created_at) "
                        "VALUES (%s, 'registrant', %s, %s, %s, %s, %s, '2026-01-01')",
                        [person, person, wrapping_id, wrapped, value if column == "contact" else None, language])
        return person if column == "contact" else (person, value)

    def now(self):
        offset, = struct.unpack("q", self.clock.path.read_bytes())
        return datetime.now(timezone.utc) + timedelta(microseconds=offset)

    def add(self, template="message", person=None, kind="mail", run_at=None, **payload):
        """A mail to somebody, due at once; returns its id."""
        self.db.execute("SELECT job_add(%s, %s, %s, %s, %s, %s)",
                        [kind, uuid.uuid4().hex, person or self.person(), json.dumps({"template": template, **payload}),
                         run_at or self.now(), self.now()])
        self.db.execute("SELECT max(id) FROM jobs")
        return self.db.fetchone()[0]

    def get(self, job, columns):
        self.db.execute(f"SELECT {columns} FROM jobs WHERE id = %s", [job])
        return self.db.fetchone()

    def await_done(self, *jobs):
        await_truth(lambda: not any(self.get(job, "id") for job in jobs))

    def await_claimed(self, job):
        await_truth(lambda: self.get(job, "lease_until IS NOT NULL")[0])

    def await_error(self, job, error):
        await_truth(lambda: (self.get(job, "error") or [None])[0] is not None)
        assert error in self.get(job, "error")[0]

    def capabilities(self, person):
        self.db.execute("SELECT kind, hash::text, expires_at, id::text FROM capabilities WHERE person_id = %s", [person])
        return self.db.fetchall()


@pytest.fixture
def held(database):
    """A number; jobs that wait for it go on when it is let go."""
    number = uuid.uuid4().int % 2 ** 31
    with closing(psycopg2.connect(database)) as connection:
        connection.autocommit = True
        connection.cursor().execute("SELECT pg_advisory_lock(%s)", [number])
        number_and_release = number, lambda: connection.cursor().execute("SELECT pg_advisory_unlock_all()")
        yield number_and_release


@pytest.fixture
def a_worker(worker, database):
    return lambda **environment: worker(database, **environment)


def address_of(person):
    return f"{person}@mail.example"


def keyed_hash(code):
    """What is stored of a token, by hand: the key of purpose 6 derived from the master key, then BLAKE2b."""
    master = bytes.fromhex(Path(os.environ["RUNDE_KEY_FILE"]).read_text(encoding="ascii"))
    key = hashlib.blake2b(key=master, digest_size=32, salt=struct.pack("<QQ", 6, 0), person=b"runde--1" + bytes(8)).digest()
    return "\\x" + hashlib.blake2b(code.encode(), key=key, digest_size=32).hexdigest()


# Mails ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["de", "en"])
def test_every_mail_is_well_formed_and_outwardly_says_nothing(a_worker, jobs, mailbox, language):
    secret = "Gesprächskreis 🌻 {code} " + "sehr lang " * 100
    facts = {**WINTER, "text": f"{secret}\nSubject: Angst\n.\r\nEnde"}
    jobs.clock.move(24)
    given = {}
    for template in TEMPLATES:
        if template != "sign_in":
            given[template] = jobs.person(language)
            jobs.add(template, given[template], facts=facts)
    a_worker()
    for template, person in given.items():
        mail = mailbox.await_mail(address_of(person))
        lines = text_of(mail).splitlines()
        assert mail.defects == [] and [d for name in mail for d in mail[name].defects] == []
        assert mail.get_content_type() == "text/plain" and mail.get_content_charset() == "utf-8"
        assert [address.addr_spec for address in mail["To"].addresses] == [address_of(person)]
        assert mail["From"] == "Runde <noreply@localhost>" and mail["Auto-Submitted"] == "auto-generated"
        assert abs(mail["Date"].datetime - jobs.now()) < timedelta(minutes=1)
        assert lines[0] == {"de": "Guten Tag,", "en": "Hello,"}[language]
        assert not re.search("(?i)grupp|group|selbsthilfe|self-help|kreis|angst", mail["Subject"] + " ".join(
            line for line in lines if line not in facts["text"].splitlines() and secret not in line))
        assert ("{" in text_of(mail)) == (secret in text_of(mail))
        assert set(mail.keys()) == {"From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version",
                                    "Content-Type", "Content-Transfer-Encoding"}
    assert all(len(line) <= 78 for file in mailbox.path.glob("new/*") for line in file.read_text().splitlines())


def test_german_and_english_say_the_same_in_their_own_words(a_worker, jobs, mailbox):
    people = {language: jobs.person(language) for language in ("de", "en", "fr")}
    for person in people.values():
        jobs.add("offered", person, facts=WINTER)
    a_worker()
    texts = {language: text_of(mailbox.await_mail(address_of(person))) for language, person in people.items()}
    assert "Mittwoch, 7. Januar 2026, 19:00 Uhr (Europe/Berlin)" in texts["de"]
    assert "Mittwoch, 1. Juli 2026, 09:30 Uhr (Europe/Berlin)" in texts["de"]
    assert "Wednesday, 7th January 2026, 19:00 (Europe/Berlin)" in texts["en"]
    assert texts["fr"] == texts["de"]


def test_a_paragraph_without_its_fact_is_left_out(a_worker, jobs, mailbox):
    with_it, without = jobs.person(), jobs.person()
    jobs.add("registered", with_it, facts=WINTER)
    jobs.add("registered", without)
    a_worker()
    assert "Ihr Termin: Mittwoch" in text_of(mailbox.await_mail(address_of(with_it)))
    text = text_of(mailbox.await_mail(address_of(without)))
    assert "Ihr Termin" not in text and "\n\n\n" not in text


@pytest.mark.parametrize("name", ["", "Termine", "Anmeldung, \"Köln\" <hier>", "Städte am Rhein, " * 9 + "Köln"])
def test_a_sender_with_any_name_is_one_address(a_worker, jobs, mailbox, name):
    jobs.add("registered")
    a_worker(RUNDE_MAIL_FROM=f"{name} <termine@mail.example>")
    sender, = mailbox.await_mail()["From"].addresses
    assert sender.addr_spec == "termine@mail.example"
    raw = re.search(r"^From: (.*?) ?<?termine@", next(mailbox.path.glob("new/*")).read_text(), re.M | re.S)[1]
    assert str(make_header(decode_header(raw))) == name


@pytest.mark.parametrize("sender", ["Runde", "Runde <a b@mail.example>", "Runde <a@mail.example", "a@b\r\nTo: c@d"])
def test_a_sender_that_is_none_is_refused_at_the_start(a_worker, sender):
    refused = a_worker(RUNDE_MAIL_FROM=sender)
    assert refused.process.wait(20) == 1 and "RUNDE_MAIL_FROM" in refused.said()


@pytest.mark.parametrize("address", [
    "a@mail.example\r\nBcc: b@mail.example", "a@mail.example\nBcc: b@mail.example", "a@mail.example, b@mail.example",
    "a b@mail.example", "a@mail.example\t", "a\u0085b@mail.example", "<a@mail.example>", "a@mail.example;", '"a"@mail.example',
    "a(b)@mail.example", "a..b@mail.example", "a@", "@mail.example", "a", "a@@mail.example", "a" * 250 + "@mail.example"])
def test_an_address_that_could_be_more_than_one_becomes_no_header(a_worker, jobs, mailbox, address):
    bad, good = jobs.add(person=jobs.person(email=address)), jobs.person()
    jobs.add(person=good)
    started = a_worker()
    mailbox.await_mail(address_of(good))
    assert jobs.get(bad, "error, dead_at IS NOT NULL") == ("the address cannot be written to", True)
    assert len(mailbox.mails()) == 1 and list(mailbox.path.glob("tmp/*")) == []
    assert "mail.example" not in started.said()


def test_who_is_gone_or_has_no_address_or_need_not_know_gets_nothing(a_worker, jobs, mailbox):
    erased = jobs.person()
    pointless = [jobs.add(person=erased), jobs.add(person=jobs.person(phone="1")), jobs.add(facts=None),
                 jobs.add(person=str(uuid.uuid4()))]
    jobs.db.execute("UPDATE persons SET erased_at = '2026-01-01', wrapped = NULL, wrapping_key = NULL, contact = NULL "
                    "WHERE id = %s", [erased])
    a_worker()
    jobs.await_done(*pointless)
    assert mailbox.mails() == []


def test_what_is_sealed_is_opened_for_its_mail_as_long_as_its_author_is_there(a_worker, jobs, mailbox):
    author, value = jobs.person(column="text", text="Ich komme später.")
    reader = jobs.person()
    facts = {"sealed": {"person": author, "row": author, "column": "text", "value": value}}
    jobs.add(person=reader, facts=facts)
    a_worker()
    assert "Ich komme später." in text_of(mailbox.await_mail(address_of(reader)))

    jobs.db.execute("UPDATE persons SET erased_at = '2026-01-01', wrapped = NULL, wrapping_key = NULL WHERE id = %s", [author])
    jobs.add(person=reader, facts=facts)
    assert "Ich komme" not in text_of(mailbox.await_mails(2, address_of(reader))[-1])


def test_what_was_sealed_for_somebody_else_is_not_opened(a_worker, jobs, mailbox):
    one, other = jobs.person(), jobs.person()
    jobs.db.execute("UPDATE persons SET contact = (SELECT contact FROM persons WHERE id = %s) WHERE id = %s", [one, other])
    job = jobs.add(person=other)
    a_worker()
    jobs.await_error(job, "the contact does not open")
    assert mailbox.mails() == []


# Tokens --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("template", WITH_CODE)
def test_a_token_is_stored_as_its_keyed_hash_only(a_worker, jobs, mailbox, template):
    kind, hours = WITH_CODE[template]
    person = jobs.person()
    jobs.add(template, person)
    a_worker()
    code = code_of(mailbox.await_mail(address_of(person)))
    (stored_kind, stored_hash, expires_at, _), = jobs.capabilities(person)
    assert (stored_kind, stored_hash) == (kind, keyed_hash(code))
    assert code.startswith("rp_") == (kind == "life")
    if hours is None:
        assert expires_at is None
    else:
        assert abs(expires_at - jobs.now() - timedelta(hours=hours)) < timedelta(minutes=1)


def test_a_retried_job_makes_a_new_token_and_the_old_one_is_dead(a_worker, jobs, mailbox):
    person = jobs.person()
    mailbox.path.write_text("in the way")
    job = jobs.add("confirm_address", person)
    a_worker()
    jobs.await_error(job, "Maildir")
    (_, first, *_), = jobs.capabilities(person)
    mailbox.path.unlink()
    jobs.clock.move(1)
    code = code_of(mailbox.await_mail(address_of(person)))
    (_, second, *_), = jobs.capabilities(person)
    assert second == keyed_hash(code) != first


def sign_in(jobs, person, minutes=10, used=False):
    capability = str(uuid.uuid4())
    jobs.db.execute("INSERT INTO capabilities (hash, id, kind, person_id, browser, created_at, expires_at, used_at) "
                    "VALUES (%s, %s, 'sign_in', %s, 'x', %s, %s, %s)",
                    [capability.encode(), capability, person, jobs.now(), jobs.now() + timedelta(minutes=minutes),
                     jobs.now() if used else None])
    return capability


def test_a_sign_in_gets_its_token_when_it_is_mailed_and_no_more_time(a_worker, jobs, mailbox):
    person = jobs.person()
    capability = sign_in(jobs, person, minutes=7)
    jobs.add("sign_in", person, capability_id=capability)
    a_worker()
    code = code_of(mailbox.await_mail(address_of(person)))
    (kind, stored, expires_at, known), = jobs.capabilities(person)
    assert (kind, stored, known) == ("sign_in", keyed_hash(code), capability)
    assert abs(expires_at - jobs.now() - timedelta(minutes=7)) < timedelta(minutes=1)


@pytest.mark.parametrize("whose", ["nobody's", "used", "too late", "unknown"])
def test_a_sign_in_that_leads_nowhere_is_not_mailed(a_worker, jobs, mailbox, whose):
    person = jobs.person()
    capability = str(uuid.uuid4()) if whose == "unknown" else sign_in(
        jobs, None if whose == "nobody's" else person, -1 if whose == "too late" else 10, whose == "used")
    job = jobs.add("sign_in", person, capability_id=capability)
    a_worker()
    jobs.await_done(job)
    assert mailbox.mails() == [] and keyed_hash("") not in [row[1] for row in jobs.capabilities(person)]
    jobs.db.execute("SELECT hash FROM capabilities WHERE id = %s", [capability])
    assert whose == "unknown" or bytes(jobs.db.fetchone()[0]) == capability.encode()


# Jobs ----------------------------------------------------------------------------------------------


def test_a_job_of_a_killed_worker_is_taken_up_after_its_lease(a_worker, jobs, mailbox, held):
    number, release = held
    job = jobs.add(wait=number)
    killed = a_worker()
    jobs.await_claimed(job)
    killed.kill()
    jobs.clock.move(LEASE / 2)
    a_worker()
    other = jobs.add()
    jobs.await_done(other)
    assert jobs.get(job, "attempts, fence") == (1, 1)

    release()
    jobs.clock.move(LEASE)
    jobs.await_done(job)
    assert len(mailbox.mails()) == 2


def test_each_job_is_done_by_one_of_two_workers(a_worker, jobs, mailbox):
    people = [jobs.person() for _ in range(6)]
    waiting = [jobs.add(person=people[i % 6]) for i in range(150)]
    workers = [a_worker(), a_worker()]
    jobs.await_done(*waiting)
    ids = [mail["Message-ID"] for mail in mailbox.mails()]
    assert len(ids) == len(set(ids)) == 150
    assert [one.stop() for one in workers] == [0, 0] and not any(one.said() for one in workers)


def test_who_is_late_leaves_the_job_and_its_token_to_whoever_has_it_now(a_worker, jobs, mailbox, held):
    number, release = held
    person = jobs.person()
    job = jobs.add("confirm_address", person, wait=number)
    late = a_worker()
    jobs.await_claimed(job)
    jobs.clock.move(LEASE)
    newer = a_worker()
    await_truth(lambda: jobs.get(job, "fence") == (2,))
    newer.process.send_signal(signal.SIGSTOP)
    release()
    assert late.stop() == 0
    assert mailbox.mails() == [] and jobs.get(job, "fence, lease_until IS NOT NULL") == (2, True)

    newer.process.send_signal(signal.SIGCONT)
    code = code_of(mailbox.await_mail(address_of(person)))
    jobs.await_done(job)
    assert [row[1] for row in jobs.capabilities(person)] == [keyed_hash(code)] and len(mailbox.mails()) == 1


def test_what_fails_is_tried_later_and_later(a_worker, jobs, mailbox):
    mailbox.path.write_text("in the way")
    job = jobs.add()
    started = a_worker()
    waits, hours = [], 0
    for attempt in range(1, 6):
        await_truth(lambda: jobs.get(job, "attempts, lease_until")[:2] == (attempt, None))
        run_at, = jobs.get(job, "run_at")
        waits.append((run_at - jobs.now()).total_seconds())
        hours += waits[-1] / 3600 + 0.001
        jobs.clock.move(hours)
    assert all(0.9 * n ** 4 - 2 < wait < 1.1 * n ** 4 + 0.1 for n, wait in enumerate(waits, 1))
    assert "later again" in started.said() and "mail.example" not in started.said()


def test_what_fails_too_often_is_given_up_and_can_be_revived(a_worker, jobs, mailbox):
    mailbox.path.write_text("in the way")
    job = jobs.add()
    jobs.db.execute("UPDATE jobs SET attempts = 14")
    started = a_worker()
    jobs.await_error(job, "Maildir")
    assert jobs.get(job, "attempts, dead_at IS NOT NULL, lease_until") == (15, True, None)
    assert "given up" in started.said()

    mailbox.path.unlink()
    jobs.clock.move(1000)
    jobs.await_done(jobs.add())
    assert jobs.get(job, "attempts") == (15,)
    jobs.db.execute("UPDATE jobs SET dead_at = NULL, run_at = created_at WHERE id = %s", [job])
    jobs.await_done(job)


@pytest.mark.parametrize("kind, template, error", [
    ("pigeon", "message", "nobody here does jobs of the kind pigeon"), ("mail", "poem", "there is no such template"),
    ("mail", None, "there is no such template")])
def test_what_nobody_can_do_is_given_up_at_once(a_worker, jobs, kind, template, error):
    job = jobs.add(template, kind=kind)
    a_worker()
    jobs.await_error(job, error)
    assert jobs.get(job, "attempts, dead_at IS NOT NULL") == (1, True)


def test_a_statement_that_fails_is_named_without_what_it_quotes(a_worker, jobs):
    job = jobs.add("registered", facts={"when": "geheim", "zone": "Europe/Berlin"})
    started = a_worker()
    jobs.await_error(job, "mail_get: 22007")
    assert "geheim" not in started.said() + jobs.get(job, "error")[0]


def test_what_is_not_due_waits_for_the_clock(a_worker, jobs, mailbox):
    job = jobs.add(run_at=jobs.now() + timedelta(hours=3))
    a_worker()
    jobs.await_done(jobs.add())
    assert jobs.get(job, "attempts") == (0,)
    jobs.clock.move(3.01)
    jobs.await_done(job)
    assert len(mailbox.mails()) == 2


def test_a_mail_that_is_sent_again_has_the_same_id(a_worker, jobs, mailbox):
    job = jobs.add()
    jobs.db.execute("CREATE TEMPORARY TABLE before AS SELECT * FROM jobs")
    a_worker()
    jobs.await_done(job)
    jobs.db.execute("INSERT INTO jobs OVERRIDING SYSTEM VALUE SELECT * FROM before")
    jobs.await_done(job)
    one, other = mailbox.mails()
    assert one["Message-ID"] == other["Message-ID"]


def test_told_to_end_a_worker_finishes_what_it_has_at_hand(a_worker, jobs, mailbox, held):
    number, release = held
    at_hand = [jobs.add(wait=number), jobs.add()]
    started = a_worker()
    jobs.await_claimed(at_hand[0])
    started.process.terminate()
    later = jobs.add()
    release()
    assert started.process.wait(20) == 0
    assert [jobs.get(job, "id") for job in at_hand] == [None, None] and len(mailbox.mails()) == 2
    assert jobs.get(later, "attempts") == (0,)


def test_a_lost_connection_is_opened_again(a_worker, jobs):
    started = a_worker()
    jobs.await_done(jobs.add())
    jobs.db.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND application_name = 'runde'")
    jobs.await_done(jobs.add())
    assert started.stop() == 0


def test_without_a_database_a_worker_waits_and_says_so_once(a_worker):
    started = a_worker(RUNDE_DATABASE="host=/nowhere dbname=nothing")
    await_truth(lambda: "nowhere" in started.said())
    assert started.stop() == 0 and started.said().count("runde-worker:") == 1


# Sweeps --------------------------------------------------------------------------------------------


def swept(jobs):
    jobs.db.execute("SELECT count(*), max(at) FROM sweeps")
    return jobs.db.fetchone()


def test_the_sweep_goes_by_the_clock_again_and_again(a_worker, jobs):
    jobs.clock.move(48)
    a_worker()
    await_truth(lambda: swept(jobs)[0] >= 2)
    assert abs(swept(jobs)[1] - jobs.now()) < timedelta(minutes=1)


def test_a_sweep_that_fails_is_named_once_and_keeps_nobody_from_work(a_worker, jobs):
    jobs.db.execute("ALTER FUNCTION sweep(timestamptz) RENAME TO swept")
    try:
        started = a_worker()
        await_truth(lambda: "42883" in started.said())
        jobs.await_done(jobs.add())
        count = started.said().count("the sweep")
    finally:
        jobs.db.execute("ALTER FUNCTION swept(timestamptz) RENAME TO sweep")
    await_truth(lambda: swept(jobs)[0] >= 1)
    assert count == 1 and started.stop() == 0
