"""test_mails.py: mails that say nothing to whom they do not concern, and the tokens that they carry."""

import re
import uuid
from datetime import timedelta
from email.header import decode_header, make_header

import pytest

from tests.letters import defects_of, html_of, text_of, words_of
from tests.mailbox import code_of
from tests.server import ROOT
from tests.workers.jobs import address_of, keyed_hash

TO_ORGANISATIONS = {"webhook_paused"}  # see tests/webhooks
TEMPLATES = sorted({path.name.split(".")[0] for path in (ROOT / "workers/templates").glob("*.txt")} - TO_ORGANISATIONS)
WITH_CODE = {"confirm_address": ("confirmation", 24), "invitation": ("invitation", 7 * 24), "recovery": ("life", None)}
WINTER = {"when": "2026-01-07T18:00:00Z", "until": "2026-07-01T07:30:00Z", "zone": "Europe/Berlin"}


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
        assert defects_of(mail) == []
        assert [part.get_content_type() for part in mail.walk()] == ["multipart/alternative", "text/plain", "text/html"]
        assert {part.get_content_charset() for part in mail.iter_parts()} == {"utf-8"}
        assert mail["Content-Language"] == language and f'<html lang="{language}">' in html_of(mail)
        assert [address.addr_spec for address in mail["To"].addresses] == [address_of(person)]
        assert mail["From"] == "Runde <noreply@localhost>" and mail["Auto-Submitted"] == "auto-generated"
        assert abs(mail["Date"].datetime - jobs.now()) < timedelta(minutes=1)
        assert lines[0] == {"de": "Guten Tag,", "en": "Hello,"}[language]
        assert not re.search("(?i)grupp|group|selbsthilfe|self-help|kreis|angst", mail["Subject"] + " ".join(
            line for line in lines if line not in facts["text"].splitlines() and secret not in line))
        assert ("{" in text_of(mail)) == (secret in text_of(mail))
        assert words_of(html_of(mail)) == text_of(mail).split()
        assert mail.keys() == ["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "List-Id",
                               "List-Unsubscribe", "List-Unsubscribe-Post", "Content-Language", "MIME-Version", "Content-Type"]
    assert all(len(line) <= 78 or line.startswith("List-Unsubscribe: ") for file in mailbox.path.glob("new/*") for line in file.read_text().splitlines())


def test_german_and_english_say_the_same_in_their_own_words(a_worker, jobs, mailbox):
    people = {language: jobs.person(language) for language in ("de", "en", "fr")}
    for person in people.values():
        jobs.add("offered", person, facts=WINTER)
    a_worker()
    texts = {language: text_of(mailbox.await_mail(address_of(person))) for language, person in people.items()}
    assert "Mittwoch, 7. Januar 2026, 19:00 Uhr (Europe/Berlin)" in texts["de"]
    assert "Mittwoch, 1. Juli 2026, 09:30 Uhr (Europe/Berlin)" in texts["de"]
    assert "Wednesday, 7th January 2026, 19:00 (Europe/Berlin)" in texts["en"]
    assert re.sub("http.*", "", texts["fr"]) == re.sub("http.*", "", texts["de"])


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
    "a b@mail.example", "a@mail.example\t", "a\u0085b@mail.example", "<a@mail.example>", "a@mail.example;", '"a"b@mail.example',
    '"a\n"@mail.example', '"a@mail.example', "a@[127.0.0.1]", "a@mail_example", "a@mail.example.", "a@mail .example",
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
