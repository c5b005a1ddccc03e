"""test_fhir.py: the directory as FHIR R4: the same for the same caller as /v1, searched in the manner of FHIR."""

import copy
import re
import uuid
from urllib.parse import quote

import pytest

from tests import fhir
from tests.contract import Contract

CONTRACT = Contract()
TYPES = ["Organization", "HealthcareService", "Location", "Schedule", "Slot"]
NOWHERE = "01935c33-2c30-7f53-8285-ffffffffffff"


class Directory:
    """One group of everything, and how to ask for it."""

    def __init__(self, given, api):
        self.api, self.client = api, given.client()
        self.organisation = self.client.organisation
        self.venue = given.venue(self.client, accessibility=["step_free"], directions="Im Hof.")
        self.topic = given.topic(icd10=["Z99"])
        self.group = given.group(
            self.client, topic_ids=[self.topic["id"]], place={"country": "DE", "postcode": "50667"}, age={"from": 18, "to": 35},
            accepting_newcomers="waiting_list", joining="contact_first", website="https://gruppe.example.org/",
            contact={"via": "public", "phone": "+49 221 900090"}, summary="Gesprächskreis", accessibility=["step_free"])
        self.schedule = given.schedule(self.client, self.group, format="in_person", venue_id=self.venue["id"])
        self.meeting = self.client.get(f"/v1/groups/{self.group['id']}/meetings").json["items"][0]
        self.ids = {"Organization": self.organisation["id"], "HealthcareService": self.group["id"],
                    "Location": self.venue["id"], "Schedule": self.schedule["id"], "Slot": self.meeting["id"]}

    def read(self, kind, client=None):
        return (client or self.api).get(f"/fhir/R4/{kind}/{self.ids[kind]}")

    def found(self, search, client=None):
        """The ids of what a search finds, by their modes."""
        reply = (client or self.api).get(f"/fhir/R4/{search}")
        assert reply.status == 200, reply.json
        modes = {"match": [], "include": []}
        for entry in reply.json.get("entry", ()):
            modes[entry["search"]["mode"]].append(entry["resource"]["id"])
        return modes

    def finds(self, kind, query):
        """Whether a search among this directory's own finds it."""
        return self.found(f"{kind}?_id={self.ids[kind]}&{query}")["match"] == [self.ids[kind]]


@pytest.fixture
def directory(given, api):
    return Directory(given, api)


# Resources -----------------------------------------------------------------------------------------


def test_a_group_is_a_service_of_its_organisation(directory):
    service = directory.read("HealthcareService").json
    assert service["name"] == directory.group["name"] and service["active"] is True
    assert service["providedBy"] == {"reference": f"Organization/{directory.organisation['id']}"}
    assert service["specialty"][0]["coding"][1] == {"system": "http://hl7.org/fhir/sid/icd-10", "code": "Z99"}
    assert service["specialty"][0]["text"] == directory.topic["names"]["de"]
    assert service["appointmentRequired"] is True and service["comment"] == "Gesprächskreis"
    assert {"system": "phone", "value": "+49 221 900090"} in service["telecom"]
    assert service["eligibility"][0]["comment"] == "18–35"
    assert service["location"] == [{"reference": "#place"}, {"reference": f"Location/{directory.venue['id']}"}]
    assert service["contained"][0]["address"] == {"country": "DE", "postalCode": "50667", "city": "Köln"}
    assert service["availableTime"] == [
        {"daysOfWeek": ["wed"], "availableStartTime": "19:00:00", "availableEndTime": "20:30:00"}]
    assert "notAvailable" not in service


@pytest.mark.parametrize("newcomers, code", [
    ("yes", "capacity"), ("no", "no-capacity"), ("waiting_list", "waitlist"), ("on_assessment", "additional-assessment-required")])
def test_whether_there_is_room_can_be_asked_before_anybody_is_named(given, api, newcomers, code):
    group = given.group(accepting_newcomers=newcomers)
    extension, = api.get(f"/fhir/R4/HealthcareService/{group['id']}").json["extension"]
    assert extension["url"].endswith("/SDOHCC-ExtensionHealthcareServiceCapacityStatus")
    assert extension["valueCodeableConcept"]["coding"][0]["code"] == code


def test_a_date_that_falls_out_is_no_free_slot_and_the_group_not_available(directory):
    path = f"/v1/schedules/{directory.schedule['id']}/exceptions/{directory.meeting['date']}"
    assert directory.client.request("PUT", path, {"cancelled": True}, If_Match="*").status == 200
    assert directory.read("Slot").json["status"] == "busy-unavailable"
    told, = directory.read("HealthcareService").json["notAvailable"]
    assert told == {"description": "Fällt aus",
                    "during": {"start": directory.meeting["starts_at"], "end": directory.meeting["ends_at"]}}


def test_a_slot_is_busy_when_the_last_seat_is_taken(given, api):
    schedule = given.schedule(capacity=1, registration={"required": True})
    meeting = api.get(f"/v1/groups/{schedule['group_id']}/meetings").json["items"][0]
    path = f"/fhir/R4/Slot/{meeting['id']}"
    assert api.get(path).json["status"] == "free"
    given.registration(meeting)
    slot = api.get(path).json
    assert slot["status"] == "busy" and slot["schedule"] == {"reference": f"Schedule/{schedule['id']}"}
    assert (slot["start"], slot["end"]) == (meeting["starts_at"], meeting["ends_at"])
    ids = {status: [entry["resource"]["id"] for entry in
                    api.get(f"/fhir/R4/Slot?schedule={schedule['id']}&status={status}").json.get("entry", ())]
           for status in ("busy", "free")}
    assert ids["busy"] == [meeting["id"]] and ids["free"] and meeting["id"] not in ids["free"]


def test_a_schedule_is_of_its_group_and_its_venue(directory):
    schedule = directory.read("Schedule").json
    assert schedule["actor"] == [{"reference": f"HealthcareService/{directory.group['id']}"},
                                 {"reference": f"Location/{directory.venue['id']}"}]
    assert "jeden Mittwoch" in schedule["comment"]
    assert "every Wednesday" in directory.api.get(f"/fhir/R4/Schedule/{schedule['id']}", Accept_Language="en").json["comment"]


def test_what_is_long_or_missing_is_still_a_resource(given, api):
    client = given.client()
    bare = given.group(client)
    given.schedule(client, bare, repeats=[{"unit": "month", "on": ["first wednesday", "last friday"]}], note="n" * 200)
    given.schedule(client, bare, starts_at_local=f"{given.wednesday(1)}T23:30:00", repeats=[{"unit": "week", "on": ["wednesday"]}])
    full = given.group(client, languages=["de", "tr", "gsw"], audience=["affected", "relatives"], description="Zeile\nZeile" * 100,
                       cost={"kind": "fee", "amount": "2.50", "currency": "EUR"}, place={"country": "AT"}, age={"to": 30})
    for group in (bare, full):
        assert api.get(f"/fhir/R4/HealthcareService/{group['id']}").status == 200
    service = api.get(f"/fhir/R4/HealthcareService/{bare['id']}").json
    assert service["availableTime"] == [{"daysOfWeek": ["wed"], "availableStartTime": "23:30:00"}]
    assert service["availabilityExceptions"]


# The same as /v1 -----------------------------------------------------------------------------------


def test_who_may_not_see_a_group_sees_nothing_of_it_here(given, api, directory):
    assert directory.client.patch(f"/v1/groups/{directory.group['id']}", {"visibility": "unlisted"}).status == 200
    stranger = given.client()
    for kind in ("HealthcareService", "Schedule", "Slot"):
        assert directory.read(kind).status == directory.read(kind, stranger).status == 404
        assert directory.read(kind, directory.client).status == 200
        search = f"{kind}?_id={directory.ids[kind]}"
        assert directory.found(search)["match"] == directory.found(search, stranger)["match"] == []
        assert directory.found(search, directory.client)["match"] == [directory.ids[kind]]
    included = directory.found(f"Schedule?_id={directory.schedule['id']}&_include=Schedule:actor")
    assert included == {"match": [], "include": []}


def test_partners_see_what_is_for_partners(given, api):
    group = given.group(visibility="partners")
    path = f"/fhir/R4/HealthcareService/{group['id']}"
    assert api.get(path).status == 404 and given.client(scopes="groups:read").get(path).status == 200


@pytest.mark.parametrize("disclosure", ["area", "accepted"])
def test_an_address_that_is_not_public_does_not_leak_here_either(given, api, disclosure):
    client = given.client()
    street = f"Geheimgasse {given.word()}"
    venue = given.venue(client, disclosure=disclosure, name=given.word(), directions="Zweimal klingeln.", setting="home",
                        address={"country": "DE", "postcode": "50667", "street": street},
                        point={"lat": 50.93871, "lon": 6.95531})
    group = given.group(client)
    schedule = given.schedule(client, group, format="in_person", venue_id=venue["id"])
    path = f"/fhir/R4/Location/{venue['id']}"
    replies = [api.get(path), api.get(f"/fhir/R4/Location?_id={venue['id']}"),
               api.get(f"/fhir/R4/HealthcareService?_id={group['id']}&_include=HealthcareService:location"),
               api.get(f"/fhir/R4/Schedule?_id={schedule['id']}&_include=Schedule:actor")]
    for reply in replies:
        assert venue["id"].encode() in reply.body
        for secret in (street, venue["name"], "klingeln", "50667", "50.93871", "6.95531"):
            assert secret.encode() not in reply.body
    assert client.get(path).json["address"]["line"] == [street]
    known = ("name=" + venue["name"], "name:contains=" + venue["name"][3:], "near=" + quote("50.93871|6.95531|0.1|km"))
    for query in known:
        assert api.get(f"/fhir/R4/Location?_id={venue['id']}&{query}").json.get("entry") is None, query
    assert client.get(f"/fhir/R4/Location?_id={venue['id']}&{known[0]}").json["entry"]
    listed = api.get("/fhir/R4/Location?_lastUpdated=ge" + venue["updated_at"]).json.get("entry", ())
    assert venue["id"] not in {entry["resource"]["id"] for entry in listed}


# Searches ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind, good, bad", [
    ("Organization", "name={name}", "name=x{name}"),
    ("Organization", "name:contains={inside}", "name:contains={inside}x"),
    ("Organization", "active=true", "active=false"),
    ("HealthcareService", "name={name}", "name={inside}"),
    ("HealthcareService", "active=true", "active=false"),
    ("HealthcareService", "organization=Organization/{Organization}", "organization={Slot}"),
    ("HealthcareService", "location={Location}", "location={Slot}"),
    ("HealthcareService", "location.near=50.94|6.96|25|km", "location.near=52.52|13.4|25|km"),
    ("HealthcareService", "location.near=50.94|6.96", "location.near=52.52|13.4"),
    ("HealthcareService", "location.near=50.94|6.96|5000|m", "location.near=50.94|6.96|5|m"),
    ("HealthcareService", "specialty=Z99", "specialty=Z98"),
    ("HealthcareService", "specialty=A01,http://hl7.org/fhir/sid/icd-10|Z99", "specialty=http://other.example.org|Z99"),
    ("HealthcareService", "specialty={slug}", "specialty={slug}x"),
    ("HealthcareService", "service-type=224", "service-type=225"),
    ("HealthcareService", "service-category=http://terminology.hl7.org/CodeSystem/service-category|32", "service-category=33"),
    ("Location", "near=50.94|6.96|25|km", "near=52.52|13.4|25|km"),
    ("Location", "organization={Organization}", "organization={Slot}"),
    ("Location", "name=Haus", "name=Hof"),
    ("Schedule", "actor=HealthcareService/{HealthcareService}", "actor=Location/{HealthcareService}"),
    ("Schedule", "actor={Location}", "actor={Slot}"),
    ("Schedule", "active=true", "active=false"),
    ("Slot", "schedule=Schedule/{Schedule}", "schedule={Slot}"),
    ("Slot", "schedule.actor={HealthcareService}", "schedule.actor={Slot}"),
    ("Slot", "status=free,busy", "status=busy"),
    ("Slot", "start=ge{start}", "start=gt{start}"),
    ("Slot", "start={start}", "start=lt{start}"),
    ("Slot", "start={day}", "start=gt{day}"),
    ("Slot", "start=ge{day}&start=lt2100", "start=ge{day}&start=lt{day}"),
    *[(kind, "_lastUpdated=ge{updated}", "_lastUpdated=gt2100") for kind in TYPES],
    *[(kind, "_lastUpdated=ge2020&_lastUpdated=lt2100-01", "_lastUpdated=le2020") for kind in TYPES],
])
def test_a_search_finds_what_fits_and_nothing_else(directory, kind, good, bad):
    named = {"Organization": directory.organisation, "HealthcareService": directory.group}.get(kind, directory.group)["name"]
    words = {**directory.ids, "name": quote(named.upper()), "inside": quote(named[4:]), "slug": directory.topic["slug"],
             "start": directory.meeting["starts_at"], "day": directory.meeting["starts_at"][:10],
             "updated": directory.read(kind).json["meta"]["lastUpdated"]}
    assert directory.finds(kind, good.format(**words).replace("|", "%7C"))
    assert not directory.finds(kind, bad.format(**words).replace("|", "%7C"))


def test_what_is_above_is_found_by_what_is_below(given, api):
    parent = given.organisation(kind="umbrella")
    child = given.organisation(parent_id=parent["id"])
    bundle = api.get(f"/fhir/R4/Organization?partof=Organization/{parent['id']}").json
    assert [entry["resource"]["id"] for entry in bundle["entry"]] == [child["id"]]
    assert bundle["entry"][0]["resource"]["partOf"] == {"reference": f"Organization/{parent['id']}"}
    topic = given.topic(icd10=["Y97"])
    group = given.group(topic_ids=[given.topic(parent_id=topic["id"])["id"]])
    found = api.get("/fhir/R4/HealthcareService?specialty=Y97").json["entry"]
    assert group["id"] in {entry["resource"]["id"] for entry in found}


@pytest.mark.parametrize("kind, include, wanted", [
    ("HealthcareService", ["organization"], ["Organization"]), ("HealthcareService", ["location"], ["Location"]),
    ("HealthcareService", ["organization", "location"], ["Organization", "Location"]),
    ("Location", ["organization"], ["Organization"]), ("Schedule", ["actor"], ["HealthcareService", "Location"]),
    ("Slot", ["schedule"], ["Schedule"])])
def test_what_is_to_be_included_is_there_once(directory, kind, include, wanted):
    query = "".join(f"&_include={kind}:{name}" for name in include)
    search = "Slot?schedule=" + directory.schedule["id"] if kind == "Slot" else f"{kind}?_id={directory.ids[kind]}"
    found = directory.found(search + query + "&_count=3")
    assert sorted(found["include"]) == sorted(directory.ids[name] for name in wanted)
    assert directory.ids[kind] in found["match"]


def test_a_copy_learns_when_a_series_changes_although_the_group_does_not(given, own_clock, another_server, portal):
    client = portal.at(another_server(RUNDE_CLOCK_FILE=own_clock))
    group = given.group(client)
    schedule = given.schedule(client, group)
    own_clock.move(hours=1)
    before = client.get(f"/fhir/R4/HealthcareService/{group['id']}").json["meta"]["lastUpdated"]
    assert client.patch(f"/v1/schedules/{schedule['id']}", {"note": "Neu"}).status == 200
    after = client.get(f"/fhir/R4/HealthcareService/{group['id']}").json["meta"]["lastUpdated"]
    assert after > before
    found = client.get(f"/fhir/R4/HealthcareService?_lastUpdated=gt{before}&_id={group['id']}").json
    assert len(found["entry"]) == 1


# Pages ---------------------------------------------------------------------------------------------


def test_all_pages_together_have_everything_once(directory):
    whole = directory.found(f"Slot?schedule={directory.schedule['id']}&_count=200")["match"]
    ids, address = [], f"Slot?schedule={directory.schedule['id']}&_count=30&_include=Slot:schedule"
    while address:
        reply = directory.api.get(f"/fhir/R4/{address}")
        links = {link["relation"]: link["url"] for link in reply.json["link"]}
        assert links["self"].endswith(f"/fhir/R4/{address}")
        assert ("next" in links) == ("link" in reply.headers)
        ids += [entry["resource"]["id"] for entry in reply.json["entry"] if entry["search"]["mode"] == "match"]
        assert directory.schedule["id"] in reply.body.decode()
        address = links["next"].partition("/fhir/R4/")[2] if "next" in links else None
    assert ids == whole and len(ids) > 60


def test_a_cursor_is_good_for_its_own_search_only(directory):
    page = directory.api.get(f"/fhir/R4/Slot?schedule={directory.schedule['id']}&_count=1").json
    cursor = page["link"][1]["url"].partition("cursor=")[2]
    reply = directory.api.get(f"/fhir/R4/Slot?schedule={NOWHERE}&_count=1&cursor={cursor}")
    assert (reply.status, reply.slug) == (400, "invalid-cursor")
    assert directory.api.get(f"/fhir/R4/Slot?schedule={directory.schedule['id']}&_count=9&cursor={cursor}").status == 200


def test_nothing_found_is_a_bundle_without_entries(api):
    assert api.get(f"/fhir/R4/Slot?_id={NOWHERE}").json == {
        "resourceType": "Bundle", "type": "searchset",
        "link": [{"relation": "self", "url": api.get(f"/fhir/R4/Slot?_id={NOWHERE}").json["link"][0]["url"]}]}


# Bad input -----------------------------------------------------------------------------------------

LONG = "x" * 4000


@pytest.mark.parametrize("search, parameter", [
    ("Organization?colour=blue", "colour"), ("Organization?name=", "name"), (f"Organization?name={LONG}", "name"),
    ("Organization?_id=1", "_id"), ("Organization?_id=", "_id"), (f"Organization?_id={LONG}", "_id"),
    (f"Organization?_id={','.join([NOWHERE] * 51)}", "_id"), ("Organization?active=maybe", "active"),
    ("Organization?_count=0", "_count"), ("Organization?_count=-1", "_count"), ("Organization?_count=1&_count=2", "_count"),
    ("Organization?_lastUpdated=yesterday", "_lastUpdated"), ("Organization?_lastUpdated=ge2026-02-30", "_lastUpdated"),
    ("Organization?_lastUpdated=xx2026", "_lastUpdated"), ("Organization?_lastUpdated=ge", "_lastUpdated"),
    ("Organization?_lastUpdated=2026-11-25T18:31:07", "_lastUpdated"), ("Organization?_lastUpdated=0000", "_lastUpdated"),
    ("Organization?" + "&".join(["_lastUpdated=ge2026"] * 5), "_lastUpdated"),
    ("Organization?partof=Location/" + NOWHERE, "partof"), ("Organization?name:exact=a", "name:exact"),
    ("Organization?_format=xml", "_format"), ("Organization?_sort=name", "_sort"), ("Organization?limit=1", "limit"),
    ("Location?near=50.94", "near"), ("Location?near=91%7C0", "near"), ("Location?near=0%7C181", "near"),
    ("Location?near=a%7Cb%7Cc%7Cd", "near"), ("Location?near=50%7C6%7C-1%7Ckm", "near"), ("Location?near=50%7C6%7C1%7Cmi", "near"),
    ("Location?near=NaN%7CNaN", "near"), ("Location?near=1e3%7C0", "near"), ("Location?_include=Location:all", "_include"),
    ("Slot?status=open", "status"), ("Slot?status=free&status=busy", "status"), ("Slot?start=now", "start"),
    ("Slot?schedule=HealthcareService/" + NOWHERE, "schedule"), ("Slot?schedule=" + LONG, "schedule"),
    ("Schedule?actor=Group/" + NOWHERE, "actor"), ("HealthcareService?specialty=", "specialty"),
    (f"HealthcareService?specialty={LONG}", "specialty"), ("HealthcareService?_include=Slot:schedule", "_include"),
    ("metadata?mode=full", "mode"),
])
def test_what_is_wrong_is_named_and_never_repeated(api, search, parameter):
    reply = api.get(f"/fhir/R4/{search}")
    assert (reply.status, reply.slug, reply.parameters()) == (400, "invalid-parameter", {parameter})
    for _, _, value in (pair.partition("=") for pair in search.partition("?")[2].split("&")):
        assert len(value) < 6 or value.encode() not in reply.body


@pytest.mark.parametrize("query", ["name=%00", "name=%ff", "name=%", "name=%zz"])
def test_what_is_no_text_is_refused(api, query):
    assert api.get(f"/fhir/R4/Organization?{query}").status == 400


@pytest.mark.parametrize("value", ["'", "\\", '"', "{", "},{", "%", "_", "');--", "|", "||", ",", "\n", "😀", "NULL", "$1", "é"])
def test_whatever_a_text_has_in_it_it_is_a_text(api, value):
    for search in ("Organization?name=", "HealthcareService?name:contains=", "HealthcareService?specialty=", "Location?name="):
        assert api.get(f"/fhir/R4/{search}{quote(value)}").status in (200, 400)


@pytest.mark.parametrize("path, status", [
    ("nothing", 404), ("Patient", 404), ("Slot/1", 404), (f"Slot/{NOWHERE}", 404), ("Slot/x/_history/1", 404),
    (f"Organization/{'9' * 100}", 404), (f"Organization/{quote('{id}')}", 404), ("", 404)])
def test_what_is_not_there_is_told_as_fhir(api, path, status):
    reply = api.get(f"/fhir/R4/{path}")
    assert reply.status == status and reply.json["issue"][0]["code"] == "not-found"


def test_problems_are_told_as_fhir_whatever_they_are(api):
    large = api.request("POST", "/fhir/R4/Organization", b"x" * 100_000, Content_Type="application/fhir+json")
    assert large.status == 405 and large.headers["allow"] == "GET, HEAD, OPTIONS"
    assert large.json["issue"][0]["code"] == "not-supported"
    nobody = api.as_client("nobody").get("/fhir/R4/Slot")
    assert (nobody.status, nobody.json["issue"][0]["code"]) == (401, "login")
    picky = api.get("/fhir/R4/Slot?_count=1", Accept="application/fhir+xml")
    assert picky.headers["content-type"] == "application/fhir+json"
    long = api.get("/fhir/R4/Slot?_id=" + "x" * 9000)
    assert long.status == 414


def test_elsewhere_problems_are_told_as_ever(api):
    assert api.get("/fhirs").headers["content-type"] == "application/problem+json"


def test_who_asks_for_plain_json_gets_it(api):
    reply = api.get("/fhir/R4/Slot?_count=1&_format=json", Accept="application/json")
    assert (reply.status, reply.headers["content-type"]) == (200, "application/json")
    assert api.get("/fhir/R4/Slot?_count=1", Accept="application/fhir+json").headers["content-type"] == "application/fhir+json"


# The statement and the validator -------------------------------------------------------------------


def test_the_capability_statement_says_what_there_is(api):
    statement = api.get("/fhir/R4/metadata").json
    told = {entry["type"]: entry for entry in statement["rest"][0]["resource"]}
    routes = {(method, path) for method, path in CONTRACT.operations if path.startswith("/fhir/R4/") and "metadata" not in path}
    for kind, entry in told.items():
        codes = {interaction["code"] for interaction in entry["interaction"]}
        assert ("search-type" in codes) == (("GET", f"/fhir/R4/{kind}") in routes)
        assert ("create" in codes) == (("POST", f"/fhir/R4/{kind}") in routes)
        assert ("read" in codes) == any(re.fullmatch(rf"/fhir/R4/{kind}/{{\w+}}", path) for _, path in routes)
        for parameter in entry["searchParam"]:  # of each, the server says that it is not valid, not that it is unknown
            issue = api.get(f"/fhir/R4/{kind}?{parameter['name']}=").json
            assert "is not a parameter here" not in str(issue)
    assert set(told) == {path.split("/")[3] for _, path in routes}


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("spoil", [
    lambda r: r.update(colour="blue"), lambda r: r.update(meta={"lastUpdated": "yesterday"}), lambda r: r.update(id=7),
    lambda r: r.update(identifier=[]), lambda r: r.update(extension=[{"valueCode": "no url"}]),
    lambda r: r.update(resourceType="Sloth"), lambda r: r.update(text={"status": "made up", "div": "<div/>"})])
def test_a_broken_resource_would_be_noticed(directory, kind, spoil):
    sound = directory.read(kind).json
    broken = copy.deepcopy(sound)
    spoil(broken)
    assert fhir.faults(sound) == [] and fhir.faults(broken) != []
    bundle = {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": broken}]}
    assert fhir.faults(bundle) != []


def test_a_code_that_fhir_does_not_know_would_be_noticed(directory):
    assert fhir.faults({**directory.read("Slot").json, "status": "open"}) != []
    assert fhir.faults({**directory.read("Slot").json, "schedule": {"reference": f"Location/{uuid.uuid4()}"}}) != []
