"""Each operation gives each answer that the contract declares for it and that no other test asks of it."""

import json
import uuid

import pytest

from tests.api.test_fhir_referrals import new_request
from tests.contract import Contract
from tests.given import Given
from tests.server import Server

NOWHERE = "01935c33-2c30-7f53-8285-ffffffffffff"
CONTRACT = Contract()
OPERATIONS = sorted((operation["operationId"], method, path + CONTRACT.query(operation).rstrip("?&"))
                    for (method, path), operation in CONTRACT.operations.items()
                    if not {"x-page", "x-oauth"} & {*operation})  # which answer in other words
SECURITY = {operation["operationId"]: operation["security"] for operation in CONTRACT.operations.values()}
STATUSES = {(operation["operationId"], int(status))
            for operation in CONTRACT.operations.values() for status in operation["responses"]}


def declaring(status):
    return [pytest.param(*operation, id=operation[0]) for operation in OPERATIONS if (operation[0], status) in STATUSES]


# What must be asked of something that is not there: with a body that is none, it would be a 400 first.
REGISTRATION = {"pseudonym": "Amsel", "role": "affected", "consent": {"version": "2026-11"},
                "contact": {"email": "amsel@example.org"}}
BODIES = {"createSchedule": Given.new_schedule(), "createMeeting": Given.new_schedule(repeats=None), "putException": {},
          "putMandate": {"rights": []},
          "applyImport": {}, "createMeetingRegistration": REGISTRATION, "createScheduleRegistration": REGISTRATION,
          "confirmRegistration": {"token": "none"}, "rejectRegistration": {"reason": "Voll."},
          "moveRegistration": {"meeting_id": NOWHERE}, "countRegistration": {"counted": True},
          "markAttendance": {"meeting_id": NOWHERE, "attended": True}, "planScreening": {"place": "Am Telefon"},
          "createLeader": {"email": "eiche@example.org", "name": "Eiche"}, "createReply": {"text": "Ja."},
          "createRecovery": {"email": "amsel@example.org"}, "createSignIn": {"email": "eiche@example.org"},
          "createSession": {"token": "none"}, "createFeed": {}, "putFeed": {},
          "cancelReferral": {"reason": "other_offer"}, "stepReferral": {"action": "start"},
          "redeliverWebhook": {"since": "2031-01-01T00:00:00Z"}, "rotateClient": {},
          "putFhirTask": {"resourceType": "Task", "id": NOWHERE, "status": "cancelled"}}
# They tell nobody what there is; only what cannot be there is not found.
ALIKE = {"createRecovery", "createSignIn"}


@pytest.fixture(scope="module")
def bodies(admin, api, runde):
    return {**BODIES, "createMessage": {"text": "Ist noch Platz?", "proof": Given(admin, api, runde).proof()}}


@pytest.fixture(scope="module")
def things(admin, api, runde, callers):
    """What the parameters of paths stand for."""
    given = Given(admin, api, runde)
    client, schedule = callers["client"], callers["schedule"]
    meeting = admin.get(f"/v1/groups/{schedule['group_id']}/meetings").json["items"][0]
    venue = given.venue(client)["id"]
    imported = given.made(admin.post("/v1/imports", {
        "source": given.word(), "organisation_id": client.organisation["id"], "format": "bmlt", "feed": [],
        "settings": {"topic_ids": [given.some_topic()]}}))
    return {"group_id": schedule["group_id"], "organisation_id": client.organisation["id"],
            "topic_id": given.some_topic(), "schedule_id": schedule["id"], "meeting_id": meeting["id"],
            "date": meeting["date"], "venue_id": venue, "closure_id": given.closure(client, venue_id=venue)["id"],
            "import_id": imported["id"], "slug": "not-found", "table": given.released(), "leader_id": callers["session"].id,
            "message_id": callers["sender"].id, "registration_id": callers["capability"].id,
            "referral_id": callers["referral"]["id"], "client_id": given.registered()["id"],
            "webhook_id": given.webhook(given.client(scopes="webhooks:manage"))["id"],
            **{name: callers["feed"][name] for name in ("file", "token")}}


@pytest.fixture(scope="module")
def callers(admin, api, runde):
    """Who comes with what an operation asks for, each as somebody of the same group."""
    given = Given(admin, api, runde)
    client = given.client()
    group = given.group(client, contact={"via": "relay"})
    schedule = given.schedule(client, group, registration={"required": True})
    leader = given.leader(group)
    insurer = given.insurer()
    referral = given.referral(insurer)
    person = given.registration(schedule, referral_code=referral["code"], referral_consent={"version": "2026-11-referral"})
    return {"referral": referral, "insurer": insurer, "session": leader, "capability": person,
            "sender": given.message(group), "key": admin, "client": client, "schedule": schedule, "feed": given.feed(person)}


@pytest.fixture(scope="module")
def caller(callers, api):
    """Who may ask for an operation: the first of these that its contract names."""
    def find(operation, path):
        schemes = {scheme for choice in SECURITY[operation] for scheme in choice}
        if schemes == {"capability"} and "/messages/" in path:
            return callers["sender"]
        if schemes == {"key"} and "{referral_id}" in path:
            return callers["insurer"]
        return next((callers[scheme] for scheme in ("session", "key", "capability") if scheme in schemes), api)
    return find


def ask(client, method, path, things, body):
    """A request with a good body."""
    return client.request(method, path.format(**things), json.dumps(body), Content_Type="application/json", If_Match="*")


def call(client, method, path, things, **fields):
    """A request that would do no harm if it went through: a body that is none, a revision that is none."""
    body = b"{" if method in ("POST", "PUT", "PATCH") else None
    if body:
        fields.setdefault("Content_Type", f"application/{'merge-patch+' if method == 'PATCH' else ''}json")
    if method in ("PUT", "PATCH", "DELETE"):
        fields.setdefault("If_Match", '"0.0123456789abcdef"')
    return client.request(method, path.format(**things), body, **fields)


@pytest.mark.parametrize("operation, method, path", declaring(304))
def test_what_is_known_is_not_sent_again(caller, things, operation, method, path):
    client = caller(operation, path)
    for _ in range(40):  # counts in a list, and the end of an export, may change under us
        reply = client.get(path.format(**things), If_None_Match=client.get(path.format(**things)).etag)
        if reply.status == 304:
            return
    pytest.fail(f"{operation} never answered 304")


@pytest.mark.parametrize("operation, method, path", declaring(400))
def test_an_unknown_parameter_is_refused_everywhere(caller, things, operation, method, path):
    reply = call(caller(operation, path), method, path + ("&" if "?" in path else "?") + "colour=blue", things)
    assert reply.status == 400 and reply.parameters() == {"colour"}


@pytest.mark.parametrize("operation, method, path", declaring(401))
def test_a_bad_key_is_refused_everywhere(api, things, operation, method, path):
    nobody = api.as_client("nobody")
    if SECURITY[operation]:
        assert call(nobody, method, path, things).status == 401
    else:  # it is not the key that is asked for
        assert ask(nobody, method, path, things, BODIES[operation]).status == 401


@pytest.mark.parametrize("operation, method, path", declaring(403))
def test_a_key_without_the_scope_is_refused_everywhere(given, things, operation, method, path):
    assert call(given.client(scopes="groups:read"), method, path, things).status == 403


@pytest.mark.parametrize("operation, method, path", declaring(412))
def test_what_has_changed_meanwhile_is_left_alone_everywhere(caller, things, operation, method, path):
    reply = caller(operation, path).request(
        method, path.format(**things), json.dumps(BODIES.get(operation, {})) if method != "DELETE" else None,
        If_Match='"0.0123456789abcdef"',
        Content_Type=f"application/{'merge-patch+' if method == 'PATCH' else ''}json")
    assert reply.status == 412


@pytest.mark.parametrize("operation, method, path", declaring(428))
def test_what_is_to_be_changed_has_to_be_known_everywhere(caller, things, operation, method, path):
    assert call(caller(operation, path), method, path, things, If_Match=None).status == 428


@pytest.mark.parametrize("operation, method, path", declaring(404))
def test_what_is_not_there_is_found_nowhere(caller, things, bodies, operation, method, path):
    nothing = {**{name: NOWHERE for name in things}, "slug": "nothing", "date": "2031-01-01",
               "token": f"rf_{'x' * 43}", "file": f"rf_{'x' * 43}.ics"}
    if operation in ALIKE:
        nothing["group_id"] = "nowhere"
    client, body = caller(operation, path), bodies.get(operation)
    reply = call(client, method, path, nothing) if body is None else ask(client, method, path, nothing, body)
    assert reply.status == 404


@pytest.mark.parametrize("operation, method, path", declaring(415))
def test_another_media_type_is_refused_everywhere(caller, things, operation, method, path):
    assert call(caller(operation, path), method, path, things, Content_Type="text/plain").status == 415


@pytest.fixture(scope="module")
def frugal(folder):
    """A server that answers one request a minute."""
    server = Server(folder, f"frugal-{uuid.uuid4().hex}", RUNDE_REQUESTS_PER_MINUTE=1)
    yield server
    server.stop()


@pytest.mark.parametrize("operation, method, path", declaring(429))
def test_too_many_requests_are_refused_everywhere(api, frugal, things, operation, method, path):
    replies = [call(api.at(frugal), method, path, things) for _ in range(2)]
    assert replies[1].status == 429 and int(replies[1].headers["retry-after"]) > 0


@pytest.fixture(scope="module")
def lonely(folder):
    """A server without a database."""
    server = Server(folder, f"lonely-{uuid.uuid4().hex}", ready="/healthz", RUNDE_DATABASE="host=/nowhere")
    yield server
    server.stop()


@pytest.mark.parametrize("operation, method, path", declaring(503))
def test_without_a_database_what_needs_it_says_so(caller, lonely, things, bodies, operation, method, path):
    client = caller(operation, path).at(lonely)
    asks_nobody = operation in bodies and not SECURITY[operation]  # there is no key to look up before the body is read
    reply = ask(client, method, path, things, bodies[operation]) if asks_nobody else call(client, method, path, things)
    assert reply.status == 503 and int(reply.headers["retry-after"]) > 0


@pytest.mark.parametrize("operation, method, path", [
    pytest.param(*operation, id=operation[0]) for operation in OPERATIONS if (operation[0], 503) not in STATUSES])
def test_without_a_database_what_does_not_need_it_works(api, lonely, things, operation, method, path):
    assert call(api.at(lonely), method, path, things).status in (200, 201)


@pytest.mark.parametrize("path", ["/v1/organisations", "/v1/topics", "/v1/groups", "/v1/venues", "/v1/closures",
                                  "/v1/groups/{group_id}/schedules", "/v1/groups/{group_id}/meetings", "/v1/referrals",
                                  "/fhir/R4/ServiceRequest"])
def test_a_request_under_way_is_not_begun_again(given, db, things, path):
    client = given.client(scopes="admin")
    key = given.word()
    db.execute("SELECT id FROM clients WHERE organisation_id = %s", [client.organisation["id"]])
    db.execute("SELECT pg_advisory_lock(hashtextextended(%s || ' ' || %s, 0))", [db.fetchone()[0], key])
    bodies = {"/v1/organisations": {"kind": "partner", "name": "Name"}, "/v1/groups": given.new_group(),
              "/v1/groups/{group_id}/schedules": given.new_schedule(),
              "/v1/groups/{group_id}/meetings": given.new_schedule(repeats=None),
              "/v1/topics": {"slug": given.word(), "names": {"de": "Name"}}, "/v1/referrals": given.new_referral(),
              "/fhir/R4/ServiceRequest": new_request(given.api), "/v1/venues": given.new_venue(),
              "/v1/closures": {"region": "DE", "from": "2031-01-01", "to": "2031-01-01"}}
    reply = client.post(path.format(**things), bodies[path], Idempotency_Key=key)
    assert (reply.status, reply.slug) == (409, "in-progress") and reply.headers["retry-after"] == "1"


@pytest.mark.parametrize("method, path, status", [("GET", "/nowhere", 404), ("PUT", "/v1", 405), ("BREW", "/v1", 501)])
def test_what_is_not_there_costs_like_all_else(api, folder, method, path, status):
    server = Server(folder, f"frugal-{uuid.uuid4().hex}", RUNDE_REQUESTS_PER_MINUTE=1)
    try:
        assert [api.at(server).request(method, path).status for _ in range(2)] == [status, 429]
    finally:
        server.stop()
