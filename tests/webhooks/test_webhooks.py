"""test_webhooks.py: webhooks as their clients make, see and change them, and where they must not lead."""

import re

import pytest

from tests.server import ROOT
from tests.webhooks.conftest import SCOPES
from tests.webhooks.test_sending import told_of_groups
from tests.wire import await_truth

# All that tests/unit/test_post.c connects to in vain.
INSIDE = re.findall(r'"(\[?[0-9a-fA-FxX:.]+\]?)"', (ROOT / "tests/unit/test_post.c").read_text(encoding="utf-8")
                    .split("hosts[] = {")[1].split("};")[0])
NAMES = ["localhost", "LOCALHOST.", "db.local", "runde.internal", "intranet", "postgres", "x.localhost", "1.0.0.127.in-addr.arpa"]
OTHERS = ["http://portal.example.org/", "https://portal.example.org:8443/", "https://portal.example.org:80/",
          "https://user@portal.example.org/", "https://user:word@portal.example.org/", "ftp://portal.example.org/",
          "https:///hook", "https://", "portal.example.org", "https://portal.example.org\\@127.0.0.1/",
          "https://127.0.0.1%00.example.org/", "https://１２７.０.０.１/", "https://127。0。0。1/", "https://[::1%25lo]/"]
GOOD = ["https://portal.example.org", "https://PORTAL.example.org:443/hook?of=runde", "https://8.8.8.8/", "https://[2606:4700::1]/",
        "https://10.example.org/", "https://xn--kln-sna.example/"]


@pytest.fixture
def client(given):
    return given.client(scopes=SCOPES)


def test_where_nobody_may_be_sent_is_refused_when_it_is_written(client):
    assert len(INSIDE) >= 60
    for host in INSIDE + NAMES:
        reply = client.post("/v1/webhooks", {"url": f"https://{host}/hook"})
        assert (reply.status, reply.slug, reply.pointers()) == (422, "invalid-body", {"/url"}), host
    for url in OTHERS:
        assert client.post("/v1/webhooks", {"url": url}).pointers() == {"/url"}, url


def test_a_url_is_looked_at_when_it_is_changed_too(client, given):
    made = given.webhook(client)
    path = f"/v1/webhooks/{made['id']}"
    assert client.patch(path, {"url": "https://127.1/"}).pointers() == {"/url"}
    assert client.patch(path, {"url": "https://other.example.org/"}).json["url"] == "https://other.example.org/"


@pytest.mark.parametrize("url", GOOD)
def test_what_may_be_outside_is_taken(client, url):
    assert client.post("/v1/webhooks", {"url": url}).status == 201


def test_a_secret_is_shown_once_and_kept_sealed(client, given, db):
    made = given.webhook(client)
    assert re.fullmatch(r"whsec_[A-Za-z0-9+/]{43}=", made["secret"])
    assert "secret" not in client.get(f"/v1/webhooks/{made['id']}").json
    assert "secret" not in client.get("/v1/webhooks").json["items"][0]
    db.execute("SELECT to_jsonb(w)::text FROM webhooks w WHERE id = %s", [made["id"]])
    assert made["secret"] not in db.fetchone()[0]
    db.execute("SELECT members FROM audit WHERE resource_id = %s", [made["id"]])
    assert db.fetchall() == [([],)]
    db.execute("SELECT count(*) FROM changes WHERE resource_id = %s", [made["id"]])
    assert db.fetchone() == (0,), "others are told of it"


def test_it_can_be_changed_paused_and_taken_away(client, given):
    made = given.webhook(client, events=["group.created"], description="Abgleich")
    path = f"/v1/webhooks/{made['id']}"
    paused = client.patch(path, {"events": None, "status": "paused"}, client.get(path).etag).json
    assert (paused["status"], paused["paused_because"], "events" in paused) == ("paused", "asked", False)
    assert paused["description"] == "Abgleich" and paused["revision"] == 2
    assert "paused_because" not in client.patch(path, {"status": "active"}).json
    assert client.delete(path).status == 204 and client.get(path).status == 404
    assert client.get("/v1/webhooks").json["items"] == []


@pytest.mark.parametrize("events", [[], ["group.exploded"], ["group.created", "group.created"], "group.created", ["webhook.test"]])
def test_only_events_that_there_are_can_be_wanted(client, events):
    assert client.post("/v1/webhooks", {"url": "https://portal.example.org/", "events": events}).status == 422


def test_another_client_of_the_organisation_has_nothing_of_it(client, given):
    """It might learn of more, or of less."""
    made = given.webhook(client)
    colleague = given.client(client.organisation, SCOPES)
    assert colleague.get(f"/v1/webhooks/{made['id']}").status == 404
    assert colleague.get("/v1/webhooks").json["items"] == []


def test_a_client_has_twenty_at_most(client, given):
    for _ in range(20):
        given.webhook(client)
    assert client.post("/v1/webhooks", {"url": "https://portal.example.org/"}).status == 409


@pytest.mark.parametrize("body, pointer", [
    ({}, "/since"), ({"until": "2031-01-01T00:00:00Z"}, "/since"), ({"delivery_id": "01935c33-2c30-7f53-8285-ffffffffffff"}, "/delivery_id"),
    ({"delivery_id": "01935c33-2c30-7f53-8285-ffffffffffff", "since": "2031-01-01T00:00:00Z"}, "/delivery_id")])
def test_what_cannot_be_sent_again_is_named(client, given, body, pointer):
    made = given.webhook(client)
    reply = client.post(f"/v1/webhooks/{made['id']}/redeliver", body)
    assert (reply.status, reply.pointers()) == (422, {pointer})


def test_what_was_sent_can_be_listed_by_its_status_and_in_pages(client, given):
    made = given.webhook(client)
    path = f"/v1/webhooks/{made['id']}"
    sent = [client.post(f"{path}/test").json["id"] for _ in range(5)]
    assert [one["id"] for one in client.all_pages(f"{path}/deliveries?limit=2")] == sent[::-1]
    assert client.get(f"{path}/deliveries?status=failed&status=delivered").json["items"] == []
    assert client.get(f"{path}/deliveries?status=pending&limit=1").json["items"][0]["attempts"] == 0
    assert client.post(f"{path}/redeliver?dry_run=true", {"since": "2001-01-01T00:00:00Z"}).json == {"count": 5}


def test_an_organisation_is_told_by_mail_that_its_webhook_is_paused(hooked, receiver, mailbox):
    gone, dead = receiver(410), receiver(None)
    clients = [told_of_groups(hooked, to) for to in (gone, dead)]
    for client, _ in clients:
        hooked.rows("UPDATE organisations SET contact = jsonb_build_object('email', %s) WHERE id = %s",
                    f"{client.organisation['id']}@example.org", client.organisation["id"])
    hooked.work()
    hooked.given.group(clients[0][0])
    mail = mailbox.await_mail(f"{clients[0][0].organisation['id']}@example.org")
    assert mail["Subject"] == "Ein Webhook ist angehalten"
    assert clients[0][1]["id"] in mail.as_string() and "Der Empfänger" in mail.get_body(("plain",)).get_content()
    hooked.clock.move(73)
    mail = mailbox.await_mail(f"{clients[1][0].organisation['id']}@example.org")
    said = mail.get_body(("plain",)).get_content()
    assert "nichts mehr angekommen" in said and "geantwortet" not in said and dead.url not in said


def test_the_key_of_ours_can_be_exchanged_while_all_goes_on(hooked, receiver):
    to = receiver()
    client, webhook = told_of_groups(hooked, to)
    hooked.work()
    await_truth(lambda: client.get("/v1/webhooks/keys").json["keys"])
    first, = client.get("/v1/webhooks/keys").json["keys"]
    second = hooked.installed.works("webhooks", "rotate").strip()
    shown = client.get("/v1/webhooks/keys").json["keys"]
    assert [key["whpk"] for key in shown] == [second, first["whpk"]] != [first["whpk"], second]

    def signed():
        to.messages.clear()
        client.post(f"/v1/webhooks/{webhook['id']}/test")
        await_truth(lambda: to.taken())
        return [one[:4] for one in to.messages[0].fields["webhook-signature"].split(" ")].count("v1a,")
    await_truth(lambda: signed() == 2)
    hooked.clock.move(24.1)
    assert [key["whpk"] for key in client.at(hooked.server).get("/v1/webhooks/keys").json["keys"]] == [second]
    await_truth(lambda: signed() == 1)


def test_after_a_month_nothing_is_left_of_what_was_sent(hooked, receiver):
    to = receiver()
    client, webhook = told_of_groups(hooked, to)
    worker = hooked.work()
    client.post(f"/v1/webhooks/{webhook['id']}/rotate")
    client.post(f"/v1/webhooks/{webhook['id']}/test")
    hooked.await_sent()
    hooked.clock.move(29 * 24)
    hooked.rows("SELECT webhooks_forget(now() + interval '29 days')")
    assert len(hooked.deliveries(client, webhook)) == 1
    assert hooked.value("SELECT former_secret IS NULL FROM webhooks")
    hooked.rows("UPDATE timetable SET due_at = '-infinity' WHERE kind = 'webhooks'")
    hooked.clock.move(31 * 24)
    await_truth(lambda: not hooked.deliveries(client, webhook))
    assert worker.stop() == 0
