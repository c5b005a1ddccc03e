"""Copies kept while CHANGES are written by CLIENTS, and KILLS of consumers, of workers and some of PostgreSQL; prints counts."""

import os
import sys
from collections import Counter

from tests.changes.trial import Trial
from tests.cluster import Cluster
from tests.places.kills import Kills
from tests.server import ROOT

CHANGES = int(os.environ.get("CHANGES", "100000"))
CLIENTS = int(os.environ.get("CLIENTS", "64"))
KILLS = int(os.environ.get("KILLS", "20"))
SECONDS = int(os.environ.get("SECONDS", "3600"))  # after which no more is written


def report(trial, differences):
    written, kinds = trial.written(), Counter()
    for (_, status), count in trial.writers.answers.items():
        kinds[status] += count
    print(f"{written} changes by {CLIENTS} clients and in bulk in {trial.seconds:.0f} s, all consumed after "
          f"{trial.settled:.0f} s more; answers {dict(kinds)}")
    for name, copy in trial.copies.items():
        print(f"  {name}: {len(copy.documents())} resources, {copy.counts().get('changes', 0)} items, {copy.kills} times killed: "
              f"{ {what: keys if isinstance(keys, int) else len(keys) for what, keys in differences.get(name, {}).items()} }")


def main():
    cluster = Cluster("durable", folder=ROOT / "build")  # not in /tmp, which may be memory that knows no fsync
    trial = None
    try:
        trial = Trial(cluster, clients=CLIENTS, large=20)
        databases = Kills(trial.server, workers=0, cluster=cluster, databases=KILLS // 10, apart=5)
        trial.run(CHANGES, KILLS, SECONDS, goes_on=databases.go_on)
        trial.settle(1200)
        differences = trial.differences()
        report(trial, differences)
        print("all is well" if not differences else "NOT ALL IS WELL")
        return 1 if differences else 0
    finally:
        if trial:
            trial.end()
        cluster.stop()


sys.exit(main())
