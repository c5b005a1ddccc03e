"""test_entries.py: whether what is published of a group is still right: who says so, and what shows when nobody does."""

from datetime import datetime, timedelta, timezone

import pytest

from tests.api.test_imports import Source, meeting
from tests.circle import Circle

SCOPES = "groups:write,meetings:write,registrations:write"
STALE, FRESH = "10 months", "8 months"


class Entry:
    """The entry of a group with a leader, as its organisation and everybody else see it."""

    def __init__(self, given, db):
        self.keeper, self.api, self.db = given.client(), given.api, db
        self.group = given.group(self.keeper)
        self.leader = given.leader(self.group)
        self.path = f"/v1/groups/{self.group['id']}"

    def age(self, interval):
        """As if it had been confirmed that long ago."""
        self.db.execute("UPDATE groups SET verified_at = now() - %s::interval WHERE id = %s", [interval, self.group["id"]])

    def answer(self, word, leader=None):
        self.db.execute("SELECT entry_answer(%s, %s, now())", [leader or self.leader.id, word])
        return self.db.fetchone()[0]

    def question(self):
        """The facts of a mail that asks; None if there is none to be sent."""
        self.db.execute("SELECT freshness_facts(%s, now())", [self.leader.id])
        return self.db.fetchone()[0]

    def read(self):
        return self.keeper.get(self.path).json

    def found(self, **parameters):
        """What everybody finds of the organisation."""
        query = "".join(f"&{name}={value}" for name, value in parameters.items())
        return self.api.get(f"/v1/groups?organisation={self.keeper.organisation['id']}{query}").json["items"]


@pytest.fixture
def entry(given, db):
    return Entry(given, db)


@pytest.fixture
def circle(given):
    return Circle(given, given.client(scopes=SCOPES), capacity=2)


# What shows ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("age, stale", [("0 days", False), (FRESH, False), (STALE, True)])
def test_an_entry_is_stale_wherever_it_shows_when_nobody_has_confirmed_it_for_long(entry, age, stale):
    entry.age(age)
    listed = entry.api.all_pages("/v1/groups?limit=200")
    assert entry.read()["stale"] is stale
    assert [one["stale"] for one in entry.found()] == [stale]
    assert [one["stale"] for one in listed if one["id"] == entry.group["id"]] == [stale]


@pytest.mark.parametrize("age, stale", [(FRESH, False), (STALE, True)])
def test_an_entry_that_nobody_ever_confirmed_is_as_old_as_since_it_was_added(entry, age, stale):
    entry.db.execute("UPDATE groups SET verified_at = NULL, created_at = now() - %s::interval WHERE id = %s",
                     [age, entry.group["id"]])
    assert entry.read()["stale"] is stale


def test_an_entry_becomes_stale_by_time_alone(another_server, own_clock, entry):
    server = another_server(RUNDE_CLOCK_FILE=own_clock)
    reader = entry.api.at(server)
    before = reader.get(entry.path)
    own_clock.move(hours=24 * 270)
    assert reader.get(entry.path).json["stale"] is False
    own_clock.move(hours=24 * 277)
    after = reader.get(entry.path, If_None_Match=before.etag)
    assert (after.status, after.json["stale"]) == (200, True)
    assert after.json["revision"] == before.json["revision"]


def test_writing_makes_an_entry_fresh(entry):
    entry.age(STALE)
    written = entry.keeper.patch(entry.path, {"summary": "Neu"}).json
    assert (written["stale"], entry.read()["stale"]) == (False, False)


def test_searches_find_only_stale_entries_or_only_others(entry, given):
    entry.age(STALE)
    other = given.group(entry.keeper)
    ids = {name: [one["id"] for one in entry.found(**wanted)] for name, wanted in {
        "stale": {"stale": "true"}, "others": {"stale": "false"}, "all": {}}.items()}
    assert ids["stale"] == [entry.group["id"]] and ids["others"] == [other["id"]] and len(ids["all"]) == 2
    assert entry.api.get("/v1/groups?stale=perhaps").parameters() == {"stale"}


# Who says so ---------------------------------------------------------------------------------------


def test_an_entry_that_a_leader_confirms_is_fresh_and_otherwise_as_it_was(entry):
    entry.age(STALE)
    before = entry.read()
    assert entry.answer("right") is None
    after = entry.read()
    assert after["revision"] == before["revision"] + 1 and after["stale"] is False
    assert datetime.now(timezone.utc) - datetime.fromisoformat(after["verified_at"]) < timedelta(minutes=1)
    changed = {name for name in before if before[name] != after[name]}
    assert changed - {"updated_at"} == {"revision", "verified_at", "stale"}


def test_a_group_that_is_gone_is_found_by_nobody_who_does_not_ask_and_kept_for_its_organisation(entry):
    entry.age(STALE)
    assert entry.answer("gone") is None
    assert entry.found() == []
    assert [one["id"] for one in entry.found(status="closed")] == [entry.group["id"]]
    assert (entry.read()["status"], entry.read()["stale"]) == ("closed", False)
    entry.db.execute("SELECT writer, members FROM audit WHERE resource_id = %s ORDER BY sequence DESC LIMIT 1",
                     [entry.group["id"]])
    assert entry.db.fetchone() == ({"leader_id": entry.leader.id}, ["status", "verified_at"])


def test_its_organisation_can_open_again_what_was_said_to_be_gone(entry):
    entry.answer("gone")
    assert entry.keeper.patch(entry.path, {"status": "active"}).status == 200
    assert len(entry.found()) == 1


@pytest.mark.parametrize("word", ["edit", "perhaps"])
def test_other_answers_change_nothing(entry, word):
    entry.age(STALE)
    before = entry.read()
    assert entry.answer(word) is None and entry.read() == before


def test_only_leaders_of_now_answer_and_only_for_a_group_that_is_there(entry, given):
    before = entry.read()
    follower = given.leader(entry.group, entry.leader)
    assert entry.leader.delete(f"/v1/leaders/{entry.leader.id}").status == 204
    assert entry.answer("gone") == "not-found" and entry.read() == before
    entry.keeper.delete(entry.path)
    assert entry.answer("right", follower.id) == "not-found"


def test_an_import_that_brings_a_group_confirms_it_once_a_month(given, db):
    source = Source(given)
    _, (row,) = source.take(meeting("a"))
    revisions = []
    for age in ("20 days", "40 days", "1 day"):
        db.execute("UPDATE groups SET verified_at = now() - %s::interval WHERE id = %s", [age, row["group_id"]])
        before = source.group(row)
        source.take(meeting("a"))
        revisions.append(source.group(row)["revision"] - before["revision"])
    assert revisions == [0, 1, 0]


# What leaders hear ---------------------------------------------------------------------------------


def test_leaders_are_asked_only_while_there_is_something_to_ask(entry):
    questions = [entry.question()]
    for age in ("5 months", "7 months", STALE):
        entry.age(age)
        questions.append(entry.question())
    assert questions == [None, None, {}, {}]
    entry.answer("right")
    assert entry.question() is None


@pytest.mark.parametrize("status", ["founding", "paused", "closed"])
def test_of_a_group_that_has_ended_nobody_is_asked(entry, status):
    entry.keeper.patch(entry.path, {"status": status})
    entry.age(STALE)
    assert entry.question() == (None if status == "closed" else {})


def overview(db, leader):
    db.execute("SELECT overview_facts(%s, now())", [leader.id])
    return db.fetchone()[0]


def test_an_overview_counts_what_is_coming_and_what_came(circle, db):
    assert overview(db, circle.leader) == {"meetings": 1}
    people = [circle.join(), circle.join(1, companions=1), circle.join()]
    circle.join_by_mail(3, confirmed=False)
    assert overview(db, circle.leader) == {"meetings": 1, "registered": 3}
    assert [person.act("cancel").status for person in people[:2]] == [200, 200]
    assert overview(db, circle.leader) == {"meetings": 1, "registered": 1, "freed": 3}


def test_an_overview_counts_who_waits_for_a_decision(given, db):
    circle = Circle(given, given.client(scopes=SCOPES), joining="screening")
    person = circle.join(3)
    assert person.state == "screening"
    assert overview(db, circle.leader) == {"meetings": 1, "registered": 1, "undecided": 1}
    assert person.act("admit", by=circle.leader).status == 200
    assert overview(db, circle.leader) == {"meetings": 1, "registered": 1}


def test_what_is_long_past_or_of_others_is_in_no_overview(circle, given, db):
    person = circle.join()
    assert person.act("cancel").status == 200
    db.execute("UPDATE registrations SET created_at = now() - interval '8 days' WHERE id = %s", [person.id])
    db.execute("UPDATE registration_events SET at = now() - interval '8 days' WHERE registration_id = %s", [person.id])
    assert overview(db, circle.leader) == {"meetings": 1}
    assert overview(db, given.leader()) is None


def test_there_is_no_overview_of_nothing(circle, db):
    for week in range(2):
        circle.except_on(week, cancelled=True)
    assert overview(db, circle.leader) is None
