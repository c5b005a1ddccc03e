"""test_smtp.py: mails handed to mail servers: safely, over one connection, and whatever those may answer."""

import re
import uuid
from datetime import timedelta

import pytest

from tests.letters import check, defects_of, parsed, text_of
from tests.wire import await_truth
from tests.workers.jobs import address_of
from tests.workers.mailserver import PASSWORD, USER, Certificate, Held, MailServer, RawServer, dialogue, hang_up

SECOND = 1 / 3600  # in hours, as the clock is moved
REFUSED = "the mail server refuses the "


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    return Certificate(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def started():
    """Starts mail servers."""
    servers = []

    def start(kind=MailServer, *given, **how):
        servers.append(kind(*given, **how))
        return servers[-1]
    yield start
    for server in servers:
        server.stop()
        check(*(content for *_, content, _ in getattr(server, "mails", [])))


@pytest.fixture
def server(started):
    """One on this machine that asks for nothing."""
    return started()


@pytest.fixture
def sender(a_worker):
    """Starts workers that send over SMTP."""
    return lambda port, host="127.0.0.1", **settings: a_worker(RUNDE_SMTP_URL=f"smtp://{host}:{port}", **settings)


@pytest.fixture
def safe(certificate, tmp_path):
    """What a worker has to be told of a server with a certificate and passwords."""
    password = tmp_path / "password"
    password.write_bytes(PASSWORD + b"\n")
    return {"RUNDE_SMTP_CA_FILE": certificate.ca, "RUNDE_SMTP_USER": USER.decode(), "RUNDE_SMTP_PASSWORD_FILE": password}


def state(jobs, job):
    return jobs.get(job, "error, dead_at IS NOT NULL, attempts")


def suppressed(jobs):
    jobs.db.execute("SELECT status FROM suppressed_addresses")
    return [status for status, in jobs.db.fetchall()]


@pytest.fixture(autouse=True)
def nobody_is_suppressed(jobs):
    jobs.db.execute("TRUNCATE suppressed_addresses")


# What is sent --------------------------------------------------------------------------------------


def test_a_mail_is_handed_over_as_it_is_through_tls_and_with_a_password(jobs, started, sender, certificate, safe):
    server, person = started(certificate=certificate), jobs.person()
    job = jobs.add(person=person, facts={"text": ".\n..\nFrom hier\nSchöne Grüße 🌻 " + "x" * 2000})
    worker = sender(server.port, "localhost", **safe)
    jobs.await_done(job)
    (envelope_from, recipients, content, options), = server.mails
    assert (envelope_from, recipients) == ("noreply@localhost", [address_of(person)])
    assert content.isascii() and b"\r\n" in content and b"\n" not in content.replace(b"\r\n", b"")
    assert max(len(line) for line in content.split(b"\r\n") if b"Unsubscribe" not in line) <= 78 and "SMTPUTF8" not in options
    mail = parsed(content)
    assert defects_of(mail) == [] and ".\n..\nFrom hier\nSchöne Grüße 🌻 xxx" in text_of(mail)
    assert worker.stop() == 0 and worker.said() == ""


@pytest.mark.parametrize("most", [1, 3])
def test_many_mails_go_over_as_many_connections_as_there_may_be(jobs, started, sender, certificate, safe, most):
    server = started(certificate=certificate)
    sent = [jobs.add() for _ in range(30)]
    sender(server.port, "localhost", RUNDE_SMTP_CONNECTIONS=most, **safe)
    jobs.await_done(*sent)
    assert len({content for _, _, content, _ in server.mails}) == len(server.mails) == 30
    assert 1 <= server.handler.sessions <= most


def test_what_a_server_has_taken_is_forgotten_though_it_keeps_us_waiting_with_the_next(jobs, server, sender):
    held, sent = Held(), []

    async def one(smtp):
        sent.append(smtp)
        return "250 OK" if len(sent) == 1 else await held(smtp)
    server.say(DATA=one)
    both = [jobs.add(), jobs.add()]
    sender(server.port, RUNDE_SMTP_CONNECTIONS=1)
    assert held.reached.wait(10)
    jobs.await_done(both[0])
    assert jobs.get(both[1], "attempts") == (1,)
    held.released.set()
    jobs.await_done(both[1])


def test_told_to_end_a_worker_finishes_what_is_under_way_and_gives_the_others_back(jobs, server, sender):
    held = Held()
    server.say(RCPT=held)
    under_way, other = jobs.add(), jobs.add()
    worker = sender(server.port, RUNDE_SMTP_CONNECTIONS=1)
    assert held.reached.wait(10)
    worker.process.terminate()
    held.released.set()
    assert worker.process.wait(20) == 0 and worker.said() == ""
    assert jobs.get(under_way, "id") is None and jobs.get(other, "attempts, lease_until, fence") == (0, None, 1)
    assert len(server.mails) == 1


def test_a_server_may_be_reached_by_a_unix_socket(jobs, started, a_worker, tmp_path):
    server = started(path=tmp_path / "socket")
    job = jobs.add()
    a_worker(RUNDE_SMTP_URL=f"smtp+unix:{tmp_path}/socket")
    jobs.await_done(job)
    assert len(server.mails) == 1


@pytest.mark.parametrize("how", [{"host": "0.0.0.0"}, {"host": "127.0.0.1", "named": True}])
def test_where_tls_is_required_nothing_is_said_to_who_does_not_offer_it(jobs, server, sender, certificate, how):
    job = jobs.add()
    sender(server.port, how["host"], **({"RUNDE_SMTP_CA_FILE": certificate.ca} if "named" in how else {}))
    jobs.await_error(job, "the mail server: Requested SSL level failed")
    assert server.handler.said == ["EHLO"] and state(jobs, job)[1] is False


def test_on_this_machine_no_tls_is_needed(jobs, server, sender):
    job = jobs.add()
    sender(server.port)
    jobs.await_done(job)
    assert server.handler.said == ["EHLO", "MAIL", "RCPT", "DATA"] and server.handler.named == "localhost"


@pytest.mark.parametrize("trusts, name", [("another", "localhost"), ("it", "mail.example")])
def test_a_server_that_nobody_vouches_for_learns_nothing(jobs, started, sender, safe, tmp_path, trusts, name):
    shown = Certificate(tmp_path, name)
    server = started(certificate=shown)
    job = jobs.add()
    sender(server.port, "localhost", **{**safe, **({"RUNDE_SMTP_CA_FILE": shown.ca} if trusts == "it" else {})})
    jobs.await_error(job, "the mail server: SSL peer certificate")
    assert server.mails == [] and set(server.handler.said) == {"EHLO"}


def test_a_wrong_password_is_told_to_whoever_runs_it_and_the_mail_waits(jobs, started, sender, certificate, safe):
    server = started(certificate=certificate)
    safe["RUNDE_SMTP_PASSWORD_FILE"].write_text("falsch")
    job = jobs.add()
    worker = sender(server.port, "localhost", **safe)
    jobs.await_error(job, "the mail server refuses AUTH: 535")
    assert server.mails == [] and state(jobs, job)[1] is False and "falsch" not in worker.said()


@pytest.mark.parametrize("settings, complaint", [
    ({"RUNDE_SMTP_URL": "http://mail.example"}, "RUNDE_SMTP_URL"),
    ({"RUNDE_SMTP_URL": "smtp://a:b@mail.example"}, "RUNDE_SMTP_URL"),
    ({"RUNDE_SMTP_URL": "smtp://mail.example", "RUNDE_SMTP_USER": "a"}, "RUNDE_SMTP_PASSWORD_FILE"),
    ({"RUNDE_SMTP_URL": "smtp://mail.example", "RUNDE_SMTP_CA_FILE": "/nowhere"}, "RUNDE_SMTP_CA_FILE"),
    ({"RUNDE_MAIL_BOUNCE": "bounce@mail.example"}, "RUNDE_MAIL_BOUNCE"),
    ({"RUNDE_MAIL_BOUNCE": "b {token}@mail.example"}, "RUNDE_MAIL_BOUNCE")])
def test_settings_that_cannot_be_right_are_refused_at_the_start(a_worker, settings, complaint):
    refused = a_worker(**settings)
    assert refused.process.wait(20) == 1 and complaint in refused.said()


# What servers answer -------------------------------------------------------------------------------


@pytest.mark.parametrize("command, answer, error, dead, status", [
    ("RCPT", "550 5.1.1 nobody@mail.example", REFUSED + "recipient: 550 5.1.1", True, ["550 5.1.1"]),
    ("RCPT", "550 nobody", REFUSED + "recipient: 550", True, ["550"]),
    ("RCPT", "550 5.2.1 disabled", REFUSED + "recipient: 550 5.2.1", True, ["550 5.2.1"]),
    ("RCPT", "552 5.2.2 full", REFUSED + "recipient: 552 5.2.2", True, []),
    ("RCPT", "554 5.7.1 relay access denied", REFUSED + "recipient: 554 5.7.1", True, []),
    ("RCPT", "554 no", REFUSED + "recipient: 554", True, []),
    ("RCPT", "452 4.2.2 nobody@mail.example is full", REFUSED + "recipient: 452 4.2.2", False, []),
    ("RCPT", "451 greylisted", REFUSED + "recipient: 451", False, []),
    ("DATA", "554 5.7.1 it looks like spam", REFUSED + "letter: 554 5.7.1", True, []),
    ("DATA", "550 5.1.1 late", REFUSED + "letter: 550 5.1.1", True, []),
    ("DATA", "451 4.3.0 later", REFUSED + "letter: 451 4.3.0", False, []),
    ("MAIL", "550 5.7.1 not from you", "the mail server refuses MAIL: 550 5.7.1", False, []),
    ("MAIL", "450 4.7.1 later", "the mail server refuses MAIL: 450 4.7.1", False, []),
    ("RCPT", "421 4.3.2 going down", "the mail server refuses RCPT: 421 4.3.2", False, [])])
def test_what_a_server_refuses_becomes_a_state_that_names_nobody(jobs, server, sender, command, answer, error, dead, status):
    server.say(**{command: answer})
    job = jobs.add()
    worker = sender(server.port)
    jobs.await_error(job, error)
    assert state(jobs, job) == (error, dead, 1) and suppressed(jobs) == status
    assert "mail.example" not in worker.said() and server.mails == []


def test_a_mail_that_was_put_off_is_sent_later_and_is_the_same(jobs, server, sender):
    held, person = Held("451 4.3.0 later"), jobs.person()
    server.say(DATA=held)
    job = jobs.add(person=person)
    sender(server.port, RUNDE_MAIL_BOUNCE="bounce+{token}@mail.example")
    held.reached.wait(10)
    held.released.set()
    jobs.await_error(job, "451")
    server.say()
    jobs.clock.move(10 * SECOND)
    jobs.await_done(job)
    (envelope_from, _, content, _), = server.mails
    assert re.fullmatch(r"bounce\+[a-z2-7]{48}@mail\.example", envelope_from)
    assert parsed(content)["Message-ID"].startswith(f"<{job}.")


def test_every_mail_has_an_envelope_of_its_own(jobs, server, sender):
    person = jobs.person()
    sent = [jobs.add(person=person) for _ in range(3)]
    sender(server.port, RUNDE_MAIL_BOUNCE="b-{token}@mail.example")
    jobs.await_done(*sent)
    assert len({envelope_from for envelope_from, *_ in server.mails}) == 3
    assert {parsed(content)["From"] for *_, content, _ in server.mails} == {"Runde <noreply@localhost>"}


def test_nothing_is_written_any_more_to_who_is_not_there(jobs, server, sender):
    person, same = jobs.person(email="Niemand@mail.example"), jobs.person(email='"niemand"@MAIL.example')
    server.say(RCPT="550 5.1.1 nobody")
    first = jobs.add(person=person)
    worker = sender(server.port)
    jobs.await_error(first, "550 5.1.1")
    server.say()
    others = [jobs.add(person=person), jobs.add("confirm_address", same), jobs.add()]
    jobs.await_done(*others)
    assert len(server.mails) == 1 and jobs.capabilities(same) == []
    assert worker.said().count("the address is suppressed") == 2 and "niemand" not in worker.said().lower()
    jobs.db.execute("SELECT s::text FROM suppressed_addresses s")
    (row,), = jobs.db.fetchall()
    assert "niemand" not in row.lower()


def test_a_late_answer_is_waited_for_and_no_other_worker_sends_the_mail_meanwhile(jobs, server, sender):
    held = Held()
    server.say(DATA=held)
    job = jobs.add()
    sender(server.port)
    assert held.reached.wait(10)
    for waited in (5, 10, 15):  # more than two leases
        jobs.clock.move(waited * SECOND)
        if waited == 5:
            sender(server.port)
        await_truth(lambda: jobs.get(job, "lease_until")[0] > jobs.now() + timedelta(seconds=4))
    assert jobs.get(job, "fence, attempts") == (1, 1)
    held.released.set()
    jobs.await_done(job)
    assert len(server.mails) == 1


def test_whoever_loses_the_job_while_a_server_is_slow_stops(jobs, server, sender):
    held = Held()
    server.say(RCPT=held)
    job = jobs.add()
    worker = sender(server.port)
    assert held.reached.wait(10)
    jobs.db.execute("UPDATE jobs SET fence = fence + 1, run_at = run_at + interval '1 day' WHERE id = %s", [job])
    await_truth(worker.said)
    held.released.set()
    assert worker.stop() == 0 and server.mails == [] and jobs.get(job, "fence, error") == (2, None)


@pytest.mark.parametrize("talk, error", [
    (dialogue(), "the mail server: "),
    (dialogue(b"\x00\xff\x00 220 hello\r\n" * 50), "the mail server: "),
    (dialogue(b"HTTP/1.1 400 Bad Request\r\n\r\n"), "the mail server: "),
    (dialogue(b"554 no service\r\n"), "the mail server refuses us: 554"),
    (dialogue(b"220 hello\r\n", b"250 hello\r\n", b"rubbish\r\n"), "the mail server: "),
    (dialogue(b"220 hello\r\n", b"250 hello\r\n", b"999 what\r\n"), "the mail server: "),
    (dialogue(b"220 hello\r\n", b"250 hello\r\n", b"250 ok\r\n"), "the mail server: "),
    (dialogue(b"220 hello\r\n", b"250 hello\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go on\r\n"), "the mail server: ")])
def test_whatever_a_server_says_and_wherever_it_hangs_up_the_mail_waits(jobs, started, sender, talk, error):
    server = started(RawServer, talk)
    job = jobs.add()
    worker = sender(server.port)
    jobs.await_error(job, error)
    assert state(jobs, job)[1:] == (False, 1) and suppressed(jobs) == []
    assert worker.stop() == 0 and "mail.example" not in worker.said()


def test_a_server_that_keeps_us_waiting_in_vain_is_left_alone_for_a_while(jobs, started, sender):
    server = started(RawServer, lambda connection: connection.recv(1))
    first, second = jobs.add(), jobs.add()
    sender(server.port, RUNDE_SMTP_CONNECTIONS=1)
    jobs.await_error(first, "the mail server: Timeout was reached")
    jobs.await_error(second, "the mail server is left alone for a while")
    assert server.connections == 1 and [state(jobs, job)[1] for job in (first, second)] == [False, False]


@pytest.mark.parametrize("answer", ["421 4.7.0 enough for one connection", hang_up])
def test_a_connection_that_has_ended_meanwhile_is_opened_anew(jobs, server, sender, answer):
    first = jobs.add()
    worker = sender(server.port)
    jobs.await_done(first)

    async def once(smtp):
        server.say()
        if callable(answer):
            return await answer(smtp)
        smtp.transport.write(answer.encode() + b"\r\n")
        return await hang_up(smtp)
    server.say(MAIL=once)
    second = jobs.add()
    jobs.await_done(second)
    assert len(server.mails) == 2 and server.handler.sessions == 2 and worker.said() == ""


def test_when_the_answer_to_a_whole_mail_is_lost_it_is_sent_again_under_its_id(jobs, server, sender):
    taken = []

    async def take_and_hang_up(smtp):
        taken.append(parsed(smtp.envelope.original_content)["Message-ID"])
        return await hang_up(smtp)
    server.say(DATA=take_and_hang_up)
    job = jobs.add()
    sender(server.port)
    jobs.await_error(job, "the mail server: ")
    server.handler.mails.clear()
    server.say()
    jobs.clock.move(10 * SECOND)
    jobs.await_done(job)
    (_, _, content, _), = server.mails
    assert parsed(content)["Message-ID"] == taken[0]


# Pace ----------------------------------------------------------------------------------------------


def waits(jobs, *sent):
    """How long each is put off, in seconds; none of it counts as an attempt."""
    rows = [jobs.get(job, "extract(epoch FROM run_at), attempts, error") for job in sent]
    now = jobs.now().timestamp()
    assert all(row is None or row[1:] == (0, None) for row in rows)
    return [float(row[0]) - now for row in rows if row]


def person_at(jobs, domain):
    return jobs.person(email=f"{uuid.uuid4()}@{domain}")


def test_no_more_mails_go_to_one_domain_than_the_pace_allows(jobs, server, sender):
    sent = [jobs.add(person=person_at(jobs, "slow.example")) for _ in range(9)]
    other = jobs.add(person=person_at(jobs, "other.example"))
    jobs.db.execute("UPDATE jobs SET run_at = run_at + interval '1 hour'")
    jobs.clock.move(1.1)
    sender(server.port, RUNDE_MAIL_PACE=2)
    jobs.await_done(other)
    await_truth(lambda: len(waits(jobs, *sent)) == 9 - len(server.mails) + 1)
    assert 2 <= len(server.mails) - 1 <= 5 and all(wait < 5 for wait in waits(jobs, *sent))
    for second in range(1, 12):
        jobs.clock.move(1.1 + second * SECOND)
    jobs.await_done(*sent)
    assert len(server.mails) == 10


def test_without_a_pace_all_go_at_once(jobs, server, sender):
    sent = [jobs.add(person=person_at(jobs, "fast.example")) for _ in range(30)]
    sender(server.port, RUNDE_MAIL_PACE=0)
    jobs.await_done(*sent)
    assert len(server.mails) == 30


def refused_once(jobs, server, domain, answer="451 4.7.1 greylisted"):
    server.say(RCPT=answer)
    job = jobs.add(person=person_at(jobs, domain))
    jobs.await_error(job, "refuses the recipient")
    server.say()
    jobs.db.execute("DELETE FROM jobs WHERE id = %s", [job])


def put_off(jobs, domain):
    job = jobs.add(person=person_at(jobs, domain))
    await_truth(lambda: jobs.get(job, "run_at > created_at AND lease_until IS NULL")[0])
    wait, = waits(jobs, job)
    jobs.db.execute("DELETE FROM jobs WHERE id = %s", [job])
    return wait


def test_a_domain_that_puts_us_off_rests_for_a_minute_and_then_longer_until_it_takes_a_mail(jobs, server, sender):
    worker, hours = sender(server.port), 0
    for minutes in (1, 2, 4, 8, 16, 32, 60, 60):
        refused_once(jobs, server, "grey.example")
        assert put_off(jobs, "grey.example") == pytest.approx(60 * minutes, abs=15)
        jobs.await_done(jobs.add(person=person_at(jobs, "other.example")))
        hours += (minutes + 0.2) / 60
        jobs.clock.move(hours)
    jobs.await_done(jobs.add(person=person_at(jobs, "grey.example")))
    refused_once(jobs, server, "grey.example")
    assert put_off(jobs, "grey.example") == pytest.approx(60, abs=15)
    assert worker.stop() == 0


def test_a_mailbox_that_is_full_keeps_no_others_of_its_domain_waiting(jobs, server, sender):
    sender(server.port)
    refused_once(jobs, server, "full.example", "452 4.2.2 full")
    jobs.await_done(jobs.add(person=person_at(jobs, "full.example")))


# Addresses -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("address, written", [
    ('"a b"@mail.example', '"a b"@mail.example'), ('"a@b"@mail.example', '"a@b"@mail.example'),
    ('"a\\"\\\\>b"@mail.example', '"a\\"\\\\>b"@mail.example'), ('"a.b"@mail.example', "a.b@mail.example"),
    ("o'brien+x{}@mail.example", "o'brien+x{}@mail.example"), ("a@Bücher.example", "a@xn--bcher-kva.example"),
    ("a@straße.example", "a@xn--strae-oqa.example"), ("a@例え.example", "a@xn--r8jz45g.example")])
def test_unusual_addresses_are_written_to_as_smtp_wants_them(jobs, server, sender, address, written):
    job = jobs.add(person=jobs.person(email=address))
    sender(server.port)
    jobs.await_done(job)
    (_, recipients, content, options), = server.mails
    assert recipients == [written] and "SMTPUTF8" not in options
    assert [each.addr_spec for each in parsed(content)["To"].addresses] == [written] and defects_of(parsed(content)) == []


def test_a_local_part_in_other_letters_needs_a_server_that_knows_them(jobs, started, sender):
    knowing, other = started(), started(lacks=["SMTPUTF8"])
    address = "jürgen@bücher.example"
    job = jobs.add(person=jobs.person(email=address))
    worker = sender(knowing.port)
    jobs.await_done(job)
    (_, recipients, content, options), = knowing.mails
    assert recipients == ["jürgen@xn--bcher-kva.example"] and "SMTPUTF8" in options and knowing.handler.sessions == 1
    assert "To: jürgen@xn--bcher-kva.example\r\n".encode() in content
    worker.stop()

    job, plain = jobs.add(person=jobs.person(email=address)), jobs.add()
    sender(other.port)
    jobs.await_done(plain)
    assert state(jobs, job)[:2] == ("the mail server does not take such an address (SMTPUTF8)", True)
    assert len(other.mails) == 1 and suppressed(jobs) == []
