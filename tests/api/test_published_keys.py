"""test_published_keys.py: clients that publish their keys themselves: fetched, exchanged, and when they cannot be had."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.house import House
from tests.oauth import Signer, ask_by_assertion
from tests.wire import await_truth

INSIDE = {"RUNDE_OUTSIDE_ALLOW": "127.0.0.0/8"}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.reads += 1
        status, body = self.server.answer
        self.send_response_only(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Location", "/elsewhere")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *unused):
        pass


class Publisher(ThreadingHTTPServer):
    """Where a client publishes its keys."""
    daemon_threads = True

    def __init__(self, *signers):
        super().__init__(("127.0.0.1", 0), Handler)
        self.reads, self.url = 0, f"http://127.0.0.1:{self.server_address[1]}/jwks.json"
        self.publish(*(signer.public for signer in signers))
        threading.Thread(target=self.serve_forever, args=[0.05], daemon=True).start()

    def publish(self, *keys):
        self.say(200, json.dumps({"keys": keys}).encode())

    def say(self, status, body=b""):
        self.answer = status, body


@pytest.fixture
def signer():
    return Signer()


@pytest.fixture
def publisher(signer):
    publisher = Publisher(signer)
    yield publisher
    publisher.shutdown()
    publisher.server_close()


@pytest.fixture
def publishing(installed, another_server, worker, mailbox, own_clock, api):
    house = House(installed, another_server, worker, mailbox, own_clock, api, **INSIDE)
    house.work = lambda: worker(installed.database, RUNDE_KEY_FILE=installed.key, **INSIDE)
    return house


def registered(house, publisher):
    return house.given.registered(token_endpoint_auth_method="private_key_jwt", jwks_uri=publisher.url)


def asked(house, client, signer):
    return ask_by_assertion(house.api, signer.assertion(client["id"], house.api.server, now=house.now().timestamp()))


def status(house, client, signer):
    return asked(house, client, signer).status


def await_keys(house, client):
    """As the operator sees it."""
    await_truth(lambda: "jwks_fetched_at" in house.admin.get(f"/v1/clients/{client['id']}").json)


def fetch_by_timetable(house, publisher):
    reads = publisher.reads
    house.rows("UPDATE timetable SET due_at = '-infinity' WHERE kind = 'keysets'")
    await_truth(lambda: publisher.reads > reads and not house.value(
        "SELECT count(*) FROM jobs WHERE kind = 'keys' AND (attempts = 0 OR error IS NULL)"))


def test_keys_are_fetched_as_soon_as_it_is_known_where_they_are(publishing, publisher, signer):
    client = registered(publishing, publisher)
    assert client["jwks_uri"] == publisher.url and "jwks" not in client and client["key_count"] == 0
    assert status(publishing, client, signer) == 401
    publishing.work()
    await_keys(publishing, client)
    assert status(publishing, client, signer) == 200 and status(publishing, client, Signer()) == 401


def test_the_command_line_knows_them_too(publishing, publisher, signer):
    installed = publishing.installed
    client = {"id": installed.works("client", "add", "kasse", "--scopes", "groups:read",
                                    "--jwks-uri", "https://keys.example.org/").strip()}
    assert "--jwks-uri must be" in installed.fails("client", "rotate", "kasse", "--jwks-uri", "http://127.0.0.1/")
    installed.works("client", "rotate", "kasse", "--jwks-uri", publisher.url, **INSIDE)
    publishing.work()
    await_keys(publishing, client)
    assert status(publishing, client, signer) == 200


def test_a_key_that_is_new_is_fetched_when_somebody_signs_with_it(publishing, publisher, signer):
    client, new = registered(publishing, publisher), Signer("EdDSA")
    publishing.work()
    await_keys(publishing, client)
    publisher.publish(signer.public, new.public)
    assert status(publishing, client, new) == 401  # fetched less than a minute ago
    publishing.clock.move(1 / 30)
    await_truth(lambda: status(publishing, client, new) == 200)
    assert status(publishing, client, signer) == 200


def test_nobody_can_make_us_fetch_more_than_once_a_minute(publishing, publisher):
    client = registered(publishing, publisher)
    publishing.work()
    await_keys(publishing, client)
    assert {status(publishing, client, Signer()) for _ in range(10)} == {401}
    assert publishing.value("SELECT count(*) FROM jobs WHERE kind = 'keys'") == 0 and publisher.reads == 1


def test_tokens_end_with_a_key_that_is_no_longer_published(publishing, publisher, signer):
    client, new = registered(publishing, publisher), Signer("EdDSA")
    publishing.work()
    await_keys(publishing, client)
    caller = publishing.api.as_client(asked(publishing, client, signer).json["access_token"])
    assert caller.get("/v1/groups?limit=1").status == 200
    publisher.publish(new.public)
    fetch_by_timetable(publishing, publisher)
    await_truth(lambda: caller.get("/v1/groups?limit=1").status == 401)
    assert status(publishing, client, signer) == 401 and status(publishing, client, new) == 200


@pytest.mark.parametrize("answer", [
    (404, b""), (500, b"{}"), (302, b""), (200, b""), (200, b"<html>"), (200, b"[]"), (200, b'{"keys": {}}'), (200, b'{"keys": []}'),
    (200, b'{"keys": [1, null, "x", [], {}]}'), (200, b"[" * 60000), (200, b'{"keys": []}' + b" " * 70000)])
def test_keys_stay_when_there_is_nothing_of_use_instead(publishing, publisher, signer, answer):
    client = registered(publishing, publisher)
    publishing.work()
    await_keys(publishing, client)
    publisher.say(*answer)
    fetch_by_timetable(publishing, publisher)
    assert status(publishing, client, signer) == 200
    assert publishing.value("SELECT error FROM jobs WHERE kind = 'keys'") in (
        "the answer is not 200", "the answer is too long", "there are no keys of use in the answer")


def test_keys_that_cannot_be_fetched_for_a_day_are_good_no_more(publishing, publisher, signer):
    client = registered(publishing, publisher)
    publishing.work()
    await_keys(publishing, client)
    publisher.say(500)
    publishing.clock.move(48)
    fetch_by_timetable(publishing, publisher)
    await_truth(lambda: status(publishing, client, signer) == 401)


def test_of_what_is_published_only_that_counts_which_may_sign(publishing, publisher, signer):
    good, private = Signer("EdDSA"), Signer()
    publisher.publish({**signer.public, "use": "enc"}, {"kty": "oct", "k": "eA"}, json.loads(private.key.export_private()),
                      {**good.public, "use": "sig", "x5t": "x"})
    client = registered(publishing, publisher)
    publishing.work()
    await_keys(publishing, client)
    assert [status(publishing, client, one) for one in (good, signer, private)] == [200, 401, 401]


@pytest.mark.parametrize("url", ["http://keys.example.org/", "https://127.0.0.1/", "https://localhost/", "https://[::1]/",
                                 "https://keys.example.org:8443/", "file:///etc/passwd"])
def test_keys_are_only_where_anybody_could_read_them(admin, given, url):
    members = {"name": given.word(), "scopes": ["groups:read"], "token_endpoint_auth_method": "private_key_jwt", "jwks_uri": url}
    assert admin.post("/v1/clients", members).pointers() == {"/jwks_uri"}
    made = given.registered()
    reply = admin.patch(f"/v1/clients/{made['id']}", {"token_endpoint_auth_method": "private_key_jwt", "jwks_uri": url})
    assert reply.status == 422 and reply.pointers() == {"/jwks_uri"}


def test_keys_are_given_or_published_not_both(admin, given, signer):
    members = {"name": given.word(), "scopes": ["groups:read"], "token_endpoint_auth_method": "private_key_jwt",
               "jwks": {"keys": [signer.public]}, "jwks_uri": "https://keys.example.org/"}
    assert admin.post("/v1/clients", members).pointers() == {"/token_endpoint_auth_method"}


def test_a_worker_that_may_not_go_inside_does_not(publishing, publisher, signer, worker):
    client = registered(publishing, publisher)
    worker(publishing.installed.database, RUNDE_KEY_FILE=publishing.installed.key)
    await_truth(lambda: publishing.value("SELECT bool_or(error IS NOT NULL) FROM jobs WHERE kind = 'keys'"))
    assert publisher.reads == 0 and status(publishing, client, signer) == 401
