"""test_postoffice.py: mails through a real mail server: taken with TLS and a password, signed, stored, and read again."""

import os

import pytest

from tests.letters import check, defects_of, html_of, parsed, text_of
from tests.server import programs
from tests.wire import await_truth
from tests.workers.jobs import address_of
from tests.workers.mailserver import PASSWORD, USER, Certificate
from tests.workers.postoffice import PostOffice

pytestmark = pytest.mark.skipif(os.getuid() != 0, reason="Postfix and Dovecot become others, as only root can")


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    folder = tmp_path_factory.mktemp("office")
    for parent in (folder, *folder.parents[:3]):
        parent.chmod(0o755)
    made = PostOffice(Certificate(folder))
    yield made
    made.stop()


@pytest.fixture
def sender(a_worker, office, tmp_path):
    password = tmp_path / "password"
    password.write_bytes(PASSWORD)

    def start(**settings):
        return a_worker(**{"RUNDE_SMTP_URL": f"smtp://localhost:{office.port}", "RUNDE_SMTP_USER": USER.decode(),
                           "RUNDE_SMTP_PASSWORD_FILE": password, "RUNDE_SMTP_CA_FILE": office.certificate.ca, **settings})
    return start


def test_mails_arrive_as_they_were_written_and_are_signed(jobs, office, sender):
    import dkim
    person = jobs.person("en")
    sent = [jobs.add(person=person, facts={"text": f"{number}\n.\nFrom here: grüßt Sie herzlich 🌻\n"}) for number in range(20)]
    sender(RUNDE_MAIL_BOUNCE="bounce+{token}@localhost")
    jobs.await_done(*sent)
    await_truth(lambda: len(office.mails(address_of(person))) == 20, 20)
    contents = office.mails(address_of(person))
    check(*contents)
    for content in contents:
        mail = parsed(content)
        assert defects_of(mail) == [] and "\n.\nFrom here: grüßt Sie herzlich 🌻\n" in text_of(mail)
        assert "grüßt Sie herzlich 🌻" in html_of(mail) and mail["Return-Path"].startswith("<bounce+")
        assert dkim.verify(content, dnsfunc=lambda *unused, **named: office.public_key())
        assert not dkim.verify(content.replace(b"herzlich", b"hoflich"), dnsfunc=lambda *unused, **named: office.public_key())
    assert len({parsed(content)["Message-ID"] for content in contents}) == 20
    assert office.log().count("sasl_username=runde") == 20 and office.log().count("disconnect from") <= 1


def test_what_it_refuses_becomes_a_state(jobs, office, sender):
    unknown, full = (jobs.add(person=jobs.person(email=f"{name}@mail.example")) for name in ("unknown", "full"))
    sender()
    jobs.await_error(unknown, "the mail server refuses the recipient: 550 5.1.1")
    jobs.await_error(full, "the mail server refuses the recipient: 452 4.2.2")
    assert [jobs.get(job, "dead_at IS NOT NULL")[0] for job in (unknown, full)] == [True, False]


def test_a_wrong_password_leaves_the_mail_where_it_is(jobs, office, sender, tmp_path):
    (tmp_path / "wrong").write_text("falsch")
    person = jobs.person()
    job = jobs.add(person=person)
    wrong = sender(RUNDE_SMTP_PASSWORD_FILE=tmp_path / "wrong")
    jobs.await_error(job, "the mail server refuses AUTH: 535 5.7.8")
    wrong.stop()
    jobs.clock.move(1)
    sender()
    jobs.await_done(job)
    await_truth(lambda: len(office.mails(address_of(person))) == 1, 20)


def test_a_mail_to_nobody_comes_back_and_is_read_by_the_pipe_of_the_mail_server(jobs, office, sender, database):
    bounce = "bounce+{token}@bounces.example"
    office.read_bounces(programs() / "runde", os.environ["RUNDE_KEY_FILE"], RUNDE_DATABASE=database, RUNDE_MAIL_BOUNCE=bounce)
    person = jobs.person(email="nobody-of-this-name@home.example")
    first = jobs.add(person=person)
    worker = sender(RUNDE_MAIL_BOUNCE=bounce)
    jobs.await_done(first)  # it was taken: only later does the mail server find that there is nobody
    await_truth(lambda: office.bounced() == "5.1.1 suppressed\n", 20)
    jobs.await_done(jobs.add(person=person))
    await_truth(lambda: "the address is suppressed" in worker.said())
    await_truth(lambda: office.log().count("status=sent (delivered via bounces service)") == 1)


def test_while_the_database_is_away_the_mail_server_keeps_what_comes_back(jobs, office, sender, database):
    bounce = "bounce+{token}@bounces.example"
    office.read_bounces(programs() / "runde", os.environ["RUNDE_KEY_FILE"], RUNDE_DATABASE="host=/nowhere", RUNDE_MAIL_BOUNCE=bounce)
    job = jobs.add(person=jobs.person(email="nobody-else@home.example"))
    sender(RUNDE_MAIL_BOUNCE=bounce)
    jobs.await_done(job)
    await_truth(lambda: "status=deferred (temporary failure" in office.log(), 20)
