"""webhooks.py: events sent by Runde's workers beside wrk, which posts one signed message to the same receiver again and again."""

import base64
import hashlib
import hmac
import json
import os
import subprocess
import time
import urllib.request
from pathlib import Path

from tests.bench.cases import RUNDE, Contender, Throughput
from tests.bench.jobs import JobStage
from tests.bench.load import wrk
from tests.bench.queues import Runde
from tests.bench.stage import output
from tests.server import Server, programs

HERE = Path(__file__).parent
ALLOW = {"RUNDE_OUTSIDE_ALLOW": "127.0.0.0/8"}
RATE = 3000  # events a second about: what fills the time of a turn
GOAL = 0.4
BODY = json.dumps({"type": "group.created", "timestamp": "2026-11-22T09:00:00Z", "data": {
    "id": "01935c33-2c30-7f53-8285-9142a3becf05", "resource": "group", "revision": 1}}, separators=(",", ":"))


class Receiver:
    def __init__(self, stage, secret):
        self.process = subprocess.Popen(["node", HERE / "receiver/receiver.mjs"], stdin=subprocess.PIPE, text=True, bufsize=1,
                                        stdout=subprocess.PIPE, env={**os.environ, "SECRET": secret})
        stage.ending.callback(self.process.wait)
        stage.ending.callback(self.process.terminate)
        self.url = f"http://127.0.0.1:{self.process.stdout.readline().strip()}/hook"

    def counts(self):
        """How many messages it took, and how many it did not."""
        self.process.stdin.write("\n")
        return [int(word) for word in self.process.stdout.readline().split()]


class WebhookStage(JobStage):
    """A durable PostgreSQL, a webhook, and two receivers: one that checks what comes, and one that takes everything."""

    def fill(self):
        super().fill()
        key = output(programs() / "runde", "client", "add", "bench", "--scopes", "webhooks:manage")
        self.secret = self.made_by_api(key)["secret"]
        self.checking, self.trusting = Receiver(self, self.secret), Receiver(self, "")

    def made_by_api(self, key):
        server = Server(self.folder, "maker", **ALLOW)
        try:
            asked = urllib.request.Request(
                f"http://127.0.0.1:{server.port}/v1/webhooks", json.dumps({"url": "http://127.0.0.1/hook"}).encode(),
                {"Content-Type": "application/json", "Authorization": f"Bearer {key}"})
            return json.load(urllib.request.urlopen(asked))
        finally:
            server.stop()

    def message(self):
        """A file with a message as Runde would sign it now."""
        content = f"msg.{int(time.time())}.{BODY}"
        key = base64.b64decode(self.secret.removeprefix("whsec_"))
        signature = base64.b64encode(hmac.new(key, content.encode(), hashlib.sha256).digest()).decode()
        return self.file("message", ["Content-Type: application/json", "webhook-id: msg", f"webhook-timestamp: {content.split('.')[1]}",
                                     f"webhook-signature: v1,{signature} v1a,{'A' * 86}==", "", BODY])


class Hooks(Runde):
    """It is counted from when there are changes, until all that the webhook is told of is noted as delivered."""
    table, counted = "webhook_deliveries", "status = 'pending'"

    def __init__(self, stage, processes, receiver):
        super().__init__(stage, processes)
        self.receiver = receiver

    def put_in(self, count):
        self.cursor.execute("DELETE FROM webhook_deliveries; DELETE FROM changes")
        self.cursor.execute("UPDATE webhooks SET url = %s", [self.receiver.url])
        self.cursor.execute("INSERT INTO changes (at, resource, resource_id, revision, action, visibility, keepers) "
                            "SELECT now(), 'group', gen_random_uuid(), 1, 'created', 'public', '{}' FROM generate_series(1, %s)",
                            [count])
        self.cursor.execute("ANALYZE changes")
        self.newest = self.value("SELECT max(sequence) FROM changes")

    def is_done(self):
        return self.value("SELECT min(sequence) >= %s FROM webhook_progress", self.newest) and not self.value(
            "SELECT EXISTS (SELECT FROM webhook_deliveries WHERE status = 'pending')")

    def start(self):
        return self.begin(programs() / "runde-worker", RUNDE_USER="", **ALLOW)


def case(stage, title, receiver, **goals):
    def post(seconds):
        return wrk(int(receiver.url.split(":")[2].split("/")[0]), stage.message(), seconds, script="post.lua")
    return Throughput(title, [Contender(f"{RUNDE}, 1 process", lambda seconds: Hooks(stage, 1, receiver).rate(RATE * seconds)),
                              Contender("wrk", post)], **goals)


def compare(stage):
    return [case(stage, "webhooks, receiver that checks", stage.checking, wrk=GOAL),
            case(stage, "webhooks, receiver that does not", stage.trusting, wrk=GOAL)]


def check(stage):
    taken, refused = stage.checking.counts()
    print(f"\n  the receiver that checks took {taken:,} messages and refused {refused:,}")
