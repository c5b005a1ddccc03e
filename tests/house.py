"""house.py: an installation of a test's own: a database, a server, a worker, the mails it delivers, and their clock."""

import struct
from datetime import datetime, timedelta, timezone
from types import SimpleNamespace

from tests.client import Client
from tests.given import Given
from tests.installation import connected
from tests.mailbox import code_of
from tests.wire import await_truth


class House:
    def __init__(self, installed, start_server, start_worker, mailbox, clock, api, **environment):
        self.installed, self.mailbox, self.clock = installed, mailbox, clock
        self.start_worker, self.db = start_worker, connected(installed.database).cursor()
        self.workers = []
        settings = {"RUNDE_DATABASE": installed.database, "RUNDE_KEY_FILE": installed.key, "RUNDE_CLOCK_FILE": clock}
        self.server = start_server(**settings, **environment)
        self.api = Client(self.server, api.contract, api.seen)
        self.admin = self.api.as_client(self.runde("client", "add", "admin", "--scopes", "admin").stdout.strip())
        self.given = Given(self.admin, self.api, self.runde)
        self.given._topic = self.given.topic()["id"]

    def runde(self, *words):
        return SimpleNamespace(stdout=self.installed.works(*words))

    def rows(self, query, *values):
        self.db.execute(query, values)
        return self.db.fetchall() if self.db.description else []

    def value(self, query, *values):
        return self.rows(query, *values)[0][0]

    def now(self):
        offset, = struct.unpack("q", self.clock.path.read_bytes())
        return datetime.now(timezone.utc) + timedelta(microseconds=offset)

    def work(self):
        """From now on there is a worker."""
        return self.start_worker(self.installed.database, RUNDE_KEY_FILE=self.installed.key,
                                 RUNDE_BASE_URL=f"http://{self.server.host}:{self.server.port}")

    def plan_ahead(self, workers=1):
        """Lets workers do all that is due by the timetable, until series are planned and clocks are right."""
        self.rows("UPDATE timetable SET due_at = '-infinity'")
        while len(self.workers) < workers:
            self.workers.append(self.work())
        await_truth(lambda: not self.value(
            "SELECT EXISTS (SELECT FROM timetable WHERE due_at = '-infinity') OR EXISTS (SELECT FROM jobs "
            "WHERE kind IN ('horizon', 'plan', 'clocks') AND dead_at IS NULL)"), 30)

    def await_jobs(self):
        """Until there is nothing to be mailed any more."""
        await_truth(lambda: self.value("SELECT count(*) FROM jobs WHERE dead_at IS NULL") == 0)

    def code(self, address, count=1):
        """The code in the first mail to an address, or in a later one."""
        return code_of(self.mailbox.await_mails(count, address)[count - 1])

    def invite(self, group, by=None, **members):
        """The address of whom was invited, and what the answer was."""
        address = members.setdefault("email", self.given.address())
        reply = (by or self.admin).post(f"/v1/groups/{group['id']}/leaders", {"name": "Eiche", **members})
        return address, self.given.made(reply)

    def session(self, token, browser=None):
        """The answer to whoever redeems a token."""
        return self.api.post("/v1/sessions", {"token": token, **({"browser": browser} if browser else {})})

    def signed_in(self, made):
        leader = self.api.as_client(made["secret"])
        leader.id, leader.made = made["leader_id"], made
        return leader

    def leader(self, group, by=None, **members):
        """A leader who has followed an invitation; needs a worker."""
        address, _ = self.invite(group, by, **members)
        leader = self.signed_in(self.given.made(self.session(self.code(address))))
        leader.address = address
        return leader

    def sign_in(self, group, address):
        """The secret of the browser that asks."""
        reply = self.api.post(f"/v1/groups/{group['id']}/sign-ins", {"email": address})
        assert reply.status == 202, reply.json
        return reply.json["browser"]
