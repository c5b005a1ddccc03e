"""test_matrix.py: every operation, asked by every kind of caller, about what is theirs and what is not."""

import uuid
from types import SimpleNamespace

import pytest

from tests.contract import Contract
from tests.given import Given

CONTRACT = Contract()
OPERATIONS = {operation["operationId"]: (method, path, operation)
              for (method, path), operation in CONTRACT.operations.items()
              if "x-page" not in operation}  # for links and cookies: see tests/pages/test_every_page.py
SCOPES = {"groups:read", "groups:write", "meetings:write", "imports:write", "referrals:write", "registrations:write",
          "registrations:manage", "changes:read", "statistics:read", "webhooks:manage"}
INSURER_SCOPES = {"referrals:write"}
NOWHERE = "01935c33-2c30-7f53-8285-ffffffffffff"
RIGHT_BUT_REFUSED = {400, 409, 412, 422}  # by something else than rights

# What a caller is to what they ask about.
#   nobody, bad    without a token, with one that is none, be it the one of a calendar
#   stranger       a client of another organisation, with every scope but admin
#   unscoped       a client of the own organisation that has every scope but those of the operation, and not admin
#   client         a client of the own organisation with every scope but admin; the group does not share
#   sharing        the same, and the group shares its registrations
#   keeping, seeing  the same as stranger, but the group has given a mandate: to keep its entry; to see who comes
#   admin          the operator
#   person, sender whose registration or thread it is
#   other_person, other_sender, other_leader: the same of something else
#   leader         of the group
#   insurer        who made the referral; and other_insurer, who made another one
MANDATED = {"keeping", "seeing"}
CLIENTS = {"stranger", "client", "sharing"} | MANDATED
OWN_CLIENTS = {"client", "sharing", "admin"}
KEEPERS = OWN_CLIENTS | {"keeping"}
PEOPLE = {"person", "other_person", "sender", "other_sender"}
LEADERS = {"leader", "other_leader"}
INSURERS = {"insurer", "other_insurer"}
ALL = {"nobody", "bad", "unscoped", "admin"} | CLIENTS | PEOPLE | LEADERS | INSURERS
VISITORS = ALL - {"bad"}  # a token is looked at even where none is needed
NOT_MINE = 404  # what is personal is not even said to be there


def rows(through, operations, refusal=403):
    """Who gets through to some operations; and what they are told who may ask, but not about this."""
    return {operation: (through, refusal) for operation in operations.split()}


MATRIX = {
    # What everybody may read, and where a token makes no difference.
    **rows(ALL, "getHealth getReadiness getRoot getOpenapi getOpenapi30 getDocs getProblem exportMeetingGuide getMeetingEvent"),
    **rows(ALL, "createChallenge listConsents createRecovery createSignIn createMessage"),
    **rows(ALL, "getWebhookKeys"),
    **rows(ALL, "getGroupCalendar searchCalendar showGroupCalendar showCalendar"),
    # Whoever proves to be a client; here nobody comes as far as that.
    **rows(ALL, "getAuthorizationServer createToken revokeToken"),
    # Whoever has the secret that stands in the address, whoever they are.
    **rows(ALL, "getFeedCalendar showFeed"),
    # What everybody may read, some of them more of it.
    **rows(VISITORS, "listGroups getGroup listOrganisations getOrganisation listTopics getTopic listVenues getVenue"),
    **rows(VISITORS, "listSchedules getSchedule listMeetings listGroupMeetings getMeeting listClosures getClosure listHolidays"),
    **rows(ALL, "getFhirMetadata"),
    **rows(VISITORS, "listFhirOrganizations getFhirOrganization listFhirHealthcareServices getFhirHealthcareService"),
    **rows(VISITORS, "listFhirLocations getFhirLocation listFhirSchedules getFhirSchedule listFhirSlots getFhirSlot"),
    # Registering: nobody needs a key.
    **rows(VISITORS, "createMeetingRegistration createScheduleRegistration"),
    # New things of a client's own: whose they are stands in the body.
    **rows(CLIENTS | {"admin"}, "createGroup createVenue createClosure createImport listImports"),
    **rows(CLIENTS | {"admin"}, "listChanges getExport"),
    # What funders may know.
    **rows(CLIENTS | {"admin"}, "listStatistics getStatistics"),
    **rows(CLIENTS | {"admin"}, "createWebhook listWebhooks"),
    # What only the client itself has, whatever organisation it is of.
    **rows(OWN_CLIENTS, "getWebhook patchWebhook deleteWebhook listWebhookDeliveries redeliverWebhook testWebhook", 404),
    **rows(OWN_CLIENTS, "rotateWebhook", 404),
    # Things that belong to an organisation.
    **rows(KEEPERS, "patchGroup createSchedule patchSchedule deleteSchedule"),
    **rows(KEEPERS, "createMeeting patchMeeting putException deleteException"),
    **rows(KEEPERS, "listExceptions getException", refusal=404),
    **rows(OWN_CLIENTS, "getImport listImportRows applyImport undoImport", refusal=404),
    **rows(OWN_CLIENTS, "deleteGroup patchOrganisation patchVenue deleteVenue patchClosure deleteClosure"),
    # The operator's own.
    **rows({"admin"}, "createOrganisation deleteOrganisation createTopic patchTopic deleteTopic"),
    **rows({"admin"}, "introspectToken listClients createClient getClient patchClient deleteClient rotateClient"),
    # Registrations: the person, whoever leads the group, and whom the group shares with or has given the mandate. Never the operator.
    **rows({"person", "leader", "sharing", "seeing"}, "getRegistration", NOT_MINE),
    **rows({"person"}, "deleteRegistration getRegistrationData acceptRegistration declineRegistration", NOT_MINE),
    **rows({"person"}, "cancelRegistration reissueRegistration revokeRegistration", NOT_MINE),
    **rows({"person"}, "getFeed createFeed putFeed deleteFeed", NOT_MINE),
    **rows({"leader", "sharing", "seeing"}, "listMeetingRegistrations listScheduleRegistrations", NOT_MINE),
    **rows({"leader", "sharing", "seeing"}, "admitRegistration rejectRegistration moveRegistration", NOT_MINE),
    **rows({"leader", "sharing", "seeing"}, "markAttendance countRegistration planScreening", NOT_MINE),
    # Referrals: who made them, the group in which they were redeemed, and the person. Never the operator.
    **rows(INSURERS, "createReferral"),
    **rows(CLIENTS | INSURERS | LEADERS | {"admin"}, "listReferrals"),
    **rows({"insurer", "leader"}, "getReferral", NOT_MINE),
    **rows({"insurer"}, "cancelReferral", NOT_MINE),
    **rows(INSURERS, "createFhirServiceRequest"),
    **rows(CLIENTS | INSURERS | {"admin"}, "listFhirServiceRequests listFhirTasks"),
    **rows({"insurer"}, "getFhirServiceRequest getFhirTask putFhirTask", NOT_MINE),
    **rows({"leader"}, "stepReferral", NOT_MINE),
    **rows({"person"}, "getRegistrationReferral deleteRegistrationReferral", NOT_MINE),
    # Whoever has the token out of the mail, and here nobody has.
    **rows(set(), "confirmRegistration", NOT_MINE),
    **rows(set(), "createSession", 401),
    # Leaders; and those who keep a group that leads itself see no more than how many there are.
    **rows({"leader"} | OWN_CLIENTS, "listLeaders listMandates getMandate", refusal=403),
    **rows({"leader"}, "createLeader getSettings patchSettings putMandate deleteMandate", refusal=403),
    **rows({"leader"}, "deleteLeader listMessages", NOT_MINE),
    **rows(LEADERS, "getSession endSession"),
    # Threads: their two sides.
    **rows({"sender", "leader"}, "getMessage createReply", NOT_MINE),
    **rows({"sender"}, "deleteMessage", NOT_MINE),
}

# What tells a person, and nobody else, whether mails to them come back.
TELLING = {"getRegistration", "getRegistrationData"}
CONTRACTS = {"getOpenapi", "getOpenapi30", "getDocs"}

# What cannot be repeated: it has a caller and an object of its own each time.
SPENDING = {"reissueRegistration", "revokeRegistration", "endSession"}

# What a request needs to come as far as the rights, and does no harm with.
REGISTRATION = {"pseudonym": "Amsel", "role": "affected", "consent": {"version": "2026-11"},
                "contact": {"email": "amsel@example.org"}}
PROOF = {"challenge": "none", "nonce": "0"}
REQUEST = {
    "resourceType": "ServiceRequest", "status": "active", "intent": "order", "subject": {"display": "anonymous"},
    "contained": [{"resourceType": "Location", "id": "near", "address": {"postalCode": "50667", "country": "DE"}}],
    "locationReference": [{"reference": "#near"}], "orderDetail": [{"coding": [{"system": "none", "code": "none"}]}] * 2,
    "reasonCode": [{"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "F32"}]}]}
BODIES = {
    "createSchedule": Given.new_schedule(), "createMeeting": Given.new_schedule(repeats=None),
    "createMeetingRegistration": REGISTRATION, "createScheduleRegistration": REGISTRATION,
    "createRecovery": {"email": "amsel@example.org"}, "createSignIn": {"email": "amsel@example.org"},
    "createMessage": {"text": "Guten Tag.", "proof": PROOF}, "createReply": {"text": "Guten Tag."},
    "putMandate": {"rights": []}, "createLeader": {"email": "eiche@example.org", "name": "Eiche"},
    "createSession": {"token": "none"},
    "confirmRegistration": {"token": "none"}, "rejectRegistration": {"reason": "Es ist kein Platz."},
    "moveRegistration": {"meeting_id": NOWHERE}, "markAttendance": {"meeting_id": NOWHERE, "attended": True},
    "cancelReferral": {"reason": "other_offer"}, "stepReferral": {"action": "complete"},
    "createReferral": {"need": {"icd10": "F41"}, "near": {"country": "DE", "postcode": "50667"}, "audience": "affected",
                       "language": "de"},
    "countRegistration": {"counted": True}, "planScreening": {"notes": "Hört zu."},
    "redeliverWebhook": {"since": "2031-01-01T00:00:00Z"},
    "putFhirTask": {"resourceType": "Task", "id": NOWHERE, "status": "cancelled"}, "createFhirServiceRequest": REQUEST}


class World:
    """A group with everything that can be asked about, of an organisation of its own or of a given one."""

    def __init__(self, given, shares, keeper=None):
        self.given = given
        self.keeper = keeper or given.signing(given.organisation(), ",".join(sorted(SCOPES)))
        self.shares, self.organisation = shares, self.keeper.organisation["id"]
        self.group = given.group(self.keeper)
        path = f"/v1/groups/{self.group['id']}"
        if shares:
            assert self.keeper.patch(f"{path}/settings", {"shared_with_organisation": True}).status == 200
        self.schedule = given.schedule(self.keeper, self.group, capacity=5, registration={"required": True})
        self.meeting = self.keeper.get(f"{path}/meetings").json["items"][0]
        venue = given.venue(self.keeper)
        imported = given.made(given.admin.post("/v1/imports", {
            "source": given.word(), "organisation_id": self.organisation, "format": "bmlt", "feed": [],
            "settings": {"topic_ids": [given.some_topic()]}}))
        self.callers = {"leader": given.leader(self.group), "sender": given.message(self.group), "insurer": given.insurer()}
        self.referral = given.referral(self.callers["insurer"])
        # An exception that can be read.
        assert self.keeper.request("PUT", f"/v1/schedules/{self.schedule['id']}/exceptions/{self.meeting['date']}",
                                   {"note": "Bitte pünktlich"}, If_Match="*").status == 200
        self.ids = {"group_id": self.group["id"], "organisation_id": self.organisation, "topic_id": given.topic()["id"],
                    "schedule_id": self.schedule["id"], "meeting_id": self.meeting["id"], "date": self.meeting["date"],
                    "venue_id": venue["id"], "closure_id": given.closure(self.keeper, venue_id=venue["id"])["id"],
                    "import_id": imported["id"], "slug": "not-found", "table": given.released(),
                    "leader_id": self.callers["leader"].id, "message_id": self.callers["sender"].id,
                    "referral_id": self.referral["id"], "webhook_id": given.webhook(self.keeper)["id"],
                    "client_id": given.registered()["id"]}
        self.mandated = {"keeping": self.with_mandate("entry"), "seeing": self.with_mandate("registrations")}
        self.callers["person"] = self.new_person(cancelled=True, referral_code=self.referral["code"],
                                                 referral_consent={"version": "2026-11-referral"})
        self.ids["registration_id"] = self.callers["person"].id
        self.feed = given.feed(self.callers["person"])
        self.ids.update({name: self.feed[name] for name in ("file", "token")})

    def with_mandate(self, right):
        client = self.given.signing(self.given.organisation(), ",".join(sorted(SCOPES)))
        path = f"/v1/groups/{self.group['id']}/mandates/{client.organisation['id']}"
        assert self.callers["leader"].request("PUT", path, {"rights": [right]}, If_Match="*").status == 200
        return client

    def new_person(self, cancelled=False, **members):
        """One who is registered; or who has cancelled, so that nothing can happen to the registration any more."""
        person = self.given.registration(self.meeting, **members)
        if cancelled:
            assert person.act("cancel").status == 200
        return person

    def for_itself(self, operation):
        """The same with a caller of each kind who can be spent, if the operation spends them."""
        if operation not in SPENDING:
            return self
        fresh = SimpleNamespace(**vars(self))
        fresh.callers = {**self.callers, "person": self.new_person()}
        session = self.given.made(self.given.api.post(
            "/v1/sessions", {"token": self.given.token("invitation", self.callers["leader"].id)}))
        fresh.callers["leader"] = self.given.api.as_client(session["secret"])
        fresh.ids = {**self.ids, "registration_id": fresh.callers["person"].id}
        return fresh


@pytest.fixture(scope="module")
def worlds(admin, api, runde):
    """Three groups: two of one organisation, of which one shares its registrations; and one of another, which shares too."""
    given = Given(admin, api, runde)
    closed = World(given, shares=False)
    return {"closed": closed, "open": World(given, True, closed.keeper), "elsewhere": World(given, True)}


@pytest.fixture(scope="module")
def narrow(worlds, admin, api, runde):
    """Clients of the first organisation that have every scope but some; made when they are needed."""
    made = {}

    def without(scopes):
        if scopes not in made:
            made[scopes] = Given(admin, api, runde).signing({"id": worlds["closed"].organisation},
                                                            ",".join(sorted(SCOPES - scopes)))
        return made[scopes]
    return without


def key_scopes(operation):
    """Those that a client needs; None: no client may ask."""
    schemes = [scheme["key"] for scheme in operation.get("security", []) if "key" in scheme]
    return frozenset(schemes[0]) if schemes else None


def questions(api, admin, worlds, narrow, operation):
    """Everybody who can ask an operation, and about what: (what the caller is to it, caller, world)."""
    without = narrow(key_scopes(OPERATIONS[operation][2]) or frozenset())
    for name, world in worlds.items():
        yield "nobody", api, world
        for token in ("runde_", "rp_", "rl_", ""):
            yield "bad", api.as_client(token + uuid.uuid4().hex), world
        yield "bad", api.as_client(world.feed["token"]), world
        yield "admin", admin, world
        yield "unscoped", without, world
        for home, other in worlds.items():
            if home != "open":  # its client is that of "closed"
                own = home == name or (home, name) == ("closed", "open")
                yield ("sharing" if world.shares else "client") if own else "stranger", other.keeper, world
            for kind, caller in other.mandated.items():
                yield kind if home == name else "stranger", caller, world
            fresh = other.for_itself(operation)
            for kind, caller in fresh.callers.items():
                yield (kind, caller, fresh) if home == name else (f"other_{kind}", caller, world)
        if name == "closed":
            yield "other_person", world.new_person(), world  # for the same meeting


def ask(caller, operation, ids, **fields):
    method, path, described = OPERATIONS[operation]
    path = path.format(**ids) + CONTRACT.query(described).rstrip("?&")
    if any(CONTRACT.resolve(parameter)["name"] == "dry_run" for parameter in described.get("parameters", ())):
        path += "?dry_run=true"
    if method in ("PUT", "PATCH", "DELETE"):
        fields["If_Match"] = '"0.0123456789abcdef"'
    body = BODIES.get(operation, {}) if "requestBody" in described else None
    if method == "PATCH":
        fields["Content_Type"] = "application/merge-patch+json"
    return caller.request(method, path, body, **fields)


def expected(operation, relation):
    """What somebody gets who does not get through, by the contract and the row of the operation."""
    security, refusal = OPERATIONS[operation][2].get("security", []), MATRIX[operation][1]
    taken = {name for scheme in security for name in scheme}
    kind = "key" if relation in CLIENTS | INSURERS | {"unscoped", "admin"} else "capability" if relation in PEOPLE else \
        "session" if relation in LEADERS else None
    if not security or {} in security and relation != "bad":
        return refusal
    if kind not in taken:
        return 401
    held = INSURER_SCOPES if relation in INSURERS else SCOPES
    if relation == "unscoped" or (kind == "key" and relation != "admin" and not key_scopes(OPERATIONS[operation][2]) & held):
        return 403
    # Leaders know of no group but their own; the operator knows them all.
    return NOT_MINE if relation in LEADERS else refusal


def tells_of_mails(operation, reply):
    """Whether an answer says if somebody's address takes mails. What the contract says about that is no answer."""
    return operation not in CONTRACTS and b"contact_suppressed" in reply.body


def fault(operation, relation, reply, through):
    """What is wrong about an answer, if anything."""
    status = reply.status
    if tells_of_mails(operation, reply) != (relation == "person" and operation in TELLING):
        return f"{operation}: {relation} is told, or not, whether mails to the person come back"
    passed = 200 <= status < 300 or status in RIGHT_BUT_REFUSED
    if relation in through:
        return None if passed else f"{operation}: {relation} gets {status} instead of getting through"
    wanted = expected(operation, relation)
    return None if status == wanted else f"{operation}: {relation} gets {status} instead of {wanted}"


def faults(operation, asked, through):
    found = [fault(operation, relation, ask(caller, operation, world.ids), through)
             for relation, caller, world in asked]
    return sorted({complaint for complaint in found if complaint})


EACH = 85  # a caller and a group, for every operation
SIZE = f"{len(OPERATIONS)} operations, {len(ALL)} kinds of callers, 3 groups: {len(OPERATIONS) * EACH} questions"


@pytest.mark.parametrize("size", [SIZE])
def test_every_operation_has_its_row(size):
    assert set(MATRIX) == set(OPERATIONS), size


@pytest.mark.parametrize("operation", sorted(OPERATIONS))
def test_only_those_get_through_who_may(api, admin, worlds, narrow, operation):
    asked = list(questions(api, admin, worlds, narrow, operation))
    assert {relation for relation, _, _ in asked} == ALL and len(asked) == EACH
    assert faults(operation, asked, MATRIX[operation][0]) == []


@pytest.mark.parametrize("operation, relation", [("getRegistration", "leader"), ("getRegistration", "person"),
                                                 ("admitRegistration", "sharing"), ("patchGroup", "client"),
                                                 ("listMessages", "leader"), ("getGroup", "nobody"),
                                                 ("getFeed", "person"), ("getFeedCalendar", "nobody")])
def test_whoever_got_through_against_a_row_would_be_found(api, admin, worlds, narrow, operation, relation):
    asked = list(questions(api, admin, worlds, narrow, operation))
    found = faults(operation, asked, MATRIX[operation][0] - {relation})
    assert len(found) == 1 and f": {relation} gets " in found[0]


def test_whoever_did_not_get_through_against_a_row_would_be_found(api, admin, worlds, narrow):
    asked = list(questions(api, admin, worlds, narrow, "getRegistration"))
    assert faults("getRegistration", asked, MATRIX["getRegistration"][0] | {"admin"}) == [
        "getRegistration: admin gets 404 instead of getting through"]


@pytest.mark.parametrize("operation, relation", [("getRegistration", "leader"), ("listMeetingRegistrations", "sharing"),
                                                 ("getGroup", "nobody"), ("admitRegistration", "leader")])
def test_whoever_learned_whether_mails_come_back_would_be_found(operation, relation):
    reply = SimpleNamespace(status=200, body=b'{"contact_suppressed":false}')
    assert "is told" in fault(operation, relation, reply, {relation})
    assert fault(operation, relation, SimpleNamespace(status=200, body=b"{}"), {relation}) is None


PERSONAL = sorted(operation for operation, (_, refusal) in MATRIX.items()
                  if refusal == NOT_MINE and "{" in OPERATIONS[operation][1])


def visible(reply):
    """All of an answer that can be told apart."""
    return reply.status, {name: value for name, value in reply.headers.items() if name != "date"}, reply.raw


@pytest.mark.parametrize("operation", PERSONAL)
def test_what_is_somebody_elses_looks_as_if_it_were_not_there(api, admin, worlds, narrow, operation):
    compared = 0
    for relation, caller, world in questions(api, admin, worlds, narrow, operation):
        if relation in MATRIX[operation][0]:
            continue
        absent = {**world.ids, **{name: NOWHERE for name in world.ids if name.endswith("_id")}}
        theirs, nothing = (visible(ask(caller, operation, ids, X_Request_Id="the-same")) for ids in (world.ids, absent))
        assert theirs == nothing, relation
        compared += 1
    assert compared >= 20


@pytest.mark.parametrize("operation, name", [("getFeedCalendar", "file"), ("showFeed", "token")])
def test_an_address_that_was_revoked_looks_as_if_it_had_never_been(api, given, worlds, operation, name):
    person = worlds["closed"].new_person()
    revoked, end = given.feed(person), "x" * 43 + ".ics"
    assert ask(api, operation, {name: revoked[name]}).status == 200
    assert person.delete(f"{person.path}/feed").status == 204
    absent = "rf_" + end[:len(revoked[name]) - len("rf_")]
    theirs, nothing = (visible(ask(api, operation, {name: value}, X_Request_Id="the-same"))
                       for value in (revoked[name], absent))
    assert theirs == nothing and theirs[0] == 404


def test_what_differs_in_one_byte_would_be_found(worlds):
    person = worlds["closed"].callers["person"]
    replies = [visible(person.get(f"/v1/registrations/{NOWHERE}", X_Request_Id=name)) for name in ("this", "that")]
    assert replies[0] != replies[1]
