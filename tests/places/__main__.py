"""Places under load for as long as one likes: OPERATIONS, KILLS of workers and half as many of PostgreSQL; prints counts."""

import os
import sys
from collections import Counter
from contextlib import contextmanager

from tests.cluster import Cluster
from tests.places.checker import told
from tests.places.guards import TAKEN_AWAY, leave_only, overbooking
from tests.places.kills import Kills
from tests.places.load import Rush
from tests.places.trial import Trial
from tests.server import ROOT, Server

OPERATIONS = int(os.environ.get("OPERATIONS", "20000"))
KILLS = int(os.environ.get("KILLS", "10"))
ROUNDS = int(os.environ.get("ROUNDS", "10"))
PLACES = 10


@contextmanager
def begun(prepare=None, **how):
    """A trial on a PostgreSQL of its own; not in /tmp, which may be memory that knows no fsync."""
    cluster = Cluster("durable", folder=ROOT / "build")
    try:
        Server.environment = {"RUNDE_USER": cluster.user()}
        if prepare:
            prepare(cluster.database)
        with Trial(cluster.folder, cluster.database, cluster.folder / "secret.key", **how) as trial:
            yield cluster, trial
    finally:
        cluster.stop()


def report(name, trial, of=lambda found: found):
    """One line, and what was found of what matters; whether there was nothing."""
    load, found = trial.load, of(trial.end())
    written = sum(count for (what, answer), count in load.answers.items() if answer in (200, 201) and what != "read")
    unanswered = Counter({answer: 0 for answer in ("cut", "lost", 503)})
    for (_, answer), count in load.answers.items():
        if answer in unanswered:
            unanswered[answer] += count
    print(f"{name}: {load.count} answers, {written} of them writes, in {load.seconds:.0f} s: {load.count / load.seconds:.0f}/s, "
          f"{written / load.seconds:.0f} writes/s; cut {unanswered['cut']}, lost {unanswered['lost']}, 503 {unanswered[503]}; "
          f"{trial.journal.count} acknowledgements; {trial.watch.looks} looks; complaints {len(load.complaints)}; "
          f"found {sum(map(len, found.values()))}; seed {load.seed}", flush=True)
    print("".join(f"  {line}\n" for line in [*told(found).splitlines(), *load.complaints[:5]]), end="")
    return not found and not load.complaints


def load_all():
    with begun() as (cluster, trial):
        trial.load.run(OPERATIONS)
        well = report("load", trial)
        print(f"  PostgreSQL refused: {dict(cluster.errors())}")
        return well


def kill_all():
    with begun(rough=True) as (cluster, trial):
        kills = Kills(trial.stage.server, KILLS, cluster, KILLS // 2)
        trial.load.run(0, goes_on=kills.go_on)
        return report(f"{KILLS} workers and {KILLS // 2} PostgreSQLs killed", trial)


def rush(*guards):
    """Ten times more people than places; whether it came out as it should, with these guards or without any."""
    with begun(prepare=lambda database: leave_only(database, *guards), series={"capacity": PLACES}, rough=True) as (_, trial):
        states = Rush(trial.load, trial.load.series[0]).run(ROUNDS)
        print(f"{' and '.join(guards) or 'no guard'}: {dict(states)} for {PLACES} places")
        well = report("  overbooking", trial, overbooking)
        return well and states["confirmed"] == PLACES if guards else not well


def main():
    well = [load_all(), kill_all(), *(rush(guard) for guard in TAKEN_AWAY), rush(*TAKEN_AWAY), rush()]
    print("all is well" if all(well) else "NOT ALL IS WELL")
    return 0 if all(well) else 1


if __name__ == "__main__":
    sys.exit(main())
