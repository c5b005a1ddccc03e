"""test_certificates.py: clients that prove themselves by a certificate, over TLS of ours or behind a proxy."""

import base64
from urllib.parse import urlencode

import pytest

from tests.certificates import made_certificate, signed_by
from tests.oauth import FORM, Signer, ask_by_assertion, ask_token, basic
from tests.wire import Wire, await_truth


def registered(given, *certificates, **members):
    """An insurer that is known by its certificates."""
    organisation = given.organisation(kind="insurer")
    if certificates:
        members = {"token_endpoint_auth_method": "self_signed_tls_client_auth",
                   "certificate_thumbprints": [certificate.thumbprint for certificate in certificates]}
    return given.registered(organisation, **members)["id"]


def works(there, token, **fields):
    return there.get("/v1/groups?limit=1", Authorization=f"Bearer {token}", **fields).status == 200


# Behind a proxy ------------------------------------------------------------------------------------


@pytest.fixture
def behind(api, another_server, authority):
    """At a server that believes what a proxy here says."""
    return api.at(another_server(RUNDE_TRUSTED_PROXY="127.0.0.1", RUNDE_CLIENT_CA=authority.pem))


def test_behind_a_proxy_a_certificate_gets_a_token_that_is_good_with_it_only(behind, given, shown, other):
    client_id = registered(given, shown)
    reply = ask_token(behind, {"Client-Cert": shown.field}, client_id=client_id)
    token = reply.json["access_token"]
    assert (reply.status, reply.json["token_type"]) == (200, "Bearer")
    assert works(behind, token, Client_Cert=shown.field)
    assert not works(behind, token) and not works(behind, token, Client_Cert=other.field)
    told = given.admin.post("/oauth2/introspect", f"token={token}", Content_Type=FORM).json
    assert told["cnf"] == {"x5t#S256": shown.thumbprint}


def test_whoever_is_no_proxy_is_not_believed(api, behind, another_server, given, shown):
    client_id = registered(given, shown)
    token = ask_token(behind, {"Client-Cert": shown.field}, client_id=client_id).json["access_token"]
    for there in (api, api.at(another_server(RUNDE_TRUSTED_PROXY="192.0.2.1"))):
        assert ask_token(there, {"Client-Cert": shown.field}, client_id=client_id).status == 401
        assert not works(there, token, Client_Cert=shown.field)


@pytest.mark.parametrize("field", ["", ":", "::", ":x:", "{bare}", ":{bare}", ":{bare}:;a=b", ":{url}:", ":{bare}: :{bare}:",
                                   ":{half}:"])
def test_a_field_that_holds_no_certificate_is_none(behind, given, shown, field):
    bare = shown.field.strip(":")
    told = field.format(bare=bare, url=bare.replace("+", "-").replace("/", "_").replace("=", ""),
                        half=base64.b64encode(shown.der[:99]).decode())
    assert ask_token(behind, {"Client-Cert": told}, client_id=registered(given, shown)).status == 401


def test_two_certificates_at_once_are_none(behind, given, shown):
    body = urlencode({"grant_type": "client_credentials", "client_id": registered(given, shown)}).encode()
    with Wire(behind.server) as wire:
        for fields, status in (1, 200), (2, 401):
            reply = wire.request("POST", "/oauth2/token", body, f"Content-Type: {FORM}",
                                 *[f"Client-Cert: {shown.field}"] * fields)
            assert reply.status == status


@pytest.mark.parametrize("client_id", [None, "x", "01935c33-2c30-7f53-8285-ffffffffffff", "' OR true --"])
def test_a_certificate_without_its_client_gets_nothing(behind, given, shown, client_id):
    registered(given, shown)
    assert ask_token(behind, {"Client-Cert": shown.field}, client_id=client_id).status == 401


def test_certificates_are_exchanged_without_a_gap(behind, given, shown, other):
    client_id, path = registered(given, shown), None
    path = f"/v1/clients/{client_id}"

    def token(certificate):
        reply = ask_token(behind, {"Client-Cert": certificate.field}, client_id=client_id)
        assert reply.status in (200, 401), reply.json
        return reply.json.get("access_token")
    first = token(shown)
    assert given.admin.patch(path, {"certificate_thumbprints": [shown.thumbprint, other.thumbprint]}).status == 200
    second = token(other)
    assert works(behind, first, Client_Cert=shown.field) and works(behind, second, Client_Cert=other.field)
    assert given.admin.patch(path, {"certificate_thumbprints": [other.thumbprint]}).status == 200
    await_truth(lambda: not works(behind, first, Client_Cert=shown.field), 1.5)
    assert token(shown) is None and works(behind, second, Client_Cert=other.field)


# Certificates that somebody vouches for ------------------------------------------------------------


@pytest.mark.parametrize("member, value", [("tls_client_auth_subject_dn", "CN=referrals,O=Kasse,C=DE"),
                                           ("tls_client_auth_san_dns", "referrals.example.org")])
def test_a_name_in_a_certificate_is_believed_if_somebody_vouches_for_it(behind, given, folder, authority, member, value):
    client_id = registered(given, token_endpoint_auth_method="tls_client_auth", **{member: value})
    subject, dns = "/C=DE/O=Kasse/CN=referrals", "subjectAltName=DNS:referrals.example.org"
    stranger = made_certificate(folder, "/CN=authority")

    def status(certificate):
        return ask_token(behind, {"Client-Cert": certificate.field}, client_id=client_id).status
    assert status(signed_by(folder, authority, subject, dns)) == 200
    assert status(signed_by(folder, authority, "/C=DE/O=Kasse/CN=other", "subjectAltName=DNS:other.example.org")) == 401
    assert status(signed_by(folder, stranger, subject, dns)) == 401
    assert status(made_certificate(folder, subject, "-addext", dns)) == 401
    assert status(signed_by(folder, authority, subject, dns, "extendedKeyUsage=serverAuth")) == 401
    assert status(signed_by(folder, authority, "/CN=referrals.example.org", "subjectAltName=DNS:*.example.org")) == 401


# Over TLS of our own -------------------------------------------------------------------------------


def post(wire, path, **form):
    return wire.request("POST", path, urlencode(form).encode(), f"Content-Type: {FORM}")


def test_over_tls_a_certificate_gets_a_token_that_is_good_with_it_only(encrypted, given, shown, other):
    client_id = registered(given, shown)
    form = {"grant_type": "client_credentials", "client_id": client_id}
    with encrypted(shown) as wire:
        token = post(wire, "/oauth2/token", **form).json["access_token"]
        assert wire.request("GET", "/v1/groups?limit=1", b"", f"Authorization: Bearer {token}").status == 200
    for certificate in (other, None):
        with encrypted(certificate) as wire:
            assert wire.request("GET", "/v1/groups?limit=1", b"", f"Authorization: Bearer {token}").status == 401
            assert wire.request("GET", "/v1/groups?limit=1", b"", f"Authorization: Bearer {token}",
                                f"Client-Cert: {shown.field}").status == 401
            assert post(wire, "/oauth2/token", **form).status == 401


def test_whoever_has_no_certificate_is_served_all_the_same(encrypted):
    with encrypted() as wire:
        assert wire.request("GET", "/v1/groups?limit=1").status == 200


def test_the_certificate_of_the_proxy_itself_is_none_of_a_client(start_encrypted, given, shown, other):
    form = {"grant_type": "client_credentials", "client_id": registered(given, shown)}
    body = urlencode(form).encode()
    connect = start_encrypted(RUNDE_TRUSTED_PROXY="127.0.0.1")
    with connect(shown) as wire:
        assert post(wire, "/oauth2/token", **form).status == 401
    with connect(other) as wire:
        reply = wire.request("POST", "/oauth2/token", body, f"Content-Type: {FORM}", f"Client-Cert: {shown.field}")
        assert reply.status == 200


# Other methods over a connection with a certificate ------------------------------------------------


def test_whatever_comes_with_a_certificate_is_bound_to_it(behind, given, shown):
    signer, portal = Signer(), given.registered()
    insurer = given.registered(given.organisation(kind="insurer"), token_endpoint_auth_method="private_key_jwt",
                               jwks={"keys": [signer.public]})
    field = {"Client-Cert": shown.field}
    assertion = signer.assertion(insurer["id"], behind.server)
    tokens = [ask_by_assertion(behind, assertion, field), ask_token(behind, {"Authorization": basic(portal["id"], portal["key"]), **field})]
    for reply in tokens:
        assert reply.status == 200
        assert works(behind, reply.json["access_token"], Client_Cert=shown.field)
        assert not works(behind, reply.json["access_token"])
