"""Jobs for as long as one likes, while workers (KILLS) and PostgreSQLs (CRASHES) are killed; prints what became of them."""

import math
import os
import statistics
import sys

from tests.cluster import Cluster
from tests.jobs.checker import check, recoveries, resumptions, told
from tests.jobs.trial import Trial
from tests.server import ROOT

KILLS = int(os.environ.get("KILLS", "100"))
CRASHES = int(os.environ.get("CRASHES", "20"))
STOPS = int(os.environ.get("STOPS", str(KILLS // 20)))
RATE = int(os.environ.get("RATE", "100"))
GOAL_SECONDS = 10


def count(record, what):
    return sum(event.what == what for event in record.events)


def row(name, text):
    print(f"  {name:<28}{text}")


def timed(name, seconds):
    """One line about how long it took; whether it was always soon enough."""
    worst = max(seconds, default=0)
    row(name, f"median {statistics.median(seconds or [math.nan]):.2f} s, most {worst:.2f} s; goal {GOAL_SECONDS} s: "
              f"{'reached' if worst < GOAL_SECONDS else 'MISSED'}")
    return worst < GOAL_SECONDS


def report(trial, record):
    """The table; whether all is well."""
    found, recovered, resumed = check(record), list(recoveries(record)), list(resumptions(record))
    busy = {event.who for event in record.events if event.what == "claimed"} & record.killed.keys()
    print(f"{count(record, 'added')} jobs in {trial.seconds:.0f} s")
    row("added, as clients see it", f"{len(record.acknowledged)} acknowledged, {len(record.unknown)} unanswered, "
                                    f"{len(record.withdrawn)} rolled back")
    row("done", f"{count(record, 'done')} by {count(record, 'claimed')} claims, {len(record.mails)} mails; "
                f"{len(record.left)} left")
    row("workers killed", f"{len(record.killed)}, of which {len(busy)} had worked; {len(recovered)} jobs in their hands")
    well = timed("  claimed again after", recovered)
    row("PostgreSQL killed", f"{len(record.outages)} times, down for {sum(up - down for down, up in record.outages):.0f} s")
    well = timed("  work went on after", resumed) and well
    row("stopped past their leases", f"{STOPS}; {count(record, 'refused')} times refused when they went on")
    row("found", f"{sum(map(len, found.values()))}; complaints {len(trial.complaints)}")
    print("".join(f"  {line}\n" for line in [*told(found).splitlines(), *trial.complaints[:5]]), end="")
    return well and not found and not trial.complaints


def main():
    cluster = Cluster("durable", folder=ROOT / "build")  # not in /tmp, which may be memory that knows no fsync
    try:
        trial = Trial(cluster, cluster.folder, RATE)
        well = report(trial, trial.run(KILLS, CRASHES, STOPS))
    finally:
        cluster.stop()
    print("all is well" if well else "NOT ALL IS WELL")
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
