"""test_oauth.py: access tokens: how clients get them, what they are good for, and when they end."""

import base64
import time

import pytest

from tests.oauth import FORM, Signer, ask_by_assertion, ask_token, basic, origin
from tests.sealing import keyed_hash
from tests.wire import await_truth

ALGORITHMS = ["PS256", "ES256", "EdDSA", "Ed25519"]
ACCESS = 17  # of enum secrets_purpose


def works(api, token, **fields):
    """Whether a token is taken."""
    reply = api.get("/v1/groups?limit=1", **{"Authorization": f"Bearer {token}", **fields})
    assert reply.status in (200, 401)
    return reply.status == 200


@pytest.fixture
def portal(given):
    """A client with a key: id, key, scopes."""
    return given.registered(scopes="groups:read,groups:write")


@pytest.fixture
def signing(given):
    """A client that signs, and its key."""
    signer = Signer()
    made = given.registered(token_endpoint_auth_method="private_key_jwt", jwks={"keys": [signer.public]})
    return made["id"], signer


def by_key(api, portal, **form):
    return ask_token(api, {"Authorization": basic(portal["id"], portal["key"])}, **form)


# Getting one ---------------------------------------------------------------------------------------


def test_a_key_gets_a_token_for_ten_minutes(api, portal):
    reply = by_key(api, portal)
    made = reply.json
    assert made["access_token"].startswith("ra_") and len(made["access_token"]) == 3 + 43
    assert (made["token_type"], made["expires_in"], made["scope"]) == ("Bearer", 600, "groups:read groups:write")
    assert "no-store" in reply.headers["cache-control"] and "etag" not in reply.headers
    assert works(api, made["access_token"])


def test_the_id_and_the_key_may_be_written_as_in_a_form(api, portal):
    quoted = portal["key"].replace("_", "%5F")
    assert ask_token(api, {"Authorization": basic(portal["id"].replace("-", "%2D"), quoted)}).status == 200


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("audience", ["issuer", "endpoint", "both"])
def test_an_assertion_gets_a_token(api, given, algorithm, audience):
    signer = Signer(algorithm)
    made = given.registered(token_endpoint_auth_method="private_key_jwt", jwks={"keys": [signer.public]})
    issuer = origin(api.server)
    named = {"issuer": issuer, "endpoint": f"{issuer}/oauth2/token", "both": [issuer, f"{issuer}/oauth2/token"]}
    reply = ask_by_assertion(api, signer.assertion(made["id"], api.server, aud=named[audience]), client_id=made["id"])
    assert reply.status == 200 and works(api, reply.json["access_token"])


def test_a_key_without_a_name_is_found_by_its_kind(api, given):
    signers = [Signer(algorithm) for algorithm in ALGORITHMS[:3]]
    keys = [{k: v for k, v in signer.public.items() if k != "kid"} for signer in signers]
    made = given.registered(token_endpoint_auth_method="private_key_jwt", jwks={"keys": keys})
    for signer in signers:
        assert ask_by_assertion(api, signer.assertion(made["id"], api.server, {"kid": None})).status == 200


def test_a_token_is_good_for_no_more_than_was_asked_for(api, given, portal):
    token = by_key(api, portal, scope="groups:read").json
    assert token["scope"] == "groups:read"
    reply = api.as_client(token["access_token"]).post("/v1/groups", given.new_group())
    assert (reply.status, reply.slug) == (403, "forbidden")


@pytest.mark.parametrize("scope", ["admin", "groups:read admin", "groups:read  groups:write", "x", "groups:read,groups:write"])
def test_a_scope_that_the_client_has_not_is_refused(api, portal, scope):
    reply = by_key(api, portal, scope=scope)
    assert (reply.status, reply.json["error"]) == (400, "invalid_scope")


def test_what_the_form_holds_beside_is_ignored(api, portal):
    assert by_key(api, portal, colour="blue", resource="x", scope="").json["scope"] == "groups:read groups:write"


def test_the_metadata_name_what_there_is(api):
    told = api.get("/.well-known/oauth-authorization-server").json
    assert told["issuer"] == origin(api.server) and told["token_endpoint"] == f"{told['issuer']}/oauth2/token"
    assert told["token_endpoint_auth_signing_alg_values_supported"] == ALGORITHMS


# Whether a token shows whose it is -----------------------------------------------------------------


def introspect(admin, token):
    return admin.post("/oauth2/introspect", f"token={token}", Content_Type=FORM)


def test_our_own_parts_may_ask_what_a_token_is(api, admin, portal):
    told = introspect(admin, by_key(api, portal, scope="groups:read").json["access_token"]).json
    assert told["active"] and told["client_id"] == told["sub"] == portal["id"] and told["scope"] == "groups:read"
    assert told["exp"] - told["iat"] == 600


@pytest.mark.parametrize("token", ["ra_x", "runde_x", "x", "%00", "ra_" + "x" * 900])
def test_of_what_is_no_token_nothing_is_told(admin, token):
    reply = introspect(admin, token)
    assert reply.json == {"active": False} if reply.status == 200 else reply.json["error"] == "invalid_request"


def test_nobody_else_may_ask(api, portal):
    token = by_key(api, portal).json["access_token"]
    replies = [introspect(client, token) for client in (api, api.as_client(token), api.as_client(portal["key"]))]
    assert [(reply.status, reply.json["error"]) for reply in replies] == [
        (401, "invalid_client"), (403, "insufficient_scope"), (403, "insufficient_scope")]


# The end of one ------------------------------------------------------------------------------------


def test_a_token_ends_after_ten_minutes(api, another_server, own_clock, portal):
    there = api.at(another_server(RUNDE_CLOCK_FILE=own_clock))
    token = by_key(there, portal).json["access_token"]
    own_clock.move(9 / 60)
    assert works(there, token)
    own_clock.move(11 / 60)
    assert not works(there, token)


def test_a_token_ends_when_its_client_says_so(api, portal, signing):
    token = by_key(api, portal).json["access_token"]
    assert works(api, token)
    reply = api.post("/oauth2/revoke", f"token={token}&token_type_hint=access_token", Content_Type=FORM,
                     Authorization=basic(portal["id"], portal["key"]))
    assert reply.status == 200
    await_truth(lambda: not works(api, token), 1.5)


def test_nobody_ends_the_token_of_another(api, given, portal):
    token, other = by_key(api, portal).json["access_token"], given.registered()
    for form in (f"token={token}", "token=ra_x"):
        reply = api.post("/oauth2/revoke", form, Content_Type=FORM, Authorization=basic(other["id"], other["key"]))
        assert (reply.status, reply.json) == (200, {})
    time.sleep(0.6)
    assert works(api, token)
    assert api.post("/oauth2/revoke", f"token={token}", Content_Type=FORM).status == 401


def test_without_its_key_a_token_ends_within_a_second(api, admin, portal):
    """With both keys good for a while, nothing ends."""
    old = by_key(api, portal).json["access_token"]
    path = f"/v1/clients/{portal['id']}/rotate"
    new = {**portal, "key": admin.post(path, {"overlap": "PT1H"}).json["key"]}
    tokens = [old, by_key(api, portal).json["access_token"], by_key(api, new).json["access_token"]]
    assert all(works(api, token) for token in tokens)
    last = {**portal, "key": admin.post(path, {"overlap": "PT0S"}).json["key"]}
    await_truth(lambda: not any(works(api, token) for token in tokens), 1.5)
    assert by_key(api, new).status == 401 and by_key(api, last).status == 200


def test_public_keys_are_exchanged_without_a_gap(api, admin, signing):
    client_id, old = signing
    new, path = Signer("EdDSA"), f"/v1/clients/{client_id}"

    def token(signer):
        return ask_by_assertion(api, signer.assertion(client_id, api.server)).json.get("access_token")
    first = token(old)
    assert admin.patch(path, {"jwks": {"keys": [old.public, new.public]}}).status == 200
    both = [token(old), token(new)]
    assert all(works(api, one) for one in [first, *both])
    assert admin.patch(path, {"jwks": {"keys": [new.public]}}).status == 200
    assert token(old) is None and works(api, token(new))
    await_truth(lambda: not works(api, first) and not works(api, both[0]), 1.5)
    assert works(api, both[1])


def test_tokens_end_with_their_client(api, admin, portal):
    token = by_key(api, portal).json["access_token"]
    assert admin.delete(f"/v1/clients/{portal['id']}").status == 204
    await_truth(lambda: not works(api, token), 1.5)
    assert by_key(api, portal).status == 401


def test_a_scope_that_the_client_has_lost_is_lost(api, admin, given, portal):
    token = by_key(api, portal).json["access_token"]
    assert admin.patch(f"/v1/clients/{portal['id']}", {"scopes": ["groups:read"]}).status == 200
    assert api.as_client(token).post("/v1/groups", {}).status == 403


def test_what_has_ended_is_forgotten(house):
    signer = Signer()
    made = house.given.registered(token_endpoint_auth_method="private_key_jwt", jwks={"keys": [signer.public]})
    assert ask_by_assertion(house.api, signer.assertion(made["id"], house.api.server)).status == 200
    house.work()
    house.clock.move(1)
    house.rows("UPDATE timetable SET due_at = '-infinity'")
    await_truth(lambda: house.rows("SELECT FROM access_tokens UNION ALL SELECT FROM spent_proofs") == [])


# Insurers ------------------------------------------------------------------------------------------


def test_an_insurer_calls_with_a_token_that_is_bound_to_its_key(given):
    insurer = given.insurer()
    assert insurer.get("/v1/groups?limit=1").status == 200
    assert introspect(given.admin, insurer.token).json["cnf"] == {"jkt": insurer.signer.thumbprint}


@pytest.mark.parametrize("of_insurer, scopes", [(True, "groups:read"), (False, "referrals:write")])
def test_no_secret_is_shared_with_an_insurer(given, of_insurer, scopes):
    organisation = given.organisation(kind="insurer") if of_insurer else given.organisation()
    reply = given.admin.post("/v1/clients", {"name": given.word(), "organisation_id": organisation["id"],
                                             "scopes": scopes.split(",")})
    assert reply.status == 422 and reply.pointers() == {"/token_endpoint_auth_method"}
    done = given.runde("client", "add", given.word(), "--scopes", scopes, "--organisation", organisation["id"], check=False)
    assert done.returncode != 0 and "runde_" not in done.stdout


def test_whoever_becomes_an_insurer_has_no_keys_and_no_loose_tokens_any_more(api, given):
    organisation = given.organisation()
    made = given.registered(organisation)
    token = by_key(api, made).json["access_token"]
    assert works(api, token) and works(api, made["key"])
    assert given.admin.patch(f"/v1/organisations/{organisation['id']}", {"kind": "insurer"}).status == 200
    await_truth(lambda: not works(api, token) and not works(api, made["key"]), 1.5)
    assert by_key(api, made).status == 401


def test_an_insurer_gets_no_token_without_a_proof(api, given):
    insurer = given.insurer()
    reply = ask_by_assertion(api, insurer.signer.assertion(insurer.id, api.server))
    assert (reply.status, reply.json["error"]) == (400, "invalid_dpop_proof")


# What is stored ------------------------------------------------------------------------------------


def test_with_all_that_is_stored_nobody_gets_in(api, db, portal):
    token = by_key(api, portal).json["access_token"]
    db.execute("SELECT hash FROM access_tokens WHERE client_id = %s", [portal["id"]])
    stored = bytes(db.fetchone()[0])
    assert stored == keyed_hash(ACCESS, token.encode())
    for form in (stored.hex(), base64.urlsafe_b64encode(stored).decode().rstrip("="), "\\x" + stored.hex()):
        assert not works(api, form) and not works(api, "ra_" + form)


def test_nothing_secret_is_logged(api, given, another_server, portal):
    server = another_server()
    there, signer = api.at(server), Signer()
    made = given.registered(token_endpoint_auth_method="private_key_jwt", jwks={"keys": [signer.public]})
    assertion = signer.assertion(made["id"], server)
    proof = signer.proof("POST", f"{origin(server)}/oauth2/token")
    token = ask_by_assertion(there, assertion, {"DPoP": proof}).json["access_token"]
    for again in (assertion, assertion + "x", assertion[:-9]):
        assert ask_by_assertion(there, again).status == 401
    assert by_key(there, portal).status == 200 and by_key(there, {**portal, "id": made["id"]}).status == 401
    log = server.log.read_text(errors="replace")
    parts = [token, portal["key"], proof.split(".")[2], assertion.split(".")[1], assertion.split(".")[2]]
    assert [part for part in parts if part in log] == []


# Where there is no room or no database -------------------------------------------------------------

CALLS = ["/oauth2/token", "/oauth2/revoke", "/oauth2/introspect"]


@pytest.mark.parametrize("path", CALLS)
def test_too_many_requests_are_put_off(api, admin, another_server, path):
    there = (admin if "intro" in path else api).at(another_server(RUNDE_REQUESTS_PER_MINUTE=1))
    replies = [there.post(path, "token=x&grant_type=client_credentials", Content_Type=FORM) for _ in range(2)]
    assert replies[1].status == 429 and int(replies[1].headers["retry-after"]) > 0
    assert replies[1].json["error"] == "temporarily_unavailable"


@pytest.mark.parametrize("path", CALLS)
def test_without_a_database_they_say_so(api, admin, another_server, portal, path):
    there = (admin if "intro" in path else api).at(another_server(ready="/healthz", RUNDE_DATABASE="host=/nowhere"))
    fields = {} if "intro" in path else {"Authorization": basic(portal["id"], portal["key"])}
    reply = there.post(path, "token=x&grant_type=client_credentials", Content_Type=FORM, **fields)
    assert (reply.status, reply.json["error"]) == (503, "temporarily_unavailable")
