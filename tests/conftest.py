"""conftest.py: one PostgreSQL and one server for all tests, and the contract held against every answer."""

import os
import re
import shutil
import struct
import subprocess
import tempfile
import uuid
from pathlib import Path

import psycopg2
import pytest

from tests import fhir
from tests.contract import Contract
from tests.server import ROOT, Server, programs

SANITIZER = re.compile(r"AddressSanitizer|LeakSanitizer|runtime error:")
DEATH = re.compile(r"worker \d+ .*gone")  # of the server that no test is to kill
# The processes that run pytest's workers are children of this one and inherit what it sets.
ADDRESS, DATABASE, FOLDER = "RUNDE_TEST_ADDRESS", "RUNDE_TEST_DATABASE", "RUNDE_TEST_FOLDER"


def is_controller(config):
    return not hasattr(config, "workerinput")


def pytest_addoption(parser):
    parser.addoption("--whole", action="store_true",
                     help="fail if an operation or a declared status was never seen")


def pytest_configure(config):
    if not is_controller(config):
        return
    folder = Path(tempfile.mkdtemp(prefix="runde-test-"))
    folder.chmod(0o755)
    config.runde_folder = folder
    database = subprocess.run([ROOT / "admin/cluster.sh", "start", folder / "home", "fast"],
                              check=True, capture_output=True, text=True).stdout.strip()
    os.environ.update({FOLDER: str(folder), DATABASE: database})
    (folder / "seen").mkdir()
    (folder / "clock").write_bytes(struct.pack("q", 0))
    Server.environment = {
        "RUNDE_DATABASE": database,
        "RUNDE_KEY_FILE": str(folder / "secret.key"),
        "RUNDE_USER": subprocess.run([ROOT / "admin/cluster.sh", "user"], check=True,
                                     capture_output=True, text=True).stdout.strip(),
    }
    os.environ.update(Server.environment)
    for words in (["key"], ["migrate"], ["import", "postcodes", ROOT / "admin/data/towns.tsv"], ["demo"]):
        subprocess.run([programs() / "runde", *words], check=True, stdout=subprocess.DEVNULL)
    config.runde_server = Server(folder, "main")
    os.environ[ADDRESS] = str(config.runde_server.port)


def pytest_unconfigure(config):
    if not is_controller(config) or not hasattr(config, "runde_folder"):
        return
    if hasattr(config, "runde_server"):
        config.runde_server.stop()
    subprocess.run([ROOT / "admin/cluster.sh", "stop", config.runde_folder / "home"], check=False)
    shutil.rmtree(config.runde_folder, ignore_errors=True)


def pytest_sessionfinish(session, exitstatus):
    """What only the whole run can tell: sanitizers, and what no test has seen of the contract."""
    config = session.config
    if not is_controller(config) or not hasattr(config, "runde_server"):
        return
    config.runde_server.stop()
    config.runde_validated = fhir.summary()
    config.runde_complaints = [
        f"{log.name}: {line}"
        for log in config.runde_folder.glob("*.log")
        for line in log.read_text(errors="replace").splitlines()
        if SANITIZER.search(line) or (log.name == "main.log" and DEATH.search(line))]
    if config.getoption("--whole"):
        config.runde_complaints += Contract().unseen(config.runde_folder / "seen")
    if config.runde_complaints and exitstatus == 0:
        session.exitstatus = 1


def pytest_terminal_summary(terminalreporter, config):
    validated = getattr(config, "runde_validated", {})
    if validated:
        terminalreporter.write_line(f"{sum(validated.values())} FHIR resources were validated: {validated}")
    for complaint in getattr(config, "runde_complaints", []):
        terminalreporter.write_line(f"FAILED {complaint}", red=True)


@pytest.fixture(scope="session")
def folder():
    return Path(os.environ[FOLDER])


@pytest.fixture(scope="session")
def server():
    return Server.running(int(os.environ[ADDRESS]))


@pytest.fixture
def another_server(folder):
    """Starts further servers on the same database, with other settings."""
    started = []

    def start(**environment):
        started.append(Server(folder, f"other-{uuid.uuid4().hex[:8]}", **environment))
        return started[-1]
    yield start
    for one in started:
        one.stop()


@pytest.fixture
def db():
    """The database behind the server's back; statements commit at once."""
    connection = psycopg2.connect(os.environ[DATABASE])
    connection.autocommit = True
    yield connection.cursor()
    connection.close()


@pytest.fixture
def own_clock(folder):
    """A clock that only one test moves, for another_server(RUNDE_CLOCK_FILE=own_clock)."""
    from tests.clock import Clock
    return Clock(folder / f"clock-{uuid.uuid4().hex}")


@pytest.fixture
def mailbox(folder):
    """What the test's own workers deliver."""
    from tests.mailbox import Mailbox
    mailbox = Mailbox(folder / f"mail-{uuid.uuid4().hex[:8]}")
    yield mailbox
    mailbox.check()


@pytest.fixture
def worker(folder, mailbox, own_clock):
    """Starts workers of the test's own; they go by its clock, and take every job of their database that is due there."""
    from tests.worker import Worker
    started = []

    def start(database=os.environ[DATABASE], **environment):
        settings = {"RUNDE_DATABASE": database, "RUNDE_MAILDIR": mailbox.path, "RUNDE_CLOCK_FILE": own_clock}
        started.append(Worker(folder, {**settings, **environment}))
        return started[-1]
    yield start
    for one in started:
        one.kill()


@pytest.fixture
def lock():
    """A transaction in which others can be made to wait."""
    from tests.lock import Lock
    lock = Lock()
    yield lock
    lock.close()


@pytest.fixture(scope="session")
def runde():
    """The operator's command: what it prints."""
    def run(*words, check=True, stdin=None):
        done = subprocess.run([programs() / "runde", *map(str, words)], capture_output=True, text=True,
                              input=stdin, check=False)
        assert not SANITIZER.search(done.stderr), done.stderr
        if check:
            assert done.returncode == 0, done.stderr
        return done
    return run


@pytest.fixture(scope="session")
def template(folder):
    """What all that is migrated is copied from."""
    from tests.installation import Installation
    from tests.nights import AWAKE
    made = Installation(folder)
    made.works("key")
    made.works("migrate")
    made.rows(AWAKE)
    made.rows("UPDATE timetable SET due_at = now() + every")  # for workers to begin with what the test is about
    yield made
    made.drop()


@pytest.fixture
def installed(folder, template):
    """A migrated database of the test's own, and the command that works on it."""
    from tests.installation import Installation
    made = Installation(folder, template.name)
    shutil.copy(template.key, made.key)
    yield made
    made.drop()


@pytest.fixture(scope="session")
def contract():
    return Contract()


@pytest.fixture(scope="session")
def admin_key(runde):
    return runde("client", "add", f"admin-{uuid.uuid4().hex}", "--scopes", "admin").stdout.strip()


@pytest.fixture(scope="session")
def api(server, contract, folder):
    from tests.client import Client
    return Client(server, contract, folder / "seen")


@pytest.fixture(scope="session")
def admin(api, admin_key):
    return api.as_client(admin_key)


@pytest.fixture
def given(admin, api, runde):
    from tests.given import Given
    return Given(admin, api, runde)


@pytest.fixture(scope="session")
def portal(admin, api, runde):
    """A client for tests to which it does not matter whose the groups are."""
    from tests.given import Given
    return Given(admin, api, runde).client()


@pytest.fixture
def later(portal, another_server, own_clock):
    """The client at a server whose clock the test moves."""
    return portal.at(another_server(RUNDE_CLOCK_FILE=own_clock))


@pytest.fixture
def house(installed, another_server, worker, mailbox, own_clock, api):
    """An installation of the test's own, with everything that belongs to one."""
    from tests.house import House
    return House(installed, another_server, worker, mailbox, own_clock, api)
