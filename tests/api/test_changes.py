"""test_changes.py: following what changes: what is told, to whom, in which order, and for how long."""

import json
import time
import uuid

import pytest

from tests.lock import Lock
from tests.wire import await_truth

# What moves without anybody writing is in no copy.
MOVING = {"group": {"stale", "next_meeting_at"}, "topic": {"groups"}, "meeting": {"seats"}}
LISTS = {"organisation": "organisations", "topic": "topics", "venue": "venues", "group": "groups",
         "schedule": "schedules", "meeting": "meetings", "closure": "closures"}
DAY = 24


class Follower:
    """A client that follows what changes, from a cursor on, or from when it is made."""

    def __init__(self, client, query="", cursor=None):
        self.client, self.query, self.cursor = client, query, cursor
        if cursor is None:
            reply = client.get(f"/v1/changes?{query}")
            assert reply.status == 200 and reply.json["items"] == [] and not reply.json["more"]
            self.cursor = reply.json["next"]

    def ask(self):
        return self.client.get(f"/v1/changes?{self.query}&cursor={self.cursor}")

    def read(self):
        """What is new, page by page."""
        items, more = [], True
        while more:
            reply = self.ask()
            assert reply.status == 200, reply.json
            items += reply.json["items"]
            self.cursor, more = reply.json["next"], reply.json["more"]
        return items

    def read_to(self, mark):
        """What is new up to a resource; others have transactions under way, behind which all must wait."""
        items, deadline = [], time.monotonic() + 30
        while not any(item["id"] == mark["id"] for item in items):
            assert time.monotonic() < deadline
            items += self.read()
        return items


def told(given, follower, *things):
    """What is told of some resources, in short and in their order: (action, reason)."""
    items = {item["id"]: item for item in follower.read_to(given.topic())}
    return [(items[thing["id"]]["action"], items[thing["id"]].get("reason")) if thing["id"] in items else None
            for thing in things]


def exported(client, query=""):
    """An export: {(resource, id): document}, how many pages it had, and the cursor that it ends with."""
    copy, cursor, pages = {}, "", 0
    while True:
        reply = client.get(f"/v1/exports?{query}{cursor}")
        assert reply.status == 200 and reply.headers["content-type"] == "application/x-ndjson"
        *lines, last = [json.loads(line) for line in reply.body.splitlines()]
        copy.update({(line["resource"], line["id"]): line["document"] for line in lines})
        pages += 1
        if "changes" in last:
            return copy, pages, last["changes"]
        cursor = f"&cursor={last['next']}"


def still(resource, document):
    """A document without what moves, as text: its members in their order."""
    return json.dumps({name: value for name, value in document.items() if name not in MOVING.get(resource, ())})


def as_read(client, resource, thing):
    return still(resource, client.get(f"/v1/{LISTS[resource]}/{thing}").json)


@pytest.fixture
def keeper(given):
    """A client that keeps groups and follows."""
    return given.client(scopes="changes:read,groups:write,meetings:write")


@pytest.fixture
def outsider(given):
    """A client of another organisation."""
    return given.client(scopes="changes:read")


DELETED, HIDDEN, SHOWN, ADDED = ("deleted", "deleted"), ("deleted", "changed"), ("updated", None), ("created", None)


# What is told -------------------------------------------------------------------------------------

def test_what_is_written_is_told_with_the_document_that_reading_gives(given, keeper):
    follower = Follower(keeper)
    organisation = given.organisation()
    group = given.group(keeper)
    venue = given.venue(keeper)
    schedule = given.schedule(keeper, group, format="hybrid", venue_id=venue["id"])
    closure = given.closure(keeper, venue_id=venue["id"], reason="Umbau")
    meeting = keeper.get(f"/v1/groups/{group['id']}/meetings").json["items"][0]
    topic = given.topic()
    wanted = {"organisation": organisation, "group": group, "venue": venue, "schedule": schedule, "closure": closure,
              "meeting": meeting, "topic": topic}
    items = {(item["resource"], item["id"]): item for item in follower.read_to(given.topic())}
    for resource, thing in wanted.items():
        item = items[resource, thing["id"]]
        assert json.dumps(item["document"]) == as_read(keeper, resource, thing["id"])
        assert item["action"] in ("created", "updated") and "reason" not in item


def test_of_a_referral_only_whoever_made_it_hears_and_no_more_than_that(given, keeper):
    """The group that it is for is public; the referral is not."""
    insurer, other, admin = given.insurer(scopes="changes:read,referrals:write"), given.insurer(
        scopes="changes:read,referrals:write"), given.client(scopes="changes:read,admin")
    group = given.group(keeper)
    followers = [Follower(client) for client in (insurer, other, keeper, admin)]
    made = given.referral(insurer, group_id=group["id"])
    mark = given.topic()
    heard = [[item for item in follower.read_to(mark) if item["id"] == made["id"]] for follower in followers]
    assert [item["document"] for item in heard[0]] == [{"id": made["id"], "revision": 1}] and heard[1:] == [[], [], []]
    copy, _, _ = exported(insurer, "resource=referral")
    assert copy == {("referral", made["id"]): {"id": made["id"], "revision": 1}}
    assert exported(other, "resource=referral")[0] == exported(keeper, "resource=referral")[0] == {}


def test_several_changes_of_one_resource_come_as_one(given, keeper):
    follower = Follower(keeper)
    group = given.group(keeper)
    for name in ("Amsel", "Drossel"):
        keeper.patch(f"/v1/groups/{group['id']}", {"name": name})
    of_group = [item for item in follower.read_to(given.topic()) if item["id"] == group["id"]]
    assert [item["document"]["revision"] for item in of_group[-1:]] == [3] and len(of_group) <= 3


def test_a_tombstone_says_nothing_but_what_when_and_why(given, keeper):
    group = given.group(keeper)
    follower = Follower(keeper)
    assert keeper.delete(f"/v1/groups/{group['id']}").status == 204
    item, = (item for item in follower.read_to(given.topic()) if item["id"] == group["id"])
    assert set(item) == {"resource", "id", "at", "action", "reason"}
    assert (item["action"], item["reason"]) == DELETED


def test_only_the_kinds_that_are_asked_for_are_told(given, keeper):
    follower = Follower(keeper, "resource=topic&resource=venue")
    group, venue = given.group(keeper), given.venue(keeper)
    assert told(given, follower, group, venue) == [None, ADDED]


def test_what_a_meeting_shows_of_others_is_told_as_its_change(given, keeper, db):
    venue, group = given.venue(keeper), given.group(keeper)
    schedule = given.schedule(keeper, group, format="in_person", venue_id=venue["id"])
    meeting = keeper.get(f"/v1/groups/{group['id']}/meetings").json["items"][0]
    closure = given.closure(keeper, venue_id=venue["id"], note="Zu", **{"from": meeting["date"], "to": meeting["date"]})
    for path, change in ((f"/v1/groups/{group['id']}", {"name": "Neu"}), (f"/v1/closures/{closure['id']}", {"note": "Umbau"}),
                         (f"/v1/venues/{venue['id']}", {"directions": "Hinten"})):
        follower = Follower(keeper)
        assert keeper.patch(path, change).status == 200
        item = [item for item in follower.read_to(given.topic()) if item["id"] == meeting["id"]][-1]
        assert json.dumps(item["document"]) == as_read(keeper, "meeting", meeting["id"])
    assert item["document"]["place"]["directions"] == "Hinten" and schedule["id"] == item["document"]["schedule_id"]
    follower = Follower(keeper)
    db.execute("UPDATE meetings SET starts_at = starts_at - interval '1 year' WHERE id = %s", [meeting["id"]])
    follower.read_to(given.topic())
    assert keeper.patch(f"/v1/venues/{venue['id']}", {"directions": "Vorn"}).status == 200
    assert told(given, follower, meeting) == [SHOWN], "one that has begun is not written any more"


def test_what_a_topic_is_called_is_told_of_its_groups(given, keeper):
    topic = given.topic()
    group = given.group(keeper, topic_ids=[topic["id"]])
    follower = Follower(keeper)
    assert given.admin.patch(f"/v1/topics/{topic['id']}", {"names": {"de": "Anders"}}).status == 200
    items = {item["id"]: item for item in follower.read_to(given.topic())}
    assert items[group["id"]]["document"]["topics"][0]["name"] == items[topic["id"]]["document"]["name"] == "Anders"


def test_names_come_in_the_language_that_is_asked_for(given, keeper):
    follower = Follower(keeper)
    topic = given.topic(names={"de": "Trauer", "en": "Grief"})
    cursor = follower.cursor
    follower.read_to(topic)
    reply = keeper.get(f"/v1/changes?cursor={cursor}", Accept_Language="en")
    assert [item["document"]["name"] for item in reply.json["items"] if item["id"] == topic["id"]] == ["Grief"]


# To whom ------------------------------------------------------------------------------------------

def test_whoever_loses_sight_is_told_and_nobody_of_what_they_never_saw(given, keeper, outsider):
    group = given.group(keeper)
    schedule = given.schedule(keeper, group)
    meeting = keeper.get(f"/v1/groups/{group['id']}/meetings").json["items"][0]
    followers = Follower(outsider), Follower(keeper)
    keeper.patch(f"/v1/groups/{group['id']}", {"visibility": "unlisted"})
    assert told(given, followers[0], group, schedule, meeting) == [HIDDEN] * 3
    assert told(given, followers[1], group, schedule, meeting) == [SHOWN] * 3
    keeper.patch(f"/v1/groups/{group['id']}", {"name": "Verborgen"})
    keeper.delete(f"/v1/schedules/{schedule['id']}")
    assert told(given, followers[0], group, schedule, meeting) == [None] * 3
    assert told(given, followers[1], group, schedule, meeting) == [SHOWN, DELETED, DELETED]


def test_what_comes_to_light_comes_with_all_that_is_of_it(given, keeper, outsider):
    group = given.group(keeper, visibility="unlisted")
    schedule = given.schedule(keeper, group)
    meeting = keeper.get(f"/v1/groups/{group['id']}/meetings").json["items"][0]
    follower = Follower(outsider)
    keeper.patch(f"/v1/groups/{group['id']}", {"visibility": "public"})
    assert told(given, follower, group, schedule, meeting) == [SHOWN] * 3


def test_with_a_group_goes_all_that_is_of_it(given, keeper, outsider, db):
    group = given.group(keeper)
    schedule = given.schedule(keeper, group)
    meetings = keeper.get(f"/v1/groups/{group['id']}/meetings").json["items"][:2]
    db.execute("UPDATE meetings SET starts_at = starts_at - interval '1 year' WHERE id = %s", [meetings[0]["id"]])
    follower = Follower(outsider)
    assert keeper.delete(f"/v1/groups/{group['id']}").status == 204
    assert told(given, follower, group, schedule, *meetings) == [DELETED] * 4


def test_partners_are_told_of_groups_for_partners(given, keeper, outsider):
    followers = Follower(outsider), Follower(given.client(scopes="changes:read,groups:read"))
    group = given.group(keeper, visibility="partners", partner_note="Bitte anrufen.")
    assert told(given, followers[0], group) == [None]
    item, = (item for item in followers[1].read_to(given.topic()) if item["id"] == group["id"])
    assert item["document"]["partner_note"] == "Bitte anrufen."
    assert json.dumps(item["document"]) == as_read(followers[1].client, "group", group["id"])


def test_a_group_that_changes_hands_is_told_to_both(given, keeper):
    heir = given.client(scopes="changes:read,groups:write,meetings:write")
    group = given.group(keeper, visibility="unlisted")
    schedule = given.schedule(keeper, group)
    followers = Follower(keeper), Follower(heir)
    assert given.admin.patch(f"/v1/groups/{group['id']}", {"organisation_id": heir.organisation["id"]}).status == 200
    assert told(given, followers[0], group, schedule) == [HIDDEN] * 2
    assert told(given, followers[1], group, schedule) == [SHOWN] * 2


def test_of_a_venue_that_is_not_public_only_its_keeper_is_told(given, keeper, outsider):
    followers = Follower(outsider), Follower(keeper)
    venue = given.venue(keeper, disclosure="accepted")
    assert (told(given, followers[0], venue), told(given, followers[1], venue)) == ([None], [ADDED])
    keeper.patch(f"/v1/venues/{venue['id']}", {"disclosure": "public"})
    assert told(given, followers[0], venue) == [SHOWN]
    keeper.patch(f"/v1/venues/{venue['id']}", {"disclosure": "area"})
    assert (told(given, followers[0], venue), told(given, followers[1], venue)) == ([HIDDEN], [SHOWN])


def test_who_keeps_a_closure_changes_with_its_venue(given, keeper):
    heir = given.client(scopes="changes:read")
    venue = given.venue(keeper)
    closure = given.closure(keeper, venue_id=venue["id"], reason="Umbau")
    follower = Follower(heir)
    assert given.admin.patch(f"/v1/venues/{venue['id']}", {"organisation_id": heir.organisation["id"]}).status == 200
    item, = (item for item in follower.read_to(given.topic()) if item["id"] == closure["id"])
    assert item["document"]["reason"] == "Umbau"


def test_of_registrations_managers_are_told_that_they_are_there_while_the_group_shares(given):
    manager = given.client(scopes="changes:read,groups:write,meetings:write,registrations:manage")
    plain = given.client(manager.organisation, scopes="changes:read,admin")
    group = given.group(manager)
    schedule = given.schedule(manager, group, registration={"required": True})
    leader = given.leader(group)
    settings = f"/v1/groups/{group['id']}/settings"
    followers = Follower(manager), Follower(plain)
    person = given.registration(schedule)
    assert told(given, followers[0], person.made) == [None]
    assert leader.patch(settings, {"shared_with_organisation": True}).status == 200
    item, = (item for item in followers[0].read_to(given.topic()) if item["id"] == person.id)
    assert item["document"] == {"id": person.id, "group_id": group["id"], "schedule_id": schedule["id"],
                                "revision": person.read()["revision"]}
    person.act("cancel")
    assert told(given, followers[0], person.made) == [SHOWN]
    assert leader.patch(settings, {"shared_with_organisation": False}).status == 200
    assert told(given, followers[0], person.made) == [HIDDEN]
    assert told(given, followers[1], person.made) == [None]


def test_without_the_scope_nobody_follows(given, api):
    for path in ("/v1/changes", "/v1/exports"):
        assert given.client(scopes="groups:read,groups:write").get(path).status == 403
        assert api.get(path).status == 401


# In which order -----------------------------------------------------------------------------------

LATE = """
    INSERT INTO changes (at, resource, resource_id, revision, action, visibility, keepers)
    SELECT now(), 'topic', %s, 1, 'created', 'public', '{}'
"""
BY_SEQUENCE = "SELECT sequence, resource_id::text FROM changes WHERE sequence > %s ORDER BY sequence"


def test_what_a_long_transaction_commits_late_is_told_and_nothing_overtakes_it(given, outsider, db):
    follower = Follower(outsider)
    late, early = given.topic(), given.topic()
    follower.read_to(early)
    lock = Lock()
    lock.hold(LATE, late["id"])
    assert given.admin.patch(f"/v1/topics/{early['id']}", {"rare": True}).status == 200
    assert follower.read() == [], "it would be told before what is older"
    lock.connection.commit()
    order = [item["id"] for item in follower.read_to(early) if item["id"] in (late["id"], early["id"])]
    lock.close()
    assert order == [late["id"], early["id"]]


def test_who_went_by_the_sequence_alone_would_lose_it(given, db):
    late, early = given.topic(), given.topic()
    db.execute("SELECT max(sequence) FROM changes")
    start, = db.fetchone()
    lock = Lock()
    lock.hold(LATE, late["id"])
    given.admin.patch(f"/v1/topics/{early['id']}", {"rare": True})
    db.execute(BY_SEQUENCE, [start])
    seen = db.fetchall()
    lock.connection.commit()
    lock.close()
    db.execute(BY_SEQUENCE, [seen[-1][0]])
    seen += db.fetchall()
    assert early["id"] in [of for _, of in seen] and late["id"] not in [of for _, of in seen]


ADD_MEETING = """
    INSERT INTO meetings (id, schedule_id, group_id, date, starts_at_local, starts_at, ends_at, status, format, shown,
                          created_at, updated_at)
    SELECT %s, schedule_id, group_id, '2040-01-01', starts_at_local, starts_at, ends_at, status, format, shown, now(), now()
    FROM meetings WHERE id = %s
"""


@pytest.fixture
def two():
    """Two transactions at a time; the first one is the older."""
    locks = Lock(), Lock()
    for lock in locks:
        lock.hold("SELECT pg_current_xact_id()")
    yield locks
    for lock in locks:
        lock.close()


@pytest.fixture
def scene(given, keeper):
    """A group that not everybody sees, and one of its meetings."""
    group = given.group(keeper, visibility="unlisted")
    given.schedule(keeper, group)
    return group["id"], keeper.get(f"/v1/groups/{group['id']}/meetings").json["items"][0]["id"]


@pytest.mark.parametrize("first", [0, 1], ids=["its writer began first", "the group's writer began first"])
def test_what_is_added_while_its_group_changes_shows_the_change(given, keeper, outsider, two, scene, first):
    group, meeting = scene
    added = str(uuid.uuid4())
    followers = Follower(outsider), Follower(keeper)
    two[first].hold(ADD_MEETING, added, meeting)
    two[1 - first].hold("UPDATE groups SET visibility = 'public', name = 'Neu', updated_at = now() WHERE id = %s", group)
    two[first].connection.commit()
    followers[1].read()
    two[1 - first].connection.commit()
    for follower in followers:
        told_last = [item for item in follower.read_to(given.topic()) if item["id"] == added][-1]
        assert told_last["document"]["group"]["name"] == "Neu"


# Cursors ------------------------------------------------------------------------------------------

def test_pages_of_one_tell_the_same(given, keeper):
    whole, single = Follower(keeper, "resource=group"), Follower(keeper, "resource=group&limit=1")
    groups = [given.group(keeper)["id"] for _ in range(3)]
    mark = given.group(keeper)
    for follower in (whole, single):
        items = [item["id"] for item in follower.read_to(mark)]
        assert [item for item in items if item in groups] == groups


def test_a_cursor_is_good_for_the_same_question_only(given, outsider):
    follower = Follower(outsider, "resource=group")
    for question in (f"/v1/changes?cursor={follower.cursor}", f"/v1/changes?resource=topic&cursor={follower.cursor}",
                     f"/v1/exports?resource=group&cursor={follower.cursor}", "/v1/changes?cursor=x"):
        reply = outsider.get(question)
        assert (reply.status, reply.slug) == (400, "invalid-cursor")


def test_who_may_read_more_or_less_than_before_begins_anew(given, keeper):
    follower = Follower(keeper)
    export = f"/v1/exports?cursor={json.loads(keeper.get('/v1/exports').body.splitlines()[-1])['next']}"
    given.organisation(parent_id=keeper.organisation["id"])
    for path in (f"/v1/changes?cursor={follower.cursor}", export):  # what a key is good for is remembered for half a second
        await_truth(lambda: (reply := keeper.get(path)).status == 410 and reply.slug == "cursor-expired")

    def follows_again():
        last = json.loads(keeper.get("/v1/exports?resource=closure").body.splitlines()[-1])
        return keeper.get(f"/v1/changes?resource=closure&cursor={last['changes']}").status == 200
    await_truth(follows_again)


def test_nothing_new_is_not_sent_again(house):
    client = house.given.client(scopes="changes:read")
    follower = Follower(client)
    first = follower.ask()
    assert client.get(f"/v1/changes?cursor={first.json['next']}", If_None_Match=first.etag).status == 304


def forget(house):
    """Lets a worker forget what is kept no longer."""
    house.rows("UPDATE timetable SET due_at = '-infinity' WHERE kind = 'changes'")
    worker = house.work()
    await_truth(lambda: not house.value("SELECT EXISTS (SELECT FROM timetable WHERE due_at = '-infinity') "
                                        "OR EXISTS (SELECT FROM jobs WHERE kind = 'changes')"))
    worker.stop()


def test_what_is_older_than_a_month_is_forgotten_and_a_cursor_from_then_is_refused(house):
    client = house.given.client(scopes="changes:read")
    house.given.topic()
    old = Follower(client)
    kept = house.given.topic()
    begun = client.get("/v1/exports").body.splitlines()[-1]
    house.clock.move(30 * DAY)
    forget(house)
    assert old.read_to(kept), "a month is kept"
    old = Follower(client, "resource=topic")
    house.given.topic()
    house.clock.move(62 * DAY)
    await_truth(lambda: forget(house) or house.value("SELECT count(*) FROM changes") == 0, 30)  # others are under way
    reply = old.ask()
    assert (reply.status, reply.slug) == (410, "cursor-expired")
    assert client.get(f"/v1/exports?cursor={json.loads(begun)['next']}").status == 410
    quiet = Follower(client)
    house.clock.move(100 * DAY)
    forget(house)
    assert quiet.read() == [], "nothing was forgotten that it has not seen"


def test_changes_of_another_database_are_none(house):
    """As after a restore from a dump: transactions that have not begun here."""
    client = house.given.client(scopes="changes:read")
    house.rows("UPDATE changes SET transaction = '9000000000'")
    follower = Follower(client)
    forget(house)
    assert house.value("SELECT count(*) FROM changes WHERE transaction > '8000000000'") == 0
    topic = house.given.topic()
    assert [item["id"] for item in follower.read_to(topic)] == [topic["id"]]


# Exports ------------------------------------------------------------------------------------------

def test_an_export_is_all_that_reading_gives_and_goes_on_with_the_changes(house):
    given = house.given
    client = given.client(scopes="changes:read,groups:write,meetings:write")
    venue, hidden = given.venue(client), given.venue(disclosure="accepted")
    group = given.group(client, visibility="unlisted")
    given.schedule(client, group, format="in_person", venue_id=venue["id"], registration={"required": True}, capacity=3)
    given.closure(client, region="DE-NW")
    copy, _, cursor = exported(client)
    read = {(resource, item["id"]): item for resource in ("organisation", "topic", "group", "venue", "closure")
            for item in client.all_pages(f"/v1/{LISTS[resource]}?limit=200")}
    read |= {("schedule", item["id"]): item for item in client.all_pages(f"/v1/groups/{group['id']}/schedules")}
    read |= {("meeting", item["id"]): item
             for item in client.all_pages(f"/v1/groups/{group['id']}/meetings?from=2000-01-01T00:00:00Z&to=2100-01-01T00:00:00Z")}
    assert {key: still(key[0], document) for key, document in read.items()} == {
        key: json.dumps(document) for key, document in copy.items()}
    assert ("venue", hidden["id"]) not in copy and ("venue", venue["id"]) in copy
    topic = given.topic()
    *again, new = Follower(client, cursor=cursor).read_to(topic)  # while others write, some of it is told once more
    assert new["id"] == topic["id"] and {(item["resource"], item["id"]) for item in again} <= set(copy)


def test_an_export_of_many_comes_in_pages(house):
    client = house.given.client(scopes="changes:read")
    organisation = house.given.organisation()["id"]
    house.rows("""INSERT INTO venues (organisation_id, name, setting, country, disclosure)
                  SELECT %s, 'Haus ' || n, 'church', 'DE', 'public' FROM generate_series(1, 600) AS n""", organisation)
    copy, pages, _ = exported(client, "resource=venue&")
    assert (len(copy), pages) == (600, 3)


def test_what_is_written_while_an_export_is_read_is_among_the_changes(house):
    client = house.given.client(scopes="changes:read")
    topic = house.given.topic()
    first = json.loads(client.get("/v1/exports").body.splitlines()[-1])["next"]
    assert house.given.admin.patch(f"/v1/topics/{topic['id']}", {"rare": True}).status == 200
    cursor = f"&cursor={first}"
    while True:
        last = json.loads(client.get(f"/v1/exports?{cursor}").body.splitlines()[-1])
        if "changes" in last:
            break
        cursor = f"&cursor={last['next']}"
    changes = Follower(client, cursor=last["changes"]).read_to(topic)
    assert {item["document"]["revision"] for item in changes if item["id"] == topic["id"]} == {2}
