"""test_kills.py: whoever is killed, nothing that was acknowledged is lost, and nothing is done twice; and a checker that sees."""

import pytest

from tests.cluster import Cluster
from tests.places.checker import told
from tests.places.kills import Kills
from tests.places.trial import Trial
from tests.server import ROOT


@pytest.fixture
def durable():
    """Not in /tmp, which may be memory that knows no fsync."""
    cluster = Cluster("durable", folder=ROOT / "build")
    yield cluster
    cluster.stop()


def test_nothing_acknowledged_is_lost_or_doubled_by_kills(folder, durable):
    with Trial(folder, durable.database, durable.folder / "secret.key", rough=True) as trial:
        kills = Kills(trial.stage.server, workers=4, cluster=durable, databases=3, apart=0.4)
        trial.load.run(500, goes_on=kills.go_on)
        assert kills.done == 7 and trial.load.answers["register", "cut"] > 0
        trial.must_be_well()


def test_who_forgets_the_key_when_an_answer_is_lost_is_registered_twice(trial):
    forgetful = trial(rough=True, forgetful=True)
    forgetful.load.run(400)
    found = forgetful.end()
    assert any("told so" in broken for broken in found), told(found)


# Behind everybody's back: what is done, and what has to be found.
LATER = """(SELECT b.id FROM registrations a JOIN registrations b USING (meeting_id, state)
            WHERE state = 'waiting' AND a.revision = 1 AND b.revision = 1 AND a.turn < b.turn AND a.newcomer = b.newcomer
              AND a.companions <= b.companions ORDER BY b.turn DESC LIMIT 1)"""
UNSEEN = "SET LOCAL session_replication_role = replica;"
SOMEBODY = "(SELECT registration_id FROM journal.acknowledged WHERE action = '{}' LIMIT 1)"
TAMPERING = {
    "what was acknowledged is there": f"{UNSEEN} DELETE FROM registrations WHERE id = {SOMEBODY.format('register')}",
    "every registration is what its last step made it":
        f"{UNSEEN} UPDATE registrations SET state = 'confirmed' WHERE id = {SOMEBODY.format('cancel')}",
    "what somebody was shown was so": f"DELETE FROM registration_events WHERE registration_id = {SOMEBODY.format('cancel')}",
    "turns were drawn in the order of acceptance":
        f"{UNSEEN} UPDATE registrations SET turn = 0 WHERE id = {LATER}",
    "whoever asked after somebody else was accepted comes after them":
        f"{UNSEEN} UPDATE registrations SET turn = 0 WHERE id = {LATER}",
    "nobody was served before somebody who was accepted earlier and needed no more":
        "UPDATE registrations SET state = 'offered', lapses_at = 'infinity', action = 'offer', actor = 'system' "
        f"WHERE id = {LATER}",
    "nobody waits for what is free": "DELETE FROM places WHERE schedule_id IN (SELECT schedule_id FROM registrations "
                                     "WHERE state = 'waiting')",
    "whoever may hold places holds them": "DELETE FROM places WHERE ctid = (SELECT ctid FROM places LIMIT 1)",
    "no seat is held twice on any date": "ALTER TABLE places DROP CONSTRAINT place_held_once; "
                                         "UPDATE places SET seat = 1 WHERE seat IS NOT NULL",
    "whoever is registered was told so": f"DELETE FROM journal.acknowledged WHERE registration_id = {SOMEBODY.format('register')}",
    "what somebody did they were told": f"DELETE FROM journal.acknowledged WHERE action = 'cancel' "
                                        f"AND registration_id = {SOMEBODY.format('cancel')}",
    "the steps are those of the table": "UPDATE registration_events SET action = 'accept' WHERE action = 'cancel'",
    "whoever wanted to register once": "UPDATE journal.acknowledged SET key = 'the same' WHERE action = 'register'",
}


def test_the_checker_sees_what_is_done_behind_its_back(trial):
    loaded = trial()
    loaded.load.run(600)
    loaded.must_be_well()
    unseen = {}
    for broken, tampering in TAMPERING.items():
        found = loaded.stage.checker.look_at_all(loaded.journal.path, tampering)
        if not any(name.startswith(broken) for name in found):
            unseen[broken] = sorted(found)
    assert not unseen
    assert not loaded.stage.checker.look_at_all(loaded.journal.path)
