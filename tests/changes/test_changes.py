"""test_changes.py: copies kept by export and changes are exact, whoever writes meanwhile and whoever is killed."""

from contextlib import closing

import psycopg2
import pytest

from tests.changes.trial import WITHOUT_HORIZON, Trial
from tests.cluster import Cluster

CHANGES = 3000


@pytest.fixture
def cluster():
    cluster = Cluster()
    yield cluster
    cluster.stop()


@pytest.fixture
def trial(cluster):
    made = []

    def begin(**how):
        made.append(Trial(cluster, **how))
        return made[-1]
    yield begin
    for one in made:
        one.end()


def test_copies_are_exact_whoever_writes_and_is_killed(trial):
    begun = trial()
    begun.run(CHANGES, kills=6)
    begun.settle()
    assert begun.differences() == {}
    assert all(copy.counts()["changes"] > 0 for copy in begun.copies.values())
    assert sum(copy.kills for copy in begun.copies.values()) == 6
    assert {("POST", 201), ("PATCH", 200), ("DELETE", 204)} <= begun.writers.answers.keys()


# What makes copies exact; without each of them something is found to be wrong.
TAKEN_AWAY = {
    "waiting for long transactions": (WITHOUT_HORIZON, "topic"),
    "telling of what a group takes with it": ("DROP TRIGGER show_anew ON groups", "meeting")}


@pytest.mark.parametrize("guard", TAKEN_AWAY)
def test_without_any_of_this_copies_go_wrong(trial, cluster, guard):
    taking, what = TAKEN_AWAY[guard]
    with closing(psycopg2.connect(cluster.database)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(taking)
    begun = trial(limit=5)
    begun.run(CHANGES // 3)
    begun.settle()
    wrong = [keys for found in begun.differences().values() for name, keys in found.items() if name != "back in time"]
    assert what in {resource for keys in wrong for resource, _ in keys}
