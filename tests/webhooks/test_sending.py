"""test_sending.py: what has happened is told by HTTP, signed, in order, and until it has arrived.

WEBHOOK_EVENTS and WEBHOOK_KILLS make it long.
"""

import base64
import hashlib
import hmac
import json
import os
import random
import re
import signal
import subprocess
import time

import pytest

from tests.server import ROOT
from tests.wire import await_truth
from tests.workers.mailserver import Certificate

EVENTS = int(os.environ.get("WEBHOOK_EVENTS", "150"))  # of the test with kills
KILLS = int(os.environ.get("WEBHOOK_KILLS", "3"))
DAY = 24


def shared_signature(secret, message):
    content = f"{message.id}.{message.fields['webhook-timestamp']}.".encode() + message.body
    digest = hmac.new(base64.b64decode(secret.removeprefix("whsec_")), content, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


def signatures(message):
    return message.fields["webhook-signature"].split(" ")


def rename(client, group, times):
    for number in range(times):
        assert client.patch(f"/v1/groups/{group['id']}", {"summary": f"Stand {time.time()} {number}"}).status == 200


def one_delivery(hooked, client, webhook):
    """The only one, as the log has it."""
    found, = hooked.deliveries(client, webhook)
    return found


def await_attempt(hooked, number=1):
    """Until the first event was tried so often, and what came of it is known."""
    await_truth(lambda: hooked.value("SELECT count(*) FROM webhook_deliveries WHERE attempts >= %s", number))


def told_of_groups(hooked, to, scopes=None, **members):
    """A client with a webhook that is told of its groups."""
    client = hooked.client(*([scopes] if scopes else []))
    return client, hooked.webhook(client, to, events=["group.created", "group.updated", "group.deleted"], **members)


def test_what_happens_is_told_once_in_its_order_and_signed(hooked, receiver):
    to = receiver()
    client, webhook = told_of_groups(hooked, to)
    hooked.work()
    group = hooked.given.group(client)
    rename(client, group, 3)
    assert client.delete(f"/v1/groups/{group['id']}").status == 204
    hooked.await_sent()
    assert [message.event for message in to.messages] == [
        ("group.created", group["id"], 1), *(("group.updated", group["id"], revision) for revision in (2, 3, 4)),
        ("group.deleted", group["id"], 5)]
    for message in to.messages:
        assert shared_signature(webhook["secret"], message) in signatures(message)
        assert message.fields["content-type"] == "application/json" and message.path == "/hook"
        assert abs(int(message.fields["webhook-timestamp"]) - time.time()) < 30
    assert len({message.connection for message in to.messages}) == 1
    log = hooked.deliveries(client, webhook)
    assert [one["id"] for one in log] == [message.id for message in reversed(to.messages)]
    assert {(one["status"], one["attempts"], one["response_code"]) for one in log} == {("delivered", 1, 204)}


def test_receivers_can_check_what_comes_and_whoever_changes_it_is_found(hooked, receiver):
    to = receiver()
    client, webhook = told_of_groups(hooked, to)
    hooked.work()
    hooked.given.group(client)
    hooked.await_sent()
    message, = to.messages
    as_it_came = {"body": message.body.decode(), "fields": message.fields}
    tampered = [
        {**as_it_came, "body": as_it_came["body"].replace('"revision":1', '"revision":2')},
        {**as_it_came, "fields": {**message.fields, "webhook-id": "another"}},
        {**as_it_came, "fields": {**message.fields, "webhook-timestamp": str(int(message.fields["webhook-timestamp"]) + 1)}},
        {**as_it_came, "fields": {**message.fields, "webhook-signature": "v1,AAAA v1a,AAAA"}}]
    asked = {"messages": [as_it_came, *tampered], "secret": webhook["secret"],
             "keys": client.get("/v1/webhooks/keys").json["keys"]}
    said = subprocess.run(["node", ROOT / "tests/webhooks/verify.mjs"], input=json.dumps(asked), check=True,
                          capture_output=True, text=True).stdout
    assert json.loads(said) == [[True, True]] + [[False, False]] * 4


def share(client, group):
    """Lets whoever keeps the group know who comes."""
    assert client.patch(f"/v1/groups/{group['id']}/settings", {"shared_with_organisation": True}).status == 200


def test_there_is_room_for_ids_only(hooked, receiver):
    to = receiver()
    client = hooked.client("admin,registrations:manage")
    hooked.webhook(client, to)
    hooked.work()
    group = hooked.given.group(client, organisation_id=client.organisation["id"])
    schedule = hooked.given.schedule(client, group, registration={"required": True})
    share(client, group)
    hooked.given.registration(schedule, pseudonym="Rohrdommel", message="Ich komme mit dem Rad.")
    hooked.await_sent()
    assert {"group", "schedule", "meeting", "registration"} <= {message.json["data"]["resource"] for message in to.messages}
    for message in to.messages:
        assert len(message.body) < 300 and message.json.keys() == {"type", "timestamp", "data"}
        assert message.json["data"].keys() == {"id", "resource", "revision"}
        assert message.json["type"].split(".")[0] == message.json["data"]["resource"]


def test_nobody_is_told_of_what_they_may_not_learn(hooked, receiver):
    scopes = {"stranger": "groups:read,webhooks:manage", "nobody": "webhooks:manage",
              "keeper": "groups:read,groups:write,meetings:write,webhooks:manage",
              "manager": "groups:read,groups:write,meetings:write,registrations:manage,webhooks:manage"}
    to = {name: receiver() for name in scopes}
    keeper = hooked.client(scopes["keeper"])
    own = {"keeper": keeper, "manager": hooked.client(scopes["manager"], organisation=keeper.organisation)}
    for name in scopes:
        hooked.webhook(own.get(name) or hooked.client(scopes[name]), to[name], events=["group.created", "registration.created"])
    hooked.work()
    groups = {visibility: hooked.given.group(keeper, visibility=visibility) for visibility in ("public", "partners", "unlisted")}
    share(keeper, groups["public"])
    person = hooked.given.registration(hooked.given.schedule(keeper, groups["public"], registration={"required": True}))
    hooked.await_sent()
    heard = {name: {message.event[1] for message in one.messages} for name, one in to.items()}
    ids = {visibility: group["id"] for visibility, group in groups.items()}
    assert heard == {"nobody": {ids["public"]}, "stranger": {ids["public"], ids["partners"]}, "keeper": set(ids.values()),
                     "manager": {*ids.values(), person.id}}


def test_what_fails_is_tried_again_by_the_schedule_with_the_same_id_and_a_time_of_its_own(hooked, receiver):
    to = receiver(500)
    client, webhook = told_of_groups(hooked, to)
    hooked.work()
    hooked.given.group(client)
    hours = [0, 5 / 3600, 5 / 60, 0.5, 2, 5, 10, 14, 20, 24]
    passed = 0
    for number, wait in enumerate(hours, 1):
        await_attempt(hooked, number)
        if number < len(hours):
            due = hooked.value("SELECT extract(epoch FROM due_at - attempted_at) / 3600 FROM webhook_deliveries")
            assert hours[number] <= due <= hours[number] * 1.1 + 0.001
            passed += float(due) + 0.002
            if number < len(hours) - 1:
                hooked.clock.move(passed)
            else:  # it would be paused by then
                hooked.rows("UPDATE webhook_progress SET failing_since = now() + %s * interval '1 hour'", passed)
                hooked.clock.move(passed)
    assert one_delivery(hooked, client, webhook)["status"] == "failed" and passed > 72
    assert len({message.id for message in to.messages}) == 1
    assert len({message.fields["webhook-timestamp"] for message in to.messages}) == 10
    to.answer = lambda message: 204
    assert client.post(f"/v1/webhooks/{webhook['id']}/redeliver", {"delivery_id": to.messages[0].id}).json == {"count": 1}
    await_truth(lambda: to.taken() == {to.messages[0].id: 1})


def test_who_asks_for_time_gets_it(hooked, receiver):
    to = receiver((503, {"Retry-After": "3600"}))
    client, webhook = told_of_groups(hooked, to)
    hooked.work()
    hooked.given.group(client)
    await_attempt(hooked)
    hooked.given.group(client)
    assert 3599 < hooked.value("SELECT extract(epoch FROM due_at - attempted_at) FROM webhook_deliveries WHERE attempts = 1") < 3601
    hooked.clock.move(0.9)
    await_truth(lambda: len(hooked.deliveries(client, webhook)) == 2)
    time.sleep(0.7)
    assert len(to.messages) == 1, "another event is sent meanwhile"
    to.answer = lambda message: 204
    hooked.clock.move(1.1)
    await_truth(lambda: len(to.taken()) == 2)


def test_who_asks_for_a_year_gets_a_day(hooked, receiver):
    to = receiver((429, {"Retry-After": str(365 * 86400)}))
    client, webhook = told_of_groups(hooked, to)
    hooked.work()
    hooked.given.group(client)
    await_attempt(hooked)
    assert 86399 < hooked.value("SELECT extract(epoch FROM due_at - attempted_at) FROM webhook_deliveries") < 86401


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirection_leads_nowhere(hooked, receiver, status):
    elsewhere = receiver()
    to = receiver((status, {"Location": elsewhere.url}))
    client, webhook = told_of_groups(hooked, to)
    hooked.work()
    hooked.given.group(client)
    await_attempt(hooked)
    found = one_delivery(hooked, client, webhook)
    assert (found["status"], found["response_code"]) == ("pending", status)
    assert not elsewhere.messages and not elsewhere.followed and not to.followed


def test_who_is_gone_is_left_alone_until_told_otherwise(hooked, receiver, mailbox):
    to = receiver(410)
    client, webhook = told_of_groups(hooked, to)
    hooked.work()
    group = hooked.given.group(client)
    path = f"/v1/webhooks/{webhook['id']}"
    await_truth(lambda: client.get(path).json["status"] == "paused")
    assert client.get(path).json["paused_because"] == "gone"
    rename(client, group, 2)
    hooked.clock.move(2 * DAY)
    time.sleep(0.7)
    assert len(to.messages) == 1
    to.answer = lambda message: 204
    assert client.post(f"{path}/test").status == 409
    assert client.patch(path, {"status": "active"}).json["status"] == "active"
    await_truth(lambda: len(to.taken()) == 3)
    assert [message.event[2] for message in to.messages] == [1, 1, 2, 3]
    assert to.messages[0].id == to.messages[1].id


def test_after_three_days_of_failure_it_is_paused(hooked, receiver):
    to = receiver(None)
    client, webhook = told_of_groups(hooked, to)
    hooked.work()
    hooked.given.group(client)
    path = f"/v1/webhooks/{webhook['id']}"
    await_truth(lambda: "failing_since" in client.get(path).json)
    hooked.clock.move(2.9 * DAY)
    await_attempt(hooked, 2)
    assert client.get(path).json["status"] == "active"
    hooked.clock.move(3.1 * DAY)
    await_truth(lambda: client.get(path).json["status"] == "paused")
    assert client.get(path).json["paused_because"] == "failing"
    to.answer = lambda message: 204
    assert client.patch(path, {"status": "active"}).status == 200
    await_truth(lambda: len(to.taken()) == 1)
    assert "failing_since" not in client.get(path).json


def test_what_was_sent_can_be_sent_again_with_its_id(hooked, receiver):
    to = receiver()
    client, webhook = told_of_groups(hooked, to)
    hooked.work()
    groups = []
    for hours in range(3):
        hooked.clock.move(hours)
        groups.append(hooked.given.group(client))
        hooked.await_sent()
    first, second, third = (message.id for message in to.messages)
    log = {one["id"]: one for one in hooked.deliveries(client, webhook)}
    path = f"/v1/webhooks/{webhook['id']}/redeliver"
    assert client.post(path, {"delivery_id": first}).json == {"count": 1}
    await_truth(lambda: to.taken() == {first: 2, second: 1, third: 1})
    times = {"since": log[second]["timestamp"], "until": log[third]["timestamp"]}
    assert client.post(path, times).json == {"count": 1}
    await_truth(lambda: to.taken() == {first: 2, second: 2, third: 1})
    hooked.await_sent()
    assert client.post(path, {"since": log[first]["timestamp"]}).json == {"count": 3}
    await_truth(lambda: to.taken() == {first: 3, second: 3, third: 2})


def test_a_test_is_sent(hooked, receiver):
    to = receiver()
    client, webhook = told_of_groups(hooked, to)
    hooked.work()
    reply = client.post(f"/v1/webhooks/{webhook['id']}/test")
    assert (reply.status, reply.json["type"]) == (202, "webhook.test")
    hooked.await_sent()
    message, = to.messages
    assert message.id == reply.json["id"] and message.event == ("webhook.test", webhook["id"], 1)


def test_for_a_day_both_secrets_sign(hooked, receiver):
    to = receiver()
    client, webhook = told_of_groups(hooked, to)
    hooked.work()
    path = f"/v1/webhooks/{webhook['id']}"
    newer = client.post(f"{path}/rotate").json
    assert newer["secret"] != webhook["secret"] and "secret" not in client.get(path).json
    client.post(f"{path}/test")
    await_truth(lambda: len(to.taken()) == 1)
    hooked.clock.move(24.1)
    client.post(f"{path}/test")
    await_truth(lambda: len(to.taken()) == 2)
    both, one = to.messages
    assert {shared_signature(secret, both) for secret in (webhook["secret"], newer["secret"])} < set(signatures(both))
    assert shared_signature(newer["secret"], one) in signatures(one)
    assert shared_signature(webhook["secret"], one) not in signatures(one)


def test_a_slow_receiver_keeps_no_other_waiting(hooked, receiver):
    slow, quick = receiver(lambda message: time.sleep(20)), receiver()
    sleepy, _ = told_of_groups(hooked, slow)
    told_of_groups(hooked, quick)
    hooked.work()
    for _ in range(30):
        hooked.given.group(sleepy)
    began = time.monotonic()
    await_truth(lambda: len(quick.taken()) == 30 and len(slow.messages) > 1)
    assert time.monotonic() - began < 10 and not slow.taken()


def test_no_transaction_is_open_while_somebody_is_waited_for(hooked, receiver):
    to = receiver(lambda message: time.sleep(3) or 204)
    client, webhook = told_of_groups(hooked, to)
    hooked.work()
    hooked.given.group(client)
    await_truth(lambda: to.messages)
    seen = [hooked.value("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'runde-sender'"
                         " AND datname = current_database() AND xact_start < now() - interval '500 ms'") for _ in range(100)]
    assert set(seen) == {0} and not to.taken()
    assert one_delivery(hooked, client, webhook)["status"] == "pending"


def test_whoever_is_told_to_end_finishes_and_leaves_the_rest_to_others(hooked, receiver):
    to = receiver(lambda message: time.sleep(1) or 204)
    client, _ = told_of_groups(hooked, to)
    first = hooked.work()
    hooked.given.group(client)
    await_truth(lambda: to.messages)
    assert first.stop() == 0
    assert list(to.taken().values()) == [1]
    to.answer = lambda message: 204
    hooked.given.group(client)
    hooked.work()
    await_truth(lambda: len(to.taken()) == 2, seconds=5)  # sooner than a lease runs out
    assert set(to.taken().values()) == {1}


def test_what_was_taken_away_or_revoked_is_told_nothing(hooked, receiver):
    to = receiver()
    client, webhook = told_of_groups(hooked, to)
    gone, left = receiver(), receiver()
    leaver, deleted = told_of_groups(hooked, gone)
    told_of_groups(hooked, left)
    assert leaver.delete(f"/v1/webhooks/{deleted['id']}").status == 204
    hooked.rows("UPDATE clients SET revoked_at = now() WHERE id = (SELECT client_id FROM webhooks WHERE url = %s)", left.url)
    hooked.work()
    hooked.given.group(client)
    await_truth(lambda: to.taken())
    assert not gone.messages and not left.messages


@pytest.mark.parametrize("change", ["scopes", "organisation_id"])
def test_what_a_client_may_not_learn_any_more_is_neither_sent_nor_listed(hooked, receiver, change):
    given, to = hooked.given, receiver(lambda message: 500 if message.event[0] == "referral.created" else 204)
    hooked.rows("INSERT INTO postcodes VALUES ('DE', '50667', 'Köln', 'Nordrhein-Westfalen', 'NW', point_of(50.9, 6.9))")
    insurer = given.insurer(scopes="groups:read,referrals:write,webhooks:manage")
    webhook = hooked.webhook(insurer, to)
    hooked.work()
    given.referral(insurer)
    await_attempt(hooked)
    less = {"scopes": ["groups:read", "webhooks:manage"], "organisation_id": given.organisation(kind="insurer")["id"]}
    assert hooked.admin.patch(f"/v1/clients/{insurer.id}", {change: less[change]}).status == 200
    before = len(to.messages)
    hooked.clock.move(1)
    group = given.group()
    await_truth(lambda: group["id"] in {message.event[1] for message in to.messages})
    assert "referral.created" not in {message.event[0] for message in to.messages[before:]}
    assert {one["resource"] for one in hooked.deliveries(insurer, webhook)} <= {"group", "organisation"}


def test_by_tls_only_whom_somebody_vouches_for_gets_anything(hooked, folder, receiver):
    certificate = Certificate(folder)
    to = receiver(certificate=certificate)
    client, webhook = told_of_groups(hooked, to)
    distrustful = hooked.work()
    hooked.given.group(client)
    await_attempt(hooked)
    assert "certificate" in one_delivery(hooked, client, webhook)["error"] and not to.messages
    assert distrustful.stop() == 0
    hooked.work(RUNDE_OUTSIDE_CA_FILE=certificate.ca)
    hooked.clock.move(0.01)
    await_truth(lambda: len(to.taken()) == 1)


def test_without_exceptions_nothing_inside_is_connected_to(hooked, receiver):
    to = receiver()
    client, webhook = told_of_groups(hooked, to)
    hooked.rows("UPDATE webhooks SET url = %s", f"https://127.0.0.1:{to.port}/")  # behind the back of the API
    hooked.work(RUNDE_OUTSIDE_ALLOW="")
    hooked.given.group(client)
    await_attempt(hooked)
    found = one_delivery(hooked, client, webhook)
    assert found["error"] == "the address is not one that may be reached" and "response_code" not in found
    assert not to.messages


def test_an_answer_without_end_is_an_answer(hooked, receiver):
    to = receiver((200, {"Content-Length": str(10 ** 12)}))
    client, webhook = told_of_groups(hooked, to)
    hooked.work()
    hooked.given.group(client)
    await_attempt(hooked)
    found = one_delivery(hooked, client, webhook)
    assert (found["status"], found["response_code"], len(to.messages)) == ("delivered", 200, 1)


class Moody:
    """Of its answers three in ten are none: errors, a wire that is cut, or silence for a while."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def __call__(self, message):
        mood = self.random.random()
        if mood < 0.7:
            return 204
        if mood < 0.95:
            return self.random.choice([500, 502, 503, 404, None])
        time.sleep(0.5)
        return None


def in_order(messages):
    """Whether what was taken of each resource came by rising revisions, but for what came twice."""
    last, known = {}, set()
    for message in messages:
        _, resource, revision = message.event
        if message.status != 204 or message.id in known:
            continue
        if revision < last.get(resource, 0):
            return False
        known.add(message.id)
        last[resource] = revision
    return True


def test_whatever_fails_and_whoever_is_killed_everything_arrives_in_its_order(hooked, receiver):
    to = receiver(Moody(7))
    client, webhook = told_of_groups(hooked, to)
    workers = [hooked.work(), hooked.work()]
    groups = [hooked.given.group(client) for _ in range(10)]
    for number in range(EVENTS - 10):
        rename(client, groups[number % 10], 1)
        if number % ((EVENTS - 10) // KILLS) == 5:
            workers.pop(0).process.send_signal(signal.SIGKILL)
            workers.append(hooked.work())
        if number % 20 == 0:
            hooked.clock.move(number / 10)
    hours = EVENTS / 10

    def is_done():
        nonlocal hours
        hours += 0.1
        hooked.clock.move(hours)
        time.sleep(0.2)
        return hooked.value("SELECT count(*) FROM webhook_deliveries WHERE status = 'delivered'") == EVENTS
    await_truth(is_done, 120)
    log = {one["id"]: (one["type"], one["resource_id"], one["revision"]) for one in hooked.deliveries(client, webhook)}
    assert set(to.taken()) == set(log), "lost, or made up"
    assert {event[1:] for event in log.values()} == {(group["id"], revision) for group in groups
                                                     for revision in range(1, EVENTS // 10 + 1)}
    assert all(log[message.id] == message.event for message in to.messages), "one id, two events"
    assert in_order(to.messages)


def overtaking(hooked, receiver):
    """What is heard of a group whose first event fails, once another one has arrived."""
    to = receiver()
    client, _ = told_of_groups(hooked, to)
    group = hooked.given.group(client)
    to.answer = lambda message: 500 if message.event[1] == group["id"] and message.event[2] == 1 else 204
    rename(client, group, 2)
    other = hooked.given.group(client)
    hooked.work()
    await_truth(lambda: any(message.event[1] == other["id"] and message.status for message in to.messages))
    await_attempt(hooked)
    time.sleep(0.3)
    heard = [message.event[2] for message in to.messages if message.event[1] == group["id"]]
    to.answer = lambda message: 204
    hooked.clock.move(0.01)
    await_truth(lambda: len(to.taken()) == 4)
    return heard, [message.event[2] for message in to.messages if message.event[1] == group["id"]]


def test_of_one_thing_nothing_overtakes_what_has_not_arrived(hooked, receiver):
    assert overtaking(hooked, receiver) == ([1], [1, 1, 2, 3])


def test_without_its_guard_the_order_would_be_lost(hooked, receiver):
    claim = hooked.value("SELECT pg_get_functiondef('webhook_deliveries_claim'::regproc)")
    unguarded = re.sub(r"AND d\.number = \(SELECT e\.number.*?LIMIT 1\)", "", claim, flags=re.S)
    assert unguarded != claim
    hooked.rows(unguarded.replace("%", "%%"))
    heard, _ = overtaking(hooked, receiver)
    assert sorted(heard) == [1, 2, 3]
