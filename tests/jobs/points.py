"""points.py: workers killed at named points of the way of a mail; how many mails are missing then, and how many come twice."""

import json
import os
import signal
import sys
import uuid
from collections import Counter
from contextlib import closing
from dataclasses import dataclass

import psycopg2

from tests.cluster import Cluster
from tests.jobs.record import prepare
from tests.jobs.sink import Sink
from tests.jobs.trial import LeapingClock
from tests.server import ROOT
from tests.wire import await_truth
from tests.worker import Worker

LEASE_SECONDS = 7
TOGETHER = 3  # mails at a time
OURS = "FROM pg_stat_activity WHERE application_name = 'runde' AND datname = current_database()"
SESSIONS = f"SELECT count(*) {OURS}"
WAITING = SESSIONS + " AND wait_event_type = 'Lock'"

# Whoever forgets a mail can be made to wait, before it is committed.
GATE = """
    CREATE OR REPLACE FUNCTION mail_facts(asked text, person uuid, payload jsonb, at timestamptz) RETURNS jsonb
    LANGUAGE plpgsql AS $$ BEGIN PERFORM FROM told_gate; RETURN '{}'; END $$;
    CREATE TABLE told_gate ();
    CREATE TABLE settled_gate ();
    CREATE FUNCTION await_gate() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM FROM settled_gate; RETURN OLD; END $$;
    CREATE TRIGGER await_gate BEFORE DELETE ON jobs FOR EACH ROW WHEN (OLD.kind = 'mail') EXECUTE FUNCTION await_gate();
    UPDATE mail_templates SET need = 'all' WHERE name = 'meeting_changed';
    DELETE FROM timetable;
"""


@dataclass
class Point:
    """Where a worker is killed: while it waits for a table that somebody has locked, or for the sink, which holds it there."""
    name: str
    table: str | None = None
    sink: str | None = None
    template: str = "message"
    is_stopped: bool = False  # before it can hear what the sink says then
    is_open: bool = False  # the server has the whole letter, and that it has it is not committed


POINTS = [
    Point("claimed, nothing read", table="told_gate"),
    Point("read, not checked", table="mails_counted", template="meeting_changed"),
    Point("checked, no token stored", table="capabilities", template="confirm_address"),
    Point("token stored, connected", sink="connected", template="confirm_address"),
    Point("after MAIL", sink="MAIL"),
    Point("after RCPT", sink="RCPT"),
    Point("in DATA", sink="in DATA"),
    Point("whole, not answered", sink="unanswered", is_open=True),
    Point("250 said, not heard", sink="about to answer", is_open=True, is_stopped=True),
    Point("heard, while settling", table="settled_gate", is_open=True),
    Point("committed"),
]


class Way:
    """Mails, a sink, somebody who sends what is left, and workers that are killed."""

    def __init__(self, folder, database, key_file):
        self.folder, self.database = folder, database
        self.connection = psycopg2.connect(database)
        self.connection.autocommit = True
        self.db = self.connection.cursor()
        self.person = prepare(database, key_file)
        self.db.execute(GATE)
        self.clock, self.sink = LeapingClock(folder / f"clock-{uuid.uuid4().hex[:8]}"), Sink()
        self.environment = {"RUNDE_DATABASE": database, "RUNDE_KEY_FILE": key_file, "RUNDE_CLOCK_FILE": self.clock,
                            "RUNDE_SMTP_URL": f"smtp://127.0.0.1:{self.sink.port}", "RUNDE_MAIL_PACE": 0}
        self.survivor, self.awaited = self.worker(), set()
        await_truth(lambda: self.value(SESSIONS) == 1)
        self.spared = self.value(f"SELECT pid {OURS}")

    def worker(self):
        return Worker(self.folder, self.environment)

    def value(self, query, *values):
        self.db.execute(query, values)
        return self.db.fetchone()[0]

    def add(self, template):
        for _ in range(TOGETHER):
            self.db.execute("SELECT job_add('mail', %s, %s, %s, %s, %s)",
                            [uuid.uuid4().hex, self.person, json.dumps({"template": template}), self.clock.now(), self.clock.now()])
        self.db.execute("SELECT '<' || id || '.' || (extract(epoch FROM created_at) * 1000000)::bigint FROM jobs WHERE kind = 'mail'")
        self.awaited |= {name for name, in self.db.fetchall()}
        self.db.execute("TRUNCATE mails_counted")
        self.db.execute("NOTIFY runde_jobs")

    def is_done(self):
        return self.value("SELECT count(*) FROM jobs WHERE kind = 'mail'") == 0

    def kill(self, victim):
        """With its sessions, for what was sent to PostgreSQL would still be done."""
        victim.kill()
        self.db.execute(f"SELECT pg_terminate_backend(pid) {OURS} AND pid <> %s", [self.spared])

    def kill_at_table(self, point):
        with closing(psycopg2.connect(self.database)) as holder:
            holder.cursor().execute(f"LOCK {point.table}")
            victim = self.worker()
            await_truth(lambda: self.value(WAITING) > 0, 20)
            self.kill(victim)

    def kill_at_sink(self, point):
        victims, before = [], len(self.sink.taken)
        self.sink.hold(point.sink, lambda: point.is_stopped and victims[0].process.send_signal(signal.SIGSTOP))
        victims.append(self.worker())
        assert self.sink.reached.wait(20), point.name
        if point.is_stopped:
            self.sink.let_go()
            await_truth(lambda: len(self.sink.taken) > before)
        self.kill(victims[0])
        (self.sink.let_go if point.is_open else self.sink.forget_all)()

    def kill_when_done(self, point):
        victim = self.worker()
        await_truth(self.is_done, 20)
        self.kill(victim)

    def kill_at(self, point):
        self.survivor.process.send_signal(signal.SIGSTOP)
        self.add(point.template)
        (self.kill_at_table if point.table else self.kill_at_sink if point.sink else self.kill_when_done)(point)
        self.clock.leap(LEASE_SECONDS + 1)
        self.survivor.process.send_signal(signal.SIGCONT)
        self.db.execute("NOTIFY runde_jobs")
        await_truth(self.is_done, 30)

    def result(self):
        """Mails that never came; how many came again."""
        came = Counter(name.split("@")[0] for name in self.sink.taken)
        return len(self.awaited - came.keys()), sum(count - 1 for count in came.values()), len(came.keys() - self.awaited)

    def end(self):
        self.survivor.kill()
        self.sink.stop()
        self.connection.close()


def trial(folder, database, key_file, point, kills):
    """Missing, second copies, mails that nobody asked for."""
    way = Way(folder, database, key_file)
    try:
        for _ in range(kills):
            way.kill_at(point)
        return way.result()
    finally:
        way.end()


def main():
    """A table; KILLS at each point."""
    kills, well = int(os.environ.get("KILLS", "100")), True
    print(f"{'killed at':<28}{'kills':>6}{'mails':>7}{'missing':>9}{'twice':>7}{'unasked':>9}")
    for point in POINTS:
        cluster = Cluster("durable", folder=ROOT / "build")
        try:
            missing, twice, unasked = trial(cluster.folder, cluster.database, cluster.folder / "secret.key", point, kills)
        finally:
            cluster.stop()
        well = well and missing == unasked == 0 and twice <= (kills * TOGETHER if point.is_open else 0)
        print(f"{point.name:<28}{kills:>6}{kills * TOGETHER:>7}{missing:>9}{twice:>7}{unasked:>9}", flush=True)
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
