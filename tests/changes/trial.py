"""trial.py: consumers that keep copies while many write and processes are killed; and whether their copies are right."""

import http.client
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
import uuid
from contextlib import closing
from types import SimpleNamespace

import psycopg2

from tests.changes.consumer import compact
from tests.changes.writers import Client, Writers, late, many
from tests.client import Client as Caller
from tests.clock import Clock
from tests.contract import Contract
from tests.given import Given
from tests.server import ROOT, Server
from tests.wire import await_truth, children

# What reading tells beside, because it moves without anybody writing.
MOVING = {"group": {"stale", "next_meeting_at"}, "topic": {"groups"}, "meeting": {"seats"}}
READ = 300  # resources of each copy that are read one by one at the end
WRITING = "groups:write,meetings:write"
SCOPES = {"everybody": "changes:read", "partner": "changes:read,groups:read", "keeper": f"changes:read,{WRITING}",
          "admin": "changes:read,admin"}
# Whoever goes on from the last change seen, whatever may still be committed before it.
WITHOUT_HORIZON = """
    CREATE OR REPLACE FUNCTION changes_after(after_transaction xid8, after_sequence bigint, count integer)
    RETURNS SETOF changes
    LANGUAGE sql STABLE AS $$
        SELECT * FROM changes c WHERE c.sequence > after_sequence ORDER BY c.sequence LIMIT count
    $$
"""


def kill_worker(server):
    """The other one may have been killed a moment ago."""
    await_truth(lambda: children(server.process.pid))
    os.kill(random.choice(sorted(children(server.process.pid))), signal.SIGKILL)


class Copy:
    """A consumer in a process of its own, which may be killed and goes on; and what it has."""

    def __init__(self, folder, server, key, limit):
        self.file = folder / f"copy-{uuid.uuid4().hex[:8]}"
        self.key, self.kills = key, 0
        self.command = [sys.executable, "-m", "tests.changes.consumer", f"127.0.0.1:{server.port}", self.file, str(limit)]
        self.start()

    def start(self):
        self.process = subprocess.Popen(self.command, cwd=ROOT, env={**os.environ, "RUNDE_TOKEN": self.key})

    def kill(self):
        self.end()
        self.kills += 1
        self.start()

    def end(self):
        assert self.process.poll() is None, "it has ended by itself"
        self.process.kill()
        self.process.wait()

    def rows(self, query, *values):
        with closing(sqlite3.connect(self.file, timeout=10)) as db:
            return db.execute(query, values).fetchall()

    def has(self, id):
        try:
            return bool(self.rows("SELECT true FROM copy WHERE id = ?", id))
        except sqlite3.OperationalError:  # there are no tables yet
            return False

    def documents(self):
        return {(resource, id): document for resource, id, document in self.rows("SELECT resource, id, document FROM copy")}

    def counts(self):
        return dict(self.rows("SELECT name, count FROM counts"))


class Trial:
    """An installation with writers and consumers; large: with meetings that are written many at a time."""

    def __init__(self, cluster, clients=16, limit=200, large=0):
        self.cluster, folder = cluster, cluster.folder
        self.server = Server(folder, f"changes-{uuid.uuid4().hex[:8]}", RUNDE_CONNECTIONS_PER_ADDRESS=0,
                             RUNDE_CLOCK_FILE=Clock(folder / "clock"), RUNDE_USER=cluster.user(), **cluster.environment)
        api = Caller(self.server, Contract())
        self.admin = api.as_client(cluster.key)
        self.given = Given(self.admin, api, lambda *words: SimpleNamespace(stdout=cluster.runde(*words)))
        self.topics = [self.given.topic()["id"] for _ in range(100)]
        self.given._topic = self.topics[0]
        keeper, other = self.given.client(scopes=WRITING), self.given.client(scopes=WRITING)
        self.groups = [self.given.schedule(keeper)["group_id"] for _ in range(large)]
        self.copies = {name: Copy(folder, self.server, self.key(scopes, keeper.organisation), limit)
                       for name, scopes in SCOPES.items()}
        self.writers, self.seconds, self.settled = Writers(), 0.0, 0.0
        for key in (keeper.key, other.key):
            known = {"group": [], "schedule": [], "venue": [], "closure": []}
            for _ in range(clients // 2):
                self.writers.start(Client(self.writers, f"127.0.0.1:{self.server.port}", key, self.topics[:5], known).step)
        slow = self.topics[5:]
        for _ in range(3):
            self.writers.start(lambda: slow and late(cluster.database, slow) or time.sleep(0.1))
        for _ in range(2 if large else 0):
            self.writers.start(lambda: many(cluster.database, self.groups))

    def key(self, scopes, organisation):
        return self.cluster.runde("client", "add", Given.word(), "--scopes", scopes,
                                  "--organisation", organisation["id"]).strip()

    def written(self):
        """How many changes; fewer than there are while the database is down."""
        try:
            with closing(psycopg2.connect(self.cluster.database)) as connection, connection.cursor() as cursor:
                cursor.execute("SELECT count(*) FROM changes")
                return cursor.fetchone()[0]
        except psycopg2.OperationalError:
            return 0

    def run(self, changes, kills=0, seconds=3600, goes_on=lambda: False):
        """Until so many changes were written and nothing else goes on; meanwhile so many consumers and workers are killed."""
        began, pause = time.monotonic(), threading.Event()
        for number in range(kills):
            pause.wait(random.uniform(0.3, 1.2))
            random.choice(list(self.copies.values())).kill()
            kill_worker(self.server)
        while goes_on() or (self.written() < changes and time.monotonic() < began + seconds):
            pause.wait(0.5)
        self.seconds = time.monotonic() - began

    def settle(self, seconds=120):
        """Ends the writing, and waits until all copies have the last that was written."""
        began = time.monotonic()
        self.writers.end()
        mark = self.given.topic()["id"]
        for copy in self.copies.values():
            await_truth(lambda: copy.has(mark), seconds)  # pylint: disable=cell-var-from-loop
        self.settled = time.monotonic() - began

    def differences(self):
        """What is wrong with the copies: {whose: what is missing, too much, other than exported, other than read}."""
        return {name: wrong for name, copy in self.copies.items() if (wrong := self.differences_of(copy))}

    def differences_of(self, copy):
        has, is_there = copy.documents(), self.exported(copy.key)
        read = {key: self.read(copy.key, *key) for key in random.sample(sorted(has), min(READ, len(has)))}
        found = {"missing": is_there.keys() - has.keys(), "too much": has.keys() - is_there.keys(),
                 "other": [key for key in has.keys() & is_there.keys() if has[key] != is_there[key]],
                 "other than read": [key for key, document in read.items() if document != has[key]],
                 "back in time": copy.counts().get("back in time")}
        return {what: keys for what, keys in found.items() if keys}

    def ask(self, key, path):
        """The body of an answer; None if there is nothing. A busy machine turns some away."""
        status = 503
        while status == 503:
            with closing(http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=20)) as connection:
                connection.request("GET", path, headers={"Authorization": f"Bearer {key}"})
                reply = connection.getresponse()
                status, body = reply.status, reply.read()
        assert status in (200, 404), (status, body)
        return body if status == 200 else None

    def exported(self, key):
        documents, path = {}, "/v1/exports"
        while True:
            *lines, last = [json.loads(line) for line in self.ask(key, path).splitlines()]
            documents.update({(line["resource"], line["id"]): compact(line["document"]) for line in lines})
            if "changes" in last:
                return documents
            path = f"/v1/exports?cursor={last['next']}"

    def read(self, key, resource, id):
        body = self.ask(key, f"/v1/{resource}s/{id}")
        return body and compact({name: value for name, value in json.loads(body).items()
                                 if name not in MOVING.get(resource, ())})

    def end(self):
        self.writers.end()
        for copy in self.copies.values():
            if copy.process.poll() is None:
                copy.end()
        self.server.stop()
