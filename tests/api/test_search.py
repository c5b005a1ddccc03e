"""test_search.py: groups found by words, topics, places and properties, in order and page by page."""

import csv
import json
import random
from collections import Counter
from math import asin, cos, degrees, radians, sin, sqrt
from urllib.parse import urlencode

import pytest

from tests.given import Given
from tests.server import ROOT


class Shelf:
    """A client with groups of its own, and what searches find of them."""

    def __init__(self, given):
        self.given, self.api = given, given.api
        self.client = given.client()

    def add(self, **members):
        return self.given.group(self.client, **members)

    def path(self, **parameters):
        """A search that stays on this shelf; a list repeats its parameter."""
        return "/v1/groups?" + urlencode({"organisation": self.client.organisation["id"], **parameters}, doseq=True)

    def search(self, **parameters):
        reply = self.api.get(self.path(limit=200, **parameters))
        assert reply.status == 200, reply.json
        return reply.json["items"]

    def names(self, **parameters):
        return [group["name"] for group in self.search(**parameters)]

    def refused(self, **parameters):
        """The parameters that the answer complains of."""
        reply = self.api.get(self.path(**parameters))
        assert (reply.status, reply.slug) == (400, "invalid-parameter")
        return reply.parameters()


@pytest.fixture
def shelf(given):
    return Shelf(given)


# Words ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def library(admin, api, runde):
    """Groups that words shall find; nobody changes them."""
    given = Given(admin, api, runde)
    shelf = Shelf(given)
    topics = {topic["slug"]: topic["id"] for topic in api.all_pages("/v1/topics?limit=200")}
    for slug, name, members in [
        ("angststoerung", "Mutmacher", {"summary": "Gespräche am Abend", "place": {"country": "DE", "town": "Köln"}}),
        ("depression", "Lichtblick", {"description": "Wir gehen gemeinsam spazieren und kochen Suppe."}),
        ("alkoholabhaengigkeit", "Trocken bleiben", {"place": {"country": "DE", "postcode": "04109"}}),
        ("brustkrebs", "Häuser der Hoffnung", {"summary": "Für Frauen in Not"}),
        ("schlaganfall", "Neue Wege", {"description": "Der Anfang ist schwer, the beginning is hard."}),
        ("trennung-und-scheidung", "Straße ins Freie",
         {"language_of_text": "en-GB", "summary": "Running and walking groups"}),
    ]:
        shelf.add(name=name, topic_ids=[topics[slug]], **members)
    return shelf


@pytest.mark.parametrize("q, name", [
    ("Mutmacher", "Mutmacher"), ("mutmacher", "Mutmacher"), ("MUTMACHER", "Mutmacher"),
    ("Gespräche", "Mutmacher"), ("gespraeche", "Mutmacher"), ("gesprache", "Mutmacher"), ("Gespräch", "Mutmacher"),
    ("Abende", "Mutmacher"), ("Köln", "Mutmacher"), ("Koeln", "Mutmacher"), ("Koln", "Mutmacher"),
    ("Ko\u0308ln", "Mutmacher"), ("A\u0308ngste", "Mutmacher"),
    ("Angststörung", "Mutmacher"), ("angststoerungen", "Mutmacher"), ("Ängste", "Mutmacher"), ("anxiety", "Mutmacher"),
    ("angststörungg", "Mutmacher"), ("angstst", "Mutmacher"), ("angststrung", "Mutmacher"),
    ("Depression", "Lichtblick"), ("Depressionen", "Lichtblick"), ("deppression", "Lichtblick"),
    ("depresion", "Lichtblick"), ("depresive", "Lichtblick"), ("spazieren", "Lichtblick"), ("Suppen", "Lichtblick"),
    ("lichtblik", "Lichtblick"),
    ("Alkoholiker", "Trocken bleiben"), ("alcohol", "Trocken bleiben"), ("drinking", "Trocken bleiben"),
    ("Leipzig", "Trocken bleiben"), ("Leipzg", "Trocken bleiben"), ("04109", "Trocken bleiben"),
    ("Haus", "Häuser der Hoffnung"), ("Haeuser", "Häuser der Hoffnung"), ("Frau", "Häuser der Hoffnung"),
    ("breast cancer", "Häuser der Hoffnung"), ("Brustkrebs", "Häuser der Hoffnung"),
    ("stroke", "Neue Wege"), ("neuer Weg", "Neue Wege"), ("beginnings", "Neue Wege"), ("Schlaganfal", "Neue Wege"),
    ("Strasse", "Straße ins Freie"), ("straße", "Straße ins Freie"), ("walk", "Straße ins Freie"),
    ("runs", "Straße ins Freie"), ("divorce", "Straße ins Freie"), ("Scheidungen", "Straße ins Freie"),
])
def test_a_word_finds_the_group_that_is_meant(library, q, name):
    assert name in library.names(q=q)


@pytest.mark.parametrize("q, names", [
    ("Angst Köln", ["Mutmacher"]), ("köln ANGST", ["Mutmacher"]), ("Angst Leipzig", []),
    ("alkohol leipzig", ["Trocken bleiben"]), ("alkohol, leipzig!", ["Trocken bleiben"]), ("Mutmacher Lichtblick", []), ("mut licht", []),
    ("Frauen Brustkrebs Hoffnung", ["Häuser der Hoffnung"]), ("\"Neue Wege\"", ["Neue Wege"]),
])
def test_every_word_must_be_found(library, q, names):
    assert library.names(q=q) == names


@pytest.mark.parametrize("q", ["Angst und Köln", "die Angst in der Köln", "the anxiety köln", "Angst für Köln",
                               "angst fuer köln", "über Angst in Köln", "anxiety and köln", "my anxiety in köln",
                               "Angst können Köln", "Selbsthilfegruppe Angst Köln", "Gruppen Angst Köln",
                               "Selbsthilfe bei Angst in Köln", "support group anxiety köln"])
def test_words_that_say_nothing_need_not_be_found(library, q):
    assert library.names(q=q) == ["Mutmacher"]


@pytest.mark.parametrize("q", ["und", "der die das", "the", "für", "und the of", "...", "%", "?!"])
def test_words_that_say_nothing_find_what_no_words_find(library, q):
    assert sorted(library.names(q=q)) == sorted(library.names())


@pytest.mark.parametrize("q", ["qxzwvkjy", "asdfghjkl", "Angst qxzwvkjy", "xyzzyplugh 04109", "ÿÿÿÿ", "漢字漢字"])
def test_nonsense_finds_nothing(library, q):
    reply = library.api.get(library.path(q=q))
    assert reply.status == 200 and reply.json == {"items": []}


@pytest.mark.parametrize("q", ["a & b", "a | !b", "'", "\\", "a:*", "((", "<->", "a''b", ":A", "%_", "\u0301", "🙂",
                               " ", "a" * 200, " ".join(["wort"] * 40), "-- ;", "$1", "{}"])
def test_no_sign_in_a_search_means_anything_to_the_machinery(library, q):
    assert library.api.get(library.path(q=q)).status == 200


def test_a_typing_error_finds_the_word_of_a_group_added_just_now(shelf):
    word = "".join(random.choices("bdfgklmnprst", k=12))
    shelf.add(name=word)
    assert shelf.names(q=word[:5] + word[6:]) == shelf.names(q=word[:5] + "a" + word[5:]) == [word]


def test_a_word_found_is_not_taken_for_a_typing_error(shelf):
    word = shelf.given.word()
    shelf.add(name=word)
    shelf.add(name=f"{word}s")
    assert shelf.names(q=f"{word}s") == [f"{word}s"]


def test_the_best_match_comes_first(shelf):
    word = shelf.given.word()
    topic = shelf.given.topic(names={"de": word})
    shelf.add(name="Beschreibung", description=f"Hier steht {word} im Text.")
    shelf.add(name="Kurz", summary=f"Hier steht {word} im Satz.")
    shelf.add(name="Thema", topic_ids=[topic["id"], shelf.given.some_topic()])
    shelf.add(name=f"Name {word}")
    assert shelf.names(q=word) == [f"Name {word}", "Thema", "Kurz", "Beschreibung"]


@pytest.fixture
def topics(api):
    """The ids of the topics we start with, by their slugs."""
    return {topic["slug"]: topic["id"] for topic in api.all_pages("/v1/topics?limit=200")}


@pytest.mark.parametrize("q, slug, other", [
    ("Depression", "depression", "depression-rund-um-die-geburt"),
    ("deppression", "depression", "depression-rund-um-die-geburt"),
    ("Angststörung", "angststoerung", "pruefungsangst-und-lampenfieber"),
    ("AA", "alkoholabhaengigkeit", "stottern-und-sprechstoerungen"),
])
def test_a_group_about_just_that_comes_before_one_about_something_near_it(shelf, topics, q, slug, other):
    shelf.add(name="Anderes", topic_ids=[topics[other]], summary="Wir kommen aus Aachen")
    shelf.add(name="Dieses", topic_ids=[topics[slug]])
    assert shelf.names(q=q)[0] == "Dieses"


def test_the_first_topic_of_a_group_counts_more_than_the_others(shelf, topics):
    shelf.add(name="auch", topic_ids=[topics["burnout"], topics["depression"]])
    shelf.add(name="vor allem", topic_ids=[topics["depression"], topics["burnout"]])
    assert shelf.names(q="Depression") == ["vor allem", "auch"]


@pytest.mark.parametrize("q, slug, other", [
    ("bullimie", "bulimie", "mobbing-in-der-schule"), ("angststörungg", "angststoerung", "zwangsstoerung"),
])
def test_a_typing_error_is_not_forgiven_towards_what_is_merely_similar(shelf, topics, q, slug, other):
    shelf.add(name="gemeint", topic_ids=[topics[slug]])
    shelf.add(name="nur ähnlich", topic_ids=[topics[other]])
    assert shelf.names(q=q) == ["gemeint"]


def test_what_is_changed_is_found_by_the_new_words_only(shelf):
    old, new = shelf.given.word(), shelf.given.word()
    made = shelf.add(name=old, summary=old)
    assert shelf.client.patch(f"/v1/groups/{made['id']}", {"name": new, "summary": None}).status == 200
    assert shelf.names(q=new) == [new] and shelf.names(q=old) == []


# Topics --------------------------------------------------------------------------------------------


def test_a_topic_finds_all_below_it_by_id_and_by_slug(shelf):
    top = shelf.given.topic()
    middle = shelf.given.topic(parent_id=top["id"])
    bottom = shelf.given.topic(parent_id=middle["id"])
    for name, topic in (("oben", top), ("mitte", middle), ("unten", bottom)):
        shelf.add(name=name * 2, topic_ids=[shelf.given.some_topic(), topic["id"]])
    for topic, names in ((top, ["mittemitte", "obenoben", "untenunten"]), (middle, ["mittemitte", "untenunten"]),
                         (bottom, ["untenunten"])):
        for key in (topic["id"], topic["slug"]):
            assert shelf.names(topic=key) == names
    assert shelf.names(topic=[bottom["slug"], top["id"]]) == ["mittemitte", "obenoben", "untenunten"]


def test_a_topic_that_does_not_exist_finds_nothing(shelf):
    shelf.add()
    assert shelf.names(topic=shelf.given.word()) == []


# Places --------------------------------------------------------------------------------------------

EARTH_KM = 6371.0088
KOELN, BONN, LEIPZIG = (50.9387, 6.9553), (50.7402, 7.0985), (51.3397, 12.3713)


def kilometres(a, b):
    """The great circle from one (lat, lon) to another, by the haversine."""
    (lat1, lon1), (lat2, lon2) = [tuple(map(radians, point)) for point in (a, b)]
    h = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_KM * asin(sqrt(h))


def at(point, **members):
    return {"country": "DE", "point": {"lat": point[0], "lon": point[1]}, **members}


def near(point):
    return f"{point[0]},{point[1]}"


def coordinates(group):
    return group["place"]["point"]["lat"], group["place"]["point"]["lon"]


@pytest.mark.parametrize("centre", [KOELN, (0, 0), (-33.9, 151.2), (64.1, -21.9), (0.5, 179.9), (84, 10)])
def test_distances_are_those_of_the_great_circle(shelf, centre):
    chance = random.Random(7)
    for _ in range(8):
        lat, lon = centre[0] + chance.uniform(-2, 2), centre[1] + chance.uniform(-2, 2)
        shelf.add(place=at((lat, (lon + 180) % 360 - 180)))
    found = shelf.search(near=near(centre), within_km=500)
    assert len(found) == 8
    for group in found:
        wanted = kilometres(centre, coordinates(group))
        assert group["distance_km"] == pytest.approx(wanted, rel=0.005, abs=0.051)
    assert found == sorted(found, key=lambda group: kilometres(centre, coordinates(group)))


def test_within_km_draws_the_line_where_it_says(shelf):
    for name, km in (("innen", 9.98), ("aussen", 10.02)):
        shelf.add(name=name, place=at((KOELN[0] + degrees(km / EARTH_KM), KOELN[1])))
    assert shelf.names(near=near(KOELN), within_km=10) == ["innen"]
    assert shelf.names(near=near(KOELN), within_km=10.05) == ["innen", "aussen"]
    assert shelf.names(near=near(KOELN), within_km=0.5) == []


def test_without_within_km_it_is_25(shelf):
    for name, km in (("innen", 24.9), ("aussen", 25.1)):
        east = degrees(km / EARTH_KM / cos(radians(KOELN[0])))
        shelf.add(name=name, place=at((KOELN[0], KOELN[1] + east)))
    assert shelf.names(near=near(KOELN)) == ["innen"]


def test_a_postcode_is_the_middle_of_its_area(shelf):
    with (ROOT / "admin/data/towns.tsv").open(encoding="utf-8") as file:
        towns = [town for town in csv.reader(file, delimiter="\t") if town[0] == "DE"]
    towns = random.Random(3).sample(towns, 8)
    for town in towns:
        shelf.add(name=town[2], place={"country": "DE", "postcode": town[1]})
    for town in towns:
        found = shelf.search(postcode=town[1], within_km=300)
        assert found[0]["name"] == town[2] and found[0]["distance_km"] == 0
        for group in found:
            wanted = kilometres((float(town[9]), float(town[10])), coordinates(group))
            assert group["distance_km"] == pytest.approx(wanted, rel=0.005, abs=0.051)


@pytest.mark.parametrize("parameters", [{"postcode": "00000"}, {"postcode": "50667", "country": "AT"}])
def test_a_postcode_that_nobody_knows_is_refused(shelf, parameters):
    assert shelf.refused(**parameters) == {"postcode"}


def test_near_counts_if_there_is_a_postcode_too(shelf):
    shelf.add(place=at(LEIPZIG))
    assert len(shelf.search(near=near(LEIPZIG), postcode="50667", within_km=1)) == 1


def test_groups_without_a_place_are_not_found_near_one(shelf):
    shelf.add(place=at(KOELN))
    shelf.add()
    shelf.add(place={"country": "DE", "town": "Köln"})
    assert len(shelf.search(near=near(KOELN), within_km=500)) == 1
    assert len(shelf.search()) == 3


@pytest.mark.parametrize("sort", ["distance", "name", "updated", None])
def test_the_distance_is_told_only_where_a_place_was_given(shelf, sort):
    shelf.add(place=at(KOELN))
    order = {"sort": sort} if sort else {}
    assert [group["distance_km"] for group in shelf.search(near=near(KOELN), **order)] == [0]
    if sort != "distance":
        assert "distance_km" not in shelf.search(**order)[0]
    assert "distance_km" not in shelf.api.get(f"/v1/groups/{shelf.search()[0]['id']}").json


@pytest.mark.parametrize("parameters", [{"country": "AT"}, {"within_km": 3}, {"country": "AT", "within_km": 3}])
def test_country_and_radius_say_nothing_without_a_place(shelf, parameters):
    shelf.add(place=at(KOELN))
    assert len(shelf.search(**parameters)) == 1


@pytest.mark.parametrize("value", ["50.9", "50.9,6.9,1", "91,0", "0,181", "a,b", "50.9;6.9", " 50.9,6.9", "50.9, 6.9",
                                   "", "1e1,2", "+1,2", ".5,.5", "nan,0"])
def test_a_place_that_is_no_point_is_refused(shelf, value):
    assert shelf.refused(near=value) == {"near"}


@pytest.mark.parametrize("value", ["0", "-1", "501", "x", "", "1e2", "nan", "inf"])
def test_a_radius_that_is_none_is_refused(shelf, value):
    assert shelf.refused(near="50,7", within_km=value) == {"within_km"}


# Filters -------------------------------------------------------------------------------------------

# Of each filter: the member, what a first and a second group have, and the values that find them.
FILTERS = {
    "audience": ("audience", ["affected", "relatives"], ["professionals"], "relatives", "professionals"),
    "leadership": ("leadership", "peer_led", "professionally_led", "peer_led", "professionally_led"),
    "joining": ("joining", "drop_in", "screening", "drop_in", "screening"),
    "format": ("formats", ["in_person", "phone"], ["hybrid"], "phone", "hybrid"),
    "language": ("languages", ["de", "tr"], ["uk"], "tr", "uk"),
    "accessibility": ("accessibility", ["step_free", "parking"], ["sign_language"], "parking", "sign_language"),
    "cost": ("cost", {"kind": "donation"}, {"kind": "fee", "amount": "5", "currency": "EUR"}, "donation", "fee"),
    "status": ("status", "paused", "closed", "paused", "closed"),
    "accepting_newcomers": ("accepting_newcomers", "waiting_list", "on_assessment", "waiting_list", "on_assessment"),
}
FOUND = {"status": ["active", "founding"]}


@pytest.mark.parametrize("parameter", FILTERS)
def test_a_filter_finds_what_has_its_value_and_repeated_any_of_them(shelf, parameter):
    member, first, second, one, two = FILTERS[parameter]
    shelf.add(name="erste", **{member: first})
    shelf.add(name="zweite", **{member: second})
    assert shelf.names(**{parameter: one}) == ["erste"]
    assert shelf.names(**{parameter: two}) == ["zweite"]
    assert shelf.names(**{parameter: [one, two]}) == ([] if parameter == "accessibility" else ["erste", "zweite"])
    assert shelf.names() == ([] if parameter == "status" else ["erste", "zweite"])


@pytest.mark.parametrize("parameter", FILTERS)
def test_a_value_that_does_not_exist_is_refused(shelf, parameter):
    if parameter == "language":
        assert shelf.refused(language="not a language") == {"language"}
    else:
        assert shelf.refused(**{parameter: [FILTERS[parameter][3], "nothing"]}) == {parameter}


def test_all_that_is_asked_of_the_place_must_be_offered(shelf):
    shelf.add(name="beides", accessibility=["parking", "step_free", "hearing_loop"])
    shelf.add(name="eines", accessibility=["step_free"])
    assert shelf.names(accessibility=["step_free", "parking"]) == ["beides"]
    assert shelf.names(accessibility="step_free") == ["beides", "eines"]


@pytest.mark.parametrize("age, names", [
    (0, ["alle", "bis"]), (17, ["alle", "bis"]), (18, ["alle", "bis", "von"]), (30, ["alle", "bis", "von"]),
    (31, ["alle", "von"]), (120, ["alle", "von"])])
def test_an_age_finds_groups_that_are_for_it_or_name_none(shelf, age, names):
    shelf.add(name="von", age={"from": 18})
    shelf.add(name="bis", age={"to": 30})
    shelf.add(name="alle")
    assert shelf.names(age=age) == names


def test_without_a_status_founding_and_active_groups_are_found(shelf):
    for status in ("founding", "active", "paused", "closed"):
        shelf.add(name=status, status=status)
    assert shelf.names() == ["active", "founding"]
    assert shelf.names(status=["closed", "paused", "active", "founding"]) == ["active", "closed", "founding", "paused"]
    listed = {group["id"] for group in shelf.api.all_pages("/v1/groups?limit=200")}
    assert listed & {group["id"] for group in shelf.search(status=["closed", "paused"])} == set()


def test_an_organisation_finds_what_it_keeps_and_what_it_supports(shelf, api):
    other = Shelf(shelf.given)
    shelf.add(name="eigene")
    other.add(name="unterstützte", supported_by_id=shelf.client.organisation["id"])
    other.add(name="fremde")
    assert shelf.names() == ["eigene", "unterstützte"]
    assert api.get("/v1/groups?organisation=01935c30-1b20-7d31-a063-7f20819cad03").json["items"] == []


def test_verified_since_counts_the_instant_itself(shelf, db):
    for name, instant in (("alt", "2020-01-01T00:00:00Z"), ("neu", "2021-06-15T12:30:00Z"), ("nie", None)):
        made = shelf.add(name=name)
        db.execute("UPDATE groups SET verified_at = %s WHERE id = %s", [instant, made["id"]])
    assert shelf.names(verified_since="2021-06-15T12:30:00Z") == ["neu"]
    assert shelf.names(verified_since="2021-06-15T12:30:01Z") == []
    assert shelf.names(verified_since="2020-01-01T00:00:00Z") == ["alt", "neu"]
    assert shelf.names(verified_since="2021-06-15T14:30:00+02:00") == ["neu"]
    assert shelf.refused(verified_since="2021-06-15") == {"verified_since"}


def test_a_group_is_verified_since_the_instant_that_it_shows(shelf):
    made = shelf.add()
    assert len(shelf.search(verified_since=made["verified_at"])) == 1


def test_all_filters_together_find_what_has_all(shelf):
    topic = shelf.given.topic(names={"de": "Drachenfliegen"})
    members = {
        "audience": ["relatives"], "leadership": "professionally_led", "joining": "screening", "formats": ["hybrid"],
        "languages": ["tr"], "accessibility": ["parking"], "cost": {"kind": "donation"}, "status": "founding",
        "accepting_newcomers": "waiting_list", "age": {"from": 18, "to": 27}, "topic_ids": [topic["id"]],
        "place": at(KOELN), "visibility": "public"}
    others = {
        "audience": ["affected"], "leadership": "peer_led", "joining": "drop_in", "formats": ["phone"],
        "languages": ["de"], "accessibility": [], "cost": {"kind": "free"}, "status": "paused",
        "accepting_newcomers": "no", "age": {"from": 28}, "topic_ids": [shelf.given.topic()["id"]],
        "place": at(LEIPZIG), "visibility": "unlisted"}
    wanted = shelf.add(**members)
    for member, value in others.items():
        shelf.add(**{**members, member: value})
    found = shelf.search(
        q="drachen", topic=topic["slug"], near=near(BONN), within_km=30, audience="relatives", age=20,
        leadership="professionally_led", joining="screening", format="hybrid", language="tr", accessibility="parking",
        cost="donation", status="founding", accepting_newcomers="waiting_list", verified_since="2020-01-01T00:00:00Z")
    assert [group["id"] for group in found] == [wanted["id"]]


@pytest.mark.parametrize("parameter", ["q", "near", "postcode", "country", "within_km", "age", "organisation",
                                       "verified_since", "sort", "facets", "limit", "cursor"])
def test_what_has_one_value_cannot_be_repeated(api, parameter):
    reply = api.get(f"/v1/groups?{parameter}=1&{parameter}=1")
    assert reply.status == 400 and parameter in reply.parameters()


def test_a_parameter_that_does_not_exist_is_named(shelf):
    assert shelf.refused(colour="red") == {"colour"}


# Order and pages -----------------------------------------------------------------------------------

LETTERS = str.maketrans({"ä": "a", "ö": "o", "ü": "u", "ß": "ss"})


def as_a_german_reader_sorts(name):
    return name.lower().translate(LETTERS)


@pytest.fixture(scope="module")
def row(admin, api, runde):
    """120 groups in all sorts of orders; nobody changes them."""
    given = Given(admin, api, runde)
    shelf, chance = Shelf(given), random.Random(11)
    beginnings = "Apfel Äpfel Ärger Ast öffnen Ofen Übung Uhr Straße Strasse strand Zug".split()
    shelf.word = given.word()
    shelf.made = []
    for number in range(120):
        name = f"{beginnings[number % 12]} {number % 3}"
        text = " ".join([shelf.word] * (number % 5 + 1)) + " und" * (number % 7)
        point = (KOELN[0] + chance.choice([0, 0.1, 0.2]), KOELN[1] + chance.choice([0, chance.uniform(0, 1)]))
        shelf.made.append(shelf.add(name=name, summary=text, place=at(point)))
    return shelf


def pages(shelf, limit, **parameters):
    """The items of all pages, each page checked for its size."""
    path, items = shelf.path(limit=limit, **parameters), []
    page = shelf.api.get(path).json
    while True:
        items += page["items"]
        if "next" not in page:
            assert 0 < len(page["items"]) <= limit
            return items
        assert len(page["items"]) == limit
        page = shelf.api.get(f"{path}&cursor={page['next']}").json


@pytest.mark.parametrize("order", ["name", "updated", "distance", "relevance", None])
def test_every_group_comes_exactly_once_and_in_order(row, order):
    parameters = {"sort": order} if order else {}
    whole = row.search(q=row.word, near=near(KOELN), within_km=200, **parameters)
    shown = pages(row, 7, q=row.word, near=near(KOELN), within_km=200, **parameters)
    assert Counter(group["id"] for group in shown) == Counter(group["id"] for group in row.made)
    assert shown == whole


def test_names_are_sorted_as_a_german_reader_expects(row):
    names = [as_a_german_reader_sorts(group["name"]) for group in pages(row, 7, sort="name")]
    assert names == sorted(names) and len(names) == 120
    assert [group["name"] for group in pages(row, 7)] == [group["name"] for group in pages(row, 7, sort="name")]


def test_the_last_changed_comes_first(row, db):
    db.execute("SELECT id::text FROM groups WHERE organisation_id = %s ORDER BY updated_at DESC",
               [row.client.organisation["id"]])
    assert [group["id"] for group in pages(row, 7, sort="updated")] == [found for found, in db.fetchall()]


def test_a_change_brings_a_group_to_the_front(shelf):
    first, second = shelf.add(), shelf.add()
    assert [group["id"] for group in shelf.search(sort="updated")] == [second["id"], first["id"]]
    shelf.client.patch(f"/v1/groups/{first['id']}", {"summary": "Neu"})
    assert [group["id"] for group in shelf.search(sort="updated")] == [first["id"], second["id"]]


def test_the_nearest_comes_first(row):
    shown = pages(row, 7, sort="distance", near=near(BONN), within_km=300)
    distances = [kilometres(BONN, coordinates(group)) for group in shown]
    assert len(distances) == 120
    assert all(a <= b + 0.001 for a, b in zip(distances, distances[1:]))


def test_what_is_not_said_is_sorted_by_what_was_asked_for(row):
    def order(**parameters):
        return [group["id"] for group in row.search(**parameters)]
    place = {"near": near(BONN), "within_km": 300}
    assert order() == order(sort="name")
    assert order(q=row.word) == order(q=row.word, sort="relevance")
    assert order(**place) == order(sort="distance", **place)
    assert order(q=row.word, **place) == order(q=row.word, sort="relevance", **place)


def test_the_whole_directory_comes_in_the_same_order_as_a_search(row):
    """What everybody reads has a statement of its own; it must not differ from a search."""
    own = {group["id"] for group in row.made}
    directory = [group["id"] for group in row.api.all_pages("/v1/groups?limit=200")]
    assert len(set(directory)) == len(directory)
    assert [found for found in directory if found in own] == [group["id"] for group in pages(row, 7, sort="name")]


@pytest.mark.parametrize("parameters, culprit", [
    ({"sort": "distance"}, "sort"), ({"sort": "relevance"}, "sort"), ({"sort": "distance", "q": "x"}, "sort"),
    ({"sort": "relevance", "postcode": "50667"}, "sort"), ({"sort": "distance", "country": "DE"}, "sort"),
    ({"sort": "colour"}, "sort"), ({"q": ""}, "q"), ({"q": "x" * 201}, "q"), ({"limit": 0}, "limit"),
    ({"limit": "x"}, "limit"), ({"organisation": "x"}, "organisation"), ({"age": 121}, "age"),
    ({"facets": "colour"}, "facets"), ({"facets": ""}, "facets"), ({"facets": "topic,topic"}, "facets"),
    ({"topic": ["x"] * 21}, "topic"), ({"cost": ["free"] * 4}, "cost"), ({"topic": "Depression"}, "topic"),
])
def test_what_cannot_be_is_refused_by_name(api, parameters, culprit):
    reply = api.get("/v1/groups?" + urlencode(parameters, doseq=True))
    assert reply.status == 400 and reply.parameters() == {culprit}


def test_a_cursor_is_good_for_its_own_search_only(row):
    cursor = row.api.get(row.path(limit=7, sort="name")).json["next"]
    assert row.api.get(row.path(limit=9, sort="name", cursor=cursor)).status == 200
    for other in ({"sort": "updated"}, {"sort": "name", "q": "x"}, {"sort": "name", "cost": "free"}, {}):
        assert row.api.get(row.path(limit=7, cursor=cursor, **other)).slug == "invalid-cursor"
    assert row.api.get(f"/v1/groups?cursor={cursor}").slug == "invalid-cursor"


def test_what_happens_meanwhile_hides_nothing_that_nobody_touches(shelf):
    made = [shelf.add(name=f"Gruppe {letter}") for letter in "abcdefghij"]
    first = shelf.api.get(shelf.path(limit=4)).json
    for index in (1, 3, 5):
        assert shelf.client.delete(f"/v1/groups/{made[index]['id']}").status == 204
    shelf.add(name="Gruppe aa")
    rest = shelf.api.get(shelf.path(limit=200, cursor=first["next"])).json["items"]
    assert [group["name"][-1] for group in first["items"] + rest] == list("abcdeghij")


# Facets --------------------------------------------------------------------------------------------

VALUES = {
    "topic": lambda group: [topic["slug"] for topic in group["topics"]], "audience": lambda group: group["audience"],
    "leadership": lambda group: [group["leadership"]], "joining": lambda group: [group["joining"]],
    "format": lambda group: group["formats"], "language": lambda group: group["languages"],
    "accessibility": lambda group: group["accessibility"], "cost": lambda group: [group["cost"]["kind"]],
    "status": lambda group: [group["status"]],
    "accepting_newcomers": lambda group: [group["accepting_newcomers"]],
    "organisation": lambda group: [group["organisation_id"]],
}


@pytest.fixture(scope="module")
def mixture(admin, api, runde):
    """40 groups that differ in everything that is counted; nobody changes them."""
    given = Given(admin, api, runde)
    shelf, chance = Shelf(given), random.Random(5)
    shelf.word = given.word()
    topics = [given.topic(names={"de": f"Thema {letter}", "en": f"Topic {letter}"})["id"] for letter in "abcd"]
    helper = given.organisation()["id"]

    def some(*values, least=1):
        return chance.sample(values, chance.randint(least, len(values)))
    for _ in range(40):
        shelf.add(
            name=f"Gruppe {chance.choice([shelf.word, 'anders'])}", topic_ids=some(*topics),
            audience=some("affected", "relatives", "professionals"),
            leadership=some("peer_led", "professionally_led")[0],
            joining=some("drop_in", "screening", "registration")[0], formats=some("in_person", "online", "hybrid"),
            languages=some("de", "tr", "en"), accessibility=some("step_free", "parking", "hearing_loop", least=0),
            cost={"kind": some("free", "donation")[0]}, status=some("founding", "active", "paused")[0],
            accepting_newcomers=some("yes", "no", "waiting_list")[0], supported_by_id=chance.choice([helper, None]),
            place=chance.choice([at(KOELN), at(LEIPZIG), None]), visibility=some("public", "partners", "unlisted")[0])
    return shelf


def counts(reply, facet):
    assert reply.status == 200, reply.json
    return {value["value"]: value["count"] for value in reply.json["facets"][facet]}


SEARCHES = [{}, {"status": ["paused", "active"]}, {"language": "tr", "cost": "free"}, {"near": near(KOELN)},
            {"q": "word"}, {"q": "word", "audience": "relatives", "near": near(LEIPZIG)}, {"accessibility": ["parking", "step_free"]},
            {"age": 30, "format": ["online", "hybrid"], "sort": "updated"}, {"q": "qxzwvkjy"}]


@pytest.mark.parametrize("search", SEARCHES, ids=json.dumps)
def test_facets_count_what_all_pages_show(mixture, search):
    search = {**search, "q": mixture.word} if search.get("q") == "word" else search
    items = mixture.search(**search)
    for facets in [",".join(VALUES), *VALUES]:
        reply = mixture.api.get(mixture.path(limit=3, facets=facets, **search))
        assert reply.json["items"] == items[:3]
        assert reply.json["facets"].keys() == set(facets.split(","))
        for facet in facets.split(","):
            assert counts(reply, facet) == Counter(value for group in items for value in VALUES[facet](group))


@pytest.mark.parametrize("facet", VALUES)
def test_the_most_frequent_value_comes_first(mixture, facet):
    values = mixture.api.get(mixture.path(facets=facet)).json["facets"][facet]
    assert [value["count"] for value in values] == sorted((value["count"] for value in values), reverse=True)


@pytest.mark.parametrize("facet", [facet for facet in VALUES if facet != "organisation"])
def test_a_value_of_a_facet_is_what_the_filter_takes(mixture, facet):
    for value in mixture.api.get(mixture.path(facets=facet)).json["facets"][facet]:
        assert len(mixture.search(**{facet: value["value"]})) == value["count"]


@pytest.mark.parametrize("language, beginning", [("de", "Thema "), ("en", "Topic ")])
def test_facets_name_topics_and_organisations_as_people_call_them(mixture, language, beginning):
    facets = mixture.api.get(mixture.path(facets="topic,organisation,cost"), Accept_Language=language).json["facets"]
    assert all(value["name"].startswith(beginning) for value in facets["topic"])
    assert [value["name"] for value in facets["organisation"]] == [mixture.client.organisation["name"]]
    assert all("name" not in value for value in facets["cost"])


def test_facets_of_a_client_count_what_the_client_sees(mixture):
    path = mixture.path(limit=200, facets="status")
    own, public = mixture.client.get(path), mixture.api.get(path)
    assert sum(counts(own, "status").values()) == len(own.json["items"]) > len(public.json["items"])


def test_facets_are_there_only_if_asked_for(mixture):
    assert "facets" not in mixture.api.get(mixture.path()).json


def test_facets_come_with_every_page(mixture):
    first = mixture.api.get(mixture.path(limit=3, facets="cost")).json
    second = mixture.api.get(mixture.path(limit=3, facets="cost", cursor=first["next"])).json
    assert first["facets"] == second["facets"] and first["items"] != second["items"]
