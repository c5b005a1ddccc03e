"""queues.py: two queues in one PostgreSQL: filled with jobs that do nothing, emptied by processes of their own, timed."""

import json
import os
import signal
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path


from tests.bench.load import Load
from tests.server import programs

GRAPHILE = Path(__file__).with_name("graphile")
WARMING = 2000  # jobs, before anything is timed
LOOK_EVERY = 0.002  # seconds
PATIENCE = 120  # seconds, until we give up


def await_truth(claim):
    deadline = time.monotonic() + PATIENCE
    while not claim():
        if time.monotonic() > deadline:
            raise SystemExit("the jobs are not done")
        time.sleep(LOOK_EVERY)


class Queue:
    """
    One way to do jobs. Of each kind there is: table; fill, which puts in so many at once; start, which gives a process;
    is_ready; poke, whatever tells workers that there is something; add_numbered, for latencies.
    """

    def __init__(self, stage, processes):
        self.stage, self.cursor, self.processes = stage, stage.cursor, processes
        self.log = stage.folder / f"jobs-{id(self)}.log"

    def value(self, query, *values):
        self.cursor.execute(query, values)
        return self.cursor.fetchone()[0]

    def is_done(self):
        """Whether nothing is left; the newest first, as it costs little to look for it."""
        return (not self.value(f"SELECT EXISTS (SELECT FROM {self.table} WHERE id = %s)", self.newest)
                and not self.value(f"SELECT EXISTS (SELECT FROM {self.table} WHERE {self.counted})"))

    def await_done(self):
        self.poke()
        await_truth(self.is_done)

    def put_in(self, count):
        """In a table without traces of what was there before."""
        self.cursor.execute(f"TRUNCATE {self.table}")
        self.fill(count)
        self.newest = self.value(f"SELECT max(id) FROM {self.table} WHERE {self.counted}")

    @contextmanager
    def at_work(self):
        """Processes that are connected and warm, and have nothing to do."""
        self.log.write_bytes(b"")
        started = [self.start() for _ in range(self.processes)]
        try:
            await_truth(lambda: self.is_ready(started))
            self.put_in(WARMING)
            self.await_done()
            yield started
            self.await_done()
        finally:
            for process in started:
                process.kill()
                process.wait()

    def rate(self, count):
        """
        Jobs a second. They are put in while the processes are stopped, and the time begins when those go on; it ends when
        the last job is gone for good.
        """
        with self.at_work() as processes:
            time.sleep(0.1)
            self.signal(processes, signal.SIGSTOP)
            self.put_in(count)
            self.cursor.execute(f"VACUUM ANALYZE {self.table}")
            self.cursor.execute("CHECKPOINT")
            started = time.monotonic()
            self.signal(processes, signal.SIGCONT)
            self.await_done()
            return Load(count / (time.monotonic() - started), 0, count)

    @staticmethod
    def signal(processes, number):
        for process in processes:
            process.send_signal(number)

    def begin(self, *words, **environment):
        with self.log.open("ab") as log:
            return subprocess.Popen(words, env={**os.environ, **environment}, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def latencies(self, seconds):
        """Milliseconds from when somebody begins to add a job until it runs, while there is nothing else to do."""
        begun = {}
        with self.at_work(), self.noting_starts():
            deadline = time.monotonic() + seconds
            while time.monotonic() < deadline:
                time.sleep(0.02)
                number = len(begun)
                begun[number] = time.time()
                self.add_numbered(number)
            await_truth(lambda: len(self.starts()) == len(begun))
            return Load([(at - begun[number]) * 1000 for number, at in self.starts().items()], 0, len(begun))


class Runde(Queue):
    """
    A job has run when it is deleted, which a trigger sees: that is a little later than its start. Whoever adds one pokes
    the workers afterwards, by another connection.
    """
    table, counted = "jobs", "kind = 'noop'"

    def fill(self, count):
        self.cursor.execute("SELECT count(job_add('noop', n::text, NULL, '{}', now(), now())) FROM generate_series(1, %s) n",
                            [count])

    def start(self):
        return self.begin(programs() / "runde-worker")

    def is_ready(self, processes):
        return self.value("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'runde' AND backend_type = "
                          "'client backend' AND state = 'idle'") == len(processes)

    def poke(self):
        self.stage.poking.execute("SELECT pg_notify('runde_jobs', '')")

    def add_numbered(self, number):
        self.cursor.execute("SELECT job_add('noop', %s, NULL, '{}', now(), now())", [f"numbered {number}"])
        self.poke()

    @contextmanager
    def noting_starts(self):
        self.cursor.execute("""
            CREATE TABLE starts (number integer, at double precision);
            CREATE FUNCTION note_start() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                INSERT INTO starts VALUES (substr(OLD.key, 10)::integer, extract(epoch FROM clock_timestamp()));
                RETURN NULL;
            END
            $$;
            CREATE TRIGGER note_start AFTER DELETE ON jobs FOR EACH ROW WHEN (OLD.key LIKE 'numbered %')
            EXECUTE FUNCTION note_start()""")
        yield
        self.cursor.execute("DROP TRIGGER note_start ON jobs; DROP FUNCTION note_start(); DROP TABLE starts")

    def starts(self):
        self.cursor.execute("SELECT number, at FROM starts")
        return dict(self.cursor.fetchall())


class Graphile(Queue):
    """A job says itself when it starts. Its own functions add jobs, and tell workers of them."""
    table, counted = "graphile_worker._private_jobs", "true"

    def __init__(self, stage, processes, **settings):
        super().__init__(stage, processes)
        self.settings = settings

    def fill(self, count):
        self.cursor.execute("SELECT count(*) FROM graphile_worker.add_jobs(array(SELECT ('noop', '{}', NULL, NULL, NULL, NULL, "
                            "NULL, NULL)::graphile_worker.job_spec FROM generate_series(1, %s)))", [count])

    def start(self):
        return self.begin("node", GRAPHILE / "worker.mjs", NODE_ENV="production", PGOPTIONS="",
                          SETTINGS=json.dumps(self.settings))

    def is_ready(self, processes):
        return self.log.read_text().count("ready") == len(processes)

    def poke(self):
        """It was told already, by whoever added the jobs."""

    def add_numbered(self, number):
        self.cursor.execute("SELECT graphile_worker.add_job('noop', json_build_object('number', %s))", [number])

    @contextmanager
    def noting_starts(self):
        yield

    def starts(self):
        lines = [line.split() for line in self.log.read_text().splitlines() if line[:1].isdigit()]
        return {int(number): int(at) / 1e6 for number, at in lines}
