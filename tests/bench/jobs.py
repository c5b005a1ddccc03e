"""jobs.py: Runde's queue of jobs beside graphile-worker's: how many are done in a second, and how soon one begins."""

import json
import statistics

from tests.bench.cases import RUNDE, Contender, Latency, Throughput, percentile, verdict
from tests.bench.queues import GRAPHILE, Graphile, Runde
from tests.bench.stage import Stage, output
from tests.server import programs

# What their documentation has for its own figures; and without what it calls batching.
AT_ONCE = {"concurrentJobs": 24, "maxPoolSize": 25}
BATCHED = {**AT_ONCE, "localQueue": {"size": 500}, "completeJobBatchDelay": 0, "failJobBatchDelay": 0}
LONG_QUEUE = {**BATCHED, "localQueue": {"size": 2000}}  # which is better here

# Name, how many jobs a second about, the queue: what fills the time of a turn.
RUNDE_RATE, BATCHED_RATE, SINGLE_RATE, DEFAULT_RATE = 40000, 20000, 3000, 1000


class JobStage(Stage):
    """A durable PostgreSQL with both queues in it, and nothing else."""

    def fill(self):
        for words in (["key"], ["migrate"]):
            output(programs() / "runde", *words)
        self.cursor, self.poking = self.connect(), self.connect()

    def add_client(self):
        """Nobody asks for anything here."""

    def start_servers(self):
        """Whoever is measured starts by itself."""


class JobRates(Throughput):
    def comparison(self, other):
        return "" if other.family == RUNDE else super().comparison(other)


class JobLatency(Latency):
    def print(self):
        columns = "".join(f"{name:>10}" for name in ("p50", "p90", "p99", "max"))
        print(f"\n{self.title:<32}{columns}   medians of the rounds, and the very worst")
        for contender in self.contenders:
            p50, p90, p99 = (statistics.median(percentile(times, percent) for times in contender.results)
                             for percent in (50, 90, 99))
            worst = max(map(max, contender.results))
            print(f"  {contender.name:<31}" + "".join(f"{ms:>7.2f} ms" for ms in (p50, p90, p99, worst)), end="")
            print(f"   goal p50 {self.goal_ms} ms: {verdict(p50 < self.goal_ms)}" if contender.family == RUNDE else "")


def rates(stage):
    def contender(name, rate, queue):
        return Contender(name, lambda seconds: queue.rate(rate * seconds))
    return JobRates("jobs that do nothing, durable", [
        contender(f"{RUNDE}, 1 process", RUNDE_RATE, Runde(stage, 1)),
        contender(f"{RUNDE}, 2 processes", RUNDE_RATE, Runde(stage, 2)),
        contender("graphile batched, 1 process", BATCHED_RATE, Graphile(stage, 1, **BATCHED)),
        contender("graphile batched, 2 processes", BATCHED_RATE, Graphile(stage, 2, **BATCHED)),
        contender("graphile batched, 1 long queue", BATCHED_RATE, Graphile(stage, 1, **LONG_QUEUE)),
        contender("graphile batched, 2 long queues", BATCHED_RATE, Graphile(stage, 2, **LONG_QUEUE)),
        contender("graphile unbatched, 1 process", SINGLE_RATE, Graphile(stage, 1, **AT_ONCE)),
        contender("graphile unbatched, 2 processes", SINGLE_RATE, Graphile(stage, 2, **AT_ONCE)),
        contender("graphile default, 1 process", DEFAULT_RATE, Graphile(stage, 1)),
    ], **{"graphile batched": 2, "graphile unbatched": 20, "graphile default": 20})


def latency(stage):
    return JobLatency("from adding a job to its start", [
        Contender(f"{RUNDE}, 1 process", Runde(stage, 1).latencies),
        Contender("graphile default, 1 process", Graphile(stage, 1).latencies),
        Contender("graphile batched, 1 process", Graphile(stage, 1, **BATCHED).latencies),
    ], goal_ms=5)


def print_queues(cursor):
    lock = json.loads((GRAPHILE / "package-lock.json").read_text())["packages"]
    cursor.execute("SELECT string_agg(name || ' ' || setting, ', ' ORDER BY name) FROM pg_settings "
                   "WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit')")
    print(f"queues       graphile-worker {lock['node_modules/graphile-worker']['version']}, "
          f"pg {lock['node_modules/pg']['version']}, Node.js {output('node', '--version')}; {cursor.fetchone()[0]}")
