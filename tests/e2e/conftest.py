"""conftest.py: Runde in containers, once for all tests; run.sh has made the images and the place where they run."""

import os

import pytest

from tests.client import Client
from tests.contract import Contract
from tests.e2e.containers import Containers
from tests.given import Given

# Everything else that runs pytest has neither images nor a network of its own.
is_wanted = "RUNDE_E2E" in os.environ
collect_ignore_glob = [] if is_wanted else ["test_*.py"]

last_words = []


@pytest.fixture(scope="session")
def containers(request):
    made = Containers()
    try:
        made.up()
        yield made
        if request.session.testsfailed:
            last_words.append(made.logs())
    finally:
        made.down()


@pytest.fixture(scope="session")
def api(containers):
    """Everything that is answered is held against the contract that is served."""
    document = Client(containers, AnyContract()).get("/v1/openapi.json").json
    return Client(containers, Contract(document))


class AnyContract:
    def check(self, *unused):
        return None


@pytest.fixture(scope="session")
def given(containers, api):
    admin = api.as_client(containers.runde("client", "add", "admin", "--scopes", "admin").stdout.strip())
    return Given(admin, api, containers.runde)


@pytest.fixture
def report():
    """Prints a table behind all results."""
    return last_words.append


def pytest_unconfigure(config):
    """What clients show, what containers said if anything failed, and how it went."""
    if not is_wanted:
        return
    counts = config.pluginmanager.get_plugin("terminalreporter").stats
    for words in last_words:
        print(f"\n{words}")
    passed, failed = (len(counts.get(word, ())) for word in ("passed", "failed"))
    print(f"\n{passed} passed, {failed + len(counts.get('error', ()))} failed")
