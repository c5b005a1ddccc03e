"""conftest.py: receivers, and an installation whose webhooks may lead to them."""

import pytest

from tests.house import House
from tests.webhooks.receiver import Receiver
from tests.wire import await_truth

INSIDE = {"RUNDE_OUTSIDE_ALLOW": "127.0.0.0/8 ::1/128"}
SCOPES = "groups:read,groups:write,meetings:write,webhooks:manage"


class Hooked(House):
    """A client with a webhook, and a worker when it is wanted."""

    def __init__(self, *parts):
        super().__init__(*parts, **INSIDE)
        self.environment = {**INSIDE}

    def client(self, scopes=SCOPES, **how):
        return self.given.client(scopes=scopes, **how)

    def work(self, **environment):
        return self.start_worker(self.installed.database, RUNDE_KEY_FILE=self.installed.key,
                                 RUNDE_BASE_URL=f"http://{self.server.host}:{self.server.port}",
                                 **{**self.environment, **environment})

    def webhook(self, client, receiver, **members):
        return self.given.made(client.post("/v1/webhooks", {"url": receiver.url, **members}))

    def deliveries(self, client, webhook, query=""):
        return client.all_pages(f"/v1/webhooks/{webhook['id']}/deliveries{query}")

    def await_sent(self, seconds=20):
        """Until nothing waits, and no change is still to be told of."""
        await_truth(lambda: not self.value("""
            SELECT EXISTS (SELECT FROM webhook_deliveries WHERE status = 'pending')
                OR EXISTS (SELECT FROM webhook_progress p, changes c
                           WHERE (c.transaction, c.sequence) > (p.transaction, p.sequence))"""), seconds)


@pytest.fixture
def hooked(installed, another_server, worker, mailbox, own_clock, api):
    return Hooked(installed, another_server, worker, mailbox, own_clock, api)


@pytest.fixture
def receiver():
    """Starts receivers of the test's own."""
    started = []

    def start(answer=204, **how):
        started.append(Receiver(answer, **how))
        return started[-1]
    yield start
    for one in started:
        one.stop()
