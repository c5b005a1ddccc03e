"""test_messages.py: people and groups write to each other, and neither learns where the other one is."""

import base64
import re

import pytest

from tests.letters import text_of
from tests.sweeps import SWEEPS, purge, sweep
from tests.wire import await_truth

DAY = 24
SENDER, LEADER = "weide-im-wind@example.org", "ahorn-am-bach@example.org"
QUESTION, ANSWER = "Darf ich beim ersten Mal nur zuhören?", "Ja, gern. Komm einfach vorbei."


def messages_of(group):
    return f"/v1/groups/{group['id']}/messages"


def thread_of(message):
    return f"/v1/messages/{message}"


class Everything:
    """All bodies, mails and rows of an installation, to be searched."""

    def __init__(self, house, *replies):
        self.bodies = [reply.body + str(reply.headers).encode() for reply in replies]
        self.mails = [(mail["To"], re.sub(r"(?m)^To: .*\n", "", mail.as_string()) + text_of(mail))
                      for mail in house.mailbox.mails()]
        tables = house.rows("SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace")
        self.rows = [row for name, in tables for row, in house.rows(f"SELECT t::text FROM {name} t")]

    def finds(self, text):
        """Whether it stands anywhere, in any of its forms."""
        forms = {text.lower(), text.encode().hex(), base64.b64encode(text.encode()).decode().rstrip("=").lower()}
        places = [body.decode().lower() for body in self.bodies] + [mail.lower() for _, mail in self.mails] + \
            [row.lower() for row in self.rows]
        return any(form in place for form in forms for place in places)


@pytest.fixture
def written(house):
    """A thread with a question; its group, leader and worker."""
    house.group = house.given.group()
    house.worker = house.work()
    house.leader_ = house.leader(house.group, email=LEADER)
    house.await_jobs()
    house.worker.stop()
    house.sent = house.api.post(messages_of(house.group), {
        "text": QUESTION, "name": "Weide", "contact": {"email": SENDER}, "proof": house.given.proof()})
    house.sender = house.api.as_client(house.given.made(house.sent)["secret"])
    house.thread = house.sent.json["id"]
    return house


def texts(house):
    return house.rows("SELECT text FROM messages ORDER BY created_at, id")


def test_a_question_and_its_answer_pass_and_no_address_does(written):
    replies = [written.sent]
    written.work()
    assert QUESTION in text_of(written.mailbox.await_mails(2, LEADER)[1])
    replies.append(written.leader_.get(messages_of(written.group)))
    replies.append(written.leader_.post(thread_of(written.thread) + "/replies", {"text": ANSWER}))
    assert ANSWER in text_of(written.mailbox.await_mail(SENDER))
    replies.append(written.sender.post(thread_of(written.thread) + "/replies", {"text": "Danke!"}))
    assert "Danke!" in text_of(written.mailbox.await_mails(3, LEADER)[2])
    replies += [side.get(thread_of(written.thread)) for side in (written.sender, written.leader_)]
    replies.append(written.leader_.get(messages_of(written.group)))
    assert [reply.status for reply in replies] == [201, 200, 201, 201, 200, 200, 200]
    assert [(reply["by"]) for reply in replies[-2].json["replies"]] == ["leader", "sender"]
    assert "Eiche" not in str([reply.json for reply in replies])  # not even which leader

    everything = Everything(written, *replies)
    assert not everything.finds(SENDER) and not everything.finds(LEADER)
    assert {to for to, _ in everything.mails} == {SENDER, LEADER}
    assert all("reply-to" not in mail.lower() for _, mail in everything.mails)


@pytest.mark.parametrize("column", ["name", "text"])
def test_an_address_that_was_kept_would_be_found(written, column):
    written.rows(f"UPDATE messages SET {column} = %s WHERE id = %s", SENDER.upper().lower().encode(), written.thread)
    assert Everything(written).finds(SENDER)
    assert not Everything(written).finds(LEADER)


def test_a_text_is_sealed_until_it_is_delivered_and_then_it_is_gone(written):
    (sealed,), = texts(written)
    assert sealed is not None and not Everything(written).finds(QUESTION)
    assert written.sender.get(thread_of(written.thread)).json["text"] == QUESTION
    assert written.leader_.get(messages_of(written.group)).json["items"][0]["text"] == QUESTION
    written.work()
    await_truth(lambda: texts(written) == [(None,)])
    assert QUESTION in text_of(written.mailbox.await_mails(2, LEADER)[1])
    thread = written.sender.get(thread_of(written.thread)).json
    assert "text" not in thread and thread["name"] == "Weide"
    assert written.value("SELECT delivered_at IS NOT NULL FROM messages")


def test_a_text_stays_until_the_last_leader_has_it(written):
    other = written.work()
    second = written.leader(written.group, by=written.leader_, email="esche-im-tal@example.org")
    await_truth(lambda: texts(written) == [(None,)])
    written.await_jobs()
    other.stop()
    assert written.sender.post(thread_of(written.thread) + "/replies", {"text": ANSWER}).status == 201
    written.rows("UPDATE jobs SET run_at = run_at + interval '1 hour' WHERE person_id = %s", second.id)
    written.work()
    written.mailbox.await_mails(3, LEADER)
    sweeps = "SELECT count(*) FROM capabilities WHERE expires_at < now() - interval '2 days'"
    written.rows("INSERT INTO capabilities (hash, id, kind, created_at, expires_at)"
                 " VALUES ('x', gen_random_uuid(), 'sign_in', '2020-01-01', '2020-01-01')")
    written.rows("UPDATE timetable SET due_at = '-infinity'")
    await_truth(lambda: written.value(sweeps) == 0)  # so there was a sweep
    assert texts(written)[1] != (None,)
    written.clock.move(2)
    assert ANSWER in text_of(written.mailbox.await_mails(2, second.address)[1])
    await_truth(lambda: texts(written)[1] == (None,))


def test_a_text_whose_mail_was_given_up_can_be_read_for_thirty_days(written):
    written.rows("UPDATE jobs SET dead_at = now(), error = 'in the way'")
    written.rows("INSERT INTO group_settings (group_id, retention_days) VALUES (%s, 365)", written.group["id"])
    for day, has_text in ((1, True), (29, True), (31, False)):
        sweep(written.db, f"now() + {day} * interval '1 day'", [*SWEEPS, "expired_forget"])
        thread = written.sender.get(thread_of(written.thread))
        assert thread.status == 200 and ("text" in thread.json) == has_text, day


def test_a_sender_without_an_address_reads_the_answer_with_their_secret(house):
    group = house.given.group()
    house.work()
    leader = house.leader(group, email=LEADER)
    sender = house.given.message(group)
    house.mailbox.await_mails(2, LEADER)
    assert leader.post(thread_of(sender.id) + "/replies", {"text": ANSWER}).status == 201
    house.await_jobs()
    await_truth(lambda: texts(house)[0] == (None,))
    for _ in range(2):  # reading changes nothing
        assert [reply["text"] for reply in sender.get(thread_of(sender.id)).json["replies"]] == [ANSWER]
    assert not Everything(house).finds(ANSWER)
    assert {mail["To"] for mail in house.mailbox.mails()} == {LEADER}
    house.rows("INSERT INTO group_settings (group_id, retention_days) VALUES (%s, 365)", group["id"])
    house.clock.move(31 * DAY)
    await_truth(lambda: texts(house) == [(None,), (None,)])
    assert "text" not in sender.get(thread_of(sender.id)).json["replies"][0]


def test_mails_about_messages_are_in_the_language_of_whom_they_are_for(house):
    group = house.given.group()
    house.work()
    leader = house.leader(group, email=LEADER, language="en")
    sender = house.given.message(group, contact={"email": SENDER}, language="de")
    assert text_of(house.mailbox.await_mails(2, LEADER)[1]).startswith("Hello,")
    assert leader.post(thread_of(sender.id) + "/replies", {"text": ANSWER}).status == 201
    assert text_of(house.mailbox.await_mail(SENDER)).startswith("Guten Tag,")


def test_whoever_lost_the_secret_of_a_thread_gets_another_by_mail(written):
    written.work()
    written.api.post(f"/v1/groups/{written.group['id']}/recoveries", {"email": SENDER})
    found = written.api.as_client(written.code(SENDER))
    assert found.get(thread_of(written.thread)).json["name"] == "Weide"


# Groups that take none ------------------------------------------------------------------------------


def new_message(given, **members):
    return {"text": QUESTION, "proof": given.proof(), **members}


def refused(given, group, **members):
    reply = given.api.post(messages_of(group), new_message(given, **members))
    assert (reply.status, reply.slug) == (409, "relay-off")


def test_a_group_without_a_leader_takes_no_messages(given):
    group = given.group()
    refused(given, group)
    given.made(given.admin.post(f"/v1/groups/{group['id']}/leaders", {"email": LEADER, "name": "Ahorn"}))
    refused(given, group)  # nobody has come yet


def test_a_group_that_does_not_want_messages_takes_none_until_it_does(given):
    leader = given.leader()
    settings = f"/v1/groups/{leader.group['id']}/settings"
    leader.patch(settings, {"relay": False})
    refused(given, leader.group)
    leader.patch(settings, {"relay": True})
    given.message(leader.group)


def test_a_group_with_another_contact_takes_no_messages(given):
    group = given.group(contact={"via": "contact_point", "phone": "+49 221 555 0100"})
    given.leader(group)
    refused(given, group)


def test_what_was_begun_goes_on_where_the_relay_is_off(given):
    leader = given.leader()
    sender = given.message(leader.group)
    leader.patch(f"/v1/groups/{leader.group['id']}/settings", {"relay": False})
    assert sender.post(thread_of(sender.id) + "/replies", {"text": "Hallo?"}).status == 201


def test_a_proof_is_not_spent_by_a_message_that_is_not_taken(given):
    leader, other = given.leader(), given.group()
    message = new_message(given)
    assert given.api.post(messages_of(other), message).status == 409
    assert given.api.post(messages_of(leader.group), message).status == 201
    again = given.api.post(messages_of(leader.group), message)
    assert again.status == 422 and again.pointers() == {"/proof"}


def test_a_group_that_is_not_there_or_hidden_is_not_found(given):
    hidden = given.group(visibility="partners")
    given.leader(hidden)
    for group in (hidden["id"], "01935c33-2c30-7f53-8285-ffffffffffff"):
        assert given.api.post(f"/v1/groups/{group}/messages", new_message(given)).status == 404


# Threads --------------------------------------------------------------------------------------------


def test_a_message_sent_again_is_the_same_one(given):
    leader, key = given.leader(), given.word()
    message = new_message(given)
    first, again = (given.api.post(messages_of(leader.group), message, Idempotency_Key=key) for _ in range(2))
    assert first.status == again.status == 201 and first.body == again.body
    assert len(leader.get(messages_of(leader.group)).json["items"]) == 1


def test_messages_are_listed_the_newest_first_and_page_by_page(given):
    leader = given.leader()
    sent = [given.message(leader.group, text=f"Nummer {n}", name="Weide").id for n in range(5)]
    given.message(given.leader().group)
    assert [item["id"] for item in leader.all_pages(messages_of(leader.group) + "?limit=2")] == sent[::-1]
    items = leader.get(messages_of(leader.group)).json["items"]
    assert [item["text"] for item in items] == [f"Nummer {n}" for n in range(4, -1, -1)]
    assert all(set(item) == {"id", "name", "text", "created_at"} for item in items)


def test_a_secret_opens_its_own_thread_only(given):
    leader = given.leader()
    one, other = given.message(leader.group), given.message(leader.group)
    assert one.get(thread_of(other.id)).status == 404
    assert one.post(thread_of(other.id) + "/replies", {"text": "Hallo?"}).status == 404
    assert one.delete(thread_of(other.id)).status == 404
    assert one.get(f"/v1/registrations/{one.id}").status == 404


def test_leaders_of_other_groups_find_no_thread(given):
    sender, other = given.message(given.leader().group), given.leader()
    assert other.get(thread_of(sender.id)).status == 404
    assert other.post(thread_of(sender.id) + "/replies", {"text": "Hallo?"}).status == 404
    assert other.get(messages_of(other.group)).json["items"] == []


@pytest.mark.parametrize("members, pointer", [
    ({"text": ""}, "/text"), ({"text": "t" * 4001}, "/text"), ({"text": None}, "/text"), ({"name": ""}, "/name"),
    ({"contact": {"email": "weide"}}, "/contact/email"), ({"contact": {"phone": "0221"}}, "/contact/phone"),
    ({"proof": {"challenge": "none", "nonce": "0"}}, "/proof"), ({"leader_id": "x"}, "/leader_id")])
def test_a_message_that_is_none_is_refused(given, members, pointer):
    body = {name: value for name, value in {**new_message(given), **members}.items() if value is not None}
    reply = given.api.post(messages_of(given.leader().group), body)
    assert reply.status == 422 and reply.pointers() == {pointer}


def test_a_reply_that_is_none_is_refused(given):
    sender = given.message(given.leader().group)
    for body, pointer in (({"text": ""}, "/text"), ({}, "/text"), ({"text": "Ja.", "by": "leader"}, "/by")):
        reply = sender.post(thread_of(sender.id) + "/replies", body)
        assert reply.status == 422 and reply.pointers() == {pointer}


# Taking it back -------------------------------------------------------------------------------------


def test_a_sender_takes_everything_back(written):
    assert written.leader_.post(thread_of(written.thread) + "/replies", {"text": ANSWER}).status == 201
    assert written.value("SELECT count(*) FROM jobs") == 2
    assert written.sender.delete(thread_of(written.thread)).status == 204
    assert written.sender.get(thread_of(written.thread)).status == 401
    assert written.leader_.get(thread_of(written.thread)).status == 404
    assert written.leader_.get(messages_of(written.group)).json["items"] == []
    assert written.value("SELECT count(*) FROM messages") == written.value("SELECT count(*) FROM jobs") == 0
    assert written.rows("SELECT contact, email_hash, wrapped FROM persons WHERE role = 'sender'") == [(None, None, None)]
    assert written.rows("SELECT cause, role, persons FROM erasures") == [("asked", "sender", 1)]


def test_a_thread_is_deleted_at_the_revision_that_was_read(given):
    leader = given.leader()
    sender = given.message(leader.group)
    read = sender.get(thread_of(sender.id))
    assert sender.get(thread_of(sender.id), If_None_Match=read.etag).status == 304
    assert sender.request("DELETE", thread_of(sender.id)).status == 428
    assert leader.post(thread_of(sender.id) + "/replies", {"text": ANSWER}).status == 201
    assert sender.get(thread_of(sender.id), If_None_Match=read.etag).status == 200
    assert sender.delete(thread_of(sender.id), read.etag).status == 412
    assert sender.delete(thread_of(sender.id), sender.get(thread_of(sender.id)).etag).status == 204
    assert sender.get(thread_of(sender.id)).status == 401


def test_threads_are_erased_when_nobody_has_written_for_as_long_as_the_group_has_set(written):
    written.leader_.patch(f"/v1/groups/{written.group['id']}/settings", {"retention_days": 5})
    for day, left in ((4, 1), (6, 0)):
        purge(written.db, f"now() + {day} * interval '1 day'")
        assert written.value("SELECT count(*) FROM messages") == left
    assert written.rows("SELECT cause, role FROM erasures") == [("retention", "sender")]
    assert written.sender.get(thread_of(written.thread)).status == 401
