"""test_closures.py: days on which a venue is shut or a region rests, and what becomes of the meetings there."""

from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest

from tests.series import FIRST, WEEKS, Series
from tests.wire import in_background

SCOPES = "groups:read,groups:write,meetings:write"
KOELN, MUENCHEN, WIEN = ({"country": "DE", "postcode": "50667"}, {"country": "DE", "postcode": "80331"},
                         {"country": "AT", "postcode": "1010"})


def path_of(resource, kind="closures"):
    return f"/v1/{kind}/{resource['id']}"


def without(closure, *members):
    """What of a closure does not change with the time at which it was written."""
    volatile = {"id", "revision", "created_at", "updated_at", *members}
    return {name: value for name, value in closure.items() if name not in volatile}


def change(client, resource, patch, kind="closures"):
    reply = client.patch(path_of(resource, kind), patch)
    assert reply.status == 200, reply.json
    return reply.json


def days(first, last):
    return {"from": str(first), "to": str(last)}


@pytest.fixture
def keeper(given):
    return given.client(scopes=SCOPES)


@pytest.fixture
def series(db, given, keeper):
    def make(venue=None, client=None, place=None, **columns):
        members = {"place": place} if place else {}
        return Series(db, given.group(client or keeper, **members), venue, **columns)
    return make


def weeks(*numbers, status="cancelled", of=len(WEEKS)):
    """The states of a series of which these weeks are not as planned."""
    return [status if number in numbers else "scheduled" for number in range(of)]


# What is written comes back ------------------------------------------------------------------------


def test_everything_that_can_be_said_comes_back(contract, given, api, keeper):
    venue = given.venue(keeper)
    said = {**days("2031-02-03", "2031-02-05"), "note": "Zu \"laut\"", "reason": "Öl\tim Keller"}
    bodies = [{"venue_id": venue["id"], **said},
              {"region": "DE-NW", "organisation_id": keeper.organisation["id"], **said}]
    assert bodies[0].keys() | bodies[1].keys() == \
        contract.document["components"]["schemas"]["NewClosure"]["properties"].keys()
    for body in bodies:
        reply = keeper.post("/v1/closures", body)
        made = given.made(reply)
        assert without(made) == body and made["revision"] == 1
        read = keeper.get(reply.headers["location"])
        assert read.json == made and read.etag == reply.etag
        assert made in keeper.all_pages("/v1/closures?from=2031-02-03&to=2031-02-03")
        assert without(api.get(path_of(made)).json) == without(made, "reason")


def test_a_patch_can_make_everything_of_the_least(given, keeper):
    made = given.closure(keeper, region="DE")
    venue = given.venue(keeper)
    said = {"venue_id": venue["id"], "note": "Neu", "reason": "Anders", **days("2032-01-01", "2032-01-02")}
    assert without(change(keeper, made, {"region": None, "organisation_id": None, **said})) == said
    gone = change(keeper, made, {"note": None, "reason": None})
    assert without(gone) == {"venue_id": venue["id"], **days("2032-01-01", "2032-01-02")}


def test_a_patch_that_changes_nothing_leaves_the_revision(given, keeper):
    before = keeper.get(path_of(given.closure(keeper, region="DE", note="Pause")))
    for patch in ({}, {"note": "Pause"}, {"reason": None}):
        assert change(keeper, before.json, patch) == before.json
    assert keeper.get(path_of(before.json)).etag == before.etag


def test_why_is_told_only_to_those_who_keep_it(given, api, admin, keeper):
    above = given.organisation()
    own = given.client(given.organisation(parent_id=above["id"]), SCOPES)
    made = given.closure(own, region="DE", note="Pause", reason="Streit im Haus")
    for client in (own, admin, given.client(above)):
        assert client.get(path_of(made)).json["reason"] == "Streit im Haus"
    for client in (api, keeper):
        for shown in (client.get(path_of(made)).json, *client.all_pages("/v1/closures?region=DE&from=2031-01-01")):
            assert "reason" not in shown
        assert client.get(path_of(made)).json["note"] == "Pause"


def test_a_new_reason_is_a_change_and_stands_in_the_audit(given, db, keeper):
    made = given.closure(keeper, region="DE", reason="Erst so")
    assert change(keeper, made, {"reason": "Dann so"})["revision"] == 2
    assert keeper.delete(path_of(made)).status == 204
    db.execute("SELECT action, reason, writer ? 'client_id', revision FROM audit WHERE resource_id = %s"
               " ORDER BY sequence", [made["id"]])
    assert db.fetchall() == [("created", "Erst so", True, 1), ("updated", "Dann so", True, 2),
                             ("deleted", "Dann so", True, 3)]
    db.execute("SELECT resource, action FROM changes WHERE resource_id = %s ORDER BY sequence", [made["id"]])
    assert db.fetchall() == [("closure", "created"), ("closure", "updated"), ("closure", "deleted")]


NOWHERE = str(uuid4())


@pytest.mark.parametrize("members, pointer", [
    ({"region": "DE", "to": "2030-12-31"}, "/to"),
    ({"region": "DE", "from": "2031-02-30"}, "/from"),
    ({"region": "DE", "to": None}, "/to"),
    ({"region": "DE-XX"}, "/region"),
    ({"region": "FR"}, "/region"),
    ({"region": "koeln"}, "/region"),
    ({}, "/region"),
    ({"venue_id": "own", "region": "DE"}, "/region"),
    ({"venue_id": NOWHERE}, "/venue_id"),
    ({"venue_id": "own", "organisation_id": "own"}, "/organisation_id"),
    ({"region": "DE", "note": ""}, "/note"),
    ({"region": "DE", "revision": 7}, "/revision"),
])
def test_what_is_wrong_is_named(given, keeper, members, pointer):
    own = {"venue_id": given.venue(keeper)["id"], "organisation_id": keeper.organisation["id"]}
    members = {name: own[name] if value == "own" else value for name, value in members.items()}
    made = given.closure(keeper, region="DE")
    patch = {"region": None, "organisation_id": None, **members}
    for reply in (keeper.post("/v1/closures", {**days("2031-01-01", "2031-01-07"), **members}),
                  keeper.patch(path_of(made), patch)):
        assert reply.status == 422 and reply.pointers() == {pointer}, reply.json
    assert keeper.get(path_of(made)).json == made


def test_a_venue_that_is_gone_can_be_closed_no_more(given, keeper):
    venue = given.venue(keeper)
    made = given.closure(keeper, venue_id=venue["id"])
    assert keeper.delete(path_of(venue, "venues")).status == 204
    reply = keeper.post("/v1/closures", {"venue_id": venue["id"], **days("2031-01-01", "2031-01-01")})
    assert reply.status == 422 and reply.pointers() == {"/venue_id"}
    assert keeper.delete(path_of(made)).status == 204


def test_organisations_must_be_there(admin, given):
    gone = given.organisation()
    assert admin.delete(path_of(gone, "organisations")).status == 204
    for organisation in (NOWHERE, gone["id"]):
        body = {"region": "DE", "organisation_id": organisation, **days("2031-01-01", "2031-01-01")}
        reply = admin.post("/v1/closures", body)
        assert reply.status == 422 and reply.pointers() == {"/organisation_id"}


# Who may -------------------------------------------------------------------------------------------


def test_only_those_who_keep_a_venue_close_it(given, api, admin, keeper):
    above = given.organisation()
    own = given.client(given.organisation(parent_id=above["id"]), SCOPES)
    body = {"venue_id": given.venue(own)["id"], **days("2031-01-01", "2031-01-02")}
    for client, status in ((api, 401), (keeper, 403), (given.client(own.organisation, "groups:write"), 403), (own, 201), (admin, 201),
                           (given.client(above, SCOPES), 201)):
        assert client.post("/v1/closures", body).status == status


def test_a_region_is_closed_for_the_groups_of_ones_own(given, admin, keeper):
    below = given.organisation(parent_id=keeper.organisation["id"])
    body = {"region": "DE-NW", **days("2031-01-01", "2031-01-02")}
    assert given.made(keeper.post("/v1/closures", body))["organisation_id"] == keeper.organisation["id"]
    assert "organisation_id" not in given.made(admin.post("/v1/closures", body))
    foreign = {**body, "organisation_id": given.organisation()["id"]}
    assert keeper.post("/v1/closures", foreign).status == 403
    for client, named in ((keeper, {**body, "organisation_id": below["id"]}), (admin, foreign)):
        assert given.made(client.post("/v1/closures", named))["organisation_id"] == named["organisation_id"]


def test_a_closure_of_somebody_else_cannot_be_changed_or_taken_away(given, api, admin, keeper):
    other = given.client(scopes=SCOPES)
    for made in (given.closure(other, region="DE"), given.closure(other, venue_id=given.venue(other)["id"]),
                 given.closure(admin, region="DE-BB")):
        for client, status in ((api, 401), (keeper, 403), (given.client(other.organisation, "groups:write"), 403)):
            assert client.patch(path_of(made), {"note": "Neu"}).status == status
            assert client.delete(path_of(made)).status == status
        assert api.get(path_of(made)).json == without_reason(made)


def without_reason(closure):
    return {name: value for name, value in closure.items() if name != "reason"}


def test_a_closure_cannot_be_handed_to_somebody_else(given, keeper):
    made, other = given.closure(keeper, region="DE"), given.client(scopes=SCOPES)
    assert keeper.patch(path_of(made), {"organisation_id": other.organisation["id"]}).status == 403
    foreign = {"region": None, "organisation_id": None, "venue_id": given.venue(other)["id"]}
    assert keeper.patch(path_of(made), foreign).status == 403
    assert change(keeper, made, {"organisation_id": None}) == made


def test_a_closure_taken_away_is_gone(given, api, keeper):
    made = given.closure(keeper, region="DE")
    assert keeper.delete(path_of(made), '"7.0123456789abcdef"').status == 412
    assert keeper.patch(path_of(made), {"note": "Neu"}, '"7.0123456789abcdef"').status == 412
    reply = keeper.delete(path_of(made), keeper.get(path_of(made)).etag)
    assert reply.status == 204 and reply.body == b""
    for client in (api, keeper):
        assert client.get(path_of(made)).status == 404
        assert made["id"] not in [c["id"] for c in client.all_pages("/v1/closures?from=2031-01-01")]
    assert keeper.patch(path_of(made), {"note": "Neu"}).status == keeper.delete(path_of(made)).status == 404


def test_a_version_must_be_named(given, keeper):
    made = given.closure(keeper, region="DE")
    assert keeper.delete(path_of(made), None).status == keeper.patch(path_of(made), {"note": "Neu"}, None).status == 428


# Finding -------------------------------------------------------------------------------------------


def ids(reply):
    assert reply.status == 200, reply.json
    return [closure["id"] for closure in reply.json["items"]]


def test_closures_come_by_their_first_day_each_exactly_once(given, api, keeper):
    venue = given.venue(keeper)
    firsts = [f"2031-03-{day:02}" for day in (9, 3, 3, 7, 1, 3)]
    made = [given.closure(keeper, venue_id=venue["id"], **days(first, "2031-03-09")) for first in firsts]
    for limit in (1, 2, 200):
        shown = api.all_pages(f"/v1/closures?venue_id={venue['id']}&limit={limit}")
        assert [closure["from"] for closure in shown] == sorted(firsts)
        assert {closure["id"] for closure in shown} == {closure["id"] for closure in made}


@pytest.mark.parametrize("query, found", [
    ("", "abc"), ("&from=2031-05-04", "bc"), ("&from=2031-05-03&to=2031-05-03", "a"), ("&to=2031-05-06", "ab"),
    ("&from=2031-05-07&to=2031-05-20", "bc"), ("&from=2031-05-21", ""), ("&to=2031-04-30", ""),
])
def test_a_closure_is_found_by_each_of_its_days(given, api, keeper, query, found):
    venue = given.venue(keeper)["id"]
    spans = {"a": days("2031-05-01", "2031-05-03"), "b": days("2031-05-04", "2031-05-10"),
             "c": days("2031-05-07", "2031-05-20")}
    made = {given.closure(keeper, venue_id=venue, **span)["id"]: name for name, span in spans.items()}
    assert "".join(made[id] for id in ids(api.get(f"/v1/closures?venue_id={venue}{query}"))) == found


def test_a_region_is_closed_with_its_country(given, api, keeper):
    made = {region: given.closure(keeper, region=region, **days("2033-05-01", "2033-05-01"))["id"]
            for region in ("DE", "DE-NW", "DE-BY", "AT-9")}
    asked = {"DE-NW": {"DE", "DE-NW"}, "DE": {"DE"}, "AT-9": {"AT-9"}, "AT": set(), "DE-BE": {"DE"}}
    for region, found in asked.items():
        shown = ids(api.get(f"/v1/closures?region={region}&from=2033-05-01&to=2033-05-01&limit=200"))
        assert {name for name, id in made.items() if id in shown} == found


def test_days_that_end_before_they_begin_are_no_question(api):
    reply = api.get("/v1/closures?from=2031-01-02&to=2031-01-01")
    assert reply.status == 400 and reply.parameters() == {"to"}
    assert ids(api.get(f"/v1/closures?venue_id={uuid4()}&from=2031-01-02&to=2031-01-02")) == []


# What becomes of the meetings ----------------------------------------------------------------------


def logged(db, meetings):
    db.execute("SELECT resource_id::text, revision FROM changes WHERE resource = 'meeting' AND action = 'updated'"
               " AND resource_id = ANY (%s::uuid[]) ORDER BY sequence", [[meeting.id for meeting in meetings]])
    return db.fetchall()


def test_a_closed_venue_cancels_its_meetings_on_these_days_and_no_others(given, db, keeper, series):
    venue, other = given.venue(keeper), given.venue(keeper)
    there, elsewhere = series(venue), series(other)
    before = there.meetings()
    made = given.closure(keeper, venue_id=venue["id"], reason="Umbau", **days(WEEKS[2], WEEKS[4] - timedelta(days=1)))
    after = there.meetings()
    assert [m.status for m in after] == weeks(2, 3)
    assert [m.revision for m in after] == [1, 1, 2, 2, 1, 1, 1, 1]
    assert [m.id for m in after] == [m.id for m in before]
    assert {m.closure_id for m in after} == {None, made["id"]}
    assert sorted(logged(db, after)) == sorted((m.id, 2) for m in after[2:4])
    assert elsewhere.each() == weeks() and set(elsewhere.each("revision")) == {1}
    db.execute("SELECT a.reason, a.writer ? 'client_id' FROM audit a JOIN meetings m ON m.closure_id = a.resource_id"
               " WHERE m.id = %s", [after[2].id])
    assert db.fetchall() == [("Umbau", True)]


def test_a_closed_venue_is_closed_for_everybody(given, keeper, series):
    venue = given.venue(keeper)
    foreign = series(venue, client=given.client())
    given.closure(keeper, venue_id=venue["id"], **days(WEEKS[0], WEEKS[0]))
    assert foreign.each() == weeks(0)


def test_first_and_last_day_count_by_the_clocks_there(given, keeper, series):
    venue = given.venue(keeper)
    late = series(venue, starts_at_local=f"{FIRST} 00:15")
    given.closure(keeper, venue_id=venue["id"], **days(WEEKS[1] - timedelta(days=1), WEEKS[1] - timedelta(days=1)))
    assert late.each() == weeks()
    given.closure(keeper, venue_id=venue["id"], **days(WEEKS[1], WEEKS[1]))
    assert late.each() == weeks(1)


def test_taken_away_the_same_meetings_take_place_again(given, db, keeper, series):
    venue = given.venue(keeper)
    there = series(venue)
    before = there.meetings()
    made = given.closure(keeper, venue_id=venue["id"], **days(WEEKS[1], WEEKS[2]))
    assert there.each() == weeks(1, 2)
    assert keeper.delete(path_of(made)).status == 204
    after = there.meetings()
    assert [(m.id, m.status, m.format, m.venue_id, m.closure_id) for m in after] == \
        [(m.id, m.status, m.format, m.venue_id, m.closure_id) for m in before]
    assert [m.revision for m in after] == [1, 3, 3, 1, 1, 1, 1, 1]
    assert len(logged(db, after)) == 4


def test_who_can_meets_online_instead(given, keeper, series):
    venue = given.venue(keeper)
    hybrid, online = series(venue, format="hybrid"), series(format="online")
    made = given.closure(keeper, venue_id=venue["id"], **days(WEEKS[0], WEEKS[0]))
    first, second = hybrid.meetings()[:2]
    assert (first.status, first.format, first.venue_id, first.closure_id) == ("moved", "online", None, made["id"])
    assert (second.status, second.format, second.venue_id) == ("scheduled", "hybrid", venue["id"])
    assert online.each() == weeks() and set(online.each("revision")) == {1}
    assert keeper.delete(path_of(made)).status == 204
    first = hybrid.meetings()[0]
    assert (first.status, first.format, first.venue_id, first.revision) == ("scheduled", "hybrid", venue["id"], 3)


@pytest.mark.parametrize("region, cancelled", [
    ("DE-NW", {"koeln"}), ("DE-BY", {"muenchen"}), ("DE", {"koeln", "muenchen"}), ("AT", {"wien"}), ("AT-9", {"wien"}),
    ("DE-BE", set()),
])
def test_a_region_rests_with_all_that_is_in_it(given, keeper, series, region, cancelled):
    towns = {"koeln": KOELN, "muenchen": MUENCHEN, "wien": WIEN}
    there = {town: series(given.venue(keeper, address=address)) for town, address in towns.items()}
    online = series(format="online", place=KOELN)
    given.closure(keeper, region=region, **days(WEEKS[0], WEEKS[1]))
    assert {town for town, planned in there.items() if planned.each() == weeks(0, 1)} == cancelled
    assert all(planned.each() == weeks() for town, planned in there.items() if town not in cancelled)
    assert online.each() == weeks()


def test_without_a_venue_the_place_of_the_group_counts(given, keeper, series):
    there, elsewhere = series(place=KOELN), series(place=MUENCHEN)
    given.closure(keeper, region="DE-NW", **days(WEEKS[0], WEEKS[0]))
    assert there.each() == weeks(0) and elsewhere.each() == weeks()


def test_where_they_meet_counts_and_not_whose_holidays_they_keep(given, keeper, series):
    there = series(given.venue(keeper, address=KOELN), holiday_region="DE-BY")
    given.closure(keeper, region="DE-BY", **days(WEEKS[0], WEEKS[0]))
    assert there.each() == weeks()
    given.closure(keeper, region="DE-NW", **days(WEEKS[1], WEEKS[1]))
    assert there.each() == weeks(1)


def test_another_organisation_closes_nothing_of_ours(given, keeper, series):
    below = given.client(given.organisation(parent_id=keeper.organisation["id"]), SCOPES)
    above, own, foreign = (series(client=client, place=KOELN) for client in (keeper, below, given.client()))
    given.closure(below, region="DE-NW", **days(WEEKS[0], WEEKS[0]))
    assert (above.each(), own.each(), foreign.each()) == (weeks(), weeks(0), weeks())
    given.closure(keeper, region="DE-NW", **days(WEEKS[1], WEEKS[1]))
    assert (above.each(), own.each(), foreign.each()) == (weeks(1), weeks(0, 1), weeks())


def test_the_operator_closes_a_region_for_all(given, admin, keeper, series):
    """In a canton where nobody else meets, so that no other test is closed too."""
    place = {"country": "CH", "region": "CH-AI", "town": "Appenzell"}
    clients = (keeper, given.client(scopes=SCOPES))
    one, other = (series(given.venue(client, address=place), client) for client in clients)
    made = given.closure(admin, region="CH-AI", **days(WEEKS[0], WEEKS[0]))
    assert one.each() == other.each() == weeks(0)
    assert admin.delete(path_of(made)).status == 204
    assert one.each() == other.each() == weeks()


def test_moved_out_of_a_closed_venue_a_meeting_takes_place(given, keeper, series):
    venue, other = given.venue(keeper), given.venue(keeper)
    there = series(venue)
    given.closure(keeper, venue_id=venue["id"], **days(WEEKS[0], WEEKS[2]))
    there.write_exception(1, f'{{"venue_id": "{other["id"]}"}}')
    assert there.each() == ["cancelled", "moved", "cancelled"] + weeks()[3:]
    assert there.meetings()[1].venue_id == other["id"] and there.meetings()[1].closure_id is None


def test_moved_into_a_closed_place_it_does_not(given, keeper, series):
    planned = series(given.venue(keeper, address=KOELN))
    planned.write_exception(1, f'{{"venue_id": "{given.venue(keeper, address=WIEN)["id"]}"}}')
    assert planned.each() == weeks(1, status="moved")
    made = given.closure(keeper, region="AT", **days(WEEKS[0], WEEKS[7]))
    assert planned.each() == weeks(1)
    assert keeper.delete(path_of(made)).status == 204
    assert planned.each() == weeks(1, status="moved")


def test_other_days_close_other_meetings(given, keeper, series):
    venue = given.venue(keeper)
    there = series(venue)
    made = given.closure(keeper, venue_id=venue["id"], **days(WEEKS[1], WEEKS[2]))
    change(keeper, made, days(WEEKS[2], WEEKS[3]))
    assert there.each() == weeks(2, 3)
    assert there.each("revision") == [1, 3, 2, 2, 1, 1, 1, 1]
    change(keeper, made, days(WEEKS[6], WEEKS[6]))
    assert there.each() == weeks(6)


def test_a_closure_can_go_to_another_venue_or_region(given, keeper, series):
    here, there = (given.venue(keeper, address=address) for address in (KOELN, MUENCHEN))
    planned_here, planned_there = series(here), series(there)
    made = given.closure(keeper, venue_id=here["id"], **days(WEEKS[0], WEEKS[0]))
    for patch, closed in (({"venue_id": there["id"]}, (weeks(), weeks(0))),
                          ({"venue_id": None, "region": "DE-NW"}, (weeks(0), weeks())),
                          ({"region": "DE-BY"}, (weeks(), weeks(0)))):
        change(keeper, made, patch)
        assert (planned_here.each(), planned_there.each()) == closed


def test_a_note_touches_no_meeting(given, keeper, series):
    venue = given.venue(keeper)
    there = series(venue)
    made = given.closure(keeper, venue_id=venue["id"], **days(WEEKS[0], WEEKS[0]))
    before = there.meetings()
    change(keeper, made, {"note": "Wegen Umbau", "reason": "Asbest"})
    assert there.meetings() == before


def test_of_two_closures_one_is_enough(given, keeper, series):
    venue = given.venue(keeper)
    there = series(venue, format="hybrid")
    first, second, third = (
        given.closure(keeper, **days(WEEKS[0], WEEKS[last]), **what)
        for last, what in ((0, {"venue_id": venue["id"]}), (1, {"venue_id": venue["id"]}), (0, {"region": "DE"})))
    for gone, left in ((first, 2), (third, 2), (second, 0)):
        assert keeper.delete(path_of(gone)).status == 204
        assert there.each("format") == ["online"] * left + ["hybrid"] * (8 - left)


def test_what_has_begun_is_history(given, keeper, series):
    venue = given.venue(keeper)
    past = [FIRST - timedelta(weeks=number) for number in (5, 4, 3)]
    there = series(venue, since=past + WEEKS)
    made = given.closure(keeper, venue_id=venue["id"], **days(past[0], WEEKS[-1]))
    assert there.each() == ["scheduled"] * 3 + ["cancelled"] * 8
    assert there.each("revision") == [1] * 3 + [2] * 8
    assert keeper.delete(path_of(made)).status == 204
    assert there.each("revision") == [1] * 3 + [3] * 8


def test_what_is_planned_later_is_closed_too(given, keeper, series):
    venue = given.venue(keeper)
    given.closure(keeper, venue_id=venue["id"], **days(WEEKS[2], WEEKS[2]))
    there = series(venue)
    assert there.each() == weeks(2) and set(there.each("revision")) == {1}


def test_a_venue_put_elsewhere_is_under_the_closures_there(given, db, keeper, series):
    venue = given.venue(keeper, address=KOELN)
    there = series(venue)
    given.closure(keeper, region="DE-NW", **days(WEEKS[0], WEEKS[0]))
    given.closure(keeper, region="DE-BY", **days(WEEKS[1], WEEKS[1]))
    assert there.each() == weeks(0)
    change(keeper, venue, {"address": MUENCHEN}, "venues")
    assert there.each() == weeks(1)
    db.execute("SELECT members, writer ? 'client_id' FROM audit WHERE resource_id = %s AND action = 'updated'",
               [there.id])
    assert db.fetchall() == [(["region"], True)]


def test_a_dry_run_closes_nothing(given, keeper, series):
    venue = given.venue(keeper)
    there = series(venue)
    body = {"venue_id": venue["id"], **days(WEEKS[0], WEEKS[0])}
    reply = keeper.post("/v1/closures?dry_run=true", body)
    assert reply.status == 201 and keeper.get(path_of(reply.json)).status == 404
    made = given.made(keeper.post("/v1/closures", {**body, **days(WEEKS[1], WEEKS[1])}))
    assert keeper.patch(path_of(made) + "?dry_run=true", {"to": str(WEEKS[5])}).status == 200
    assert keeper.delete(path_of(made) + "?dry_run=true").status == 204
    assert there.each() == weeks(1)


# At the same moment --------------------------------------------------------------------------------


def test_what_is_being_planned_is_closed_as_well(given, db, keeper, lock):
    venue, group = given.venue(keeper), given.group(keeper)
    planned = Series(lock.cursor, group, venue)
    closing = in_background(partial(given.closure, keeper, venue_id=venue["id"], **days(WEEKS[1], WEEKS[1])))
    lock.await_waiting(1)
    lock.connection.commit()
    closing()
    planned.db = db
    assert planned.each() == weeks(1)


def test_who_plans_sees_what_is_being_closed(given, db, keeper, lock):
    venue, group = given.venue(keeper), given.group(keeper)
    lock.hold("INSERT INTO closures (venue_id, first, last) VALUES (%s, %s, %s)", venue["id"], WEEKS[1], WEEKS[1])
    planning = in_background(partial(Series, db, group, venue))
    lock.await_waiting(1)
    lock.connection.commit()
    assert planning().each() == weeks(1)
