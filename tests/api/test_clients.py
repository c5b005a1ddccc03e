"""test_clients.py: clients: how operators register them, exchange what they prove themselves with, and revoke them."""

import copy
import json

import pytest

from tests.oauth import Signer, ask_by_assertion
from tests.wire import await_truth

NOWHERE = "01935c33-2c30-7f53-8285-ffffffffffff"
PATH = "/v1/clients"
THUMBPRINT = "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"


@pytest.fixture
def portal(given):
    return given.registered(given.organisation())


def new(given, **members):
    return {"name": given.word(), "scopes": ["groups:read"], **members}


def by_keys(given, *keys, **members):
    return new(given, token_endpoint_auth_method="private_key_jwt", jwks={"keys": list(keys)}, **members)


# One -----------------------------------------------------------------------------------------------


def test_a_client_is_shown_its_key_once(api, admin, given):
    reply = admin.post(PATH, new(given))
    made = reply.json
    assert reply.status == 201 and reply.headers["location"] == f"{PATH}/{made['id']}"
    assert made["key_count"] == 1 and api.as_client(made["key"]).get("/v1/groups?limit=1").status == 200
    read = admin.get(f"{PATH}/{made['id']}")
    assert {**read.json, "key": made["key"]} == made and read.etag.split(".")[0] == reply.etag.split(".")[0]


def test_a_client_that_signs_has_no_key(admin, given):
    made = given.made(admin.post(PATH, by_keys(given, *(Signer(kind).public for kind in ("PS256", "ES256", "EdDSA")))))
    assert "key" not in made and made["key_count"] == 0 and len(made["jwks"]["keys"]) == 3


def test_what_is_repeated_under_a_key_makes_one_client(admin, given):
    body, key = new(given), given.word()
    made = [admin.post(PATH, body, Idempotency_Key=key).json for _ in range(2)]
    assert made[0] == made[1]
    assert admin.post(f"{PATH}?dry_run=true", new(given)).status == 201
    assert admin.post(PATH, body).slug == "duplicate"


@pytest.mark.parametrize("members, pointer", [
    ({"scopes": []}, "/scopes"), ({"scopes": ["everything"]}, "/scopes/0"), ({"scopes": ["admin", "admin"]}, "/scopes"),
    ({"name": ""}, "/name"), ({"name": "-x"}, "/name"), ({"organisation_id": NOWHERE}, "/organisation_id"),
    ({"colour": 1}, "/colour"), ({"token_endpoint_auth_method": "none"}, "/token_endpoint_auth_method"),
    ({"token_endpoint_auth_method": "client_secret_post"}, "/token_endpoint_auth_method"),
    ({"token_endpoint_auth_method": "private_key_jwt"}, "/token_endpoint_auth_method"),
    ({"token_endpoint_auth_method": "tls_client_auth"}, "/token_endpoint_auth_method"),
    ({"certificate_thumbprints": [THUMBPRINT]}, "/token_endpoint_auth_method"),
    ({"certificate_thumbprints": ["x"]}, "/certificate_thumbprints/0"),
    ({"token_endpoint_auth_method": "tls_client_auth", "tls_client_auth_subject_dn": "CN=a",
      "tls_client_auth_san_dns": "a.example.org"}, "/token_endpoint_auth_method"),
    ({"scopes": ["referrals:write"]}, "/token_endpoint_auth_method")])
def test_what_does_not_fit_together_is_refused(admin, given, members, pointer):
    reply = admin.post(PATH, new(given, **members))
    assert reply.status == 422 and reply.pointers() == {pointer}


@pytest.mark.parametrize("change", [
    {"d": "x"}, {"kty": "oct", "k": "eA"}, {"crv": "P-384"}, {"crv": "secp256k1"}, {"x": "short"}, {"x": "A" * 44}, {"y": None},
    {"alg": "ES512"}, {"alg": "none"}, {"use": "enc"}, {"kid": ""}, {"kid": 1}, {"x5u": "https://e.example"}, {"kty": "RSA"}])
def test_a_key_that_is_private_or_of_no_use_is_refused(admin, given, change):
    key = {k: v for k, v in {**Signer().public, **change}.items() if v is not None}
    reply = admin.post(PATH, by_keys(given, key))
    assert reply.status == 422 and reply.pointers() <= {"/jwks/keys/0", *(f"/jwks/keys/0/{name}" for name in [*key, *"yne"])}
    assert "x" * 4 not in reply.body.decode()


@pytest.mark.parametrize("change", [{"n": "A" * 171}, {"n": "A" * 1366}, {"e": "Aw"}, {"e": "A" * 342}])
def test_a_key_that_is_weak_or_dear_is_refused(admin, given, change):
    assert admin.post(PATH, by_keys(given, {**Signer("PS256").public, **change})).status == 422


def test_there_are_four_keys_at_most(admin, given):
    keys = [Signer().public for _ in range(5)]
    assert admin.post(PATH, by_keys(given, *keys)).status == 422
    assert admin.post(PATH, by_keys(given, *keys[:4])).status == 201


def test_a_private_key_in_a_body_is_not_kept_under_the_idempotency_key(admin, given, db):
    private = json.loads(Signer().key.export_private())
    assert admin.post(PATH, by_keys(given, private), Idempotency_Key=given.word()).status == 422
    db.execute("SELECT count(*) FROM idempotency_keys t WHERE t::text LIKE %s", [f"%{private['d']}%"])
    assert db.fetchone() == (0,)


# Changing one --------------------------------------------------------------------------------------


def test_what_is_changed_is_what_was_sent(admin, portal):
    reply = admin.patch(f"{PATH}/{portal['id']}", {"scopes": ["groups:read", "groups:write"]})
    expected = copy.deepcopy({**portal, "scopes": ["groups:read", "groups:write"], "revision": 2})
    assert reply.status == 200
    assert {**reply.json, "updated_at": 0, "key": portal["key"]} == {**expected, "updated_at": 0}
    assert admin.patch(f"{PATH}/{portal['id']}", {"name": None}).status == 422
    assert admin.patch(f"{PATH}/{portal['id']}", {"scopes": ["admin"]}, etag='"1.x"').status == 412
    assert admin.patch(f"{PATH}/{portal['id']}?dry_run=true", {"scopes": ["admin"]}).status == 200
    assert admin.get(f"{PATH}/{portal['id']}").json["scopes"] == ["groups:read", "groups:write"]


def test_whoever_changes_nothing_has_changed_nothing(admin, portal):
    assert admin.patch(f"{PATH}/{portal['id']}", {"name": portal["name"]}).json["revision"] == 1


def test_two_clients_have_not_the_same_name(admin, given, portal):
    assert admin.patch(f"{PATH}/{portal['id']}", {"name": given.registered()["name"]}).slug == "duplicate"


def test_a_client_may_go_over_to_another_method(api, admin, portal):
    """What belonged to the old one is good for nothing from then on."""
    signer = Signer()
    reply = admin.patch(f"{PATH}/{portal['id']}", {"token_endpoint_auth_method": "private_key_jwt",
                                                   "jwks": {"keys": [signer.public]}})
    assert reply.status == 200 and ask_by_assertion(api, signer.assertion(portal["id"], api.server)).status == 200
    await_truth(lambda: api.as_client(portal["key"]).get("/v1/groups?limit=1").status == 401, 1.5)
    reply = admin.post(f"{PATH}/{portal['id']}/rotate", {})
    assert (reply.status, reply.slug) == (409, "conflict")


def test_keys_overlap_as_long_as_it_is_said(api, admin, portal, db):
    for overlap in ({}, {"overlap": "PT2H"}):
        reply = admin.post(f"{PATH}/{portal['id']}/rotate", overlap)
        assert reply.status == 200 and "etag" not in reply.headers
        assert api.as_client(reply.json["key"]).get("/v1/groups?limit=1").status == 200
    db.execute("SELECT round(extract(epoch FROM expires_at - now()) / 3600) FROM client_keys WHERE client_id = %s "
               "ORDER BY created_at", [portal["id"]])
    assert db.fetchall() == [(2,), (2,), (None,)]
    assert admin.get(f"{PATH}/{portal['id']}").json["key_count"] == 3
    for wrong in ("soon", "P91D", "-PT1H", "P1Y", 5):
        assert admin.post(f"{PATH}/{portal['id']}/rotate", {"overlap": wrong}).status == 422


# Revoking one, and all of them ---------------------------------------------------------------------


def test_a_revoked_client_is_not_there_any_more(api, admin, portal):
    path = f"{PATH}/{portal['id']}"
    assert admin.delete(path, etag='"9.x"').status == 412
    assert admin.delete(path).status == 204
    assert admin.get(path).status == 404 and admin.patch(path, {}).status == 404 and admin.delete(path).status == 404
    assert admin.post(f"{path}/rotate", {}).status == 404
    await_truth(lambda: api.as_client(portal["key"]).get("/v1/groups?limit=1").status == 401, 1.5)


def test_a_page_goes_on_where_the_last_one_ended(admin, given):
    made = {given.registered()["id"] for _ in range(5)}
    assert made <= {client["id"] for client in admin.all_pages(f"{PATH}?limit=3")}
    assert "runde_" not in admin.get(f"{PATH}?limit=200").body.decode()


def test_of_each_change_it_is_known_who_made_it(admin, portal, db):
    admin.patch(f"{PATH}/{portal['id']}", {"scopes": ["groups:write"]})
    admin.delete(f"{PATH}/{portal['id']}")
    db.execute("SELECT action, members, writer ? 'client_id' FROM audit WHERE resource_id = %s ORDER BY sequence",
               [portal["id"]])
    assert db.fetchall() == [("created", [], True), ("updated", ["scopes"], True), ("deleted", ["revoked_at"], True)]
    db.execute("SELECT count(*) FROM changes WHERE resource_id = %s", [portal["id"]])
    assert db.fetchone() == (0,)
