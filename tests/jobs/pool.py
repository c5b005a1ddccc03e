"""pool.py: workers of which some are killed and some stopped and woken, so that there are always as many as there should be."""

import random
import re
import signal
import time
from contextlib import closing

import psycopg2

from tests.worker import Worker

ROLES = """
    DO $$
    BEGIN
        FOR number IN 1..{count} LOOP
            EXECUTE format('CREATE ROLE worker_%s LOGIN SUPERUSER', number);
        END LOOP;
    END
    $$
"""


class Pool:
    """most: how many workers there will ever be. Each has a role of its own, by which the journal knows it."""

    def __init__(self, folder, database, size, most, **environment):
        self.folder, self.database, self.size, self.environment = folder, database, size, environment
        self.count, self.running, self.stopped = 0, {}, {}
        self.killed, self.complaints = {}, []
        with closing(psycopg2.connect(database)) as connection, connection:
            connection.cursor().execute(ROLES.format(count=most))
        self.fill()

    def fill(self):
        """Starts as many as are missing."""
        while len(self.running) < self.size:
            self.count += 1
            name = f"worker_{self.count}"
            database = re.sub(r"user=\S+", f"user={name}", self.database)
            self.running[name] = Worker(self.folder, {"RUNDE_DATABASE": database, **self.environment})

    def take(self):
        """One of those that run, which is none of them any more."""
        name = random.choice(list(self.running))
        worker = self.running.pop(name)
        if worker.process.poll() is not None:
            self.complaints.append(f"{name} ended by itself: {worker.said()}")
        return name, worker

    def kill(self):
        name, worker = self.take()
        self.killed[name] = time.time()
        worker.kill()
        self.fill()

    def stop(self):
        """Somebody else takes its place."""
        name, worker = self.take()
        self.stopped[name] = worker
        worker.process.send_signal(signal.SIGSTOP)
        self.fill()

    def wake(self):
        """The one that was stopped first."""
        name = next(iter(self.stopped))
        self.running[name] = self.stopped.pop(name)
        self.running[name].process.send_signal(signal.SIGCONT)

    def end(self):
        """All of them, gracefully."""
        while self.stopped:
            self.wake()
        for worker in self.running.values():
            worker.process.terminate()
        for name, worker in self.running.items():
            status = worker.process.wait(30)
            if status != 0:
                self.complaints.append(f"{name} ended with {status}: {worker.said()}")
