"""test_venues.py: where groups meet, who may write it, and that nobody finds out more than a venue discloses."""

import base64
import json
import re
from uuid import uuid4

import pytest

from tests.series import Series

KOELN = {"country": "DE", "postcode": "50667", "street": "Beispielgasse 1"}
# Two corners of one square, 5 km apart, and its middle: what `area` tells.
CORNER, OPPOSITE = {"lat": 50.90123, "lon": 6.95234}, {"lat": 50.94876, "lon": 6.99765}
MIDDLE = {"lat": 50.925, "lon": 6.975}
HIDDEN = {"name": "Bei A. im Hinterhaus", "setting": "home", "directions": "Zweimal klingeln.", "point": CORNER,
          "address": {"country": "DE", "postcode": "50667", "street": "Geheimgasse 7"}}


def path_of(resource, kind="venues"):
    return f"/v1/{kind}/{resource['id']}"


def without(venue, *members):
    """What of a venue does not change with the time at which it was written."""
    volatile = {"id", "revision", "created_at", "updated_at", *members}
    return {name: value for name, value in venue.items() if name not in volatile}


def change(client, venue, patch):
    reply = client.patch(path_of(venue), patch)
    assert reply.status == 200, reply.json
    return reply.json


def shown(client, venue):
    reply = client.get(path_of(venue))
    assert reply.status == 200, reply.json
    return reply.json


def ids(client, query):
    return [venue["id"] for venue in client.all_pages(f"/v1/venues?{query}")]


@pytest.fixture
def keeper(given):
    return given.client(scopes="groups:write,meetings:write")


@pytest.fixture
def everything(keeper):
    """A NewVenue with every member that there is."""
    return {
        "name": "Haus »Öl & Wasser«", "setting": "counselling_centre",
        "address": {"country": "AT", "region": "AT-9", "postcode": "1010", "town": "Wien", "street": "Gasse \"1\""},
        "point": {"lat": 48.20817, "lon": 16.37382}, "accessibility": ["step_free", "hearing_loop"],
        "directions": "Erster Stock\n\tlinks", "disclosure": "public", "organisation_id": keeper.organisation["id"]}


# What is written comes back ------------------------------------------------------------------------


@pytest.mark.parametrize("disclosure", ["public", "area", "accepted"])
def test_everything_that_can_be_said_comes_back(contract, given, keeper, everything, disclosure):
    assert everything.keys() == contract.document["components"]["schemas"]["NewVenue"]["properties"].keys()
    said = {**everything, "disclosure": disclosure}
    reply = keeper.post("/v1/venues", said)
    made = given.made(reply)
    assert without(made, "precision") == said and (made["precision"], made["revision"]) == ("street", 1)
    read = keeper.get(reply.headers["location"])
    assert read.json == made and read.etag == reply.etag
    assert keeper.all_pages(f"/v1/venues?organisation={keeper.organisation['id']}") == [made]


def test_a_patch_can_make_everything_of_the_least(given, keeper, everything):
    least = {"name": given.word(), "setting": "other", "address": {"country": "DE"}}
    made = given.made(keeper.post("/v1/venues", least))
    assert without(made) == {**least, "address": {"country": "DE", "region": "DE"}, "accessibility": [],
                             "disclosure": "area", "organisation_id": keeper.organisation["id"]}
    changed = change(keeper, made, everything)
    assert without(changed, "precision") == everything and changed["revision"] == 2
    assert without(change(keeper, changed, {
        "name": least["name"], "setting": "other", "address": {**dict.fromkeys(everything["address"]), "country": "DE"},
        "point": None, "accessibility": None, "directions": None, "disclosure": None, "organisation_id": None,
    })) == without(made)


def test_what_was_not_said_gives_no_address_away(api, given, keeper):
    made = given.made(keeper.post("/v1/venues", {**HIDDEN, "accessibility": []}))
    assert made["disclosure"] == "area" and "street" not in shown(api, made)["address"]


def test_town_region_and_point_follow_from_the_postcode(given, keeper):
    made = given.venue(keeper, address=KOELN)
    assert made["address"] == {**KOELN, "town": "Köln", "region": "DE-NW"}
    assert made["point"] == {"lat": 50.9387, "lon": 6.9553} and made["precision"] == "postcode"
    moved = change(keeper, made, {"address": {"postcode": "04109", "street": None}})
    assert moved["address"] == {"country": "DE", "postcode": "04109", "town": "Leipzig", "region": "DE-SN"}
    own = change(keeper, made, {"point": CORNER, "address": {"town": "Köln-Deutz"}})
    assert (own["point"], own["precision"], own["address"]["town"]) == (CORNER, "street", "Köln-Deutz")
    assert change(keeper, own, {"address": {"postcode": "50667"}})["point"] == CORNER


def test_a_patch_that_changes_nothing_leaves_the_revision(given, keeper):
    before = keeper.get(path_of(given.venue(keeper, **HIDDEN, disclosure="area")))
    for patch in ({}, {"name": HIDDEN["name"]}, {"accessibility": []}, {"address": HIDDEN["address"]}):
        assert change(keeper, before.json, patch) == before.json
    assert keeper.get(path_of(before.json)).etag == before.etag


@pytest.mark.parametrize("members, pointer", [
    ({"name": "x"}, "/name"), ({"name": None}, "/name"), ({"setting": "castle"}, "/setting"),
    ({"address": {"country": None}}, "/address/country"), ({"address": {"country": "XX"}}, "/address/country"),
    ({"address": {"country": "DE", "region": "koeln"}}, "/address/region"),
    ({"address": {"country": "DE", "region": "AT-9"}}, "/address/region"),
    ({"address": {"country": "DE", "house": "1"}}, "/address/house"),
    ({"point": {"lat": 91, "lon": 0}}, "/point/lat"), ({"accessibility": ["lift"]}, "/accessibility/0"),
    ({"accessibility": ["parking", "parking"]}, "/accessibility"), ({"directions": ""}, "/directions"),
    ({"disclosure": "secret"}, "/disclosure"), ({"precision": "area"}, "/precision"), ({"revision": 3}, "/revision"),
])
def test_what_is_wrong_is_named(given, keeper, members, pointer):
    made = given.venue(keeper)
    for reply in (keeper.post("/v1/venues", given.new_venue(**members)), keeper.patch(path_of(made), members)):
        assert reply.status == 422 and reply.pointers() == {pointer}
    assert shown(keeper, made) == made


def test_an_organisation_that_does_not_exist_is_a_fault_in_the_body(admin, given, keeper):
    made, gone = given.venue(keeper), given.organisation()
    assert admin.delete(path_of(gone, "organisations")).status == 204
    for organisation in (str(uuid4()), gone["id"]):
        for reply in (admin.post("/v1/venues", given.new_venue(organisation_id=organisation)),
                      admin.patch(path_of(made), {"organisation_id": organisation})):
            assert reply.status == 422 and reply.pointers() == {"/organisation_id"}
    assert admin.post("/v1/venues", given.new_venue()).pointers() == {"/organisation_id"}


# Who may write -------------------------------------------------------------------------------------


def test_only_those_who_keep_a_venue_write_it(given, api, admin):
    above = given.organisation()
    own = given.client(given.organisation(parent_id=above["id"]), "meetings:write")
    made = given.venue(own)
    clients = ((api, 401), (given.client(scopes="meetings:write"), 403), (given.client(own.organisation, "groups:write"), 403),
               (own, 200), (given.client(above, "meetings:write"), 200), (admin, 200))
    for number, (client, status) in enumerate(clients):
        new = given.new_venue(organisation_id=own.organisation["id"])
        assert client.post("/v1/venues", new).status == (201 if status == 200 else status)
        assert client.patch(path_of(made), {"directions": f"Raum {number}"}).status == status
        if status != 200:
            assert client.delete(path_of(made)).status == status
    assert admin.delete(path_of(made)).status == 204


def test_a_venue_cannot_be_handed_to_somebody_else(given, admin, keeper):
    below, other = given.organisation(parent_id=keeper.organisation["id"]), given.organisation()
    made = given.venue(keeper)
    assert keeper.patch(path_of(made), {"organisation_id": other["id"]}).status == 403
    assert shown(keeper, made) == made
    for client, organisation in ((keeper, below), (admin, other)):
        assert change(client, made, {"organisation_id": organisation["id"]})["organisation_id"] == organisation["id"]
    assert keeper.patch(path_of(made), {"name": "Nicht mehr unser"}).status == 403


def test_a_version_must_be_named_and_be_the_last(given, keeper):
    made = given.venue(keeper)
    for etag, status in ((None, 428), ('"7.0123456789abcdef"', 412)):
        assert keeper.patch(path_of(made), {"name": "Neu"}, etag).status == status
        assert keeper.delete(path_of(made), etag).status == status
    assert shown(keeper, made) == made


# Taking away ---------------------------------------------------------------------------------------


def test_a_venue_taken_away_is_gone(given, api, db, keeper):
    made = given.venue(keeper, **HIDDEN, disclosure="public")
    reply = keeper.delete(path_of(made), keeper.get(path_of(made)).etag)
    assert reply.status == 204 and reply.body == b""
    for client in (api, keeper):
        assert client.get(path_of(made)).status == 404
        assert ids(client, f"organisation={keeper.organisation['id']}") == []
    assert keeper.delete(path_of(made)).status == keeper.patch(path_of(made), {"name": "Da?"}).status == 404
    db.execute("SELECT action, revision FROM changes WHERE resource_id = %s ORDER BY sequence", [made["id"]])
    assert db.fetchall() == [("created", 1), ("deleted", 2)]


def test_while_somebody_is_going_to_meet_there_it_stays(given, keeper, db):
    made, other = given.venue(keeper), given.venue(keeper)
    planned = Series(db, given.group(keeper), other)
    planned.write_exception(1, f'{{"venue_id": "{made["id"]}"}}')
    for venue in (made, other):
        reply = keeper.delete(path_of(venue))
        assert (reply.status, reply.slug) == (409, "conflict")
    planned.write_exception(1, "{}")
    assert keeper.delete(path_of(made)).status == 204
    db.execute("UPDATE schedules SET deleted_at = runde_now() WHERE id = %s", [planned.id])
    assert keeper.delete(path_of(other)).status == 204


def test_where_somebody_met_once_can_be_taken_away(given, keeper, db):
    made = given.venue(keeper)
    planned = Series(db, given.group(keeper))
    db.execute("INSERT INTO exceptions (schedule_id, date, venue_id, created_at, updated_at, writer)"
               " VALUES (%s, '2025-03-01', %s, runde_now(), runde_now(), '{}')", [planned.id, made["id"]])
    assert keeper.delete(path_of(made)).status == 204


def test_while_an_organisation_keeps_venues_it_stays(given, admin):
    client = given.client(scopes="meetings:write")
    made = given.venue(client)
    reply = admin.delete(path_of(client.organisation, "organisations"))
    assert (reply.status, reply.slug) == (409, "conflict")
    assert client.delete(path_of(made)).status == 204
    assert admin.delete(path_of(client.organisation, "organisations")).status == 204


# Finding -------------------------------------------------------------------------------------------


def test_public_venues_are_sorted_by_name_each_exactly_once(given, api, keeper):
    names = ["Aachen", "Ähre", "Azur", "Gleich", "Gleich", "Gleich", "Öl", "Zorn"]
    made = {given.venue(keeper, name=name)["id"] for name in reversed(names)}
    for limit in (1, 3, 200):
        found = api.all_pages(f"/v1/venues?organisation={keeper.organisation['id']}&limit={limit}")
        assert [venue["name"] for venue in found] == names and {venue["id"] for venue in found} == made


def test_filters_narrow_each_other(given, api, keeper):
    made = {}
    for setting in ("church", "library", "school"):
        for access in ([], ["step_free"], ["parking", "step_free"]):
            made[setting, len(access)] = given.venue(keeper, setting=setting, accessibility=access)["id"]
    own = f"organisation={keeper.organisation['id']}"
    for query, found in (
            ("", set(made)), ("&setting=church", {("church", n) for n in range(3)}),
            ("&setting=church&setting=school&accessibility=step_free",
             {(setting, n) for setting in ("church", "school") for n in (1, 2)}),
            ("&accessibility=step_free&accessibility=parking", {(s, 2) for s in ("church", "library", "school")}),
            ("&setting=home", set())):
        assert set(ids(api, own + query)) == {made[name] for name in found}
    assert ids(api, f"organisation={uuid4()}") == []
    assert api.get("/v1/venues?setting=castle").parameters() == {"setting"}


def test_only_those_who_keep_it_find_a_venue_that_is_not_public(given, api, admin):
    above = given.organisation()
    own = given.client(given.organisation(parent_id=above["id"]), "meetings:write")
    made = [given.venue(own, name=name, disclosure=disclosure) for name, disclosure in
            (("Ahorn", "area"), ("Zeder", "public"), ("Birke", "public"), ("Aaron", "accepted"))]
    path, order = f"organisation={own.organisation['id']}", [made[n]["id"] for n in (2, 1, 0, 3)]
    for client in (own, given.client(above), admin):
        for limit in (1, 2, 200):
            assert ids(client, f"{path}&limit={limit}") == order
    for client in (api, given.client(scopes="meetings:write")):
        assert ids(client, path) == order[:2]


# What nobody finds out -----------------------------------------------------------------------------

SECRETS = [HIDDEN["name"], HIDDEN["directions"], "Geheimgasse", "50667", str(CORNER["lat"]), str(CORNER["lon"])]


@pytest.fixture(params=["area", "accepted"])
def hidden(request, given, keeper):
    return given.venue(keeper, **HIDDEN, disclosure=request.param)


@pytest.fixture
def strangers(given, api):
    return [api, given.client(), given.client(scopes="groups:read,groups:write,meetings:write")]


def test_everybody_learns_what_a_venue_discloses_and_no_more(strangers, hidden):
    area = {"setting": "home", "point": MIDDLE, "precision": "area"} if hidden["disclosure"] == "area" else {}
    for client in strangers:
        assert without(shown(client, hidden)) == {
            "address": {"country": "DE", "region": "DE-NW", "town": "Köln"}, "accessibility": [],
            "organisation_id": hidden["organisation_id"], "disclosure": hidden["disclosure"], **area}


def test_nothing_that_is_hidden_stands_in_any_answer_to_a_stranger(given, strangers, hidden, keeper):
    closure = given.closure(keeper, venue_id=hidden["id"])
    closing = {"venue_id": hidden["id"], "from": "2031-01-01", "to": "2031-01-01"}
    patches = [{"name": HIDDEN["name"]}, {"name": "x"}, {"point": CORNER}, {"disclosure": "public"}, {}]
    for client in strangers:
        replies = [client.get(path_of(hidden)), client.request("HEAD", path_of(hidden)),
                   client.get(path_of(closure, "closures")), client.get(f"/v1/closures?venue_id={hidden['id']}"),
                   client.delete(path_of(hidden) + "?dry_run=true"),
                   client.post("/v1/closures?dry_run=true", closing),
                   *(client.patch(path_of(hidden) + "?dry_run=true", patch) for patch in patches),
                   *(client.patch(path_of(hidden), patch, '"1.0123456789abcdef"') for patch in patches)]
        for reply in replies:
            assert reply.status in (200, 401, 403)
            assert not any(secret in reply.body.decode() + str(reply.headers) for secret in SECRETS)
    told = keeper.get(path_of(hidden)).body.decode()
    assert all(json.dumps(secret, ensure_ascii=False).strip('"') in told for secret in SECRETS)


def test_two_places_in_one_square_look_the_same(given, keeper, strangers):
    """Whatever is asked: they differ in all that is hidden, so no answer tells more than the square."""
    for disclosure in ("area", "accepted"):
        one = given.venue(keeper, **HIDDEN, disclosure=disclosure)
        other = given.venue(keeper, disclosure=disclosure, name="Ganz woanders", setting="home", point=OPPOSITE,
                            address={"country": "DE", "postcode": "50667", "town": "Köln", "street": "Am Rand 99"})
        assert without(shown(keeper, one)) != without(shown(keeper, other))
        for client in strangers:
            assert without(shown(client, one)) == without(shown(client, other))


def test_moved_within_its_square_a_venue_looks_the_same(given, api, keeper):
    made = given.venue(keeper, **HIDDEN, disclosure="area")
    before, number = shown(api, made), 1
    for number, (lat, lon) in enumerate([(50.9, 6.95), (50.94999, 6.99999), (50.92, 6.9876), (50.925, 6.975)], 2):
        change(keeper, made, {"point": {"lat": lat, "lon": lon}})
        assert {**shown(api, made), "updated_at": before["updated_at"]} == {**before, "revision": number}
    change(keeper, made, {"point": {"lat": 50.95001, "lon": 6.975}})
    assert shown(api, made)["point"] == {"lat": 50.975, "lon": 6.975}


def test_a_filter_does_not_tell_what_is_hidden(given, api, keeper):
    for disclosure in ("area", "accepted"):
        given.venue(keeper, **HIDDEN, disclosure=disclosure, accessibility=["step_free"])
    own = f"organisation={keeper.organisation['id']}"
    for query in ("", "&setting=home", "&setting=church", "&accessibility=step_free", "&limit=1"):
        reply = api.get(f"/v1/venues?{own}{query}")
        assert reply.json == {"items": []} and "link" not in reply.headers
    assert len(ids(keeper, f"{own}&setting=home&accessibility=step_free")) == 2


def test_a_cursor_does_not_carry_a_hidden_name(given, keeper):
    for disclosure in ("public", "area", "accepted"):
        given.venue(keeper, **{**HIDDEN, "name": f"Haus {disclosure}"}, disclosure=disclosure)
    own = f"/v1/venues?organisation={keeper.organisation['id']}"
    cursors = [keeper.get(f"{own}&limit={limit}").json["next"] for limit in (1, 2)]
    carried = [base64.urlsafe_b64decode(cursor + "==") for cursor in cursors]
    assert b"Haus public" in carried[0] and not any(word in carried[1] for word in (b"Haus", b"area", b"accepted"))


def test_a_venue_that_stops_being_public_is_hidden_at_once(given, api, keeper):
    made = given.venue(keeper, **HIDDEN, disclosure="public")
    before = api.get(path_of(made))
    assert all(secret in before.body.decode() for secret in SECRETS)
    change(keeper, made, {"disclosure": "accepted"})
    after = api.get(path_of(made), If_None_Match=before.etag)
    assert after.status == 200 and not any(secret in after.body.decode() for secret in SECRETS)
    assert ids(api, f"organisation={keeper.organisation['id']}") == []


def test_who_sees_the_same_gets_the_same_etag_and_who_sees_more_another(given, api, keeper):
    for disclosure, tags in (("public", 1), ("area", 2), ("accepted", 2)):
        made = given.venue(keeper, **HIDDEN, disclosure=disclosure)
        assert len({client.get(path_of(made)).etag for client in (api, given.client(), keeper)}) == tags


def test_the_log_says_who_wrote_and_which_members_but_not_what(given, db, keeper):
    made = given.venue(keeper, **HIDDEN, disclosure="accepted")
    change(keeper, made, {"point": OPPOSITE, "directions": "Dreimal klingeln."})
    db.execute("SELECT writer ? 'client_id', members FROM audit WHERE resource_id = %s AND action = 'updated'",
               [made["id"]])
    assert db.fetchall() == [(True, ["directions", "point"])]
    for log in ("changes", "audit"):
        db.execute(f"SELECT string_agg(to_jsonb(l)::text, ' ') FROM {log} AS l WHERE resource_id = %s", [made["id"]])
        kept = db.fetchone()[0]
        assert not any(text in kept for text in (*SECRETS, "Dreimal", str(OPPOSITE["lat"])))


@pytest.mark.parametrize("lat, lon", [(90, 180), (-90, -180), (89.99999, 179.99999), (0, 0), (-0.00001, -0.00001)])
def test_at_the_ends_of_the_world_there_are_squares_too(given, api, keeper, lat, lon):
    made = given.venue(keeper, point={"lat": lat, "lon": lon}, disclosure="area")
    point = shown(api, made)["point"]
    assert abs(point["lat"] - lat) <= 0.0251 and abs(point["lon"] - lon) <= 0.0251


# By distance ---------------------------------------------------------------------------------------

PROBES = [(50.80, 6.80), (51.05, 6.90), (50.90, 7.20)]


def measured(is_within):
    """How far something is from each probe, by halving: in kilometres, or None where it is not at all."""
    distances = []
    for lat, lon in PROBES:
        near, far = 0.0, 400.0
        if not is_within(lat, lon, far):
            return None
        while far - near > 0.001:
            middle = (near + far) / 2
            near, far = (near, middle) if is_within(lat, lon, middle) else (middle, far)
        distances.append(far)
    return distances


def true_distances(db, point):
    db.execute("SELECT ST_Distance(point_of(lat, lon), point_of(%s, %s), false) / 1000"
               " FROM unnest(%s::float8[], %s::float8[]) AS p(lat, lon)",
               [point["lat"], point["lon"], [p[0] for p in PROBES], [p[1] for p in PROBES]])
    return [row[0] for row in db.fetchall()]


def within_by_statement(db, group, schedule):
    """Asks as a search for meetings does, in the name of nobody."""
    def is_within(lat, lon, km):
        db.execute("SELECT count(*) FROM unnest(series_found(%s::jsonb, NULL, point_of(%s, %s), runde_now(), false, false,"
                   " NULL)) AS found WHERE found = %s",
                   [json.dumps({"within_km": str(km), "organisation": group["organisation_id"]}), lat, lon, schedule])
        return db.fetchone()[0] == 1
    return is_within


def within_by_operation(api, path, organisation):
    def is_within(lat, lon, km):
        reply = api.get(f"{path}?organisation={organisation}&near={lat},{lon}&within_km={km}")
        assert reply.status == 200, reply.json
        return b"STATUS:CONFIRMED" in reply.body if path.endswith(".ics") else reply.json["items"] != []
    return is_within


@pytest.mark.parametrize("disclosure, told", [("public", CORNER), ("area", MIDDLE), ("accepted", None)])
@pytest.mark.parametrize("how", ["series", "exception"])
def test_who_measures_distances_gets_no_nearer_than_the_square(given, db, keeper, disclosure, told, how):
    """With a public venue the same measuring finds the very place."""
    venue, group = given.venue(keeper, **HIDDEN, disclosure=disclosure), given.group(keeper)
    planned = Series(db, group, venue if how == "series" else None)
    if how == "exception":
        planned.write_exception(0, f'{{"venue_id": "{venue["id"]}"}}')
    is_within = within_by_statement(db, group, planned.id)
    found = measured(is_within)
    if told is None:
        assert found is None
        return
    assert found == pytest.approx(true_distances(db, told), abs=0.005)
    assert (found == pytest.approx(true_distances(db, CORNER), abs=0.5)) == (disclosure == "public")
    change(keeper, venue, {"point": OPPOSITE})
    assert (measured(is_within) == pytest.approx(found, abs=0.005)) == (disclosure == "area")


def reads(contract):
    """Every address that can be read, with the names of its parameters."""
    for (method, path), operation in contract.operations.items():
        if method == "GET":
            yield path, {contract.resolve(parameter)["name"] for parameter in operation.get("parameters", ())}


@pytest.mark.parametrize("disclosure", ["public", "area", "accepted"])
def test_no_list_of_the_contract_tells_more_by_distance(contract, given, api, db, keeper, disclosure):
    venue, group = given.venue(keeper, **HIDDEN, disclosure=disclosure), given.group(keeper)
    Series(db, group, venue)
    around = {"near", "within_km", "organisation"}
    paths = [path for path, names in reads(contract)
             if around <= names and "{" not in path
             and not path.endswith(("meeting-guide.json", "/calendar"))]  # which go by the groups, and by nothing
    assert {"/v1/groups", "/v1/calendar.ics"} <= set(paths)
    for path in paths:
        found = measured(within_by_operation(api, path, keeper.organisation["id"]))
        if path == "/v1/groups" or disclosure == "accepted":
            assert found is None
            continue
        told = true_distances(db, CORNER if disclosure == "public" else MIDDLE)
        assert found == pytest.approx(told, abs=0.005)
        for (lat, lon), distance in zip(PROBES, told) if not path.endswith(".ics") else ():
            reply = api.get(f"{path}?organisation={keeper.organisation['id']}&near={lat},{lon}&within_km=99")
            shown_km = [item["distance_km"] for item in reply.json["items"]]
            assert shown_km and all(km == pytest.approx(distance, abs=0.051) for km in shown_km)


def test_whatever_a_stranger_reads_there_is_nothing_hidden_in_it(contract, given, strangers, db, hidden, keeper):
    group = given.group(keeper)
    planned = Series(db, group, hidden)
    planned.write_exception(1, f'{{"starts_at_local": "{planned.meetings()[1].date} 12:00:00"}}')
    db.execute("UPDATE schedules SET sentence = %s WHERE id = %s", ['{"de": "Jede Woche", "en": "Weekly"}', planned.id])
    things = {"group_id": group["id"], "organisation_id": group["organisation_id"], "venue_id": hidden["id"],
              "closure_id": given.closure(keeper, venue_id=hidden["id"])["id"], "schedule_id": planned.id,
              "meeting_id": planned.meetings()[0].id, "date": planned.meetings()[1].date}
    asked = set()
    for path, names in reads(contract):
        if "organisation" in names:
            target = f"{path}?organisation={group['organisation_id']}"
        elif "{" in path and set(re.findall(r"{(\w+)}", path)) <= things.keys():
            target = path.format(**things)
        else:
            continue
        for client in strangers:
            reply = client.get(target)
            asked.add((path, reply.status))
            assert not any(secret in reply.body.decode() + str(reply.headers) for secret in SECRETS), path
    assert {status for _, status in asked} <= {200, 401, 403, 404}
    assert {("/v1/venues", 200), ("/v1/venues/{venue_id}", 200), ("/v1/groups/{group_id}", 200)} <= asked
