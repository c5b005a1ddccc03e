"""test_fhir_referrals.py: referrals as ServiceRequest and Task: made, followed and taken back as over /v1, naming nobody."""

import copy
import uuid

import pytest

from tests import fhir
from tests.api.test_referrals import statement_without
from tests.circle import Circle
from tests.given import Given

NOWHERE = "01935c33-2c30-7f53-8285-ffffffffffff"
CONSENT = {"version": "2026-11-referral"}
ICD10 = "http://hl7.org/fhir/sid/icd-10"


@pytest.fixture(scope="module")
def keeper(admin, api, runde):
    return Given(admin, api, runde).client(scopes="groups:read,groups:write,meetings:write,registrations:write")


@pytest.fixture(scope="module")
def insurer(admin, api, runde):
    return Given(admin, api, runde).insurer()


@pytest.fixture
def circle(given, keeper):
    return Circle(given, keeper)


@pytest.fixture
def referral(given, insurer):
    return given.referral(insurer)


def schemas(api):
    return f"http://{api.server.host}:{api.server.port}/v1/openapi.json#/components/schemas"


def new_request(api, **members):
    """A FhirNewServiceRequest with the members that must be there, and others; None leaves one out."""
    body = {
        "resourceType": "ServiceRequest", "status": "active", "intent": "order", "subject": {"display": "anonymous"},
        "contained": [{"resourceType": "Location", "id": "near", "address": {"postalCode": "50667", "country": "DE"}}],
        "locationReference": [{"reference": "#near"}],
        "orderDetail": [{"coding": [{"system": f"{schemas(api)}/AudienceOfReferral", "code": "relatives"}]},
                        {"coding": [{"system": "urn:ietf:bcp:47", "code": "de"}]}],
        "reasonCode": [{"coding": [{"system": ICD10, "code": "F32.1"}]}], **members}
    return {name: value for name, value in body.items() if value is not None}


def make(insurer, body, **fields):
    return insurer.post("/fhir/R4/ServiceRequest", body, Content_Type="application/fhir+json", **fields)


def task(client, referral):
    return client.get(f"/fhir/R4/Task/{referral['id']}")


def put(client, referral, etag="*", **members):
    body = {**task(client, referral).json, **members}
    return client.request("PUT", f"/fhir/R4/Task/{referral['id']}", body, If_Match=etag, Content_Type="application/fhir+json")


def why(api, reason):
    return {"coding": [{"system": f"{schemas(api)}/ReferralReason", "code": reason}]}


def reads_of(db, referral):
    db.execute("SELECT FROM audit WHERE resource_id = %s AND action = 'read'", [referral["id"]])
    return db.fetchall()


def redeem(circle, referral):
    return circle.join(referral_code=referral["code"], referral_consent=CONSENT)


# What is shown -------------------------------------------------------------------------------------


def test_a_referral_is_a_request_and_a_task_that_name_nobody(given, insurer):
    reference = str(uuid.uuid4())
    group = given.group()
    referral = given.referral(insurer, need={"icd10": "F32"}, reference=reference, group_id=group["id"], within_km=12.5)
    request = insurer.get(f"/fhir/R4/ServiceRequest/{referral['id']}").json
    assert request["status"] == "active" and request["subject"] == {"type": "Patient", "display": "anonymous"}
    assert request["reasonCode"] == [{"coding": [{"system": ICD10, "code": "F32"}]}]
    assert request["identifier"] == [{"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{reference}"}]
    assert request["requester"] == {"reference": f"Organization/{insurer.organisation['id']}"}
    assert request["performer"] == [{"reference": f"HealthcareService/{group['id']}"}]
    assert request["contained"][0]["address"] == {"postalCode": "50667", "country": "DE"}
    assert request["contained"][0]["extension"][0]["valueDecimal"] == 12.5
    shown = task(insurer, referral).json
    assert shown["status"] == "requested" and shown["focus"] == {"reference": f"ServiceRequest/{referral['id']}"}
    assert shown["for"] == request["subject"] and shown["owner"] == {"reference": f"HealthcareService/{group['id']}"}
    assert referral["code"] not in str(request) + str(shown)


def test_the_task_follows_what_becomes_of_the_referral(given, insurer, circle, referral):
    redeem(circle, referral)
    leader, path = circle.leader, f"/v1/referrals/{referral['id']}/steps"
    seen = [task(insurer, referral).json["status"]]
    for body in ({"action": "start"}, {"action": "hold", "reason": "no_capacity"}, {"action": "complete"}):
        assert leader.post(path, body).status == 200
        seen.append(task(insurer, referral).json["status"])
        if body["action"] == "hold":
            assert task(insurer, referral).json["statusReason"]["text"] == "no capacity"
            assert insurer.get(f"/fhir/R4/ServiceRequest/{referral['id']}").json["status"] == "on-hold"
    assert seen == ["accepted", "in-progress", "on-hold", "completed"]
    done = task(insurer, referral).json
    assert len(done["output"]) == 1 and "statusReason" not in done
    assert circle.group["id"] not in str(done)  # where somebody is, is not told


def test_nothing_is_told_without_consent_or_after_it(given, insurer, circle, referral):
    person = redeem(circle, referral)
    assert task(insurer, referral).json["status"] == "accepted"
    etag = person.get(f"{person.path}/referral").etag
    assert person.delete(f"{person.path}/referral", etag).status == 204
    assert task(insurer, referral).json["status"] == "requested"
    other = given.referral(insurer)
    circle.join(referral_code=other["code"])
    assert task(insurer, other).json["status"] == "requested"


def test_what_is_told_of_referrals_is_kept_by_nobody(given, api, insurer):
    replies = [insurer.post("/v1/referrals", given.new_referral()), make(insurer, new_request(api))]
    ids = [reply.json["id"] for reply in replies]
    replies += [insurer.get(path) for path in ("/fhir/R4/Task", "/fhir/R4/ServiceRequest", f"/fhir/R4/Task/{ids[0]}",
                                               f"/fhir/R4/ServiceRequest/{ids[1]}", f"/v1/referrals/{ids[1]}", "/v1/referrals")]
    assert {reply.headers["cache-control"] for reply in replies} == {"private, no-store"}


def test_what_nobody_redeemed_in_time_is_cancelled_and_says_why(given, insurer, db, referral):
    db.execute("UPDATE referrals SET state = 'expired' WHERE id = %s", [referral["id"]])
    shown = task(insurer, referral).json
    assert (shown["status"], shown["statusReason"]["text"]) == ("cancelled", "expired")
    assert insurer.get(f"/fhir/R4/ServiceRequest/{referral['id']}").json["status"] == "revoked"


def test_each_read_is_noted(insurer, db, referral):
    def reads():
        return len(reads_of(db, referral))
    for path in (f"Task/{referral['id']}", f"ServiceRequest/{referral['id']}", f"Task?_id={referral['id']}",
                 f"ServiceRequest?_id={referral['id']}", f"Task?_id={referral['id']}&_include=Task:focus"):
        before = reads()
        assert insurer.get(f"/fhir/R4/{path}").status == 200
        assert reads() == before + 1, path


def test_a_read_that_is_not_noted_would_be_found(db, insurer, referral):
    db.execute(statement_without(
        "fhir_referrals_read(ARRAY[r.id], :'writer'::jsonb, :'now'::timestamptz)", "NULL", "fhir_task_get", refers="'true'",
        base_url="'https://runde.example.org'", organisations=f"'{{{insurer.organisation['id']}}}'",
        referral_id=f"'{referral['id']}'"))
    assert len(db.fetchall()) == 1 and reads_of(db, referral) == []


def test_nobody_but_who_made_it_is_shown_it(given, api, admin, insurer, circle, referral):
    person = redeem(circle, referral)
    stranger = given.insurer()
    for kind in ("Task", "ServiceRequest"):
        path = f"/fhir/R4/{kind}/{referral['id']}"
        assert api.get(path).status == person.get(path).status == circle.leader.get(path).status == 401
        assert stranger.get(path).status == admin.get(path).status == 404
        assert given.signing(insurer.organisation, "groups:read").get(path).status == 403
        assert "entry" not in stranger.get(f"/fhir/R4/{kind}?_id={referral['id']}").json
        assert given.insurer(insurer.organisation).get(path).status == 200


@pytest.mark.parametrize("kind, good, bad", [
    ("Task", "status=requested,accepted", "status=completed"), ("Task", "focus=ServiceRequest/{id}", "focus=" + NOWHERE),
    ("ServiceRequest", "status=active", "status=revoked,completed"),
    ("ServiceRequest", "identifier=urn:uuid:{reference}", "identifier=urn:uuid:" + NOWHERE),
    ("ServiceRequest", "identifier=urn:ietf:rfc:3986%7Curn:uuid:{reference}", "identifier=urn:uuid:{id}"),
    *[(kind, "_lastUpdated=ge{updated_at}", "_lastUpdated=gt2100") for kind in ("Task", "ServiceRequest")]])
def test_referrals_are_found_by_what_fits(given, insurer, kind, good, bad):
    referral = given.referral(insurer, reference=str(uuid.uuid4()))
    for query, count in ((good, 1), (bad, 0)):
        bundle = insurer.get(f"/fhir/R4/{kind}?_id={referral['id']}&{query.format(**referral)}").json
        assert len(bundle.get("entry", ())) == count, query


def test_pages_and_what_is_included(given):
    insurer = given.insurer()
    made = [given.referral(insurer)["id"] for _ in range(5)]
    ids, address = [], "Task?_count=2&_include=Task:focus"
    while address:
        page = insurer.get(f"/fhir/R4/{address}").json
        kinds = [entry["resource"]["resourceType"] for entry in page["entry"]]
        assert kinds == ["Task"] * (len(kinds) // 2) + ["ServiceRequest"] * (len(kinds) // 2)
        ids += [entry["resource"]["id"] for entry in page["entry"] if entry["search"]["mode"] == "match"]
        address = next((link["url"].partition("/fhir/R4/")[2] for link in page["link"] if link["relation"] == "next"), None)
    assert ids == made


# Handing over --------------------------------------------------------------------------------------


def test_a_request_makes_a_referral_whose_code_is_shown_once(given, api, insurer, circle):
    reference, distance = str(uuid.uuid4()), f"{schemas(api)}/NewReferral/properties/within_km"
    near = {**new_request(api)["contained"][0], "extension": [{"url": distance, "valueDecimal": 7}]}
    reply = make(insurer, new_request(
        api, contained=[near], identifier=[{"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{reference}"}],
        requester={"reference": f"Organization/{insurer.organisation['id']}"},
        performer=[{"reference": f"HealthcareService/{circle.group['id']}"}],
        code={"coding": [{"system": "http://terminology.hl7.org/CodeSystem/service-type", "code": "224"}]}))
    assert reply.status == 201 and reply.headers["location"] == f"/fhir/R4/ServiceRequest/{reply.json['id']}"
    made = insurer.get(f"/v1/referrals/{reply.json['id']}").json
    assert made["need"] == {"icd10": "F32.1"} and made["audience"] == "relatives" and made["language"] == "de"
    assert made["within_km"] == 7 and made["reference"] == reference and made["group_id"] == circle.group["id"]
    assert "patientInstruction" not in insurer.get(reply.headers["location"]).json
    code = reply.json["patientInstruction"].rpartition("/referral/")[2]
    redeem(circle, {"code": code})
    assert task(insurer, made).json["status"] == "accepted"


def test_a_need_may_be_a_topic_by_its_slug_or_id(given, api, insurer):
    topic = given.topic()
    for code in (topic["slug"], topic["id"]):
        system = f"http://{api.server.host}:{api.server.port}/v1/topics"
        reply = make(insurer, new_request(api, reasonCode=[{"coding": [{"system": system, "code": code}]}]))
        assert insurer.get(f"/v1/referrals/{reply.json['id']}").json["need"] == {"topic_id": topic["id"]}
        assert reply.json["reasonCode"] == [{"coding": [{"system": system, "code": topic["id"]}]}]


def test_the_same_request_sent_twice_makes_one_referral(given, api, insurer):
    key, body = given.word(), new_request(api)
    first, second = (make(insurer, body, Idempotency_Key=key) for _ in range(2))
    assert first.status == 201 and first.body == second.body
    assert make(insurer, {**body, "orderDetail": body["orderDetail"][::-1]}, Idempotency_Key=key).status == 422


def coding(system, code):
    return [{"coding": [{"system": system, "code": code}]}]


@pytest.mark.parametrize("members, place", [
    ({"subject": {"display": "Erika"}}, "subject.display"), ({"subject": {"reference": "Patient/1"}}, "subject.reference"),
    ({"subject": {"display": "anonymous", "identifier": {"value": "A123456780"}}}, "subject.identifier"),
    ({"note": [{"text": "Bitte anrufen"}]}, "note"), ({"text": {"status": "generated", "div": "<div/>"}}, "text"),
    ({"identifier": [{"system": "urn:ietf:rfc:3986", "value": "A123456780"}]}, "identifier[0].value"),
    ({"reasonCode": coding(ICD10, "x")}, "reasonCode[0].coding[0]"), ({"reasonCode": coding(ICD10, "A00.9")}, "reasonCode[0].coding[0]"),
    ({"reasonCode": coding("http://other.example.org", "F32")}, "reasonCode[0].coding[0]"),
    ({"reasonCode": [{"text": "Angst"}]}, "reasonCode[0].text"), ({"reasonCode": "F32"}, "reasonCode"),
    ({"reasonCode": coding(ICD10, "F" * 100_000)}, "reasonCode[0].coding[0].code"),
    ({"orderDetail": coding("urn:ietf:bcp:47", "de") * 2}, "orderDetail"),
    ({"status": "draft"}, "status"), ({"intent": 7}, "intent"), ({"contained": []}, "contained"),
    ({"occurrencePeriod": {"end": "2026-02-30T00:00:00Z"}}, "occurrencePeriod.end"),
    ({"occurrencePeriod": {"end": "2020-01-01T00:00:00Z"}}, "occurrencePeriod.end"),
    ({"performer": [{"reference": f"HealthcareService/{NOWHERE}"}]}, "performer[0].reference"),
    ({"performer": [{"reference": f"Practitioner/{NOWHERE}"}]}, "performer[0].reference"),
    ({"requester": {"reference": f"Organization/{NOWHERE}"}}, "requester.reference"),
    ({"resourceType": "Patient"}, "resourceType"), ({"resourceType": None}, "resourceType"),
])
def test_what_is_wrong_with_a_request_is_named(api, insurer, members, place):
    reply = make(insurer, new_request(api, **members))
    places = {place for issue in reply.json["issue"] for place in issue.get("expression", ())}
    assert reply.status == 422 and place in places
    assert b"Erika" not in reply.body and b"A123456780" not in reply.body and len(reply.body) < 5000


@pytest.mark.parametrize("near, place", [
    ({"address": {"postalCode": "00000", "country": "DE"}}, "contained[0].address.postalCode"),
    ({"address": {"postalCode": "50667", "country": "DE", "line": ["Gasse 1"]}}, "contained[0].address.line"),
    ({"extension": [{"url": "http://other.example.org", "valueDecimal": 5}]}, "contained[0].extension[0].url"),
    ({"extension": [{"url": "http://other.example.org", "valueDecimal": 5000}]}, "contained[0].extension[0].valueDecimal")])
def test_a_place_is_a_postcode_and_no_more(api, insurer, near, place):
    contained = [{**new_request(api)["contained"][0], **near}]
    reply = make(insurer, new_request(api, contained=contained))
    assert reply.status == 422 and place in reply.json["issue"][0]["expression"]


@pytest.mark.parametrize("body", ["", "{", "[]", "null", "7", '"x"', "{}", '{"resourceType":"ServiceRequest"}', "[" * 50 + "]" * 50])
def test_what_is_no_resource_is_refused_as_fhir(insurer, body):
    reply = make(insurer, body)
    assert reply.status in (400, 422) and reply.headers["content-type"] == "application/fhir+json"


def test_only_insurers_and_partners_hand_people_over(given, api, admin):
    association = given.insurer(given.organisation())
    assert make(association, new_request(api)).status == make(admin, new_request(api)).status == 403
    assert make(given.client(), new_request(api)).status == 403 and make(api, new_request(api)).status == 401


# Taking back ---------------------------------------------------------------------------------------


def test_a_referral_is_taken_back_by_its_task(api, insurer, referral):
    reply = put(insurer, referral, task(insurer, referral).etag, status="cancelled", statusReason=why(api, "other_offer"))
    assert (reply.status, reply.json["status"], reply.json["statusReason"]["text"]) == (200, "cancelled", "other offer")
    assert insurer.get(f"/v1/referrals/{referral['id']}").json["state"] == "cancelled"
    assert put(insurer, referral, status="cancelled").status == 200  # twice is as good as once
    assert insurer.get(f"/fhir/R4/ServiceRequest/{referral['id']}").json["status"] == "revoked"


def test_what_should_not_have_been_made_is_entered_in_error(insurer, referral):
    assert put(insurer, referral, status="entered-in-error").json["status"] == "entered-in-error"
    assert insurer.get(f"/v1/referrals/{referral['id']}").json["reason"] == "issued_in_error"
    assert insurer.get(f"/fhir/R4/ServiceRequest/{referral['id']}").json["status"] == "entered-in-error"


@pytest.mark.parametrize("members, place", [
    ({"status": "completed"}, "status"), ({"status": "rejected"}, "status"), ({"status": "x"}, "status"), ({"status": 1}, "status"),
    ({"status": "cancelled"}, "statusReason"), ({"status": "cancelled", "statusReason": {"text": "Darum"}}, "statusReason.coding"),
    ({"status": "cancelled", "statusReason": coding("http://other.example.org", "other_offer")[0]}, "statusReason"),
    ({"status": "cancelled", "owner": {"reference": f"HealthcareService/{NOWHERE}"}}, None),
    ({"status": "cancelled", "note": [{"text": "x" * 100_000}]}, None), ({"id": NOWHERE}, None)])
def test_nothing_else_can_be_done_with_a_task(insurer, referral, members, place):
    reply = put(insurer, referral, **members)
    places = {place for issue in reply.json["issue"] for place in issue.get("expression", ())}
    assert reply.status == 422 and places == ({place} if place else set())
    assert insurer.get(f"/v1/referrals/{referral['id']}").json["state"] == "requested"


def test_a_task_is_not_taken_back_by_others_or_by_what_was_before(given, api, insurer, referral, circle):
    stale = task(insurer, referral).etag
    redeem(circle, referral)
    assert put(insurer, referral, stale, status="entered-in-error").status == 412
    body = task(insurer, referral).json
    path = f"/fhir/R4/Task/{referral['id']}"
    assert given.insurer().request("PUT", path, body, If_Match="*").status == 404
    assert insurer.request("PUT", path, body).status == 428
    assert circle.leader.post(f"/v1/referrals/{referral['id']}/steps", {"action": "complete"}).status == 200
    reply = put(insurer, referral, status="cancelled", statusReason=why(api, "not_needed"))
    assert (reply.status, reply.slug) == (409, "invalid-transition")


def test_a_broken_referral_would_be_noticed(insurer, referral):
    shown = task(insurer, referral).json
    for spoilt in ({"status": "expired"}, {"focus": {}}, {"for": {"reference": 7}}, {"colour": "blue"}):
        assert fhir.faults(shown) == [] and fhir.faults({**copy.deepcopy(shown), **spoilt}) != []
