"""test_kills.py: whoever is killed or stopped, no job is lost, and none is done by two; and guards without which that shows."""

import json
import signal
import time
import uuid
from contextlib import closing

import psycopg2
import pytest

from tests.cluster import Cluster
from tests.jobs.checker import check, told
from tests.jobs.record import Record, prepare
from tests.jobs.trial import Trial
from tests.server import ROOT
from tests.wire import await_truth

USURPED = "only whoever claimed a job last does anything with it"
CLAIM = "UPDATE jobs SET attempts = attempts + 1, lease_until = now() + make_interval(secs => {}), fence = fence + 1"
FLAT_FENCE = """
    CREATE FUNCTION keep_fence() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        NEW.fence := OLD.fence;
        RETURN NEW;
    END
    $$;
    CREATE TRIGGER keep_fence BEFORE UPDATE ON jobs FOR EACH ROW EXECUTE FUNCTION keep_fence()
"""


@pytest.fixture
def durable():
    """Not in /tmp, which may be memory that knows no fsync."""
    cluster = Cluster("durable", folder=ROOT / "build")
    yield cluster
    cluster.stop()


def test_no_job_is_lost_or_done_by_two_whoever_is_killed_or_stopped(folder, durable):
    trial = Trial(durable, folder, rate=100, leaps=True)
    record = trial.run(kills=20, crashes=3, stops=3)
    found = check(record)
    assert not found, told(found)
    assert not trial.complaints and not record.left
    assert len(record.outages) == 3 and record.withdrawn and any(event.who in record.killed for event in record.events)


# What the guards are good for -----------------------------------------------------------------------


class Jobs:
    """In a database with a journal, with the record of what is added there."""

    def __init__(self, installed):
        self.installed, self.record = installed, Record()
        self.person = prepare(installed.database, installed.key)

    def add(self, kind="noop", is_committed=True, **payload):
        """One job, of which its client believes that it is there."""
        key = uuid.uuid4().hex
        with closing(psycopg2.connect(self.installed.database)) as connection:
            connection.cursor().execute("SELECT job_add(%s, %s, %s, %s, '2026-01-01', '2026-01-01')",
                                        [kind, key, self.person, json.dumps({"template": "message", **payload})])
            if is_committed:
                connection.commit()
        self.record.acknowledged.add(key)

    def does(self, who, *statements):
        """What a worker might do that is none of ours."""
        with closing(psycopg2.connect(self.installed.database)) as connection, connection, connection.cursor() as cursor:
            cursor.execute("SELECT set_config('journal.who', %s, false)", [who])
            for statement in statements:
                cursor.execute(statement)

    def count(self, what):
        return self.installed.value("SELECT count(*) FROM journal.events WHERE what = %s AND (kind IS NULL OR kind = 'mail')", what)

    def found(self, maildir):
        self.record.mails = []
        self.record.read_events(self.installed.database)
        self.record.read_mails(maildir)
        return check(self.record)


@pytest.fixture
def jobs(installed):
    return Jobs(installed)


@pytest.fixture
def late_worker(jobs, worker, mailbox, own_clock):
    """It finishes a job when its lease is over and somebody else has it, who finishes it when asked to."""
    def come_late():
        with closing(psycopg2.connect(jobs.installed.database)) as gate, gate.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(1)")
            jobs.add("mail", wait=1)
            late = worker(jobs.installed.database, RUNDE_KEY_FILE=jobs.installed.key)
            await_truth(lambda: jobs.count("claimed") == 1)
            jobs.record.moves.append((time.time(), 10))
            own_clock.move(10 / 3600)
            newer = worker(jobs.installed.database, RUNDE_KEY_FILE=jobs.installed.key)
            await_truth(lambda: jobs.count("claimed") == 2)
            newer.process.send_signal(signal.SIGSTOP)
        assert late.stop() == 0
        return lambda: newer.process.send_signal(signal.SIGCONT)
    return come_late


def test_who_is_late_is_refused(jobs, late_worker, mailbox):
    let_the_newer_finish = late_worker()
    assert jobs.count("refused") == 1 and jobs.count("done") == 0
    let_the_newer_finish()
    await_truth(lambda: jobs.count("done") == 1)
    assert jobs.found(mailbox.path) == {}


def test_with_a_fence_that_does_not_rise_who_is_late_finishes_what_is_somebody_elses(jobs, late_worker, mailbox):
    jobs.installed.rows(FLAT_FENCE)
    late_worker()
    assert {USURPED, "the fence rises with each claim"} <= jobs.found(mailbox.path).keys()


# What those do who keep no rules, and what is found.
BREACHES = {
    "finishes without looking at the fence": ([("one", CLAIM.format(-1)), ("two", CLAIM.format(9)), ("one", "DELETE FROM jobs")],
                                              USURPED),
    "takes what somebody else has": ([("one", CLAIM.format(9)), ("two", CLAIM.format(9)), ("two", "DELETE FROM jobs")],
                                     "nobody claims what somebody else has a lease of"),
    "takes a job away before it does it": ([("one", "DELETE FROM jobs")], USURPED),
    "takes a job for an hour": ([("one", CLAIM.format(3600))], "whoever claims a job has a lease, of ten seconds at most"),
    "counts its claims by itself": ([("one", CLAIM.format(-1)), ("two", CLAIM.format(9).replace("fence + 1", "1"))],
                                    "the fence rises with each claim"),
    "says that it is done and delivers nothing": ([("one", CLAIM.format(9)), ("one", "DELETE FROM jobs")],
                                                  "whatever is done was delivered"),
}


@pytest.mark.parametrize("breach", BREACHES)
def test_who_keeps_no_rules_is_found(jobs, folder, breach):
    steps, rule = BREACHES[breach]
    jobs.add("mail")
    for who, statement in steps:
        jobs.does(who, statement)
    assert rule in jobs.found(folder / "nothing")


def test_who_acknowledges_before_the_commit_is_found(jobs, folder):
    jobs.add(is_committed=False)
    assert "what was acknowledged is a job" in jobs.found(folder / "nothing")
