"""conftest.py: what several files here share: the development tools, certificates, and a server that asks for them."""

import fcntl
import ssl
import subprocess

import pytest

from tests.certificates import made_certificate
from tests.server import ROOT, free_port
from tests.wire import Closed, Wire, await_truth

OPENAPI = ROOT / "openapi"


@pytest.fixture(scope="session")
def tools():
    """The folder of the development tools, installed if they are not the ones of the lock file."""
    lock, installed = OPENAPI / "package-lock.json", OPENAPI / "node_modules" / ".package-lock.json"
    with lock.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
            subprocess.run(["npm", "ci"], cwd=OPENAPI, check=True)
    return OPENAPI / "node_modules"


@pytest.fixture(scope="module")
def shown(folder):
    """A certificate that a client has signed itself."""
    return made_certificate(folder, "/CN=kasse")


@pytest.fixture(scope="module")
def other(folder):
    return made_certificate(folder, "/CN=kasse")


@pytest.fixture(scope="module")
def authority(folder):
    return made_certificate(folder, "/CN=authority")


@pytest.fixture(scope="module")
def own(folder):
    return made_certificate(folder, "/CN=localhost", "-addext", "subjectAltName=DNS:localhost")


@pytest.fixture
def start_encrypted(another_server, own):
    """Starts a server that asks for certificates, and gives connect(certificate), which makes a connection to it."""
    def start(**environment):
        port = free_port()
        server = another_server(RUNDE_TLS_CERTIFICATE=own.pem, RUNDE_TLS_KEY=own.key, RUNDE_CLIENT_CERTIFICATES=1, PORT=port,
                                RUNDE_BASE_URL=f"https://localhost:{port}", **environment)
        server.port = port

        def connect(certificate=None):
            trust = ssl.create_default_context(cafile=own.pem)
            if certificate:
                trust.load_cert_chain(certificate.pem, certificate.key)
            return Wire(server, tls=trust)

        def answers():
            try:
                with connect() as wire:
                    return wire.request("GET", "/healthz").status == 200
            except (OSError, Closed):
                return False
        await_truth(answers)
        connect.server = server
        return connect
    return start


@pytest.fixture
def encrypted(start_encrypted):
    return start_encrypted()
