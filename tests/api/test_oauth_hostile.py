"""test_oauth_hostile.py: assertions, proofs and forms that are forged, stale, replayed, misdirected or merely strange."""

import base64
import hmac
import json
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import pytest
from jwcrypto.jwk import JWK

from tests.oauth import (ASSERTION, FORM, Signer, SigningClient, ask_by_assertion, ask_token, base64url, basic,
                         origin)
from tests.sealing import keyed_hash

PROOF = 18  # of enum secrets_purpose
NOWHERE = "01935c33-2c30-7f53-8285-ffffffffffff"


@pytest.fixture(scope="module")
def known(admin, api, runde):
    """A client that signs by ES256 and by PS256: its id, and both."""
    from tests.given import Given
    signers = [Signer(), Signer("PS256")]
    made = Given(admin, api, runde).registered(
        token_endpoint_auth_method="private_key_jwt", jwks={"keys": [signer.public for signer in signers]})
    return made["id"], *signers


def error(reply):
    """What a request was refused with; nothing of it comes back."""
    told = reply.json
    assert set(told) <= {"error", "error_description"} and "no-store" in reply.headers["cache-control"]
    return reply.status, told["error"]


REFUSED = (401, "invalid_client")
INVALID = (400, "invalid_request")


def part(content):
    return base64url(json.dumps(content).encode())


# Signatures ----------------------------------------------------------------------------------------


def unsigned(header, client_id, server):
    claims = {"iss": client_id, "sub": client_id, "aud": origin(server), "jti": "x", "exp": int(time.time()) + 60}
    return f"{part(header)}.{part(claims)}"


@pytest.mark.parametrize("header", [{"alg": "none"}, {"alg": "None"}, {"alg": ""}, {}, {"alg": None}, {"alg": ["ES256"]}])
@pytest.mark.parametrize("signature", ["", "eA"])
def test_without_a_signature_nothing_is_believed(api, known, header, signature):
    assert error(ask_by_assertion(api, f"{unsigned(header, known[0], api.server)}.{signature}")) == REFUSED


@pytest.mark.parametrize("algorithm, digest", [("HS256", "sha256"), ("HS384", "sha384"), ("HS512", "sha512")])
@pytest.mark.parametrize("form", ["pem", "jwk", "n", "der"])
def test_a_public_key_is_no_secret_to_sign_with(api, known, algorithm, digest, form):
    client_id, _, rsa = known
    pem = rsa.key.export_to_pem()
    secret = {"pem": pem, "jwk": rsa.key.export_public().encode(), "n": rsa.public["n"].encode(),
              "der": base64.b64decode(b"".join(pem.splitlines()[1:-1]))}[form]
    text = unsigned({"alg": algorithm, "kid": rsa.public["kid"]}, client_id, api.server)
    assert error(ask_by_assertion(api, f"{text}.{base64url(hmac.digest(secret, text.encode(), digest))}")) == REFUSED


@pytest.mark.parametrize("algorithm", ["RS256", "PS384", "PS512"])
def test_other_algorithms_are_refused_though_the_key_could(api, known, algorithm):
    client_id, _, rsa = known
    assert error(ask_by_assertion(api, rsa.assertion(client_id, api.server, {"alg": algorithm}))) == REFUSED


@pytest.mark.parametrize("change", ["payload", "signature", "short", "header", "empty", "four", "two", "padding"])
def test_what_was_changed_is_refused(api, known, change):
    client_id, signer, _ = known
    head, body, signature = signer.assertion(client_id, api.server).split(".")
    changed = {"payload": f"{head}.{body[:-6]}AAAAAA.{signature}", "signature": f"{head}.{body}.{signature[::-1]}",
               "short": f"{head}.{body}.{signature[:-4]}", "header": f"{part({'alg': 'EdDSA'})}.{body}.{signature}",
               "empty": f"{head}.{body}.", "four": f"{head}.{body}.{signature}.x", "two": f"{head}.{body}",
               "padding": f"{head}=.{body}.{signature}"}[change]
    assert error(ask_by_assertion(api, changed)) == REFUSED


def test_an_assertion_is_taken_unless_something_is_wrong_with_it(api, known):
    """The control of all that is refused here."""
    client_id, signer, rsa = known
    assert [ask_by_assertion(api, one.assertion(client_id, api.server)).status for one in (signer, rsa)] == [200, 200]


@pytest.mark.parametrize("header", [
    {"kid": "unknown"}, {"kid": ""}, {"crit": ["exp"], "exp": 1}, {"crit": []}, {"b64": False, "crit": ["b64"]}])
def test_a_header_that_we_cannot_follow_is_refused(api, known, header):
    client_id, signer, _ = known
    assert error(ask_by_assertion(api, signer.assertion(client_id, api.server, header))) == REFUSED


def test_a_key_that_comes_along_is_not_looked_at(api, known):
    client_id, signer, _ = known
    thief = Signer()
    for header in ({"jwk": thief.public, "kid": None}, {"jwk": thief.public, "kid": signer.public["kid"]},
                   {"jku": f"{origin(api.server)}/x", "kid": None}, {"x5u": f"{origin(api.server)}/x"}):
        assert error(ask_by_assertion(api, thief.assertion(client_id, api.server, header))) == REFUSED


def test_the_key_of_another_client_is_none(api, given, known):
    _, signer, _ = known
    other = given.registered(token_endpoint_auth_method="private_key_jwt", jwks={"keys": [Signer().public]})
    assert error(ask_by_assertion(api, signer.assertion(other["id"], api.server))) == REFUSED


# Claims --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("claims", [
    {"aud": None}, {"aud": "https://elsewhere.example.org"}, {"aud": []}, {"aud": 1}, {"aud": {}}, {"aud": ""},
    {"aud": ["{issuer}", "https://elsewhere.example.org"]}, {"aud": "{issuer}/"}, {"aud": "{issuer}/oauth2"},
    {"iss": None}, {"sub": None}, {"iss": NOWHERE}, {"sub": NOWHERE}, {"iss": NOWHERE, "sub": NOWHERE}, {"iss": 1, "sub": 1},
    {"iss": "x", "sub": "x"}, {"iss": "' OR true --", "sub": "' OR true --"},
    {"exp": None}, {"exp": "tomorrow"}, {"exp": -1}, {"exp": 1e300}, {"exp": 2**62}, {"exp": 0},
    {"jti": None}, {"jti": ""}, {"jti": 1}, {"jti": "x" * 300}, {"iat": "now"}, {"nbf": "now"}, {"nbf": 1e300}])
def test_claims_that_are_missing_or_strange_are_refused(api, known, claims):
    client_id, signer, _ = known
    issuer = origin(api.server)
    claims = json.loads(json.dumps(claims).replace("{issuer}", issuer))
    assert error(ask_by_assertion(api, signer.assertion(client_id, api.server, **claims))) == REFUSED


@pytest.mark.parametrize("claim, seconds, taken", [
    ("exp", -1, False), ("exp", -3600, False), ("exp", 5, True), ("exp", 599, True), ("exp", 700, False),
    ("iat", 5, True), ("iat", 30, False), ("nbf", 5, True), ("nbf", 30, False), ("iat", -3600, True)])
def test_an_assertion_is_good_from_a_little_before_until_the_second_that_it_says(api, known, claim, seconds, taken):
    client_id, signer, _ = known
    reply = ask_by_assertion(api, signer.assertion(client_id, api.server, **{claim: int(time.time()) + seconds}))
    assert reply.status == 200 if taken else error(reply) == REFUSED


@pytest.mark.parametrize("payload", [b"", b"[]", b"null", b"1", b"{", b"\xff", b"[" * 2000, b'{"a":' * 40 + b"1" + b"}" * 40,
                                     b'{"iss":"a","iss":"b"}', b'{"iss":"\\u0000"}'])
def test_a_payload_that_is_no_object_is_refused(api, known, payload):
    assert error(ask_by_assertion(api, known[1].sign(payload))) == REFUSED


# Replay --------------------------------------------------------------------------------------------


def test_an_assertion_is_good_once(api, known):
    client_id, signer, _ = known
    assertion = signer.assertion(client_id, api.server)
    assert ask_by_assertion(api, assertion).status == 200
    assert [error(ask_by_assertion(api, assertion)) for _ in range(2)] == [REFUSED] * 2
    again = signer.assertion(client_id, api.server, jti="j" + client_id), signer.assertion(client_id, api.server, jti="j" + client_id)
    assert [ask_by_assertion(api, one).status for one in again] == [200, 401]


def test_of_many_at_once_one_gets_a_token(api, known):
    client_id, signer, _ = known
    assertion = signer.assertion(client_id, api.server)
    with ThreadPoolExecutor(8) as pool:
        statuses = [*pool.map(lambda _: ask_by_assertion(api, assertion).status, range(16))]
    assert sorted(statuses) == [200] + [401] * 15


def test_the_same_jti_of_two_clients_is_two(api, given, known):
    signer = Signer()
    other = given.registered(token_endpoint_auth_method="private_key_jwt", jwks={"keys": [signer.public]})
    jti = given.word()
    assert ask_by_assertion(api, known[1].assertion(known[0], api.server, jti=jti)).status == 200
    assert ask_by_assertion(api, signer.assertion(other["id"], api.server, jti=jti)).status == 200


def test_without_the_memory_a_replay_would_get_through(api, known, db):
    """The control: what was seen is forgotten here by hand."""
    client_id, signer, _ = known
    assertion = signer.assertion(client_id, api.server, jti="forgotten")
    assert ask_by_assertion(api, assertion).status == 200
    db.execute("DELETE FROM spent_proofs WHERE hash = %s", [keyed_hash(PROOF, f"{client_id} forgotten".encode())])
    assert ask_by_assertion(api, assertion).status == 200


# Forms ---------------------------------------------------------------------------------------------


def form(api, body, kind=FORM, **fields):
    return api.post("/oauth2/token", body, Content_Type=kind, **fields)


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "", "multipart/form-data; boundary=x", f"x{FORM}"])
def test_another_media_type_is_refused(api, kind):
    assert error(form(api, "grant_type=client_credentials", kind)) == INVALID


@pytest.mark.parametrize("body", ["", "grant_type", "grant_type=", "x=y", "grant_type=%", "grant_type=%00", "\xff",
                                  "grant_type=client_credentials&grant_type=client_credentials",
                                  "grant_type=client_credentials&scope=a&scope=b", "&" * 1000, "a=b&" * 200])
def test_a_form_that_says_nothing_or_twice_is_refused(api, body):
    assert error(form(api, body)) == INVALID


@pytest.mark.parametrize("body", ["", "token", "token=", "token=x&token=y", "token=x&client_assertion=x"])
def test_an_end_that_names_no_token_or_proves_too_much_is_refused(api, given, body):
    portal = given.registered()
    with_key = {"Authorization": basic(portal["id"], portal["key"])}
    assert error(api.post("/oauth2/revoke", body, Content_Type=FORM, **with_key)) == INVALID


@pytest.mark.parametrize("grant", ["password", "authorization_code", "refresh_token", "CLIENT_CREDENTIALS", "x"])
def test_tokens_are_given_for_nothing_else(api, grant):
    assert error(form(api, f"grant_type={grant}")) == (400, "unsupported_grant_type")


def test_a_method_and_a_parameter_that_are_not_there_are_refused(api, known):
    assert api.get("/oauth2/token").status == 405
    assert error(api.post("/oauth2/token?grant_type=client_credentials", "", Content_Type=FORM)) == INVALID


@pytest.mark.parametrize("size", [9000, 100_000, 700_000])
def test_an_assertion_as_large_as_a_book_is_not_opened(api, known, size):
    client_id, signer, _ = known
    began = time.process_time()
    assert error(ask_by_assertion(api, signer.assertion(client_id, api.server, filler="x" * size))) == INVALID
    assert error(ask_by_assertion(api, "." * size)) == INVALID
    assert time.process_time() - began < 10


def test_one_way_to_prove_it_is_enough(api, given, known):
    client_id, signer, _ = known
    portal = given.registered()
    with_key = {"Authorization": basic(portal["id"], portal["key"])}
    assert error(ask_by_assertion(api, signer.assertion(client_id, api.server), with_key)) == INVALID
    assert error(ask_token(api, with_key, client_assertion="x")) == INVALID
    twice = "&".join(f"client_assertion={signer.assertion(client_id, api.server)}" for _ in range(2))
    assert error(form(api, f"grant_type=client_credentials&client_assertion_type={quote(ASSERTION)}&{twice}")) == INVALID


@pytest.mark.parametrize("change", ["id", "type", "no type", "no assertion", "secret in the form"])
def test_a_form_that_contradicts_itself_is_refused(api, given, known, change):
    client_id, signer, _ = known
    assertion = signer.assertion(client_id, api.server)
    portal = given.registered()
    forms = {"id": {"client_id": portal["id"], "client_assertion_type": ASSERTION, "client_assertion": assertion},
             "type": {"client_assertion_type": "jwt", "client_assertion": assertion},
             "no type": {"client_assertion": assertion}, "no assertion": {"client_assertion_type": ASSERTION},
             "secret in the form": {"client_id": portal["id"], "client_secret": portal["key"]}}
    assert error(ask_token(api, **forms[change])) == REFUSED


@pytest.mark.parametrize("field", [
    "Basic", "Basic ", "Basic x", "Basic eA==", "Basic {id}", "Bearer {key}", "Basic :{key}", "Basic {id}:", "Basic {id}:{key}x",
    "Basic {other}:{key}", "Basic {id}:%00{key}", "Basic {id}\0:{key}"])
def test_a_name_and_a_key_that_do_not_belong_together_are_refused(api, given, field):
    portal, other = given.registered(), given.registered()
    text = field.format(**{**portal, "other": other["id"]}).removeprefix("Basic ")
    told = field if field in ("Basic", "Basic ", "Basic x", "Basic eA==") else field.format(**portal) if "Bearer" in field else \
        "Basic " + base64.b64encode(text.encode()).decode()
    reply = ask_token(api, {"Authorization": told})
    assert error(reply) == REFUSED and reply.headers["www-authenticate"].startswith("Basic")


def test_a_client_that_signs_has_no_use_for_a_key(api, given, known, db):
    """Even if one of a former life is still there."""
    portal, client_id = given.registered(), known[0]
    db.execute("UPDATE client_keys SET client_id = %s WHERE client_id = %s", [client_id, portal["id"]])
    assert error(ask_token(api, {"Authorization": basic(client_id, portal["key"])})) == REFUSED
    assert api.as_client(portal["key"]).get("/v1/groups?limit=1").status == 401


# Tokens and proofs ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def bound(known, api):
    """A client whose token is bound to a key."""
    client = SigningClient.of(api, known[0], known[1])
    client.renew()
    return client


def call(bound, proof, scheme="DPoP", token=None, method="GET", path="/v1/groups?limit=1", **fields):
    fields = {"Authorization": f"{scheme} {token or bound.token}", "DPoP": proof, **fields}
    return bound.api.request(method, path, **fields).status


def groups_at(bound):
    return f"{origin(bound.server)}/v1/groups"


def test_a_bound_token_is_taken_with_a_proof_and_only_so(api, bound):
    url = groups_at(bound)
    assert call(bound, bound.signer.proof("GET", url, bound.token)) == 200
    assert call(bound, bound.signer.proof("GET", url, bound.token), scheme="dpop") == 200
    assert call(bound, None) == 401 and call(bound, None, scheme="Bearer") == 401
    assert call(bound, bound.signer.proof("GET", url, bound.token), scheme="Bearer") == 401


@pytest.mark.parametrize("change", [
    {"method": "POST"}, {"method": "get"}, {"url": "/v1/topics"}, {"url": "/v1/groups/"}, {"url": ""}, {"host": "https://e.example"},
    {"token": None}, {"token": "ra_another"}, {"jti": None}, {"jti": ""}, {"iat": None}, {"iat": "now"}, {"htm": None}, {"htu": None},
    {"iat": -61}, {"iat": 30}, {"header": {"typ": "JWT"}}, {"header": {"typ": None}}, {"header": {"jwk": None}},
    {"header": {"jwk": "private"}}, {"header": {"jwk": {"kty": "oct", "k": "eA"}}}, {"header": {"crit": ["x"]}},
    {"header": {"jwk": {"kty": "EC", "crv": "P-256", "x": "A" * 43, "y": "A" * 43}}}, {"signer": Signer()},
    {"signer": Signer("EdDSA")}])
def test_a_proof_of_something_else_is_none(bound, change):
    signer, change = change.get("signer", bound.signer), dict(change)
    claims = {k: v for k, v in change.items() if k in ("jti", "iat", "htm", "htu")}
    if isinstance(claims.get("iat"), int):
        claims["iat"] += int(time.time())
    if change.get("header", {}).get("jwk") == "private":
        change["header"] = {"jwk": json.loads(signer.key.export_private())}
    url = change.get("host", origin(bound.server)) + change.get("url", "/v1/groups")
    proof = signer.proof(change.get("method", "GET"), url, change.get("token", bound.token), change.get("header"), **claims)
    assert call(bound, proof) == 401


def test_a_proof_is_good_once(bound):
    proof = bound.signer.proof("GET", groups_at(bound), bound.token)
    assert [call(bound, proof) for _ in range(3)] == [200, 401, 401]
    proof = bound.signer.proof("GET", groups_at(bound), bound.token)
    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(lambda _: call(bound, proof), range(16))) == [200] + [401] * 15


def test_a_proof_for_a_token_is_not_one_for_a_call_nor_good_twice(api, bound, known):
    client_id, signer, _ = known
    endpoint = f"{origin(api.server)}/oauth2/token"
    proof = signer.proof("POST", endpoint)

    def ask(proof):
        return ask_by_assertion(api, signer.assertion(client_id, api.server), {"DPoP": proof})
    assert ask(proof).json["token_type"] == "DPoP"
    for bad in (proof, "x", "", signer.proof("POST", endpoint, iat=int(time.time()) - 61), signer.proof("GET", endpoint),
                signer.proof("POST", groups_at(bound))):
        assert error(ask(bad)) == (400, "invalid_dpop_proof")


def test_a_proof_by_a_key_that_costs_us_too_much_is_none(api, known):
    """An exponent as long as the modulus."""
    client_id, signer, rsa = known
    dear = Signer("PS256", 1)
    dear.public = {**dear.public, "e": dear.public["n"]}
    reply = ask_by_assertion(api, signer.assertion(client_id, api.server),
                             {"DPoP": dear.proof("POST", f"{origin(api.server)}/oauth2/token")})
    assert error(reply) == (400, "invalid_dpop_proof")
    weak = Signer("PS256", 2)
    weak.key = JWK.generate(kty="RSA", size=1024)
    weak.public = {**json.loads(weak.key.export_public()), "kid": "weak"}
    reply = ask_by_assertion(api, signer.assertion(client_id, api.server),
                             {"DPoP": weak.proof("POST", f"{origin(api.server)}/oauth2/token")})
    assert error(reply) == (400, "invalid_dpop_proof")


def test_a_proof_does_no_harm_to_whom_it_does_not_bind(api, given):
    portal = given.registered()
    token = ask_token(api, {"Authorization": basic(portal["id"], portal["key"])}).json["access_token"]
    assert api.get("/v1/groups?limit=1", Authorization=f"Bearer {token}", DPoP="x").status == 200
    assert api.get("/v1/groups?limit=1", Authorization=f"DPoP {token}").status == 401
    assert api.get("/v1/groups?limit=1", Authorization=f"DPoP {portal['key']}").status == 401


@pytest.mark.parametrize("token", ["ra_", "ra_x", "ra_" + "x" * 43, "RA_{}", "ra_{}x", "ra_{} ", "{}"])
def test_a_token_that_is_none_is_not_taken(api, given, token):
    portal = given.registered()
    made = ask_token(api, {"Authorization": basic(portal["id"], portal["key"])}).json["access_token"]
    reply = api.get("/v1/groups?limit=1", Authorization="Bearer " + token.format(made[3:]))
    assert reply.status == (200 if token.endswith(" ") else 401)


def test_a_token_is_not_taken_for_a_key(api, given):
    portal = given.registered()
    made = ask_token(api, {"Authorization": basic(portal["id"], portal["key"])}).json["access_token"]
    assert error(ask_token(api, {"Authorization": basic(portal["id"], made)})) == REFUSED
