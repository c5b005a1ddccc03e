"""test_meetings.py: dated meetings as they are found, read, cancelled, moved, relocated and as planned again."""

import json
from datetime import date, datetime, timedelta, timezone
from urllib.parse import urlencode
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest


ALWAYS = {"from": "2000-01-01T00:00:00Z", "to": "2150-01-01T00:00:00Z", "limit": 200}
WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


@pytest.fixture
def group(given, portal):
    return given.group(portal)


def add(given, client, group, **members):
    return given.schedule(client, group, **{"sessions": 4, **members})


def meetings(client, series):
    """What is planned of a series, in order."""
    path = f"/v1/groups/{series['group_id']}/meetings?{urlencode(ALWAYS)}"
    return [m for m in client.all_pages(path) if m["schedule_id"] == series["id"]]


def path_of(meeting):
    return f"/v1/meetings/{meeting['id']}"


def exception_of(meeting):
    return f"/v1/schedules/{meeting['schedule_id']}/exceptions/{meeting['date']}"


def change(client, meeting, patch):
    reply = client.patch(path_of(meeting), patch)
    assert reply.status == 200, reply.json
    return reply.json


def put(client, meeting, body, etag="*"):
    return client.request("PUT", exception_of(meeting), body, If_Match=etag)


def shifted(local, **delta):
    return (datetime.fromisoformat(local) + timedelta(**delta)).isoformat()


def tomorrow():
    return f"{date.today() + timedelta(days=1)}T19:00:00"


def without(meeting, *members):
    return {name: value for name, value in meeting.items() if name not in {"revision", "updated_at", *members}}


def refused(reply):
    assert (reply.status, reply.slug) == (422, "invalid-body"), reply.json
    return reply.pointers()


def venue(db, organisation, lat=None, lon=None, **columns):
    """Venues are tested by others; here there just are some."""
    columns = {"organisation_id": organisation["id"], "name": "Haus", "setting": "library", "country": "DE",
               "disclosure": "public", **columns}
    if lat is not None:
        columns["point"] = f"SRID=4326;POINT({lon} {lat})"
    db.execute(f"INSERT INTO venues ({', '.join(columns)}) VALUES ({', '.join(['%s'] * len(columns))}) RETURNING id",
               list(columns.values()))
    return str(db.fetchone()[0])


def told(db, meeting):
    db.execute("SELECT action, revision FROM changes WHERE resource = 'meeting' AND resource_id = %s ORDER BY revision",
               [meeting["id"]])
    return db.fetchall()


# One meeting ---------------------------------------------------------------------------------------


def test_a_meeting_says_when_and_what_and_whose_it_is(given, portal, group):
    series = add(given, portal, group, title="Kochen", note="Schürze!", kind="joint_activity", capacity=8)
    met = meetings(portal, series)[0]
    start = datetime.fromisoformat(series["starts_at_local"])
    instant = start.replace(tzinfo=ZoneInfo("Europe/Berlin")).astimezone(timezone.utc)
    assert without(met, "id", "created_at", "group") == {
        "schedule_id": series["id"], "date": str(start.date()), "kind": "joint_activity", "title": "Kochen",
        "note": "Schürze!", "status": "scheduled", "starts_at": instant.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "ends_at": (instant + timedelta(minutes=90)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "starts_at_local": series["starts_at_local"], "time_zone": "Europe/Berlin", "duration": "PT1H30M",
        "format": "online", "capacity": 8}
    assert met["group"] == {"id": group["id"], "slug": group["slug"], "name": group["name"]}
    assert portal.get(path_of(met)).json == met and met["revision"] == 1


def test_a_meeting_can_be_cancelled_and_take_place_again(given, portal, api, group, db):
    met = meetings(portal, add(given, portal, group))[1]
    gone = change(portal, met, {"cancelled": True, "note": "Bis Januar", "reason": "Zu wenige."})
    assert (gone["status"], gone["cause"], gone["note"], gone["reason"]) == ("cancelled", "group", "Bis Januar", "Zu wenige.")
    seen = api.get(path_of(met)).json
    assert seen == {name: value for name, value in gone.items() if name != "reason"}
    again = change(portal, met, {"cancelled": None, "note": None})
    assert without(again) == without(met) and again["revision"] == 3
    assert told(db, met) == [("created", 1), ("updated", 2), ("updated", 3)]
    db.execute("SELECT members, reason FROM audit WHERE resource_id = %s AND revision = 2", [met["id"]])
    assert db.fetchall() == [(["cancelled", "note"], "Zu wenige.")]


def test_a_meeting_can_be_moved_and_says_when_it_was_planned(given, portal, group):
    series = add(given, portal, group)
    first, met, *_ = meetings(portal, series)
    to = shifted(met["starts_at_local"], days=1, hours=1)
    moved = change(portal, met, {"starts_at_local": to, "duration": "PT3H"})
    assert (moved["status"], moved["starts_at_local"], moved["planned_at_local"], moved["duration"], moved["date"]) == (
        "moved", to, met["starts_at_local"], "PT3H", met["date"])
    assert meetings(portal, series)[0] == first
    back = change(portal, met, {"starts_at_local": None, "duration": None})
    assert without(back) == without(met)


def test_a_meeting_can_be_switched_to_online_and_to_another_place(given, portal, group, db):
    here, there = venue(db, portal.organisation), venue(db, portal.organisation, name="Anderswo", town="Bonn")
    series = add(given, portal, group, format="in_person", venue_id=here)
    met = meetings(portal, series)[0]
    assert (met["venue_id"], met["place"]["name"]) == (here, "Haus")
    online = change(portal, met, {"format": "online", "online": {"disclosure": "public", "dial_in": "+49 221 5550100"}})
    assert (online["status"], online["format"], online["online"]["dial_in"]) == ("moved", "online", "+49 221 5550100")
    assert not online.keys() & {"place", "venue_id"}
    moved = change(portal, met, {"format": None, "online": None, "venue_id": there})
    assert (moved["status"], moved["place"]["name"], moved["place"]["address"]["town"]) == ("moved", "Anderswo", "Bonn")
    assert "online" not in moved and "planned_at_local" not in moved
    assert refused(portal.patch(path_of(met), {"venue_id": str(uuid4())})) == {"/venue_id"}


@pytest.mark.parametrize("patch", [
    {"title": "Anders"}, {"note": "Anders"}, {"duration": "PT15M"}, {"format": "phone"},
    {"online": {"disclosure": "public"}}, {"cancelled": True}], ids=lambda patch: "".join(patch))
def test_one_member_is_other_than_planned_and_nothing_else(given, portal, group, patch):
    met, other = meetings(portal, add(given, portal, group))[:2]
    changed = change(portal, met, patch)
    follows = {"duration": {"duration", "ends_at"}, "format": {"format", "status", "cause"},
               "cancelled": {"status", "cause"}}.get(*patch, set(patch))
    assert without(changed, *follows) == without(met, *follows) and changed["revision"] == 2
    assert portal.get(path_of(other)).json == other
    body = portal.get(exception_of(met)).json
    assert body == {"date": met["date"], "meeting_id": met["id"], "revision": 2, **patch}


def test_a_reason_that_changes_is_seen_by_followers(given, portal, group, db):
    met = meetings(portal, add(given, portal, group))[0]
    change(portal, met, {"note": "Anders", "reason": "So."})
    changed = change(portal, met, {"note": "Anders", "reason": "Nein, so."})
    assert changed["reason"] == "Nein, so." and changed["revision"] == 3 == told(db, met)[-1][1]


@pytest.mark.parametrize("body", [{}, {"cancelled": False}, {"reason": "Doch."}, {"reason": "Doch.", "cancelled": False}])
def test_an_exception_that_says_nothing_is_none(given, portal, group, body):
    met = meetings(portal, add(given, portal, group))[0]
    assert put(portal, met, {"note": "Anders"}).status == 200
    assert put(portal, met, body).status == 200
    assert portal.get(f"/v1/schedules/{met['schedule_id']}/exceptions").json == {"items": []}
    assert without(portal.get(path_of(met)).json) == without(met)


def test_what_an_exception_does_not_say_is_as_planned(given, portal, group):
    met = meetings(portal, add(given, portal, group))[0]
    everything = {"cancelled": False, "starts_at_local": shifted(met["starts_at_local"], hours=-2), "duration": "PT2H",
                  "format": "phone", "online": {"disclosure": "public", "dial_in": "+49 221 5550100"}, "title": "T",
                  "note": "N", "reason": "R"}
    reply = put(portal, met, everything)
    shown = {name: value for name, value in everything.items() if name != "cancelled"}
    assert reply.status == 200 and reply.json == {"date": met["date"], "meeting_id": met["id"], "revision": 2, **shown}
    assert portal.get(exception_of(met)).json == reply.json
    assert put(portal, met, {"title": "Nur dies"}).status == 200
    assert without(portal.get(path_of(met)).json, "title") == without(met)


def test_an_exception_can_be_taken_back(given, portal, group):
    met = meetings(portal, add(given, portal, group))[0]
    empty = {"date": met["date"], "meeting_id": met["id"], "revision": 1}
    assert portal.get(exception_of(met)).json == empty
    assert portal.delete(exception_of(met)).status == 204
    assert portal.get(exception_of(met)).json == empty
    put(portal, met, {"cancelled": True})
    assert portal.delete(exception_of(met)).status == 204
    assert without(portal.get(path_of(met)).json) == without(met)
    assert portal.get(exception_of(met)).json == {**empty, "revision": 3}


@pytest.mark.parametrize("days", [1, 3650])
def test_a_date_that_the_series_has_not_has_no_exception(given, portal, group, days):
    met = meetings(portal, add(given, portal, group))[0]
    nowhere = {**met, "date": str(date.fromisoformat(met["date"]) + timedelta(days=days))}
    assert portal.get(exception_of(nowhere)).status == 404
    assert put(portal, nowhere, {"cancelled": True}).status == 404
    assert portal.delete(exception_of(nowhere)).status == 404
    assert portal.get(exception_of({**met, "date": "2026-02-30"})).status == 404


def test_exceptions_stay_with_their_dates_when_the_series_loses_them(given, portal, group):
    series = add(given, portal, group)
    met = meetings(portal, series)[3]
    put(portal, met, {"note": "Bleibt"})
    portal.patch(f"/v1/schedules/{series['id']}", {"sessions": 3})
    assert portal.get(exception_of(met)).status == 404
    assert portal.get(f"/v1/schedules/{series['id']}/exceptions").json == {"items": []}
    portal.patch(f"/v1/schedules/{series['id']}", {"sessions": 4})
    assert portal.get(path_of(met)).json["note"] == "Bleibt"


def test_exceptions_are_listed_by_date_page_by_page(given, portal, group):
    series = add(given, portal, group, sessions=9)
    planned = meetings(portal, series)
    for met in reversed(planned[1:8]):
        put(portal, met, {"note": met["date"]})
    listed = portal.all_pages(f"/v1/schedules/{series['id']}/exceptions?limit=3")
    assert [(e["date"], e["note"], e["meeting_id"]) for e in listed] == [(m["date"], m["date"], m["id"]) for m in planned[1:8]]


def test_a_meeting_that_has_begun_is_not_changed(given, portal, later, group, own_clock):
    start = (datetime.now(timezone.utc) + timedelta(hours=24)).strftime("%Y-%m-%dT%H:%M:%S")
    met = meetings(portal, add(given, portal, group, starts_at_local=start, time_zone="UTC", repeats=None, sessions=None))[0]
    own_clock.move(23.5)
    assert later.patch(path_of(met), {"note": "Gleich"}).status == 200
    own_clock.move(24.5)
    before = later.get(path_of(met)).json
    for reply in (later.patch(path_of(met), {"cancelled": True}), put(later, met, {"cancelled": True}),
                  later.delete(exception_of(met))):
        assert (reply.status, reply.slug) == (409, "meeting-begun")
    assert later.get(path_of(met)).json == before and before["note"] == "Gleich"


def test_a_meeting_is_not_moved_into_the_past_or_to_a_time_that_no_clock_shows(given, portal, group):
    met = meetings(portal, add(given, portal, group))[0]
    year = date.today().year + 1
    gap = date(year, 3, 31) - timedelta(days=(date(year, 3, 31).weekday() + 1) % 7)
    for to in "2020-01-01T19:00:00", f"{gap}T02:30:00":
        assert refused(portal.patch(path_of(met), {"starts_at_local": to})) == {"/starts_at_local"}
        assert refused(put(portal, met, {"starts_at_local": to})) == {"/starts_at_local"}
    assert portal.get(path_of(met)).json == met
    assert change(portal, met, {"starts_at_local": f"{gap}T03:00:00"})["starts_at"] == f"{gap}T01:00:00Z"


@pytest.mark.parametrize("body, pointer", [
    ({"duration": "PT0M"}, "/duration"), ({"title": ""}, "/title"), ({"format": "fax"}, "/format"),
    ({"cancelled": "yes"}, "/cancelled"), ({"kind": "regular"}, "/kind"), ({"online": {}}, "/online/disclosure"),
    ({"starts_at_local": "2059-01-01"}, "/starts_at_local")])
def test_what_an_exception_cannot_say_is_refused(given, portal, group, body, pointer):
    met = meetings(portal, add(given, portal, group))[0]
    assert refused(put(portal, met, body)) == refused(portal.patch(path_of(met), body)) == {pointer}


def test_conditions_guard_a_meeting(given, portal, group):
    met = meetings(portal, add(given, portal, group))[0]
    old = portal.get(path_of(met)).etag
    assert portal.request("PATCH", path_of(met), {"note": "A"}).status == 428
    assert portal.request("PUT", exception_of(met), {"note": "A"}).status == 428
    assert portal.request("DELETE", exception_of(met)).status == 428
    assert portal.patch(path_of(met), {"note": "A"}, etag=old).status == 200
    assert portal.patch(path_of(met), {"note": "B"}, etag=old).status == 412
    assert put(portal, met, {"note": "B"}, etag=old).status == 412
    assert portal.delete(exception_of(met), etag=old).status == 412
    new = portal.get(exception_of(met)).etag
    assert portal.get(path_of(met)).json["note"] == "A" and put(portal, met, {"note": "C"}, etag=new).status == 200


def test_a_dry_run_changes_nothing(given, portal, group, db):
    met = meetings(portal, add(given, portal, group))[0]
    shown = portal.patch(path_of(met) + "?dry_run=true", {"cancelled": True}).json
    assert shown["status"] == "cancelled"
    assert portal.request("PUT", exception_of(met) + "?dry_run=true", {"note": "A"}, If_Match="*").json["note"] == "A"
    assert portal.get(path_of(met)).json == met and told(db, met) == [("created", 1)]


def test_only_who_keeps_the_group_changes_its_meetings(given, api, portal, group):
    met = meetings(portal, add(given, portal, group))[0]
    other, reader = given.client(), given.client(portal.organisation, scopes="groups:read")
    for client, status in (other, 403), (reader, 403), (api, 401):
        assert client.patch(path_of(met), {"note": "X"}).status == status
        assert put(client, met, {"note": "X"}).status == status
        assert client.delete(exception_of(met)).status == status
    for path in exception_of(met), f"/v1/schedules/{met['schedule_id']}/exceptions":
        assert other.get(path).status == 404 and portal.get(path).status == 200
        assert reader.get(path).status == 403 and api.get(path).status == 401
    assert portal.get(path_of(met)).json == met


def test_a_meeting_of_its_own_is_a_series_of_one(given, portal, group):
    body = {name: value for name, value in given.new_schedule(title="Vortrag", kind="expert_talk").items() if name != "repeats"}
    reply = portal.post(f"/v1/groups/{group['id']}/meetings", body)
    met = given.made(reply)
    assert portal.get(reply.headers["location"]).json == met and (met["title"], met["kind"]) == ("Vortrag", "expert_talk")
    series = portal.get(f"/v1/schedules/{met['schedule_id']}").json
    assert "repeats" not in series and "rrules" not in series
    assert portal.post(f"/v1/groups/{group['id']}/meetings", {**body, "repeats": [{"unit": "week"}]}).status == 422
    dry = portal.post(f"/v1/groups/{group['id']}/meetings?dry_run=true", body)
    assert dry.status == 201 and portal.get(path_of(dry.json)).status == 404
    key = str(uuid4())
    one, two = [portal.post(f"/v1/groups/{group['id']}/meetings", body, Idempotency_Key=key) for _ in range(2)]
    assert one.json == two.json and len(meetings(portal, {"group_id": group["id"], "id": one.json["schedule_id"]})) == 1


def test_only_those_who_keep_a_group_add_meetings(given, group):
    body = given.new_schedule(repeats=None)
    for scopes, status in (("meetings:write", 403), ("groups:read", 403)):
        assert given.client(scopes=scopes).post(f"/v1/groups/{group['id']}/meetings", body).status == status


# The meetings of a group ---------------------------------------------------------------------------


def test_meetings_of_a_group_are_listed_in_order_those_too_that_are_cancelled(given, portal, group):
    series = [add(given, portal, group, repeats=[{"unit": "week", "on": [day]}], sessions=6) for day in ("friday", "monday")]
    some = meetings(portal, series[0])
    change(portal, some[1], {"cancelled": True})
    change(portal, some[2], {"starts_at_local": shifted(some[2]["starts_at_local"], days=9)})
    path = f"/v1/groups/{group['id']}/meetings?{urlencode({**ALWAYS, 'limit': 5})}"
    listed = portal.all_pages(path)
    assert len({m["id"] for m in listed}) == len(listed) == 12
    assert [m["starts_at"] for m in listed] == sorted(m["starts_at"] for m in listed)
    assert [m["status"] for m in listed].count("cancelled") == 1
    assert portal.get(f"/v1/groups/{uuid4()}/meetings").status == 404


def test_without_a_range_four_weeks_are_listed(given, portal, group):
    series = add(given, portal, group, starts_at_local=tomorrow(), repeats=[{"unit": "day"}], sessions=None)
    here, everything = portal.get(f"/v1/groups/{group['id']}/meetings?limit=200").json["items"], meetings(portal, series)
    assert 26 <= len(here) <= 28 and here == everything[:len(here)]
    path = f"/v1/groups/{group['id']}/meetings?from={everything[3]['starts_at']}&to={everything[6]['starts_at']}"
    assert portal.get(path).json["items"] == everything[3:6]


@pytest.mark.parametrize("path", ["/v1/meetings", "/v1/groups/{id}/meetings"])
def test_a_range_that_ends_before_it_begins_is_refused(portal, group, path):
    path = path.format(id=group["id"])
    for query in "from=2059-01-02T00:00:00Z&to=2059-01-01T00:00:00Z", "to=2020-01-01T00:00:00Z", \
            "from=2059-01-01T00:00:00Z&to=2059-01-01T01:00:00%2B01:00":
        reply = portal.get(f"{path}?{query}")
        assert (reply.status, reply.parameters()) == (400, {"to"})
    assert portal.get(f"{path}?from=yesterday").parameters() == {"from"}


# Searching -----------------------------------------------------------------------------------------


class Calendar:
    """A client with groups and meetings of its own, and what searches find of them."""

    def __init__(self, given):
        self.given, self.client, self.api = given, given.client(), given.api

    def add(self, group=None, **members):
        return add(self.given, self.client, group or self.given.group(self.client), **members)

    def search(self, api=None, **parameters):
        query = urlencode({"organisation": self.client.organisation["id"], **parameters}, doseq=True)
        return (api or self.api).all_pages("/v1/meetings?" + query)

    def found(self, **parameters):
        """The series of which anything is found, at any time."""
        return {m["schedule_id"] for m in self.search(**ALWAYS, **parameters)}


@pytest.fixture
def calendar(given):
    return Calendar(given)


def test_a_search_finds_what_begins_in_the_range_the_soonest_first(calendar):
    series = [calendar.add(starts_at_local=tomorrow(), repeats=[{"unit": "day"}], sessions=None) for _ in range(2)]
    here = calendar.search(limit=7)
    assert 52 <= len(here) <= 56 and {m["schedule_id"] for m in here} == {s["id"] for s in series}
    assert [(m["starts_at"], m["id"]) for m in here] == sorted((m["starts_at"], m["id"]) for m in here)
    one = here[10]["starts_at"]
    assert {m["starts_at"] for m in calendar.search(**{"from": one, "to": shifted(one[:-1], seconds=1) + "Z"})} == {one}
    assert calendar.search(**{"from": shifted(one[:-1], seconds=1) + "Z", "to": shifted(one[:-1], hours=2) + "Z"}) == []


def test_a_search_of_all_groups_goes_the_same_way(calendar):
    """Without anything that narrows it, another statement answers."""
    series = calendar.add(starts_at_local="2087-03-05T11:00:00", repeats=None, sessions=None)
    span = {"from": "2087-03-05T00:00:00Z", "to": "2087-03-06T00:00:00Z"}
    for query in {}, {"weekday": "wednesday", "time_from": "10:00"}, {"format": "online"}, {"kind": "regular"}:
        items = calendar.api.all_pages("/v1/meetings?" + urlencode({**span, **query}))
        assert series["id"] in {m["schedule_id"] for m in items}, query
    for query in {"weekday": "thursday"}, {"format": "phone"}, {"kind": "founding"}, {"meeting_status": "cancelled"}, \
            {"language": "fr"}, {"accessibility": "hearing_loop"}, {"time_to": "10:59"}:
        items = calendar.api.all_pages("/v1/meetings?" + urlencode({**span, **query}))
        assert series["id"] not in {m["schedule_id"] for m in items}, query


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Pacific/Kiritimati", "America/Los_Angeles", "Asia/Kathmandu"])
def test_weekday_and_time_of_day_are_those_of_the_clocks_there(calendar, zone):
    series = calendar.add(time_zone=zone, starts_at_local=f"{calendar.given.wednesday(2)}T00:30:00", repeats=[{"unit": "week"}])
    other = calendar.add(time_zone=zone, starts_at_local=f"{calendar.given.wednesday(2)}T19:00:00", repeats=[{"unit": "week"}])
    both = {series["id"], other["id"]}
    assert calendar.found(weekday="wednesday") == both and calendar.found(weekday=[d for d in WEEKDAYS if d != "wednesday"]) == set()
    for query, found in [({"time_from": "00:30"}, both), ({"time_from": "00:31"}, {other["id"]}),
                         ({"time_to": "00:30"}, {series["id"]}), ({"time_to": "00:29"}, set()),
                         ({"time_from": "19:00", "time_to": "19:00"}, {other["id"]}),
                         ({"time_from": "22:00", "time_to": "01:00"}, {series["id"]}),
                         ({"time_from": "18:00", "time_to": "00:30"}, both),
                         ({"time_from": "01:00", "time_to": "18:59"}, set()),
                         ({"weekday": ["wednesday", "sunday"], "time_from": "19:00"}, {other["id"]})]:
        assert calendar.found(**query) == found, query


def test_a_moved_meeting_is_found_when_it_is(calendar):
    series = calendar.add(sessions=1)
    met = meetings(calendar.client, series)[0]
    change(calendar.client, met, {"starts_at_local": shifted(met["starts_at_local"], days=1, hours=-9)})
    assert calendar.found(weekday="wednesday") == calendar.found(time_from="19:00") == set()
    assert calendar.found(weekday="thursday", time_from="10:00", time_to="10:00") == {series["id"]}


def test_the_format_is_that_of_the_meeting(calendar, db):
    here = venue(db, calendar.client.organisation)
    series = calendar.add(format="in_person", venue_id=here)
    met = meetings(calendar.client, series)[0]
    assert calendar.search(**ALWAYS, format="online") == []
    change(calendar.client, met, {"format": "online"})
    assert [m["id"] for m in calendar.search(**ALWAYS, format=["online", "phone"])] == [met["id"]]
    assert met["id"] not in {m["id"] for m in calendar.search(**ALWAYS, format="in_person")}


def test_cancelled_meetings_are_found_only_if_asked_for(calendar):
    series = calendar.add(sessions=4)
    first, second, *_ = meetings(calendar.client, series)
    change(calendar.client, first, {"cancelled": True})
    change(calendar.client, second, {"format": "phone"})

    def states(**query):
        return [m["status"] for m in calendar.search(**ALWAYS, **query)]
    assert states() == ["moved", "scheduled", "scheduled"] and states(meeting_status="cancelled") == ["cancelled"]
    assert states(meeting_status=["cancelled", "moved"]) == ["cancelled", "moved"]


def test_meetings_are_found_by_their_kind(calendar):
    talk, regular = calendar.add(kind="expert_talk"), calendar.add()
    assert calendar.found(kind="expert_talk") == {talk["id"]} and calendar.found(kind="regular") == {regular["id"]}
    assert calendar.found(kind=["regular", "expert_talk"]) == {talk["id"], regular["id"]}


def test_distances_are_to_where_the_meeting_is(calendar, db):
    """Points on the equator of the search: a degree of latitude is about 111 kilometres."""
    mine = calendar.client.organisation
    near, far, off = (venue(db, mine, lat, 7.0) for lat in (50.0, 50.1, 55.0))
    one = calendar.add(format="in_person", venue_id=far, sessions=2)
    two = calendar.add(format="in_person", venue_id=near, sessions=2)
    three = calendar.add(format="in_person", venue_id=off, sessions=2)
    calendar.add()  # without a place
    query = {**ALWAYS, "near": "50.0,7.0", "sort": "distance", "within_km": 100}

    def found(**more):
        return [(m["schedule_id"], m["distance_km"]) for m in calendar.search(**{**query, **more})]
    assert [s for s, _ in found()] == [two["id"]] * 2 + [one["id"]] * 2
    assert [km for _, km in found()] == [0, 0, pytest.approx(11.1, abs=0.1), pytest.approx(11.1, abs=0.1)]
    assert [s for s, _ in found(within_km=5)] == [two["id"]] * 2
    assert found(limit=1) == found()
    moved = meetings(calendar.client, three)[0]
    change(calendar.client, moved, {"venue_id": near})
    assert {m["id"] for m in calendar.search(**{**query, "within_km": 5})} >= {moved["id"]}
    assert [s for s, _ in found()].count(three["id"]) == 1
    gone = meetings(calendar.client, two)[0]
    change(calendar.client, gone, {"venue_id": off})
    assert gone["id"] not in {m["id"] for m in calendar.search(**query)}
    assert [m["starts_at"] for m in calendar.search(**{**query, "sort": "starts_at"})] == sorted(
        m["starts_at"] for m in calendar.search(**query))


def test_without_a_venue_a_meeting_is_near_where_its_group_is(calendar):
    koeln = calendar.given.group(calendar.client, place={"country": "DE", "postcode": "50667"})
    series = calendar.add(koeln)
    calendar.add(calendar.given.group(calendar.client, place={"country": "DE", "postcode": "10115"}))
    assert calendar.found(postcode="50667", within_km=10) == {series["id"]}
    calendar.client.patch(f"/v1/groups/{koeln['id']}", {"place": {"postcode": "10115"}})
    assert calendar.found(postcode="50667", within_km=10) == set()


def test_a_place_is_needed_to_sort_by_distance_and_must_be_one(calendar):
    assert calendar.api.get("/v1/meetings?sort=distance").parameters() == {"sort"}
    assert calendar.api.get("/v1/meetings?postcode=00000").parameters() == {"postcode"}
    assert calendar.api.get("/v1/meetings?near=91,0").parameters() == {"near"}


@pytest.mark.parametrize("members, query, no", [
    ({"audience": ["relatives"]}, {"audience": "relatives"}, {"audience": "professionals"}),
    ({"age": {"from": 18, "to": 27}}, {"age": 20}, {"age": 28}),
    ({"leadership": "professionally_led"}, {"leadership": "professionally_led"}, {"leadership": "peer_led"}),
    ({"joining": "screening"}, {"joining": "screening"}, {"joining": "drop_in"}),
    ({"languages": ["tr"]}, {"language": ["tr", "fr"]}, {"language": "de"}),
    ({"accessibility": ["step_free", "parking"]}, {"accessibility": ["step_free", "parking"]},
     {"accessibility": ["step_free", "hearing_loop"]}),
    ({"cost": {"kind": "donation"}}, {"cost": "donation"}, {"cost": "free"}),
    ({"status": "founding"}, {"status": "founding"}, {"status": "active"}),
    ({"status": "paused"}, {"status": "paused"}, {}),
    ({"accepting_newcomers": "waiting_list"}, {"accepting_newcomers": "waiting_list"}, {"accepting_newcomers": "yes"}),
    ({"name": "Zwetschgenkuchen"}, {"q": "zwetschgenkuchen"}, {"q": "qxzwvkjy"}),
], ids=lambda value: "-".join(value))
def test_every_filter_of_groups_narrows_meetings_too(calendar, members, query, no):
    series = calendar.add(calendar.given.group(calendar.client, **members))
    assert calendar.found(**query) == {series["id"]} and calendar.found(**no) == set()


def test_a_topic_finds_meetings_of_all_below_it_also_after_it_changes(calendar):
    above = calendar.given.topic()
    below = calendar.given.topic(parent_id=above["id"])
    group = calendar.given.group(calendar.client, topic_ids=[below["id"]])
    series = calendar.add(group)
    assert calendar.found(topic=above["slug"]) == calendar.found(topic=below["id"]) == {series["id"]}
    calendar.client.patch(f"/v1/groups/{group['id']}", {"topic_ids": [calendar.given.some_topic()]})
    assert calendar.found(topic=above["slug"]) == set()


def test_a_verified_entry_is_found_by_when_it_was(calendar, db):
    series = calendar.add()
    since = shifted(series["created_at"][:-1], hours=1) + "Z"
    assert calendar.found(verified_since=since) == set()


def test_accessibility_is_that_of_the_place_too(calendar, db):
    lift = venue(db, calendar.client.organisation, accessibility=["hearing_loop"])
    group = calendar.given.group(calendar.client, accessibility=["step_free"])
    series = calendar.add(group, format="in_person", venue_id=lift)
    assert calendar.found(accessibility=["hearing_loop", "step_free"]) == {series["id"]} and calendar.found(accessibility="parking") == set()


def test_meetings_of_hidden_groups_are_hidden(calendar):
    group = calendar.given.group(calendar.client, visibility="partners")
    series = calendar.add(group)
    assert calendar.found() == set()
    assert {m["schedule_id"] for m in calendar.search(calendar.client, **ALWAYS)} == {series["id"]}
    calendar.client.patch(f"/v1/groups/{group['id']}", {"visibility": "public"})
    assert calendar.found() == {series["id"]}


def test_pages_miss_nothing_and_repeat_nothing_while_meetings_come_and_the_clock_goes(calendar, another_server, own_clock):
    api = calendar.api.at(another_server(RUNDE_CLOCK_FILE=own_clock))
    for _ in range(3):
        calendar.add(repeats=[{"unit": "day"}], sessions=9)
    wanted = [m["id"] for m in calendar.search()]
    path = f"/v1/meetings?organisation={calendar.client.organisation['id']}&limit=4"
    seen, cursor, hours = [], "", 0
    while cursor is not None:
        page = api.get(path + cursor).json
        seen += [m["id"] for m in page["items"]]
        cursor = "&cursor=" + page["next"] if "next" in page else None
        hours += 20
        own_clock.move(hours)
        calendar.add(repeats=[{"unit": "day"}], sessions=3)
    assert [one for one in seen if one in set(wanted)] == wanted and len(set(seen)) == len(seen) > len(wanted)


def test_a_page_in_order_of_distance_goes_on_where_it_ended(calendar, db):
    for i in range(6):
        calendar.add(format="in_person", venue_id=venue(db, calendar.client.organisation, 50 + i / 100, 7), sessions=3)
    query = {**ALWAYS, "near": "50,7", "sort": "distance"}
    assert [m["id"] for m in calendar.search(**{**query, "limit": 4})] == [m["id"] for m in calendar.search(**query)]
    assert len(calendar.search(**query)) == 18


# What groups say of their meetings -----------------------------------------------------------------


def next_at(api, group):
    found = api.get(f"/v1/groups/{group['id']}").json.get("next_meeting_at")
    listed = api.get(f"/v1/groups?organisation={group['organisation_id']}&q={group['name'].split()[1]}").json["items"]
    assert [one.get("next_meeting_at") for one in listed if one["id"] == group["id"]] == [found]
    return found


def test_a_group_says_when_it_next_meets(given, portal, api, group):
    assert next_at(api, group) is None
    first, second, *_ = meetings(portal, add(given, portal, group))
    assert next_at(api, group) == first["starts_at"]
    change(portal, first, {"cancelled": True})
    assert next_at(api, group) == second["starts_at"]
    change(portal, first, {"cancelled": None, "starts_at_local": shifted(second["starts_at_local"], days=1)})
    assert next_at(api, group) == second["starts_at"]
    portal.delete(f"/v1/schedules/{first['schedule_id']}")
    assert next_at(api, group) is None


def test_when_a_group_next_meets_moves_with_the_clock(given, portal, later, group, own_clock):
    start = (datetime.now(timezone.utc) + timedelta(hours=24)).strftime("%Y-%m-%dT%H:%M:%S")
    planned = meetings(portal, add(given, portal, group, starts_at_local=start, time_zone="UTC",
                                   repeats=[{"unit": "day"}], sessions=2))
    etag = later.get(f"/v1/groups/{group['id']}").etag
    for hours, wanted in (0, planned[0]["starts_at"]), (24.5, planned[1]["starts_at"]), (49, None):
        own_clock.move(hours)
        assert next_at(later, group) == wanted
    assert later.get(f"/v1/groups/{group['id']}", If_None_Match=etag).status == 200


def test_groups_are_found_by_when_they_meet_within_five_weeks(given, portal, api):
    client = given.client()

    def found(**query):
        query = urlencode({"organisation": client.organisation["id"], **query}, doseq=True)
        return {g["id"] for g in api.all_pages("/v1/groups?" + query)}
    soon, late, never = given.group(client), given.group(client), given.group(client)
    series = add(given, client, soon, sessions=1)
    add(given, client, late, starts_at_local=f"{given.wednesday(7)}T19:00:00")
    assert found() == {soon["id"], late["id"], never["id"]}
    assert found(weekday="wednesday") == found(time_from="19:00", time_to="19:00") == {soon["id"]}
    assert found(weekday="thursday") == found(weekday="wednesday", time_to="18:59") == set()
    change(client, meetings(client, series)[0], {"cancelled": True})
    assert found(weekday="wednesday") == set()


# For search engines --------------------------------------------------------------------------------


def event(api, meeting):
    reply = api.get(path_of(meeting) + "/event.jsonld")
    assert reply.status == 200 and reply.headers["content-type"].startswith("application/ld+json")
    return reply.json


def test_a_meeting_is_an_event_of_schema_org(given, portal, api, db):
    group = given.group(portal, summary="Kurz", cost={"kind": "fee", "amount": "5.00", "currency": "EUR"})
    here = venue(db, portal.organisation, 50.5, 7.5, town="Bonn", postcode="53111", street="Weg 1")
    met = meetings(portal, add(given, portal, group, format="hybrid", venue_id=here,
                               online={"join_url": "https://meet.example.org/geheim", "disclosure": "accepted"}))[0]
    start = datetime.fromisoformat(met["starts_at_local"]).replace(tzinfo=ZoneInfo("Europe/Berlin"))
    assert event(api, met) == event(portal, met) == {
        "@context": "https://schema.org", "@type": "Event", "@id": f"urn:uuid:{met['id']}", "name": group["name"],
        "description": "Kurz", "startDate": start.isoformat(), "endDate": (start + timedelta(minutes=90)).isoformat(),
        "eventStatus": "https://schema.org/EventScheduled",
        "eventAttendanceMode": "https://schema.org/MixedEventAttendanceMode",
        "location": {"@type": "Place", "name": "Haus",
                     "address": {"@type": "PostalAddress", "streetAddress": "Weg 1", "postalCode": "53111",
                                 "addressLocality": "Bonn", "addressCountry": "DE"},
                     "geo": {"@type": "GeoCoordinates", "latitude": 50.5, "longitude": 7.5}},
        "organizer": {"@type": "Organization", "name": group["name"]}, "isAccessibleForFree": False}


@pytest.mark.parametrize("zone", ["America/St_Johns", "Asia/Kolkata", "UTC"])
def test_an_event_follows_the_meeting(given, portal, api, group, zone):
    met = meetings(portal, add(given, portal, group, time_zone=zone, title="Titel",
                               online={"join_url": "https://meet.example.org/a", "disclosure": "public"}))[0]
    to = shifted(met["starts_at_local"], days=1)
    change(portal, met, {"starts_at_local": to})
    shown = event(api, met)
    there = [datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone)).isoformat() for local in (to, met["starts_at_local"])]
    assert [shown["startDate"], shown["previousStartDate"]] == there and shown["name"] == "Titel"
    assert shown["eventStatus"].endswith("/EventRescheduled") and shown["isAccessibleForFree"] is True
    assert shown["location"] == {"@type": "VirtualLocation", "url": "https://meet.example.org/a"}
    change(portal, met, {"cancelled": True})
    shown = event(api, met)
    assert shown["eventStatus"].endswith("/EventCancelled") and "previousStartDate" not in shown


def test_there_is_no_event_of_a_hidden_group(given, portal):
    met = meetings(portal, add(given, portal, given.group(portal, visibility="partners")))[0]
    assert portal.get(path_of(met) + "/event.jsonld").status == 404 and portal.get(path_of(met)).status == 200
    assert json.loads(portal.get(path_of(met) + "/event.jsonld").body)["status"] == 404
