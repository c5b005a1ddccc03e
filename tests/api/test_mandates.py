"""test_mandates.py: a group lets another organisation act for it, and takes that back."""

import pytest

from tests.given import Given

EVERYTHING = "groups:read,groups:write,meetings:write,registrations:manage"


@pytest.fixture
def led(given):
    """The leader of a group, who has its path."""
    leader = given.leader()
    leader.path = f"/v1/groups/{leader.group['id']}"
    return leader


@pytest.fixture
def other(given):
    """A client of an organisation that has nothing to do with the group."""
    return given.client(scopes=EVERYTHING)


def mandate_of(leader, client):
    return f"{leader.path}/mandates/{client.organisation['id']}"


def give(leader, client, *rights):
    reply = leader.request("PUT", mandate_of(leader, client), {"rights": list(rights)}, If_Match="*")
    assert reply.status == 200, reply.json
    return reply


def withdraw(leader, client):
    reply = leader.delete(mandate_of(leader, client))
    assert reply.status == 204, reply.json


def rename(client, leader):
    return client.patch(leader.path, {"summary": Given.word()}).status


def test_with_the_mandate_another_organisation_keeps_the_entry_until_it_is_withdrawn(led, other):
    assert rename(other, led) == 403
    give(led, other, "entry")
    assert rename(other, led) == 200
    withdraw(led, other)
    assert rename(other, led) == 403


def test_it_plans_and_changes_meetings(given, led, other):
    assert other.post(f"{led.path}/schedules", given.new_schedule()).status == 403
    give(led, other, "entry")
    series = given.made(other.post(f"{led.path}/schedules", given.new_schedule()))
    meeting = other.get(f"{led.path}/meetings").json["items"][0]
    assert other.patch(f"/v1/schedules/{series['id']}", {"title": "Offener Abend"}).status == 200
    assert other.patch(f"/v1/meetings/{meeting['id']}", {"cancelled": True}).status == 200
    assert given.made(other.post(f"{led.path}/meetings", given.new_schedule(repeats=None)))
    exception = f"/v1/schedules/{series['id']}/exceptions/{meeting['date']}"
    assert other.get(exception).status == 200 and other.delete(exception).status == 204
    withdraw(led, other)
    assert other.patch(f"/v1/schedules/{series['id']}", {"title": "Abend"}).status == 403
    assert other.get(exception).status == 404


def test_it_does_not_take_the_group_away_and_gives_nothing_on(given, led, other):
    give(led, other, "entry")
    third = given.client()
    assert other.patch(led.path, {"organisation_id": other.organisation["id"]}).status == 403
    assert other.delete(led.path).status == 403
    assert other.request("PUT", mandate_of(led, third), {"rights": ["entry"]}, If_Match="*").status == 403
    assert other.patch(f"{led.path}/settings", {"shared_with_organisation": True}).status == 403
    assert [item["organisation_id"] for item in led.get(f"{led.path}/mandates").json["items"]] == [other.organisation["id"]]


def test_with_the_mandate_it_sees_who_comes_though_the_keeper_does_not(given, led, other):
    keeper = given.client({"id": led.group["organisation_id"]}, EVERYTHING)
    series = given.schedule(keeper, led.group, registration={"required": True})
    person = given.registration(series)
    assert other.get(person.path).status == 404
    give(led, other, "entry")
    assert other.get(person.path).status == 404
    give(led, other, "registrations")
    assert other.get(person.path).status == 200
    assert [item["id"] for item in other.get(f"/v1/schedules/{series['id']}/registrations").json["items"]] == [person.id]
    assert keeper.get(person.path).status == 404
    withdraw(led, other)
    assert other.get(person.path).status == 404
    assert other.get(f"/v1/schedules/{series['id']}/registrations").status == 404


def test_a_group_that_is_not_listed_can_be_seen_with_the_mandate(given, led, other):
    assert given.admin.patch(led.path, {"visibility": "unlisted"}).status == 200
    assert other.get(led.path).status == 404
    give(led, other, "entry")
    assert other.get(led.path).status == 200 and other.get(f"{led.path}/schedules").status == 200


def test_mandates_are_listed_and_read_by_whom_they_concern(given, led, other):
    assert led.get(f"{led.path}/mandates").json == {"items": []}
    nothing = led.get(mandate_of(led, other))
    assert nothing.json["rights"] == [] and "given_at" not in nothing.json
    given_one = give(led, other, "registrations", "entry").json
    assert sorted(given_one["rights"]) == ["entry", "registrations"]
    assert led.get(f"{led.path}/mandates").json == {"items": [given_one]}
    assert other.get(mandate_of(led, other)).json == given_one
    third = given.client()
    assert third.get(mandate_of(led, other)).status == third.get(f"{led.path}/mandates").status == 403
    withdraw(led, other)
    assert led.get(f"{led.path}/mandates").json == {"items": []}


def test_many_mandates_come_in_pages(given, led):
    clients = [given.client() for _ in range(3)]
    for client in clients:
        give(led, client, "entry")
    first = led.get(f"{led.path}/mandates?limit=2").json
    rest = led.get(f"{led.path}/mandates?limit=2&cursor={first['next']}").json
    assert [item["organisation_id"] for item in first["items"] + rest["items"]] == [c.organisation["id"] for c in clients]
    assert "next" not in rest


def test_who_gives_one_has_seen_the_last(led, other):
    seen = led.get(mandate_of(led, other))
    give(led, other, "entry")
    late = led.request("PUT", mandate_of(led, other), {"rights": []}, If_Match=seen.etag)
    assert late.status == 412
    assert led.delete(mandate_of(led, other), seen.etag).status == 412
    assert led.delete(mandate_of(led, other), None).status == 428
    assert led.request("PUT", mandate_of(led, other), {"rights": ["entry"]}).status == 428


def test_as_long_as_nobody_leads_the_group_its_keeper_gives_mandates(given, other):
    keeper = given.client()
    group = given.group(keeper)
    path = f"/v1/groups/{group['id']}/mandates/{other.organisation['id']}"
    assert keeper.request("PUT", path, {"rights": ["entry"]}, If_Match="*").status == 200
    given.leader(group, keeper)
    assert keeper.request("PUT", path, {"rights": []}, If_Match="*").status == 403
    assert keeper.delete(path).status == 403


@pytest.mark.parametrize("body, pointer", [
    ({}, "/rights"), ({"rights": ["everything"]}, "/rights/0"), ({"rights": "entry"}, "/rights"),
    ({"rights": [], "until": "2027-01-01"}, "/until")])
def test_what_is_wrong_is_named(led, other, body, pointer):
    reply = led.request("PUT", mandate_of(led, other), body, If_Match="*")
    assert reply.status == 422 and [error["pointer"] for error in reply.json["errors"]] == [pointer]


def test_there_is_no_mandate_for_an_organisation_that_is_not_there(led):
    path = f"{led.path}/mandates/01935c33-2c30-7f53-8285-ffffffffffff"
    assert led.get(path).status == led.delete(path).status == 404
    assert led.request("PUT", path, {"rights": ["entry"]}, If_Match="*").status == 404
