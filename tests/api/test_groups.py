"""test_groups.py: groups as they are written, read, hidden, changed and taken away."""

import random
from datetime import datetime
from uuid import uuid4

import pytest

from tests.given import Given


def path_of(resource, kind="groups"):
    return f"/v1/{kind}/{resource['id']}"


def without(group, *members):
    """What of a group does not change with the time at which it was written."""
    volatile = {"id", "revision", "created_at", "updated_at", "verified_at", "stale", *members}
    return {name: value for name, value in group.items() if name not in volatile}


def change(client, group, patch):
    reply = client.patch(path_of(group), patch)
    assert reply.status == 200, reply.json
    return reply.json


def place(**members):
    return {"country": "DE", **members}


# What is written comes back ------------------------------------------------------------------------


@pytest.fixture
def everything(given, portal):
    """A NewGroup with every member that there is."""
    return {
        "name": f"Ärger & Öl {given.word()}", "slug": given.word(), "summary": "Für alle, die \"Wut\" kennen",
        "description": "Erste Zeile\n\tZweite Zeile \\ 🙂", "language_of_text": "de-AT",
        "topic_ids": [given.topic()["id"], given.some_topic()], "audience": ["relatives", "affected"],
        "age": {"from": 16, "to": 27}, "leadership": "professionally_led",
        "duration": {"kind": "limited", "ends_on": "2031-12-31", "sessions": 12}, "status": "founding",
        "joining": "registration", "accepting_newcomers": "waiting_list",
        "cost": {"kind": "fee", "amount": "5.50", "currency": "EUR"}, "activities": ["leisure", "talk"],
        "formats": ["hybrid", "phone"], "languages": ["tr", "de"], "accessibility": ["parking", "step_free"],
        "place": {"country": "AT", "postcode": "1010", "town": "Wien", "point": {"lat": 48.20817, "lon": 16.37382},
                  "precision": "street"},
        "organisation_id": portal.organisation["id"], "supported_by_id": given.organisation()["id"],
        "contact": {"via": "public", "email": "post@wut.example.org", "phone": "+43 1 5550100"},
        "website": "https://wut.example.org/?a=b&c=%C3%A4", "visibility": "partners", "partner_note": "Nur dienstags.",
    }


def as_written(group):
    """A group as the NewGroup that makes it."""
    written = without(group, "topics")
    return {**written, "topic_ids": [topic["id"] for topic in group["topics"]]}


def test_everything_that_can_be_said_comes_back(contract, given, portal, everything):
    members = contract.document["components"]["schemas"]["NewGroup"]["properties"]
    assert everything.keys() == members.keys()
    made = given.made(portal.post("/v1/groups", everything))
    assert as_written(made) == everything
    assert portal.get(path_of(made)).json == made
    assert portal.get(f"/v1/groups?organisation={portal.organisation['id']}&q={everything['slug']}").json["items"] \
        in ([], [made])


def test_a_patch_can_make_everything_of_the_least(given, portal, everything):
    made = given.group(portal)
    changed = change(portal, made, everything)
    assert as_written(changed) == everything
    assert changed["id"] == made["id"] and changed["created_at"] == made["created_at"]
    assert portal.get(path_of(made)).json == changed


def test_a_patch_of_one_member_leaves_all_others(given, portal, everything):
    made = given.made(portal.post("/v1/groups", everything))
    assert as_written(change(portal, made, {"summary": "Anders"})) == {**everything, "summary": "Anders"}


def test_what_is_left_out_gets_its_default(given, portal):
    wanted = given.new_group()
    made = given.made(portal.post("/v1/groups", wanted))
    assert without(made, "slug", "topics") == {
        **{name: value for name, value in wanted.items() if name != "topic_ids"},
        "language_of_text": "de", "duration": {"kind": "open_ended"}, "status": "active", "accepting_newcomers": "yes",
        "cost": {"kind": "free"}, "activities": [], "accessibility": [], "contact": {"via": "relay"},
        "visibility": "public", "organisation_id": portal.organisation["id"],
    }
    assert made["revision"] == 1


def test_the_location_leads_to_the_group(given, portal, api):
    reply = portal.post("/v1/groups", given.new_group())
    read = api.get(reply.headers["location"])
    assert read.json == reply.json and read.etag == reply.etag


def test_unusual_characters_come_back_as_they_were(given, api, portal):
    name = f"\"'\\<&> %_ $1 {{}} é漢字 👩‍👧 {given.word()}"
    made = given.group(portal, name=name, summary="\u2028 \u00a0 \u202e", description="a\tb\nc")
    assert api.get(path_of(made)).json == made
    assert (made["name"], made["summary"], made["description"]) == (name, "\u2028 \u00a0 \u202e", "a\tb\nc")


@pytest.mark.parametrize("lat, lon", [(90, 180), (-90, -180), (0, 0), (1e-5, -1e-5), (50.123456789, 6.987654321)])
def test_a_point_comes_back_within_a_metre(given, portal, lat, lon):
    point = given.group(portal, place=place(point={"lat": lat, "lon": lon}))["place"]["point"]
    assert point["lat"] == pytest.approx(lat, abs=1e-5) and point["lon"] == pytest.approx(lon, abs=1e-5)


# Slugs ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name, beginning", [
    ("Frauen helfen Frauen", "frauen-helfen-frauen"),
    ("Neue Abenteuer", "neue-abenteuer"),
    ("Straße, Öl & Ähre", "strasse-oel-aehre"),
    ("Über die Straße", "ueber-die-strasse"),
    ("  Café  »Größe«  ", "cafe-groesse"),
])
def test_a_slug_is_made_of_the_name_as_people_would_type_it(given, portal, name, beginning):
    word = given.word()
    assert given.group(portal, name=f"{name} {word}")["slug"] == f"{beginning}-{word}"


def test_a_slug_ends_with_the_town_unless_the_name_has_it(given, portal):
    word = given.word()
    assert given.group(portal, name=f"{word} Köln-Mitte", place=place(town="Köln"))["slug"] == f"{word}-koeln-mitte"
    assert given.group(portal, name=word, place=place(town="Bad Urach"))["slug"] == f"{word}-bad-urach"
    assert given.group(portal, name=word, place=place(postcode="04109"))["slug"] == f"{word}-leipzig"


def test_a_name_without_latin_letters_gets_a_slug_too(given, portal):
    first, second = (given.group(portal, name="漢字")["slug"] for _ in range(2))
    assert first != second


def test_the_same_name_twice_makes_two_slugs(given, portal):
    name = f"Gruppe {given.word()}"
    slugs = {given.group(portal, name=name)["slug"] for _ in range(3)}
    assert len(slugs) == 3 and all(slug.startswith(name.lower().replace(" ", "-")) for slug in slugs)


def test_the_slugs_of_long_names_are_no_longer_than_a_slug_may_be(given, portal):
    name = f"{given.word()} {'lang ' * 20}"
    slugs = [given.group(portal, name=name)["slug"] for _ in range(2)]
    assert slugs[0] != slugs[1] and all(len(slug) <= 80 and not slug.endswith("-") for slug in slugs)


def test_a_slug_that_is_taken_is_a_conflict(given, portal):
    slug = given.group(portal)["slug"]
    other = given.group(portal)
    for reply in (portal.post("/v1/groups", given.new_group(slug=slug)), portal.patch(path_of(other), {"slug": slug})):
        assert (reply.status, reply.slug) == (409, "duplicate")


def test_a_slug_stays_when_the_name_changes(given, portal):
    made = given.group(portal)
    assert change(portal, made, {"name": "Ganz anders"})["slug"] == made["slug"]


def test_a_slug_taken_away_is_made_anew(given, portal):
    word = given.word()
    made = given.group(portal, name=word, slug=given.word())
    for _ in range(2):
        assert change(portal, made, {"slug": None})["slug"] == word


# Places --------------------------------------------------------------------------------------------

KOELN, LEIPZIG = {"lat": 50.9387, "lon": 6.9553}, {"lat": 51.3397, "lon": 12.3713}


def test_a_postcode_gives_town_and_point(given, portal):
    made = given.group(portal, place=place(postcode="50667"))
    assert made["place"] == place(postcode="50667", town="Köln", point=KOELN, precision="postcode")


def test_a_town_that_was_named_stays(given, portal):
    made = given.group(portal, place=place(postcode="50667", town="Köln-Altstadt"))
    assert made["place"] == place(postcode="50667", town="Köln-Altstadt", point=KOELN, precision="postcode")


def test_a_postcode_that_nobody_knows_gives_no_point(given, portal):
    assert given.group(portal, place=place(postcode="00000"))["place"] == place(postcode="00000")


def test_a_postcode_is_looked_up_in_its_own_country(given, portal):
    assert given.group(portal, place={"country": "AT", "postcode": "50667"})["place"] == \
        {"country": "AT", "postcode": "50667"}


def test_another_postcode_moves_the_point(given, portal):
    made = given.group(portal, place=place(postcode="50667"))
    moved = change(portal, made, {"place": {"postcode": "04109"}})["place"]
    assert (moved["postcode"], moved["point"], moved["precision"]) == ("04109", LEIPZIG, "postcode")


def test_the_town_of_a_postcode_goes_with_the_postcode(given, portal):
    made = given.group(portal, place=place(postcode="50667"))
    assert change(portal, made, {"place": {"postcode": "04109"}})["place"]["town"] == "Leipzig"


def test_a_change_of_something_else_leaves_the_place(given, portal):
    made = given.group(portal, place=place(postcode="50667", town="Köln-Altstadt"))
    assert change(portal, made, {"summary": "Neu"})["place"] == made["place"]


def test_a_postcode_taken_away_takes_its_point_along(given, portal):
    made = given.group(portal, place=place(postcode="50667", town="Köln"))
    assert change(portal, made, {"place": {"postcode": None}})["place"] == place(town="Köln")


def test_a_point_of_its_own_is_kept_whatever_the_postcode(given, portal):
    point = {"lat": 50.9502, "lon": 6.9241}
    made = given.group(portal, place=place(postcode="50823", town="Köln", point=point))
    assert made["place"] == place(postcode="50823", town="Köln", point=point, precision="street")
    moved = change(portal, made, {"place": {"postcode": "04109"}})["place"]
    assert moved["point"] == point and moved["precision"] == "street"


@pytest.mark.parametrize("precision", ["postcode", "street", "town"])
@pytest.mark.parametrize("postcode", ["50667", "00000", None])
def test_a_point_of_its_own_is_kept_whatever_its_precision(given, portal, precision, postcode):
    members = {"point": {"lat": 50.9, "lon": 6.9}, "precision": precision, "town": "Köln", "postcode": postcode}
    wanted = place(**{name: value for name, value in members.items() if value is not None})
    made = given.group(portal, place=wanted)
    assert made["place"] == wanted
    assert change(portal, made, {"summary": "Neu"})["place"] == wanted


def test_a_point_taken_away_gives_way_to_that_of_the_postcode(given, portal):
    made = given.group(portal, place=place(postcode="50667", town="Köln", point={"lat": 50.9, "lon": 6.9}))
    assert change(portal, made, {"place": {"point": None}})["place"] == \
        place(postcode="50667", town="Köln", point=KOELN, precision="postcode")


def test_precision_without_a_point_is_that_of_the_postcode(given, portal):
    made = given.group(portal, place=place(postcode="50667", precision="street"))
    assert made["place"]["precision"] == "postcode"
    assert "precision" not in given.group(portal, place=place(town="Köln", precision="town"))["place"]


def test_a_place_can_come_and_go(given, portal):
    made = given.group(portal)
    assert change(portal, made, {"place": place(postcode="50667")})["place"]["point"] == KOELN
    assert "place" not in change(portal, made, {"place": None})


# Organisations -------------------------------------------------------------------------------------


def test_an_administrator_must_say_whose_the_group_is(admin, given, portal):
    reply = admin.post("/v1/groups", given.new_group())
    assert reply.status == 422 and reply.pointers() == {"/organisation_id"}
    assert given.group(admin, organisation_id=portal.organisation["id"])["organisation_id"] == portal.organisation["id"]


@pytest.mark.parametrize("member", ["organisation_id", "supported_by_id"])
def test_an_organisation_that_does_not_exist_is_a_fault_in_the_body(admin, given, portal, member):
    made = given.group(portal)
    members = {"organisation_id": portal.organisation["id"], member: str(uuid4())}
    for reply in (admin.post("/v1/groups", given.new_group(**members)), admin.patch(path_of(made), members)):
        assert reply.status == 422 and reply.pointers() == {f"/{member}"}


def test_a_client_of_an_organisation_that_is_gone_adds_nothing(admin, given):
    client = given.client()
    assert admin.delete(path_of(client.organisation, "organisations")).status == 204
    assert client.post("/v1/groups", given.new_group()).status in (401, 403, 422)


# Topics --------------------------------------------------------------------------------------------


def test_topics_come_in_the_order_in_which_they_were_given(given, api, portal):
    topics = [given.topic()["id"] for _ in range(4)]
    for order in (topics, topics[::-1], topics[2:] + topics[:2]):
        made = given.group(portal, topic_ids=order)
        assert [topic["id"] for topic in api.get(path_of(made)).json["topics"]] == order
    changed = change(portal, made, {"topic_ids": topics})
    assert [topic["id"] for topic in changed["topics"]] == topics


@pytest.mark.parametrize("accepted, language", [
    (None, "de"), ("en", "en"), ("en-GB, de;q=0.5", "en"), ("fr, en;q=0.2", "en"), ("fr", "de"), ("de, en", "de"),
])
def test_topics_are_named_in_the_language_asked_for(given, api, portal, accepted, language):
    names = {"de": f"Wut {given.word()}", "en": f"Anger {given.word()}"}
    topic = given.topic(names=names)
    made = given.group(portal, topic_ids=[topic["id"]])
    for path in (path_of(made), f"/v1/groups?topic={topic['slug']}"):
        reply = api.get(path, Accept_Language=accepted)
        shown = reply.json["items"][0] if "items" in reply.json else reply.json
        assert shown["topics"] == [{"id": topic["id"], "slug": topic["slug"], "name": names[language]}]
        assert reply.headers["content-language"] == language


def test_a_topic_without_an_english_name_keeps_the_german_one(given, api, portal):
    topic = given.topic(names={"de": "Nur deutsch"})
    made = given.group(portal, topic_ids=[topic["id"]])
    assert api.get(path_of(made), Accept_Language="en").json["topics"][0]["name"] == "Nur deutsch"


def test_a_topic_that_does_not_exist_is_a_fault_in_the_body(given, portal):
    topics = {"topic_ids": [given.some_topic(), str(uuid4())]}
    for reply in (portal.post("/v1/groups", given.new_group(**topics)),
                  portal.patch(path_of(given.group(portal)), topics)):
        assert reply.status == 422 and reply.pointers() == {"/topic_ids"}


def test_a_topic_renamed_shows_in_its_groups_and_raises_their_revision(admin, given, api, portal):
    old, new = given.word(), given.word()
    topic = given.topic(names={"de": old})
    before = api.get(path_of(given.group(portal, topic_ids=[topic["id"]])))
    assert admin.patch(path_of(topic, "topics"), {"names": {"de": new, "en": f"English {new}"}}).status == 200
    after = api.get(path_of(before.json))
    assert after.json["topics"][0]["name"] == new
    assert after.json["revision"] == before.json["revision"] + 1 and after.etag != before.etag
    assert api.get(path_of(before.json), Accept_Language="en").json["topics"][0]["name"] == f"English {new}"
    assert [group["id"] for group in api.get(f"/v1/groups?q={new}").json["items"]] == [before.json["id"]]
    assert api.get(f"/v1/groups?q={old}").json["items"] == []


@pytest.mark.parametrize("member", ["icd10", "rare", "synonyms", "parent_id"])
def test_what_changes_about_a_topic_but_does_not_show_leaves_its_groups_as_they_are(admin, given, api, portal, member):
    topic, word = given.topic(), given.word()
    before = api.get(path_of(given.group(portal, topic_ids=[topic["id"]])))
    patch = {"icd10": ["F40"], "rare": True, "synonyms": {"en": [word]}, "parent_id": given.topic()["id"]}[member]
    assert admin.patch(path_of(topic, "topics"), {member: patch}).status == 200
    after = api.get(path_of(before.json))
    assert after.json == before.json and after.etag == before.etag
    assert member != "synonyms" or ids(api.get(f"/v1/groups?q={word}")) == [before.json["id"]]


def test_a_topic_put_elsewhere_takes_its_groups_along(admin, given, api, portal):
    """Also where the revisions of old and new parent happen to add up to the same."""
    for changes in range(3):
        old, new = given.topic(), given.topic()
        for number in range(changes):
            admin.patch(path_of(old, "topics"), {"names": {"de": f"Thema {number}"}})
        topic = given.topic(parent_id=old["id"])
        made = given.group(portal, topic_ids=[topic["id"]])
        assert admin.patch(path_of(topic, "topics"), {"parent_id": new["id"]}).status == 200
        assert [g["id"] for g in api.get(f"/v1/groups?topic={new['slug']}").json["items"]] == [made["id"]]
        assert api.get(f"/v1/groups?topic={old['slug']}").json["items"] == []


# Ages ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("age", [{"from": 18}, {"to": 27}, {"from": 0, "to": 120}, {"from": 30, "to": 30}])
def test_ages_may_be_open_at_either_end(given, portal, age):
    assert given.group(portal, age=age)["age"] == age


def test_one_end_of_the_ages_can_be_taken_away(given, portal):
    made = given.group(portal, age={"from": 18, "to": 27})
    assert change(portal, made, {"age": {"to": None}})["age"] == {"from": 18}
    assert "age" not in change(portal, made, {"age": {"from": None}})


def test_ages_that_end_before_they_begin_are_a_fault(given, portal):
    made = given.group(portal, age={"from": 18, "to": 27})
    for reply in (portal.post("/v1/groups", given.new_group(age={"from": 28, "to": 27})),
                  portal.patch(path_of(made), {"age": {"to": 17}})):
        assert reply.status == 422
        assert all(pointer.startswith("/age") for pointer in reply.pointers()) and reply.pointers()


# Patches -------------------------------------------------------------------------------------------

CHANGES = {
    "name": "Ein anderer Name", "slug": lambda given: given.word(), "summary": "Kurz", "description": "Lang",
    "language_of_text": "en", "topic_ids": lambda given: [given.topic()["id"]],
    "audience": ["professionals"], "age": {"from": 60}, "leadership": "professionally_led",
    "duration": {"kind": "limited", "sessions": 3}, "status": "paused", "joining": "screening",
    "accepting_newcomers": "no", "cost": {"kind": "donation"}, "activities": ["advocacy"], "formats": ["phone"],
    "languages": ["uk"], "accessibility": ["sign_language"], "place": place(town="Bonn"),
    "organisation_id": lambda given: None, "supported_by_id": lambda given: given.organisation()["id"],
    "contact": {"via": "contact_point", "phone": "0221 555"}, "website": "http://example.org/",
    "visibility": "partners", "partner_note": "Bitte leise.",
}


@pytest.mark.parametrize("member", CHANGES)
def test_a_patch_changes_one_member_and_no_other(given, portal, member):
    value = CHANGES[member](given) if callable(CHANGES[member]) else CHANGES[member]
    value = value or given.organisation(parent_id=portal.organisation["id"])["id"]
    client = portal if member != "organisation_id" else given.client(portal.organisation)
    made = given.group(client)
    before, after = as_written(made), as_written(change(client, made, {member: value}))
    assert after == {**before, member: value}
    assert as_written(portal.get(path_of(made)).json) == after or member == "organisation_id"


DEFAULTS = {
    "summary": None, "description": None, "language_of_text": "de", "age": None, "duration": {"kind": "open_ended"},
    "status": "active", "accepting_newcomers": "yes", "cost": {"kind": "free"}, "activities": [], "accessibility": [],
    "place": None, "supported_by_id": None, "contact": {"via": "relay"}, "website": None, "visibility": "public",
    "partner_note": None,
}


@pytest.mark.parametrize("member", DEFAULTS)
def test_null_takes_an_optional_member_back_to_its_default(given, portal, everything, member):
    made = given.made(portal.post("/v1/groups", everything))
    changed = change(portal, made, {member: None})
    assert changed.get(member) == DEFAULTS[member]
    assert without(changed, member) == without(made, member)


def test_null_takes_the_organisation_back_to_the_clients_own(given):
    client = given.client()
    below = given.organisation(parent_id=client.organisation["id"])
    made = given.group(client, organisation_id=below["id"])
    assert change(client, made, {"organisation_id": None})["organisation_id"] == client.organisation["id"]


@pytest.mark.parametrize("member", ["name", "topic_ids", "audience", "leadership", "joining", "formats", "languages"])
def test_null_for_what_must_be_there_is_a_fault(given, portal, member):
    made = given.group(portal)
    reply = portal.patch(path_of(made), {member: None})
    assert reply.status == 422 and reply.pointers() == {f"/{member}"}
    assert portal.get(path_of(made)).json == made


@pytest.mark.parametrize("member, old, new", [
    ("cost", {"kind": "fee", "amount": "5.00", "currency": "EUR"}, {"kind": "free"}),
    ("duration", {"kind": "limited", "sessions": 5, "ends_on": "2030-01-01"}, {"kind": "open_ended"}),
    ("contact", {"via": "public", "phone": "0221 555"}, {"via": "relay"}),
])
def test_another_kind_needs_null_for_what_only_the_old_kind_had(given, portal, member, old, new):
    made = given.group(portal, **{member: old})
    assert portal.patch(path_of(made), {member: new}).status == 422
    gone = {name: None for name in old.keys() - new.keys()}
    assert change(portal, made, {member: {**gone, **new}})[member] == new


def test_a_list_is_replaced_as_a_whole(given, portal):
    made = given.group(portal, languages=["de", "tr"])
    assert change(portal, made, {"languages": ["tr", "ku"]})["languages"] == ["tr", "ku"]


@pytest.mark.parametrize("patch", [{"id": str(uuid4())}, {"revision": 9}, {"verified_at": "2030-01-01T00:00:00Z"},
                                   {"topics": []}, {"colour": "red"}, {"place": {"street": "x"}}])
def test_what_is_not_the_callers_to_write_is_a_fault(given, portal, patch):
    made = given.group(portal)
    reply = portal.patch(path_of(made), patch)
    assert reply.status == 422 and reply.pointers()
    assert portal.get(path_of(made)).json == made


# Revisions, and when the entry was verified --------------------------------------------------------


def test_each_change_raises_the_revision_by_one(given, portal):
    made = given.group(portal)
    assert [change(portal, made, {"summary": text})["revision"] for text in "abc"] == [2, 3, 4]


def test_revision_and_content_change_together_or_not_at_all(given, portal):
    made = given.group(portal)
    again = change(portal, made, {"name": made["name"]})
    assert without(again) == without(made)
    assert (again["revision"] == made["revision"]) == (again == made)


def test_a_write_that_changes_nothing_does_not_raise_the_revision(given, portal, db):
    made = given.group(portal)
    db.execute("UPDATE groups SET name = name, updated_at = updated_at + interval '1 day' WHERE id = %s", [made["id"]])
    db.execute("SELECT count(*) FROM changes WHERE resource_id = %s", [made["id"]])
    assert db.fetchone() == (1,)
    assert portal.get(path_of(made)).json == made


def test_writing_verifies_the_entry(given, portal, db):
    made = given.group(portal)
    assert made["verified_at"] == made["created_at"] == made["updated_at"]
    db.execute("UPDATE groups SET verified_at = '2020-01-01' WHERE id = %s", [made["id"]])
    assert portal.get(path_of(made)).json["verified_at"] == "2020-01-01T00:00:00Z"
    for patch in ({"summary": "Neu"}, {}):
        changed = change(portal, made, patch)
        age = datetime.fromisoformat(changed["verified_at"]) - datetime.fromisoformat(made["verified_at"])
        assert 0 <= age.total_seconds() < 60


def test_a_topic_renamed_does_not_verify_the_entry(admin, given, portal, db):
    topic = given.topic()
    made = given.group(portal, topic_ids=[topic["id"]])
    db.execute("UPDATE groups SET verified_at = '2020-01-01' WHERE id = %s", [made["id"]])
    admin.patch(path_of(topic, "topics"), {"names": {"de": "Neu"}})
    assert portal.get(path_of(made)).json["verified_at"] == "2020-01-01T00:00:00Z"


# Who sees a group ----------------------------------------------------------------------------------


class Askers:
    """Everybody who may ask for a group of one organisation, by name."""

    def __init__(self, given, api, admin):
        umbrella = given.organisation(kind="umbrella")
        keeper = given.organisation(parent_id=umbrella["id"])
        self.own = given.client(keeper)
        self.nobody, self.administrator = api, admin
        self.above = given.client(umbrella)
        self.stranger = given.client()
        self.below = given.client(given.organisation(parent_id=keeper["id"]))
        self.unscoped = given.client(scopes="statistics:read")


@pytest.fixture(scope="module")
def askers(admin, api, runde):
    return Askers(Given(admin, api, runde), api, admin)


EVERYBODY = ["nobody", "unscoped", "stranger", "below", "own", "above", "administrator"]
SEEN_BY = {
    "public": EVERYBODY,
    "partners": ["stranger", "below", "own", "above", "administrator"],
    "unlisted": ["own", "above", "administrator"],
}


def ids(reply):
    assert reply.status == 200, reply.json
    return [group["id"] for group in reply.json["items"]]


def is_read(client, group):
    reply = client.get(path_of(group))
    assert reply.status in (200, 404)
    return reply.status == 200


def is_listed(client, group):
    return group["id"] in ids(client.get(f"/v1/groups?organisation={group['organisation_id']}&limit=200"))


def is_found_by_word(client, group):
    return ids(client.get(f"/v1/groups?q={group['name'].split()[-1]}")) == [group["id"]]


def is_found_by_topic(client, group):
    return ids(client.get(f"/v1/groups?topic={group['topics'][0]['slug']}")) == [group["id"]]


def is_found_by_place(client, group):
    point = group["place"]["point"]
    return group["id"] in ids(client.get(f"/v1/groups?near={point['lat']},{point['lon']}&within_km=0.01&limit=200"))


def is_counted(client, group):
    reply = client.get(f"/v1/groups?topic={group['topics'][0]['slug']}&facets=status")
    assert reply.status == 200, reply.json
    return sum(value["count"] for value in reply.json["facets"]["status"]) == 1


def is_named_in_a_facet(client, group):
    reply = client.get(f"/v1/groups?topic={group['topics'][0]['slug']}&facets=topic")
    assert reply.status == 200, reply.json
    return len(reply.json["facets"]["topic"]) == 1


@pytest.mark.parametrize("is_seen", [is_read, is_listed, is_found_by_word, is_found_by_topic, is_found_by_place,
                                     is_counted, is_named_in_a_facet])
@pytest.mark.parametrize("visibility", SEEN_BY)
def test_a_group_is_seen_by_whom_it_is_meant_for(given, askers, visibility, is_seen):
    point = {"lat": random.uniform(-60, -20), "lon": random.uniform(-170, 170)}
    made = given.group(askers.own, visibility=visibility, topic_ids=[given.topic()["id"]], place=place(point=point))
    assert [name for name in EVERYBODY if is_seen(getattr(askers, name), made)] == SEEN_BY[visibility]


@pytest.mark.parametrize("visibility", SEEN_BY)
def test_topics_count_only_groups_that_everybody_sees(given, askers, visibility):
    above = given.topic()
    topic = given.topic(parent_id=above["id"])
    given.group(askers.own, visibility=visibility, topic_ids=[topic["id"]])
    for name in EVERYBODY:
        client = getattr(askers, name)
        counts = [client.get(path_of(topic, "topics")).json["groups"],
                  client.get(path_of(above, "topics")).json["groups"],
                  client.get(f"/v1/topics?parent={above['slug']}").json["items"][0]["groups"]]
        assert counts == [visibility == "public"] * 3


def test_an_unlisted_group_is_in_no_page_of_the_directory(given, api, askers):
    hidden = given.group(askers.own, visibility="unlisted")
    shown = given.group(askers.own)
    listed = {group["id"] for group in api.all_pages("/v1/groups?limit=200")}
    assert shown["id"] in listed and hidden["id"] not in listed


def test_hiding_a_group_and_showing_it_again_works_at_once(given, api, askers):
    made = given.group(askers.own)
    for visibility, is_visible in (("unlisted", False), ("public", True), ("partners", False)):
        change(askers.own, made, {"visibility": visibility})
        assert is_read(api, made) == is_found_by_word(api, made) == is_visible


@pytest.mark.parametrize("visibility", SEEN_BY)
def test_only_those_who_see_a_group_learn_that_they_may_not_write_it(given, askers, visibility):
    made = given.group(askers.own, visibility=visibility)
    for name in ("stranger", "below"):
        status = 403 if name in SEEN_BY[visibility] else 404
        client = getattr(askers, name)
        assert client.patch(path_of(made), {"summary": "Meins"}).status == status
        assert client.delete(path_of(made)).status == status
    assert askers.own.get(path_of(made)).json == made


@pytest.mark.parametrize("name", EVERYBODY)
def test_the_note_for_partners_is_shown_to_partners_only(given, askers, name):
    made = given.group(askers.own, partner_note="Zieht bald um.")
    client = getattr(askers, name)
    word = made["name"].split()[-1]
    shown = [client.get(path_of(made)).json, client.get(f"/v1/groups?q={word}").json["items"][0]]
    assert ["partner_note" in group for group in shown] == [name in SEEN_BY["partners"]] * 2


def test_what_an_unlisted_group_is_called_does_not_show_in_what_others_find(given, api, askers):
    """Typing errors are forgiven as if there were no group that has the word."""
    word = given.word()
    shown = given.group(askers.own, name=word)
    misspelt = f"{word[:5]}x{word[5:]}"
    assert ids(api.get(f"/v1/groups?q={misspelt}")) == [shown["id"]]
    given.group(askers.own, name=misspelt, visibility="unlisted")
    assert ids(api.get(f"/v1/groups?q={misspelt}")) == [shown["id"]]


def test_a_group_that_has_ended_can_be_read_but_is_not_listed(given, api, portal):
    topic = given.topic()
    made = given.group(portal, status="closed", topic_ids=[topic["id"]])
    assert api.get(path_of(made)).json == made
    assert not is_listed(api, made) and not is_found_by_word(api, made)
    assert ids(api.get(f"/v1/groups?topic={topic['slug']}&status=closed")) == [made["id"]]
    assert api.get(path_of(topic, "topics")).json["groups"] == 0


def test_a_paused_group_is_not_listed_until_it_is_active_again(given, api, portal):
    made = given.group(portal, status="paused")
    assert not is_found_by_word(api, made)
    change(portal, made, {"status": "active"})
    assert is_found_by_word(api, made)


# Taking away ---------------------------------------------------------------------------------------


def test_a_group_taken_away_is_gone_from_everywhere(given, api, admin, portal):
    topic = given.topic()
    made = given.group(portal, topic_ids=[topic["id"]], place=place(point={"lat": -33.1, "lon": -70.1}))
    reply = portal.delete(path_of(made), portal.get(path_of(made)).etag)
    assert reply.status == 204 and reply.body == b""
    for client in (api, portal, admin):
        for is_seen in (is_read, is_listed, is_found_by_word, is_found_by_topic, is_found_by_place, is_counted):
            assert not is_seen(client, made), is_seen
    assert made["id"] not in ids(portal.get(f"/v1/groups?topic={topic['slug']}&status=active&sort=updated"))
    assert api.get(path_of(topic, "topics")).json["groups"] == 0
    assert portal.delete(path_of(made)).status == portal.patch(path_of(made), {"summary": "Da?"}).status == 404


def test_of_a_group_taken_away_the_log_keeps_a_tombstone_without_content(given, portal, db):
    made = given.group(portal, partner_note="Streng vertraulich")
    change(portal, made, {"summary": "Wut"})
    assert portal.delete(path_of(made)).status == 204
    db.execute("SELECT DISTINCT action, revision, resource FROM changes WHERE resource_id = %s ORDER BY revision", [made["id"]])
    assert db.fetchall() == [("created", 1, "group"), ("updated", 2, "group"), ("deleted", 3, "group")]
    for log in ("changes", "audit"):
        db.execute(f"SELECT string_agg(to_jsonb(l)::text, ' ') FROM {log} AS l WHERE resource_id = %s", [made["id"]])
        kept = db.fetchone()[0]
        assert all(text not in kept for text in (made["name"], made["slug"], "Wut", "vertraulich"))


def test_of_a_group_taken_away_nothing_more_is_told(admin, given, portal, db):
    topic = given.topic()
    made = given.group(portal, topic_ids=[topic["id"]])
    assert portal.delete(path_of(made)).status == 204
    assert admin.patch(path_of(topic, "topics"), {"names": {"de": "Anders"}}).status == 200
    db.execute("SELECT DISTINCT action, revision FROM changes WHERE resource_id = %s ORDER BY revision", [made["id"]])
    assert db.fetchall() == [("created", 1), ("deleted", 2)]


def test_the_log_says_who_wrote_and_which_members(given, portal, db):
    made = given.group(portal)
    change(portal, made, {"summary": "Neu", "place": place(postcode="50667")})
    db.execute("SELECT writer ? 'client_id', members FROM audit WHERE resource_id = %s AND action = 'updated'",
               [made["id"]])
    has_client, members = db.fetchone()
    assert has_client
    assert {"summary", "postcode", "point", "town", "country"} <= set(members) and "name" not in members


def test_the_slug_of_a_group_taken_away_is_free_again(given, portal):
    made = given.group(portal)
    assert portal.delete(path_of(made)).status == 204
    assert given.group(portal, slug=made["slug"])["slug"] == made["slug"]


def test_a_group_of_somebody_else_cannot_be_taken_away(given, api, portal):
    made = given.group(portal)
    assert given.client().delete(path_of(made)).status == 403
    assert api.delete(path_of(made)).status == 401
    assert api.get(path_of(made)).json == made
