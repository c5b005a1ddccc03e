"""test_changes.py: copies kept by export and changes are exact, whoever writes meanwhile and whoever is killed."""

from contextlib import closing

import psycopg2
import pytest

from tests.changes.trial import WITHOUT_HORIZON, Trial
from tests.cluster import Cluster

CHANGES = 2000


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


def test_who_does_not_wait_for_long_transactions_loses_what_they_commit(trial, cluster):
    with closing(psycopg2.connect(cluster.database)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(WITHOUT_HORIZON)
    begun = trial(limit=5)
    begun.run(CHANGES // 3)
    begun.settle()
    assert any(resource == "topic" for wrong in begun.differences().values() for resource, _ in wrong.get("other", ()))
