"""test_releases.py: what is released of what people really did, when, and to whom."""

import psycopg2
import pytest

from tests.wire import await_truth

DAY = 24  # hours, as clocks are moved


@pytest.fixture
def office(house):
    """Who releases, at a time, and a client that may read it."""
    house.funder = house.given.client(scopes="statistics:read")
    house.release = lambda at: house.rows("SELECT statistics_release_due(%s)", at)
    house.read = lambda table, query="": house.funder.get(f"/v1/statistics/{table}{query}")
    house.counts = lambda table, query="": {
        (cell["region"], cell.get("topic_group")): cell["count"] for cell in house.read(table, query).json["cells"]}
    return house


def topics(given):
    """A topic below another."""
    above = given.topic(slug=f"sucht-{given.word()}")
    return above["slug"], given.topic(parent_id=above["id"])["id"]


def postcodes(office):
    office.rows("INSERT INTO postcodes VALUES ('DE', '50667', 'Köln', 'Nordrhein-Westfalen', 'NW', point_of(50.9, 6.9)),"
                " ('AT', '6020', 'Innsbruck', 'Tirol', '07', point_of(47.2, 11.4))")


def test_groups_are_counted_by_their_region_and_the_topic_above_all(office):
    given, (above, topic) = office.given, topics(office.given)
    postcodes(office)
    keeper = given.client()
    where = [{"country": "DE", "postcode": "50667"}] * 12 + [{"country": "AT", "postcode": "6020"}] * 11 \
        + [{"country": "FR"}] * 10 + [None] * 14
    for place in where:
        given.group(keeper, topic_ids=[topic], place=place, formats=["in_person" if place else "online"])
    given.group(keeper, topic_ids=[topic], formats=["online"], visibility="unlisted")
    office.release(office.value("SELECT quarter_ends(quarter_of(now())) + interval '2 days'"))
    assert office.counts("groups") == {("DE-NW", above): 10, ("AT-7", above): 10, ("online", above): 15}


def test_registrations_are_counted_once_they_are_confirmed_and_whoever_is_erased_too(office):
    given, (above, topic) = office.given, topics(office.given)
    series, other = (given.schedule(given.admin, given.group(topic_ids=[topic]), registration={"required": True})
                     for _ in range(2))
    client = given.client(scopes="registrations:write")
    for _ in range(10):
        given.registration(series)
    for _ in range(30):  # known to an organisation, which must not see the others by taking these away
        given.registration(other, client)
    given.registration(series, contact={"email": given.address()})  # never confirmed
    at = office.value("SELECT quarter_ends(quarter_of(now())) + interval '2 days'")
    assert office.rows("SELECT * FROM statistics_counts('registrations', quarter_of(now()))") == []
    erased = given.registration(series)
    assert erased.delete(erased.path).status == 204
    office.release(at)
    assert office.counts("registrations") == {("online", above): 40}


def test_whoever_stands_above_others_cannot_take_theirs_away(office):
    given, (_, topic) = office.given, topics(office.given)
    postcodes(office)
    umbrella = given.organisation(kind="umbrella")
    below = {"parent_id": umbrella["id"]}
    keepers = [given.client(given.organisation(**members)) for members in (below, below, {})]
    for keeper, count in zip(keepers, (8, 8, 10)):
        office.series = given.schedule(given.admin, given.group(keeper, topic_ids=[topic]), registration={"required": True})
        for _ in range(count):
            given.registration(office.series)
    insurers = [given.insurer(given.organisation(kind="insurer", **below)) for _ in range(2)] + [given.insurer()]
    for insurer, count in zip(insurers, (8, 8, 10)):
        for _ in range(count):
            given.referral(insurer)
    for table in ("registrations", "referrals"):
        assert office.rows("SELECT * FROM statistics_counts(%s, quarter_of(now()))", table) == [], table
    given.registration(office.series)
    given.referral(insurers[-1])
    for table in ("registrations", "referrals"):
        assert [count for _, count in office.rows("SELECT * FROM statistics_counts(%s, quarter_of(now()))", table)] == [27], table


def test_whoever_has_had_the_mandate_cannot_take_theirs_away(office):
    given, (_, topic) = office.given, topics(office.given)
    keepers = [given.client() for _ in range(3)]
    groups = [given.group(keeper, topic_ids=[topic]) for keeper in keepers]
    for group, count in zip(groups, (8, 8, 10)):
        series = given.schedule(given.admin, group, registration={"required": True})
        for _ in range(count):
            given.registration(series)
    assert [count for _, count in office.rows("SELECT * FROM statistics_counts('registrations', quarter_of(now()))")] == [26]
    other = given.organisation(kind="partner")
    for group in groups[:2]:
        for rights in (["registrations"], []):
            path = f"/v1/groups/{group['id']}/mandates/{other['id']}"
            assert given.admin.request("PUT", path, {"rights": rights}, If_Match="*").status in (200, 201)
    assert office.rows("SELECT * FROM statistics_counts('registrations', quarter_of(now()))") == []


def test_whoever_stands_above_all_cannot_take_away_what_groups_share(office):
    given, (_, topic) = office.given, topics(office.given)
    umbrella, groups = given.organisation(kind="umbrella"), []
    for count in (11, 11, 5):
        groups.append(given.group(given.client(given.organisation(parent_id=umbrella["id"])), topic_ids=[topic]))
        series = given.schedule(given.admin, groups[-1], registration={"required": True})
        for _ in range(count):
            given.registration(series)
    for shares, told in [((False, False, False), [27]), ((False, False, True), [27]), ((True, True, False), []),
                         ((True, True, True), [27])]:
        for group, one in zip(groups, shares):
            office.rows("INSERT INTO group_settings (group_id, shared_with_organisation) VALUES (%s, %s)"
                        " ON CONFLICT (group_id) DO UPDATE SET shared_with_organisation = %s", group["id"], one, one)
        counts = office.rows("SELECT * FROM statistics_counts('registrations', quarter_of(now()))")
        assert [count for _, count in counts] == told, shares


def test_a_quarter_is_released_a_day_after_its_end_by_the_clocks_of_germany(office):
    office.release("2026-10-01T21:59:00Z")
    office.release("2026-10-01T22:01:00Z")
    office.release("2026-12-24T12:00:00Z")
    office.release("2027-01-02T12:00:00Z")
    assert [one["quarter"] for one in office.funder.get("/v1/statistics?limit=20").json["items"]] \
        == ["2026-Q4"] * 3 + ["2026-Q3"] * 3 + ["2026-Q2"] * 3
    made = {one["quarter"]: one["made_at"] for one in office.funder.get("/v1/statistics").json["items"]}
    assert made == {"2026-Q2": "2026-10-01T21:59:00Z", "2026-Q3": "2026-10-01T22:01:00Z", "2026-Q4": "2027-01-02T12:00:00Z"}


def test_a_worker_releases_it(office):
    office.rows("UPDATE timetable SET due_at = '-infinity' WHERE kind = 'quarter'")
    office.work()
    await_truth(lambda: office.value("SELECT count(*) FROM statistics_releases") == 3)
    assert office.read("referrals").json["cells"] == []


def test_what_was_released_cannot_be_changed(office):
    office.release("2026-10-02T12:00:00Z")
    for change in ("UPDATE statistics_releases SET cells = '[]'", "DELETE FROM statistics_releases"):
        with pytest.raises(psycopg2.errors.RaiseException, match="stays"):
            office.rows(change)


def test_the_newest_is_read_if_no_quarter_is_named(office):
    office.release("2026-10-02T12:00:00Z")
    office.release("2027-01-02T12:00:00Z")
    assert office.read("groups").json["quarter"] == "2026-Q4"
    shown = office.read("groups", "?quarter=2026-Q3").json
    assert shown == {"table": "groups", "quarter": "2026-Q3", "made_at": "2026-10-02T12:00:00Z", "least": 11,
                     "rounded_to": 5, "cells": []}
    assert office.read("groups", "?quarter=2026-Q1").status == office.read("persons").status == 404


@pytest.mark.parametrize("query", ["quarter=2026", "quarter=2026-Q5", "quarter=2026-Q3%27", "region=DE-NW", "topic_group=sucht"])
def test_there_are_no_filters(office, query):
    assert office.read("groups", f"?{query}").status == 400


def test_pages_go_on_where_the_last_one_ended(office):
    office.release("2026-10-02T12:00:00Z")
    office.release("2027-01-02T12:00:00Z")
    seen, path = [], "/v1/statistics?limit=4"
    while path:
        page = office.funder.get(path).json
        seen += [(one["quarter"], one["table"]) for one in page["items"]]
        path = page.get("next") and f"/v1/statistics?limit=4&cursor={page['next']}"
    assert seen == sorted(seen, reverse=True) and len(seen) == len(set(seen)) == 6


def test_only_who_may_read_them_reads_them(office):
    office.release("2026-10-02T12:00:00Z")
    clients = [office.given.client(scopes="groups:read,registrations:manage"), office.api, office.admin, office.funder]
    assert [client.get("/v1/statistics/groups").status for client in clients] == [403, 401, 200, 200]
