"""test_oauth_clients.py: what others have written to get tokens with: openid-client and oauth4webapi."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.oauth import Signer, origin

SCRIPT = Path(__file__).with_name("oauth_clients.mjs")
LIBRARIES = ["openid-client", "oauth4webapi"]


@pytest.fixture
def run(tools, tmp_path):
    """What a library was answered: type, expires_in, scope of the token, status of a call with it."""
    (tmp_path / "node_modules").symlink_to(tools)
    shutil.copy(SCRIPT, tmp_path)

    def run(**given):
        done = subprocess.run(["node", SCRIPT.name], cwd=tmp_path, input=json.dumps(given), capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)
    return run


def settings(server, library, client, method, **others):
    issuer = origin(server)
    return {"library": library, "issuer": issuer, "resource": f"{issuer}/v1/groups?limit=1", "client_id": client["id"],
            "method": method, "scope": "groups:read", **others}


def answered(kind):
    return {"type": kind, "expires_in": 600, "scope": "groups:read", "status": 200}


@pytest.mark.parametrize("dpop", [None, "ES256"])
@pytest.mark.parametrize("library", LIBRARIES)
def test_a_library_gets_a_token_with_a_key(run, given, server, library, dpop):
    client = given.registered(scopes="groups:read,groups:write")
    got = run(**settings(server, library, client, "client_secret_basic", secret=client["key"], dpop=dpop))
    assert got == answered("dpop" if dpop else "bearer")


@pytest.mark.parametrize("dpop", [None, "PS256", "ES256", "Ed25519"])
@pytest.mark.parametrize("algorithm", ["PS256", "ES256", "EdDSA"])
@pytest.mark.parametrize("library", LIBRARIES)
def test_a_library_gets_a_token_by_signing(run, given, server, library, algorithm, dpop):
    signer = Signer(algorithm)
    members = {"token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": [signer.public]}}
    client = given.registered(given.organisation(kind="insurer"), "groups:read,referrals:write", **members) if dpop else \
        given.registered(**members)
    got = run(**settings(server, library, client, "private_key_jwt", dpop=dpop, algorithm=algorithm,
                         jwk=json.loads(signer.key.export_private())))
    assert got == answered("dpop" if dpop else "bearer")


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_library_gets_a_token_by_its_certificate(run, given, another_server, encrypted, own, shown, library):
    client = given.registered(given.organisation(kind="insurer"), token_endpoint_auth_method="self_signed_tls_client_auth",
                              certificate_thumbprints=[shown.thumbprint])
    tls = {"ca": own.pem.read_text(), "cert": shown.pem.read_text(), "key": shown.key.read_text()}
    issuer = f"https://localhost:{encrypted.server.port}"
    told = settings(encrypted.server, library, client, "self_signed_tls_client_auth", tls=tls)
    got = run(**{**told, "issuer": issuer, "resource": f"{issuer}/v1/groups?limit=1"})
    assert got == answered("bearer")
