"""test_keys.py: who is asking, how long a key lives, and what it is good for."""

import time
import uuid
from functools import partial

import pytest

from tests.given import Given
from tests.wire import Wire, await_truth, in_background

NOWHERE = "01935c33-2c30-7f53-8285-ffffffffffff"
PATCH = "application/merge-patch+json"
SCOPES = ["groups:read", "groups:write", "meetings:write", "registrations:write", "registrations:manage",
          "referrals:write", "statistics:read", "webhooks:manage", "changes:read", "imports:write", "admin"]
BAD_BODIES = [b"", b"{", b"[]", b"{}", b'{"colour": 1}', b'{"name": ""}', b"\xff", b"[" * 1000]


# Keys that are none -------------------------------------------------------------------------------


def test_reading_needs_no_key(api):
    assert [api.get(path).status for path in ("/v1/groups", "/v1/organisations", "/v1/topics")] == [200] * 3


@pytest.mark.parametrize("field", [
    "", "Bearer", "Bearer ", "Bearer x", "Bearer " + "x" * 100, "Bearer " + "x" * 5000, "Basic dXNlcjpwYXNz",
    "Digest x",
    "{key}", "bearer{key}", "Token {key}", "Bearer {key}x", "Bearer x{key}", "Bearer {key} {key}", "Bearer {key},x",
    'Bearer "{key}"', "Bearer {upper}", "Basic {key}", "Bearer runde_", "Bearer %00", "Bearer ' OR '1'='1"])
@pytest.mark.parametrize("method, path", [
    ("GET", "/v1/groups?limit=1"), ("POST", "/v1/groups"), ("OPTIONS", "/v1/groups")])
def test_a_key_that_is_none_is_no_missing_key(server, given, field, method, path):
    key = given.admin.key
    with Wire(server) as wire:
        reply = wire.request(method, path, b"", "Authorization: " + field.format(key=key, upper=key.upper()))
    assert (reply.status, reply.slug) == (401, "unauthenticated")
    assert reply.headers["www-authenticate"].startswith("Bearer")


def test_a_key_is_not_taken_from_anywhere_else(server, given):
    key = given.admin.key
    for target, field in [(f"/v1/groups?key={key}", "A: b"), (f"/v1/groups?access_token={key}", "A: b"),
                          ("/v1/groups", f"X-Api-Key: {key}"), ("/v1/groups", f"Cookie: key={key}"),
                          ("/v1/groups", f"Proxy-Authorization: Bearer {key}")]:
        with Wire(server) as wire:
            assert wire.request("POST", target, b"{}", field).status in (400, 401)


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_scheme_may_be_written_in_any_case(given, scheme):
    client = given.client()
    reply = client.post("/v1/groups", given.new_group(), Authorization=f"{scheme} {client.key}")
    assert reply.status == 201


def test_two_keys_in_one_request_are_none(server, given):
    with Wire(server) as wire:
        reply = wire.request("GET", "/v1/groups?limit=1", b"", f"Authorization: Bearer {given.admin.key}",
                             "Authorization: Bearer nobody")
    assert reply.status in (400, 401)


def test_a_bad_key_does_not_matter_where_keys_do_not(api):
    nobody = api.as_client("nobody")
    assert [nobody.get(path).status for path in ("/healthz", "/v1", "/docs", "/v1/openapi.json")] == [200] * 4


# How long a key lives -----------------------------------------------------------------------------


@pytest.fixture
def named(runde, api):
    """A client by its name, with scopes that need no organisation."""
    name = f"client-{uuid.uuid4().hex}"
    client = api.as_client(runde("client", "add", name, "--scopes", "admin").stdout.strip())
    client.name = name
    return client


def works(client):
    status = client.get("/v1/groups?limit=1").status
    assert status in (200, 401)
    return status == 200


def test_a_revoked_key_is_dead_within_a_second(named, runde):
    assert works(named) and all(works(named) for _ in range(8))
    runde("client", "revoke", named.name)
    revoked = time.monotonic()
    await_truth(lambda: not any(works(named) for _ in range(8)))
    assert time.monotonic() - revoked < 1


def test_a_revoked_client_gets_no_new_key(named, runde):
    runde("client", "revoke", named.name)
    assert runde("client", "rotate", named.name, check=False).returncode != 0


def test_of_two_keys_in_an_overlap_both_work_and_then_only_the_new_one(named, runde, another_server, own_clock):
    old = named.at(another_server(RUNDE_CLOCK_FILE=own_clock))
    new = old.as_client(runde("client", "rotate", named.name, "--overlap", "2").stdout.strip())
    assert works(old) and works(new)
    own_clock.move(hours=1.9)
    time_of_move = time.monotonic()
    await_truth(lambda: time.monotonic() - time_of_move > 0.6)  # what the server remembers of keys is gone
    assert works(old) and works(new)
    own_clock.move(hours=2.1)
    await_truth(lambda: not any(works(old) for _ in range(8)), seconds=1)
    assert works(new)


def test_a_rotation_without_overlap_ends_the_old_key_at_once(named, runde):
    assert works(named)
    new = named.as_client(runde("client", "rotate", named.name, "--overlap", "0").stdout.strip())
    await_truth(lambda: not any(works(named) for _ in range(8)), seconds=1)
    assert works(new)


def test_a_second_rotation_does_not_lengthen_the_life_of_an_older_key(named, runde, another_server, own_clock):
    oldest = named.at(another_server(RUNDE_CLOCK_FILE=own_clock))
    middle = oldest.as_client(runde("client", "rotate", named.name, "--overlap", "1").stdout.strip())
    newest = oldest.as_client(runde("client", "rotate", named.name, "--overlap", "10").stdout.strip())
    own_clock.move(hours=2)
    assert [works(client) for client in (oldest, middle, newest)] == [False, True, True]


# Secrets ------------------------------------------------------------------------------------------


def test_a_key_is_nowhere_but_with_its_client(given, db, server, folder, runde, lock):
    client = given.client()
    client.post("/v1/groups", given.new_group(), Idempotency_Key=given.word())
    client.get("/v1/groups?limit=0")
    client.as_client(client.key + "x").get("/v1/groups")
    secret = client.key.removeprefix("runde_")
    for table, in rows(db, "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables "
                           "WHERE schemaname = 'public' AND tablename <> 'spatial_ref_sys'"):
        assert rows(db, f"SELECT t FROM {table} AS t WHERE t::text LIKE %s LIMIT 1", f"%{secret[4:40]}%") == []
    for log in folder.glob("*.log"):
        assert secret not in log.read_text(errors="replace")
    assert secret not in runde("client", "list").stdout


def rows(db, query, *values):
    db.execute(query, values or None)
    return db.fetchall()


def test_a_key_is_stored_as_its_hash_only(named, db):
    stored = rows(db, "SELECT hash FROM client_keys k JOIN clients c ON c.id = client_id WHERE c.name = %s", named.name)
    assert [len(bytes(key)) for key, in stored] == [32]
    assert named.key.encode() not in bytes(stored[0][0])


def test_the_list_of_clients_shows_no_secret(named, runde):
    line = next(line for line in runde("client", "list").stdout.splitlines() if named.name in line)
    assert line.split()[1:-1] == ["active", "1", "key(s)", "admin"]
    runde("client", "revoke", named.name)
    assert f"{named.name}" in runde("client", "list").stdout and "revoked" in [
        line.split()[1] for line in runde("client", "list").stdout.splitlines() if named.name in line]


def test_keys_cannot_be_guessed_from_one_another(runde):
    keys = {runde("client", "add", f"client-{uuid.uuid4().hex}", "--scopes", "admin").stdout.strip() for _ in range(4)}
    assert len(keys) == 4 and all(len(key) >= 40 for key in keys)
    assert len({key[:12] for key in keys}) == 4


@pytest.mark.parametrize("scopes", ["everything", "", "groups:read,", "Admin", "admin;admin", "groups:*"])
def test_a_scope_that_does_not_exist_is_refused(runde, scopes):
    name = f"client-{uuid.uuid4().hex}"
    assert runde("client", "add", name, "--scopes", scopes, check=False).returncode != 0
    assert name not in runde("client", "list").stdout


def test_the_name_of_a_client_is_its_own(named, runde):
    done = runde("client", "add", named.name, "--scopes", "admin", check=False)
    assert done.returncode != 0 and "runde_" not in done.stdout


def test_a_client_of_an_organisation_that_does_not_exist_is_refused(runde):
    for organisation in (NOWHERE, "x"):
        assert runde("client", "add", f"client-{uuid.uuid4().hex}", "--scopes", "groups:write",
                     "--organisation", organisation, check=False).returncode != 0


# Scopes -------------------------------------------------------------------------------------------

WRITES = [
    ("POST", "/v1/groups", {"groups:write"}), ("PATCH", "/v1/groups/{}", {"groups:write"}),
    ("DELETE", "/v1/groups/{}", {"groups:write"}), ("POST", "/v1/organisations", set()),
    ("PATCH", "/v1/organisations/{}", {"groups:write"}), ("DELETE", "/v1/organisations/{}", set()),
    ("POST", "/v1/topics", set()), ("PATCH", "/v1/topics/{}", set()), ("DELETE", "/v1/topics/{}", set()),
]


@pytest.fixture(scope="session")
def of_each_scope(runde, admin, api):
    """A client for every single scope, without an organisation."""
    def client(scope):
        if scope == "referrals:write":
            return Given(admin, api, runde).signing(None, scope)
        return api.as_client(runde("client", "add", f"{scope}-{uuid.uuid4().hex}", "--scopes", scope).stdout.strip())
    return {scope: client(scope) for scope in SCOPES}


@pytest.mark.parametrize("method, path, scopes", WRITES)
def test_an_operation_can_be_called_with_its_scopes_only(api, of_each_scope, method, path, scopes):
    def call(client):
        kind = PATCH if method == "PATCH" else "application/json"
        return client.request(method, path.format(NOWHERE), None if method == "DELETE" else b"{}", If_Match="*",
                              Content_Type=kind).status
    assert call(api) == 401
    for scope, client in of_each_scope.items():
        assert (call(client) == 403) == (scope not in scopes | {"admin"}), scope


@pytest.mark.parametrize("method, path, scopes", WRITES)
def test_who_may_not_ask_learns_nothing_about_the_request(api, of_each_scope, method, path, scopes):
    for client, status in ((api, 401), (of_each_scope["groups:read"], 403)):
        answers = set()
        for body in BAD_BODIES:
            for query in ("", "?colour=red", "?dry_run=maybe", "?dry_run=true"):
                for fields in ({}, {"If-Match": "x"}, {"Idempotency-Key": "a b"}, {"Content-Type": "text/plain"}):
                    reply = client.request(method, path.format("no-id") + query, body, **fields)
                    answers.add((reply.status, reply.slug, "errors" in reply.json))
        assert answers == {(status, {401: "unauthenticated", 403: "forbidden"}[status], False)}


def test_a_key_without_the_scope_sees_what_everybody_sees(api, given, of_each_scope):
    note = given.word()
    groups = {seen: given.group(visibility=seen, partner_note=note) for seen in ("public", "partners", "unlisted")}
    for scope in sorted(set(SCOPES) - {"groups:read", "groups:write", "admin"}):
        client = of_each_scope[scope]
        assert [client.get(f"/v1/groups/{group['id']}").status for group in groups.values()] == [200, 404, 404], scope
        assert note not in client.get(f"/v1/groups/{groups['public']['id']}").body.decode(), scope
        for group in groups.values():
            found = client.get(f"/v1/groups?organisation={group['organisation_id']}")
            assert found.json == api.get(f"/v1/groups?organisation={group['organisation_id']}").json, scope


def test_a_partner_sees_groups_for_partners_and_their_notes(given, of_each_scope):
    note = given.word()
    groups = [given.group(visibility=seen, partner_note=note) for seen in ("public", "partners", "unlisted")]
    replies = [of_each_scope["groups:read"].get(f"/v1/groups/{group['id']}") for group in groups]
    assert [reply.status for reply in replies] == [200, 200, 404]
    assert all(reply.json["partner_note"] == note for reply in replies[:2])


# Organisations ------------------------------------------------------------------------------------


class Tree:
    """An umbrella with two below it, one of which has one below; and a stranger."""

    def __init__(self, given):
        def below(parent):
            return given.organisation(**({"parent_id": parent["id"]} if parent else {}))
        self.top = below(None)
        self.own, self.sibling = below(self.top), below(self.top)
        self.lower, self.stranger = below(self.own), below(None)
        self.client = given.client(self.own)


@pytest.fixture
def tree(given):
    return Tree(given)


PLACES = [("own", True), ("lower", True), ("top", False), ("sibling", False), ("stranger", False)]


@pytest.mark.parametrize("place, allowed", PLACES)
def test_groups_are_written_in_the_own_organisation_and_below_it(given, tree, place, allowed):
    organisation = getattr(tree, place)["id"]
    group = given.made(given.admin.post("/v1/groups", given.new_group(organisation_id=organisation)))
    path = f"/v1/groups/{group['id']}"
    add = tree.client.post("/v1/groups", given.new_group(organisation_id=organisation))
    patch, delete = tree.client.patch(path, {"summary": "Neu"}), tree.client.delete(path)
    assert [add.status, patch.status, delete.status] == ([201, 200, 204] if allowed else [403] * 3)


@pytest.mark.parametrize("place, allowed", PLACES)
def test_organisations_are_changed_from_themselves_and_above(tree, place, allowed):
    reply = tree.client.patch(f"/v1/organisations/{getattr(tree, place)['id']}", {"summary": "Neu"})
    assert reply.status == (200 if allowed else 403)


@pytest.mark.parametrize("place, allowed", PLACES)
def test_a_group_moves_to_where_its_writer_may_write(given, tree, place, allowed):
    group = given.group(tree.client)
    reply = tree.client.patch(f"/v1/groups/{group['id']}", {"organisation_id": getattr(tree, place)["id"]})
    assert reply.status == (200 if allowed else 403)


def test_a_group_without_an_organisation_belongs_to_its_writers(given, tree):
    assert given.group(tree.client)["organisation_id"] == tree.own["id"]


def test_nobody_climbs_the_tree(tree):
    for path, parent in [("lower", "top"), ("own", "stranger"), ("own", None)]:
        parent = parent and getattr(tree, parent)["id"]
        assert tree.client.patch(f"/v1/organisations/{getattr(tree, path)['id']}", {"parent_id": parent}).status == 403
    assert tree.client.patch(f"/v1/organisations/{tree.own['id']}", {"kind": "insurer"}).status == 403


def test_a_move_in_the_tree_is_felt_within_a_second(given, tree):
    path = f"/v1/organisations/{tree.lower['id']}"
    assert tree.client.patch(path, {"summary": "Neu"}).status == 200
    assert given.admin.patch(path, {"parent_id": tree.stranger["id"]}).status == 200
    await_truth(lambda: tree.client.patch(path, {"summary": "Neuer"}).status == 403, seconds=1.5)


@pytest.mark.parametrize("place, seen", [("own", True), ("lower", True), ("top", False), ("sibling", False)])
def test_unlisted_groups_are_seen_by_the_organisation_and_those_above_it(api, given, tree, place, seen):
    group = given.made(given.admin.post("/v1/groups", given.new_group(
        organisation_id=getattr(tree, place)["id"], visibility="unlisted")))
    path, found = f"/v1/groups/{group['id']}", f"/v1/groups?organisation={group['organisation_id']}"
    assert (tree.client.get(path).status, len(tree.client.get(found).json["items"])) == ((200, 1) if seen else (404, 0))
    assert (api.get(path).status, api.get(found).json["items"]) == (404, [])


def test_a_hidden_group_of_others_cannot_be_told_from_one_that_is_not_there(given, tree):
    hidden = given.group(given.client(tree.stranger), visibility="unlisted")["id"]
    for call in (partial(tree.client.patch, body={"summary": "Neu"}), tree.client.delete, tree.client.get,
                 partial(tree.client.patch, body={"summary": ""}), partial(tree.client.patch, body={}, etag='"9.a"')):
        answers = [call(f"/v1/groups/{name}") for name in (hidden, NOWHERE)]
        problems = [{**answer.json, "request_id": "", "instance": ""} for answer in answers]
        assert [answer.status for answer in answers] in ([404, 404], [422, 422])
        assert problems[0] == problems[1]


@pytest.mark.parametrize("kind", ["group", "organisation"])
def test_a_stranger_is_sent_away_before_the_body_is_looked_at(given, tree, kind):
    foreign = given.group(given.client(tree.stranger)) if kind == "group" else tree.stranger
    for body in (b"{", b"[]", b'{"colour": 1}', b'{"name": ""}'):
        reply = tree.client.patch(f"/v1/{kind}s/{foreign['id']}", body, Content_Type=PATCH)
        assert reply.status == 403, body


def test_a_supporter_may_not_write(given, tree):
    group = given.group(given.client(tree.stranger), supported_by_id=tree.own["id"])
    assert tree.client.patch(f"/v1/groups/{group['id']}", {"summary": "Neu"}).status == 403


def test_a_client_without_an_organisation_writes_no_groups(given, of_each_scope):
    client = of_each_scope["groups:write"]
    organisation = given.organisation()["id"]
    assert client.post("/v1/groups", given.new_group(organisation_id=organisation)).status == 403
    assert client.post("/v1/groups", given.new_group()).status in (403, 422)
    assert client.patch(f"/v1/groups/{given.group()['id']}", {"summary": "Neu"}).status == 403
    assert client.patch(f"/v1/organisations/{organisation}", {"summary": "Neu"}).status == 403


def test_a_key_revoked_while_its_request_waits_does_no_second_thing(given, runde, lock, db):
    client, group = given.client(), given.new_group(name=given.word())
    lock.hold_word(group["name"])
    add = in_background(partial(client.post, "/v1/groups", group))
    lock.await_waiting(1)
    name = rows(db, "SELECT name FROM clients WHERE organisation_id = %s", client.organisation["id"])[0][0]
    runde("client", "revoke", name)
    lock.release()
    assert add().status in (201, 401, 503)
    await_truth(lambda: client.post("/v1/groups", given.new_group()).status == 401, seconds=1.5)


def test_only_its_owner_can_read_the_master_key(folder):
    assert (folder / "secret.key").stat().st_mode & 0o777 == 0o600
