"""trial.py: workers at jobs that clients add, what is done to them meanwhile, and the record of it all."""

import time
import uuid
from contextlib import closing
from datetime import datetime, timedelta, timezone

import psycopg2

from tests.clock import Clock
from tests.jobs.attacks import Attacks
from tests.jobs.inflow import Inflow
from tests.jobs.pool import Pool
from tests.jobs.record import KINDS, Record, prepare
from tests.wire import await_truth

WORKERS = 3
MARGIN = 10


class LeapingClock(Clock):
    """One that only goes forward."""
    ahead = 0

    def leap(self, seconds):
        self.ahead += seconds
        self.move(self.ahead / 3600)

    def now(self):
        return (datetime.now(timezone.utc) + timedelta(seconds=self.ahead)).isoformat()


class Trial:
    """On a cluster of its own. rate: jobs that are added in a second; leaps: as of Attacks."""

    def __init__(self, cluster, folder, rate, leaps=False):
        self.cluster, self.folder, self.rate, self.leaps = cluster, folder, rate, leaps
        name = uuid.uuid4().hex[:8]
        self.clock, self.maildir, self.record = LeapingClock(folder / f"clock-{name}"), folder / f"mail-{name}", Record()
        self.person = prepare(cluster.database, cluster.folder / "secret.key")

    def run(self, kills, crashes, stops):
        """Returns the record, when everything is done and quiet."""
        pool = Pool(self.folder, self.cluster.database, WORKERS, kills + stops + WORKERS + MARGIN,
                    RUNDE_KEY_FILE=self.cluster.folder / "secret.key", RUNDE_MAILDIR=self.maildir,
                    RUNDE_CLOCK_FILE=self.clock)
        inflow = Inflow(self.cluster.database, self.clock, self.person, rate=self.rate)
        attacks = Attacks(pool, self.cluster, self.clock, self.record, self.leaps)
        started = time.time()
        try:
            attacks.run(kills, crashes, stops)
            inflow.end()
            if self.leaps:
                attacks.leap()
            await_truth(self.is_idle, 600)  # what has failed four times waits for six minutes
        finally:
            inflow.end()
            pool.end()
        self.seconds, self.complaints = time.time() - started, pool.complaints
        return self.complete(inflow, pool)

    def is_idle(self):
        with closing(psycopg2.connect(self.cluster.database)) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM jobs WHERE kind IN %s AND dead_at IS NULL", [KINDS])
            return cursor.fetchone() == (0,)

    def complete(self, inflow, pool):
        record = self.record
        record.acknowledged, record.withdrawn, record.unknown = map(inflow.of, ("acknowledged", "withdrawn", "unknown"))
        record.killed = pool.killed
        record.read_events(self.cluster.database)
        record.read_mails(self.maildir)
        return record
