"""inflow.py: clients that go on adding jobs, in transactions of which some are rolled back, whatever becomes of PostgreSQL."""

import json
import random
import threading
import uuid
from contextlib import closing

import psycopg2

MAILS = 0.3  # of the jobs
ROLLED_BACK = 0.15  # of the transactions
AGAIN = 0.1  # of the keys, which were used before
POKED = 0.5  # of the transactions: workers must find the others by themselves
MOST = 5  # jobs in a transaction
POKE = "SELECT pg_notify('runde_jobs', '')"


class Client(threading.Thread):
    """Adds so many jobs a second. What it was told it writes into its own sets of the record's."""

    def __init__(self, database, clock, person, rate):
        super().__init__(daemon=True)
        self.database, self.clock, self.person, self.pause = database, clock, person, (1 + MOST) / 2 / rate
        self.over, self.failure = threading.Event(), None
        self.acknowledged, self.withdrawn, self.unknown, self.known = set(), set(), set(), []
        self.start()

    def run(self):
        try:
            while not self.over.is_set():
                try:
                    with closing(psycopg2.connect(self.database)) as connection:
                        self.go_on(connection)
                except (psycopg2.OperationalError, psycopg2.InterfaceError):
                    self.over.wait(0.05)
        except Exception as failure:
            self.failure = failure

    def go_on(self, connection):
        while not self.over.wait(self.pause * random.uniform(0.5, 1.5)):
            is_serious = random.random() >= ROLLED_BACK
            keys = [self.key(is_serious) for _ in range(random.randint(1, MOST))]
            self.add(connection, keys, is_serious)
            if random.random() < POKED:
                connection.cursor().execute(POKE)
                connection.commit()

    def key(self, is_serious):
        """A new one, which begins with its kind, unless what is known to be there shall be asked for again."""
        if is_serious and self.known and random.random() < AGAIN:
            return random.choice(self.known[-50:])
        return f"{'mail' if random.random() < MAILS else 'noop'} {uuid.uuid4().hex}"

    def add(self, connection, keys, is_serious):
        outcome = self.withdrawn
        try:
            with connection.cursor() as cursor:
                for key in keys:
                    self.add_one(cursor, key)
            if is_serious:
                outcome = self.unknown
                connection.commit()
                outcome = self.acknowledged
                self.known += keys
            else:
                connection.rollback()
        finally:
            outcome.update(keys)

    def add_one(self, cursor, key):
        kind, now = key.split()[0], self.clock.now()
        cursor.execute("SELECT job_add(%s, %s, %s, %s, %s, %s)",
                       [kind, key, self.person if kind == "mail" else None, json.dumps({"template": "message"}), now, now])


class Inflow:
    """Several of them at once."""

    def __init__(self, *how, clients=2, rate):
        self.clients = [Client(*how, rate / clients) for _ in range(clients)]

    def end(self):
        for client in self.clients:
            client.over.set()
        for client in self.clients:
            client.join()
            if client.failure:
                raise client.failure

    def of(self, outcome):
        """All keys that had that outcome, for any of them."""
        return set().union(*(getattr(client, outcome) for client in self.clients))
