"""test_topics.py: what groups are about: a tree that is found by the words people use."""

from urllib.parse import quote
from uuid import uuid4

import pytest

def path_of(resource, kind="topics"):
    return f"/v1/{kind}/{resource['id']}"


def without(topic, *members):
    """What of a topic does not change with the time at which it was written or read."""
    volatile = {"id", "revision", "created_at", "updated_at", "groups", *members}
    return {name: value for name, value in topic.items() if name not in volatile}


def change(client, topic, patch):
    reply = client.patch(path_of(topic), patch)
    assert reply.status == 200, reply.json
    return reply.json


def ids(reply):
    assert reply.status == 200, reply.json
    return [topic["id"] for topic in reply.json["items"]]


def chain(given, length):
    """Topics, each below the one before."""
    made = [given.topic()]
    while len(made) < length:
        made.append(given.topic(parent_id=made[-1]["id"]))
    return made


@pytest.fixture
def everything(given):
    """A NewTopic with every member that there is."""
    return {
        "slug": given.word(), "names": {"de": "Wut & »Ärger«", "en": "Anger \\ \"rage\""},
        "synonyms": {"de": ["Jähzorn", "Wut im Bauch"], "en": ["temper", "fury"]},
        "icd10": ["F60-F69", "F63.8", "R45"], "rare": True, "parent_id": given.topic()["id"],
    }


# What is written comes back ------------------------------------------------------------------------


def test_everything_that_can_be_said_comes_back(contract, given, api, admin, everything):
    assert everything.keys() == contract.document["components"]["schemas"]["NewTopic"]["properties"].keys()
    reply = admin.post("/v1/topics", everything)
    made = given.made(reply)
    assert without(made) == {**everything, "name": "Wut & »Ärger«"}
    assert api.get(reply.headers["location"]).json == {**made, "groups": 0}
    assert api.get(f"/v1/topics?parent={everything['parent_id']}").json["items"] == [{**made, "groups": 0}]


def test_the_least_that_must_be_said_is_enough(given, admin):
    wanted = {"slug": given.word(), "names": {"de": "Wut"}}
    made = given.made(admin.post("/v1/topics", wanted))
    assert without(made) == {**wanted, "name": "Wut", "synonyms": {}, "icd10": [], "rare": False}
    assert made["revision"] == 1


def test_a_patch_can_make_everything_of_the_least(given, admin, api, everything):
    made = given.topic()
    changed = change(admin, made, everything)
    assert without(changed, "name") == everything and changed["revision"] == 2
    assert without(api.get(path_of(made)).json) == without(changed)


@pytest.mark.parametrize("member, default", [("synonyms", {}), ("icd10", []), ("rare", False), ("parent_id", None)])
def test_null_takes_an_optional_member_back_to_its_default(given, admin, everything, member, default):
    made = given.made(admin.post("/v1/topics", everything))
    changed = change(admin, made, {member: None})
    assert changed.get(member) == default and without(changed, member) == without(made, member)


@pytest.mark.parametrize("member", ["slug", "names"])
def test_null_for_what_must_be_there_is_a_fault(given, admin, api, member):
    made = given.topic()
    reply = admin.patch(path_of(made), {member: None})
    assert reply.status == 422 and reply.pointers() == {f"/{member}"}
    assert api.get(path_of(made)).json["revision"] == 1


def test_the_german_name_cannot_be_taken_away_the_english_can(given, admin, everything):
    made = given.made(admin.post("/v1/topics", everything))
    assert change(admin, made, {"names": {"en": None}})["names"] == {"de": everything["names"]["de"]}
    reply = admin.patch(path_of(made), {"names": {"de": None}})
    assert reply.status == 422 and reply.pointers() == {"/names/de"}


def test_a_patch_that_changes_nothing_leaves_the_revision(given, admin, api):
    before = api.get(path_of(given.topic()))
    for patch in ({}, {"names": before.json["names"]}, {"parent_id": None}, {"icd10": []}):
        assert change(admin, before.json, patch)["revision"] == 1
    assert api.get(path_of(before.json)).etag == before.etag


def test_a_slug_that_is_taken_is_a_conflict(given, admin):
    taken, other = given.topic()["slug"], given.topic()
    for reply in (admin.post("/v1/topics", {"slug": taken, "names": {"de": "Wut"}}),
                  admin.patch(path_of(other), {"slug": taken})):
        assert (reply.status, reply.slug) == (409, "duplicate")


@pytest.mark.parametrize("members, pointer", [
    ({"slug": "Wut und Ärger"}, "/slug"), ({"names": {"de": ""}}, "/names/de"), ({"names": {"fr": "x"}}, "/names/fr"),
    ({"synonyms": {"de": "x"}}, "/synonyms/de"), ({"synonyms": {"de": [""]}}, "/synonyms/de/0"),
    ({"icd10": ["F4"]}, "/icd10/0"), ({"rare": "no"}, "/rare"), ({"parent_id": "x"}, "/parent_id"),
    ({"id": str(uuid4())}, "/id"), ({"groups": 3}, "/groups"),
])
def test_what_breaks_the_schema_is_named(given, admin, members, pointer):
    made = given.topic()
    whole = {"slug": given.word(), "names": {"de": "Wut"}}
    names = {"names": {**whole["names"], **members["names"]}} if "names" in members else {}
    for reply in (admin.post("/v1/topics", {**whole, **members, **names}), admin.patch(path_of(made), members)):
        assert reply.status == 422 and reply.pointers() == {pointer}


# The tree ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("length", [1, 2, 4])
def test_a_topic_cannot_be_put_below_itself(given, admin, api, length):
    made = chain(given, length)
    reply = admin.patch(path_of(made[0]), {"parent_id": made[-1]["id"]})
    assert reply.status == 422 and reply.pointers() == {"/parent_id"}
    assert "parent_id" not in api.get(path_of(made[0])).json


def test_a_parent_must_exist(given, admin):
    body = {"slug": given.word(), "names": {"de": "Wut"}, "parent_id": str(uuid4())}
    for reply in (admin.post("/v1/topics", body), admin.patch(path_of(given.topic()), {"parent_id": str(uuid4())})):
        assert reply.status == 422 and reply.pointers() == {"/parent_id"}


def test_the_parent_filter_shows_only_those_directly_below(given, api):
    top, middle, bottom = chain(given, 3)
    for parent in (top["id"], top["slug"]):
        assert ids(api.get(f"/v1/topics?parent={parent}")) == [middle["id"]]
    assert ids(api.get(f"/v1/topics?parent={bottom['slug']}")) == []
    for nothing in (uuid4(), given.word()):
        assert ids(api.get(f"/v1/topics?parent={nothing}")) == []


def test_a_topic_moved_shows_at_its_new_place(given, admin, api):
    old, new = given.topic(), given.topic()
    made = given.topic(parent_id=old["id"])
    change(admin, made, {"parent_id": new["id"]})
    assert ids(api.get(f"/v1/topics?parent={old['slug']}")) == []
    assert ids(api.get(f"/v1/topics?parent={new['slug']}")) == [made["id"]]
    assert "parent_id" not in change(admin, made, {"parent_id": None})


# Taking away ---------------------------------------------------------------------------------------


def test_a_topic_taken_away_is_gone_from_everywhere(given, admin, api, db):
    made = given.topic()
    reply = admin.delete(path_of(made), api.get(path_of(made)).etag)
    assert reply.status == 204 and reply.body == b""
    assert api.get(path_of(made)).status == 404
    assert admin.delete(path_of(made)).status == admin.patch(path_of(made), {"rare": True}).status == 404
    assert ids(api.get(f"/v1/topics?q={made['names']['de'].split()[-1]}")) == []
    assert ids(api.get(f"/v1/groups?topic={made['slug']}")) == []
    db.execute("SELECT action FROM changes WHERE resource_id = %s ORDER BY sequence", [made["id"]])
    assert db.fetchall() == [("created",), ("deleted",)]


def test_while_topics_are_below_it_stays(given, admin):
    top, below = chain(given, 2)
    reply = admin.delete(path_of(top))
    assert (reply.status, reply.slug) == (409, "conflict")
    assert admin.delete(path_of(below)).status == admin.delete(path_of(top)).status == 204


@pytest.mark.parametrize("members", [{}, {"status": "closed"}, {"visibility": "unlisted"}])
def test_while_a_group_has_it_it_stays(given, admin, members):
    topic = given.topic()
    group = given.group(topic_ids=[given.some_topic(), topic["id"]], **members)
    reply = admin.delete(path_of(topic))
    assert (reply.status, reply.slug) == (409, "conflict")
    assert admin.delete(path_of(group, "groups")).status == 204
    assert admin.delete(path_of(topic)).status == 204


def test_the_slug_of_a_topic_taken_away_is_free_again(given, admin, api):
    made = given.topic()
    assert admin.delete(path_of(made)).status == 204
    again = given.topic(slug=made["slug"])
    below = given.topic(parent_id=again["id"])
    assert ids(api.get(f"/v1/topics?parent={made['slug']}")) == [below["id"]]


# Finding -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("q", [
    "{word}", "{WORD}", "{word}ü", "{word}ue", "{word}u", "{word}schmerz", "{word}e", "pain{word}", "PAIN{word}",
    "{typo}", "{word}schmerrz", "akuter {word}schmerz", "{word}schmerz akuter", "  {word}schmerz  ", "{word}sch",
])
def test_a_topic_is_found_by_its_names_and_synonyms_in_every_language(given, api, q):
    word = given.word()
    made = given.topic(names={"de": f"Weh {word}ü", "en": f"Ache {word}e"},
                       synonyms={"de": [f"akuter {word}schmerz"], "en": [f"pain{word}"]})
    q = q.format(word=word, WORD=word.upper(), typo=word[:8] + word[9:])
    assert made["id"] in ids(api.get(f"/v1/topics?limit=200&q={quote(q)}"))


@pytest.mark.parametrize("q", ["Verlust Kind", "kind verlust", "loss child", "verlusst kind"])
def test_every_word_of_a_search_counts(given, api, q):
    parent = given.topic()
    made = given.topic(parent_id=parent["id"], names={"de": "Verlust eines Kindes", "en": "Loss of a child"})
    given.topic(parent_id=parent["id"], names={"de": "Verlust der Arbeit", "en": "Loss of work"})
    assert ids(api.get(f"/v1/topics?parent={parent['slug']}&q={quote(q)}")) == [made["id"]]


@pytest.mark.parametrize("q, slug", [
    ("Depression", "depression"), ("deppression", "depression"), ("Panikattacken", "panikstoerung-und-agoraphobie"),
    ("angststörungg", "angststoerung"), ("Angststoerung", "angststoerung"), ("anxiety", "angststoerung"),
    ("ALKOHOL", "alkoholabhaengigkeit"), ("weed", "cannabisabhaengigkeit"), ("Spielsucht", "gluecksspielsucht"),
])
def test_what_people_type_finds_what_they_mean_in_the_tree_we_start_with(api, q, slug):
    assert slug in [topic["slug"] for topic in api.get(f"/v1/topics?limit=200&q={quote(q)}").json["items"]]


@pytest.mark.parametrize("q", ["qxzwvkjy", "asdfghjkl", "xyzzyplugh", "1234567"])
def test_nonsense_finds_no_topic(api, q):
    assert ids(api.get(f"/v1/topics?q={q}")) == []


def test_a_search_stays_within_its_parent(given, api):
    word, parent = given.word(), given.topic()
    inside = given.topic(parent_id=parent["id"], names={"de": word})
    outside = given.topic(names={"de": word})
    assert ids(api.get(f"/v1/topics?q={word}&parent={parent['slug']}")) == [inside["id"]]
    assert set(ids(api.get(f"/v1/topics?q={word}"))) == {inside["id"], outside["id"]}


@pytest.mark.parametrize("language, names", [("de", ["Ähre", "Zange"]), ("en", ["Apple", "Zebra"]),
                                             ("fr", ["Ähre", "Zange"])])
def test_topics_are_named_and_sorted_in_the_language_asked_for(given, api, language, names):
    parent = given.topic()
    for de, en in (("Zange", "Apple"), ("Ähre", "Zebra")):
        given.topic(parent_id=parent["id"], names={"de": de, "en": en})
    reply = api.get(f"/v1/topics?parent={parent['slug']}", Accept_Language=language)
    assert [topic["name"] for topic in reply.json["items"]] == names
    assert reply.headers["content-language"] == ("en" if language == "en" else "de")


@pytest.mark.parametrize("language", ["de", "en"])
def test_every_topic_comes_exactly_once_whatever_the_page_size(given, api, language):
    parent = given.topic()
    names = ["Zorn", "Ängste", "angst", "Übung", "Uhr", "öl", "Oma", "Gleich", "Gleich", "Gleich"]
    made = {given.topic(parent_id=parent["id"], names={"de": name})["id"] for name in names}
    path, shown = f"/v1/topics?parent={parent['slug']}&limit=3", []
    while path:
        page = api.get(path, Accept_Language=language).json
        shown += page["items"]
        path = page.get("next") and f"/v1/topics?parent={parent['slug']}&limit=3&cursor={page['next']}"
    assert [topic["name"] for topic in shown] == \
        ["angst", "Ängste", "Gleich", "Gleich", "Gleich", "öl", "Oma", "Übung", "Uhr", "Zorn"]
    assert len(shown) == 10 and {topic["id"] for topic in shown} == made


# Counting ------------------------------------------------------------------------------------------


def counts(api, *topics):
    """What single topics and the list say; they must agree."""
    single = [api.get(path_of(topic)).json["groups"] for topic in topics]
    found = [api.get(f"/v1/topics?q={topic['names']['de'].split()[-1]}").json["items"] for topic in topics]
    assert single == [one["groups"] for one, in found]
    return single


def test_a_topic_counts_its_groups_and_those_of_topics_below(given, api, portal):
    top, middle, bottom = chain(given, 3)
    assert counts(api, top, middle, bottom) == [0, 0, 0]
    given.group(portal, topic_ids=[bottom["id"]])
    given.group(portal, topic_ids=[middle["id"]], status="founding")
    assert counts(api, top, middle, bottom) == [2, 2, 1]


def test_a_group_with_several_topics_counts_once_above_them(given, api, portal):
    top = given.topic()
    one, two = (given.topic(parent_id=top["id"]) for _ in range(2))
    given.group(portal, topic_ids=[one["id"], two["id"], top["id"]])
    assert counts(api, top, one, two) == [1, 1, 1]


@pytest.mark.parametrize("members", [{"status": "closed"}, {"status": "paused"}, {"visibility": "partners"},
                                     {"visibility": "unlisted"}])
def test_groups_that_nobody_finds_are_not_counted(given, api, portal, members):
    topic = given.topic()
    given.group(portal, topic_ids=[topic["id"]], **members)
    assert counts(api, topic) == [0]


def test_counts_follow_what_becomes_of_groups(given, api, portal):
    old, new = given.topic(), given.topic()
    made = given.group(portal, topic_ids=[old["id"]])
    for patch, wanted in (({"topic_ids": [new["id"]]}, [0, 1]), ({"status": "paused"}, [0, 0]),
                          ({"status": "active"}, [0, 1])):
        assert portal.patch(path_of(made, "groups"), patch).status == 200
        assert counts(api, old, new) == wanted
    assert portal.delete(path_of(made, "groups")).status == 204
    assert counts(api, old, new) == [0, 0]


def test_counts_follow_a_topic_that_moves_and_changes_its_slug(given, admin, api, portal):
    old, new = given.topic(), given.topic()
    topic = given.topic(parent_id=old["id"])
    given.group(portal, topic_ids=[topic["id"]])
    change(admin, topic, {"parent_id": new["id"], "slug": given.word()})
    assert counts(api, old, new, topic) == [0, 1, 1]
    change(admin, new, {"slug": given.word()})
    assert counts(api, old, new, topic) == [0, 1, 1]


# Who may -------------------------------------------------------------------------------------------


def test_only_the_operator_writes_topics(given, api, portal):
    made = given.topic()
    for asker, status in ((api, 401), (portal, 403)):
        assert asker.post("/v1/topics", {"slug": given.word(), "names": {"de": "Meins"}}).status == status
        assert asker.patch(path_of(made), {"rare": True}).status == status
        assert asker.delete(path_of(made)).status == status


def test_what_does_not_exist_is_not_there_for_anybody(admin):
    nothing = {"id": str(uuid4())}
    assert admin.get(path_of(nothing)).status == 404
    assert admin.patch(path_of(nothing), {"rare": True}).status == 404
    assert admin.delete(path_of(nothing)).status == 404
    assert admin.get("/v1/topics/angststoerung").status == 404
