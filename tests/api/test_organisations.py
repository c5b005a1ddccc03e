"""test_organisations.py: who keeps groups, as a tree, and who may change what of it."""

from urllib.parse import quote
from uuid import uuid4

import pytest


def path_of(resource, kind="organisations"):
    return f"/v1/{kind}/{resource['id']}"


def without(organisation, *members):
    """What of an organisation does not change with the time at which it was written."""
    volatile = {"id", "revision", "created_at", "updated_at", *members}
    return {name: value for name, value in organisation.items() if name not in volatile}


def change(client, organisation, patch):
    reply = client.patch(path_of(organisation), patch)
    assert reply.status == 200, reply.json
    return reply.json


def ids(reply):
    assert reply.status == 200, reply.json
    return [organisation["id"] for organisation in reply.json["items"]]


def chain(given, length):
    """Organisations, each below the one before."""
    made = [given.organisation(kind="umbrella")]
    while len(made) < length:
        made.append(given.organisation(parent_id=made[-1]["id"]))
    return made


@pytest.fixture
def everything(given):
    """A NewOrganisation with every member that there is."""
    return {
        "kind": "contact_point", "name": f"Kontaktstelle »Öl & Wasser« {given.word()}",
        "summary": "Berät\n\tund \\ hilft",
        "parent_id": given.organisation()["id"],
        "region": {"country": "DE", "postcodes": ["506", "04109", "0"], "description": "Köln und Leipzig"},
        "contact": {"email": "stelle@example.org", "phone": "+49 221 5550100", "address": "Weg 1\n50667 Köln"},
        "website": "https://stelle.example.org/?a=ä".replace("ä", "%C3%A4"),
    }


# What is written comes back ------------------------------------------------------------------------


def test_everything_that_can_be_said_comes_back(contract, given, api, admin, everything):
    assert everything.keys() == contract.document["components"]["schemas"]["NewOrganisation"]["properties"].keys()
    reply = admin.post("/v1/organisations", everything)
    made = given.made(reply)
    assert without(made) == everything
    read = api.get(reply.headers["location"])
    assert read.json == made and read.etag == reply.etag
    assert api.get(f"/v1/organisations?parent={everything['parent_id']}").json["items"] == [made]


def test_the_least_that_must_be_said_is_enough(given, admin):
    wanted = {"kind": "insurer", "name": given.word()}
    made = given.made(admin.post("/v1/organisations", wanted))
    assert without(made) == wanted and made["revision"] == 1


def test_a_patch_can_make_everything_of_the_least(given, admin, api, everything):
    made = given.organisation()
    changed = change(admin, made, everything)
    assert without(changed) == everything
    assert changed["revision"] == 2 and api.get(path_of(made)).json == changed


@pytest.mark.parametrize("member", ["summary", "parent_id", "region", "contact", "website"])
def test_null_takes_an_optional_member_away_and_no_other(given, admin, everything, member):
    made = given.made(admin.post("/v1/organisations", everything))
    changed = change(admin, made, {member: None})
    assert member not in changed and without(changed) == without(made, member)


@pytest.mark.parametrize("member", ["kind", "name"])
def test_null_for_what_must_be_there_is_a_fault(given, admin, api, member):
    made = given.organisation()
    reply = admin.patch(path_of(made), {member: None})
    assert reply.status == 422 and reply.pointers() == {f"/{member}"}
    assert api.get(path_of(made)).json == made


def test_a_patch_goes_into_objects_and_replaces_lists(given, admin, everything):
    made = given.made(admin.post("/v1/organisations", everything))
    changed = change(admin, made, {"region": {"postcodes": ["9"]}, "contact": {"phone": None}})
    assert changed["region"] == {**everything["region"], "postcodes": ["9"]}
    assert changed["contact"].keys() == {"email", "address"}


def test_a_patch_that_changes_nothing_leaves_the_revision(given, admin, api):
    before = api.get(path_of(given.organisation()))
    for patch in ({}, {"name": before.json["name"]}, {"summary": None}):
        assert change(admin, before.json, patch) == before.json
    assert api.get(path_of(before.json)).etag == before.etag


@pytest.mark.parametrize("members, pointer", [
    ({"kind": "club"}, "/kind"), ({"name": "x"}, "/name"), ({"region": {}}, "/region/country"),
    ({"region": {"country": "DE", "postcodes": ["5o6"]}}, "/region/postcodes/0"), ({"website": "x"}, "/website"),
    ({"contact": {"email": "nobody"}}, "/contact/email"), ({"parent_id": "x"}, "/parent_id"),
    ({"id": str(uuid4())}, "/id"), ({"revision": 2}, "/revision"),
])
def test_what_breaks_the_schema_is_named(given, admin, members, pointer):
    made = given.organisation()
    for reply in (admin.post("/v1/organisations", {"kind": "partner", "name": given.word(), **members}),
                  admin.patch(path_of(made), members)):
        assert reply.status == 422 and reply.pointers() == {pointer}


# The tree ------------------------------------------------------------------------------------------


def test_an_organisation_can_be_put_elsewhere(given, admin, api):
    old, new = given.organisation(), given.organisation()
    made = given.organisation(parent_id=old["id"])
    change(admin, made, {"parent_id": new["id"]})
    assert ids(api.get(f"/v1/organisations?parent={old['id']}")) == []
    assert ids(api.get(f"/v1/organisations?parent={new['id']}")) == [made["id"]]
    assert "parent_id" not in change(admin, made, {"parent_id": None})


@pytest.mark.parametrize("length", [1, 2, 4])
def test_an_organisation_cannot_be_put_below_itself(given, admin, api, length):
    made = chain(given, length)
    reply = admin.patch(path_of(made[0]), {"parent_id": made[-1]["id"]})
    assert reply.status == 422 and reply.pointers() == {"/parent_id"}
    assert api.get(path_of(made[0])).json == made[0]


def test_a_parent_must_exist(given, admin):
    for reply in (admin.post("/v1/organisations", {"kind": "partner", "name": given.word(), "parent_id": str(uuid4())}),
                  admin.patch(path_of(given.organisation()), {"parent_id": str(uuid4())})):
        assert reply.status == 422 and reply.pointers() == {"/parent_id"}


def test_the_parent_filter_shows_only_those_directly_below(given, api):
    top, middle, bottom = chain(given, 3)
    assert ids(api.get(f"/v1/organisations?parent={top['id']}")) == [middle["id"]]
    assert ids(api.get(f"/v1/organisations?parent={bottom['id']}")) == []
    assert ids(api.get(f"/v1/organisations?parent={uuid4()}")) == []


# Taking away ---------------------------------------------------------------------------------------


def test_an_organisation_taken_away_is_gone_from_everywhere(given, admin, api, db):
    parent = given.organisation()
    made = given.organisation(parent_id=parent["id"])
    reply = admin.delete(path_of(made), api.get(path_of(made)).etag)
    assert reply.status == 204 and reply.body == b""
    assert api.get(path_of(made)).status == admin.get(path_of(made)).status == 404
    assert admin.delete(path_of(made)).status == admin.patch(path_of(made), {"summary": "Da?"}).status == 404
    assert ids(api.get(f"/v1/organisations?parent={parent['id']}")) == []
    assert ids(api.get(f"/v1/organisations?q={made['name'].split()[-1]}")) == []
    db.execute("SELECT action FROM changes WHERE resource_id = %s ORDER BY sequence", [made["id"]])
    assert db.fetchall() == [("created",), ("deleted",)]


def test_while_organisations_are_below_it_stays(given, admin):
    top, below = chain(given, 2)
    reply = admin.delete(path_of(top))
    assert (reply.status, reply.slug) == (409, "conflict")
    assert admin.delete(path_of(below)).status == 204
    assert admin.delete(path_of(top)).status == 204


@pytest.mark.parametrize("member", ["organisation_id", "supported_by_id"])
def test_while_it_keeps_or_supports_a_group_it_stays(given, admin, member):
    organisation, other = given.organisation(), given.organisation()
    group = given.group(admin, **{"organisation_id": other["id"], member: organisation["id"], "visibility": "unlisted"})
    reply = admin.delete(path_of(organisation))
    assert (reply.status, reply.slug) == (409, "conflict")
    assert admin.delete(path_of(group, "groups")).status == 204
    assert admin.delete(path_of(organisation)).status == 204


# Finding -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("q", ["{word}", "{WORD}", "Stelle für Ängste {word}", "stelle fuer aengste {word}",
                               "stelle fur angste {word}", "{word} Ängste", "{typo}", "angste {typo}"])
def test_an_organisation_is_found_by_its_name(given, api, q):
    word = given.word()
    made = given.organisation(name=f"Stelle für Ängste {word}")
    q = q.format(word=word, WORD=word.upper(), typo=word[:9] + word[10:])
    assert made["id"] in ids(api.get(f"/v1/organisations?limit=200&q={quote(q)}"))


@pytest.mark.parametrize("q", ["qxzwvkjy", "asdfghjkl", "1234567890"])
def test_nonsense_finds_no_organisation(api, q):
    assert ids(api.get(f"/v1/organisations?q={q}")) == []


@pytest.mark.parametrize("q", ["Selbsthilfekontaktstelle Köln", "koeln selbsthilfekontaktstelle", "Köln Kontaktstelle",
                               "selbsthilfekontaktstele Köln"])
def test_every_word_of_a_search_counts(given, api, q):
    parent = given.organisation()
    made = {town: given.organisation(parent_id=parent["id"], name=f"Selbsthilfekontaktstelle {town}")["id"]
            for town in ("Köln", "Leipzig", "Freiburg im Breisgau")}
    assert ids(api.get(f"/v1/organisations?parent={parent['id']}&q={quote(q)}")) == [made["Köln"]]


def test_the_kind_filter_takes_several(given, api):
    parent = given.organisation()
    kinds = ["contact_point", "self_help_organisation", "umbrella", "partner", "insurer"]
    made = {kind: given.organisation(parent_id=parent["id"], kind=kind)["id"] for kind in kinds}
    path = f"/v1/organisations?parent={parent['id']}"
    assert set(ids(api.get(path))) == set(made.values())
    for kind in kinds:
        assert ids(api.get(f"{path}&kind={kind}")) == [made[kind]]
    assert set(ids(api.get(f"{path}&kind=insurer&kind=umbrella"))) == {made["insurer"], made["umbrella"]}
    assert api.get(f"{path}&kind=club").parameters() == {"kind"}


def test_filters_narrow_each_other(given, api):
    parent, word = given.organisation(), given.word()
    names = {"umbrella": f"Dach {word}", "partner": f"Dach {word}", "insurer": "Dach"}
    made = {kind: given.organisation(parent_id=parent["id"], kind=kind, name=name) for kind, name in names.items()}
    given.organisation(kind="umbrella", name=f"Dach {word}")
    assert ids(api.get(f"/v1/organisations?parent={parent['id']}&q={word}&kind=umbrella&kind=insurer")) == \
        [made["umbrella"]["id"]]


def test_organisations_are_sorted_as_a_german_reader_expects(given, api):
    names = "Aachen adler Ähre Angst Ärger Azur öl Oma Straße Strauß Übung Uhr Zorn".split()
    names.sort(key=lambda name: name.lower().translate(str.maketrans({"ä": "a", "ö": "o", "ü": "u", "ß": "ss"})))
    parent = given.organisation()
    for name in reversed(names):
        given.organisation(parent_id=parent["id"], name=name)
    for limit in (1, 5, 200):
        shown = api.all_pages(f"/v1/organisations?parent={parent['id']}&limit={limit}")
        assert [organisation["name"] for organisation in shown] == names


def test_organisations_of_the_same_name_all_come_exactly_once(given, api):
    parent = given.organisation()
    made = {given.organisation(parent_id=parent["id"], name="Gleich")["id"] for _ in range(9)}
    shown = [item["id"] for item in api.all_pages(f"/v1/organisations?parent={parent['id']}&limit=2")]
    assert len(shown) == 9 and set(shown) == made


# Who may -------------------------------------------------------------------------------------------


def test_only_the_operator_adds_and_takes_away(given, api):
    client = given.client()
    body = {"kind": "partner", "name": given.word(), "parent_id": client.organisation["id"]}
    for asker, status in ((api, 401), (client, 403)):
        assert asker.post("/v1/organisations", body).status == status
        assert asker.delete(path_of(client.organisation)).status == status


@pytest.mark.parametrize("patch", [{"kind": "insurer"}, {"parent_id": None}, {"parent_id": "another"}])
def test_its_kind_and_its_place_in_the_tree_are_not_a_clients_to_change(given, api, admin, patch):
    above, own = chain(given, 2)
    client = given.client(own)
    if patch.get("parent_id"):
        patch = {"parent_id": given.organisation(parent_id=above["id"])["id"]}
    assert client.patch(path_of(own), patch).status == 403
    assert api.get(path_of(own)).json == own
    change(admin, own, patch)


def test_a_client_may_send_its_kind_and_parent_as_they_are(given):
    above, own = chain(given, 2)
    same = {"kind": own["kind"], "parent_id": above["id"], "summary": "Neu"}
    assert change(given.client(own), own, same)["summary"] == "Neu"


def test_a_client_without_the_scope_changes_nothing(given, api):
    client = given.client(scopes="groups:read")
    assert client.patch(path_of(client.organisation), {"summary": "Neu"}).status == 403
    assert api.patch(path_of(client.organisation), {"summary": "Neu"}).status == 401
    assert api.get(path_of(client.organisation)).json == client.organisation


def test_what_does_not_exist_is_not_there_for_anybody(given, admin):
    nothing = {"id": str(uuid4())}
    assert admin.get(path_of(nothing)).status == 404
    assert admin.patch(path_of(nothing), {"summary": "Neu"}).status == 404
    assert admin.delete(path_of(nothing)).status == 404
    assert admin.get("/v1/organisations/no-id").status == 404
