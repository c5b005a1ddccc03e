"""test_registration_input.py: what people type, what nobody may write, and secrets that open nothing."""

import json

import pytest

from tests.circle import Circle
from tests.contract import Contract
from tests.given import Given

CONTRACT = Contract()
SECRET = "geheim5f0c2d9e"


@pytest.fixture(scope="module")
def circle(admin, api, runde):
    """One for all tests here: none of them changes it."""
    given = Given(admin, api, runde)
    keeper = given.client(scopes="groups:read,groups:write,meetings:write,registrations:write")
    return Circle(given, keeper, contact={"via": "relay"})


def refused(reply, *pointers):
    """It is one 422 that names all that is wrong, and repeats nothing."""
    assert (reply.status, reply.slug) == (422, "invalid-body"), reply.json
    assert reply.pointers() == set(pointers)
    assert SECRET not in reply.body.decode() and SECRET not in str(reply.headers)
    return True


# What people call themselves and write -------------------------------------------------------------


@pytest.mark.parametrize("text", [
    "🌻🦉", "👩‍👩‍👧", "Ж 木 ش", "a\u202etxt.exe", "\u200f\u2067x\u2069", "Zaunkönig\u0301", "\ufeff", "' OR 1=1 --",
    "<b>{{7*7}}</b>",
    "%s%n$HOME`id`", "Subject: x", "Zwei\nZeilen\tund mehr", "\\", '"', "null", "x" * 80, "🌻" * 80])
def test_what_is_written_comes_back_as_it_was_to_person_and_leaders(circle, text):
    person = circle.join(pseudonym=text, message=text)
    for seen in (person.made, person.read(), circle.seen(person)):
        assert (seen["pseudonym"], seen["message"]) == (text, text)


@pytest.mark.parametrize("text", ["a\r\nb", "\r", "a\0b", "\0", "\x1b[2J", "\x7f", "\x85", "x" * 81, "x" * 10_000, "🌻" * 81, "",
                                  7, None, ["a"], {"a": 1}, True])
def test_a_pseudonym_that_cannot_be_one_is_refused(circle, text):
    body = {**circle.given.new_registration(), "pseudonym": text}
    assert refused(circle.keeper.post(f"{circle.path}/registrations", body), "/pseudonym")


@pytest.mark.parametrize("text", [SECRET + "\r\nBcc: x", SECRET + "\0", SECRET * 200, ""])
def test_a_message_that_cannot_be_one_is_refused(circle, text):
    assert refused(circle.try_to_join(message=text), "/message")


def test_a_message_may_be_long(circle):
    assert circle.join(message="🌻" * 2000).read()["message"] == "🌻" * 2000


def test_half_a_character_is_no_text(circle):
    body = json.dumps(circle.given.new_registration()).replace("Amsel", "\\ud83d")
    reply = circle.keeper.request("POST", f"{circle.path}/registrations", body, Content_Type="application/json")
    assert (reply.status, reply.slug) == (400, "invalid-json")


# Where they can be reached --------------------------------------------------------------------------


@pytest.mark.parametrize("address", [
    f"{SECRET} x@example.org", f"{SECRET}@b@example.org", f"{SECRET}@example.org\r\nBcc: x@example.org",
    f'"{SECRET} b"@example.org', f'"{SECRET}"@example.org', f"{SECRET}(x)@example.org", f"{SECRET}@(x)example.org",
    f"{SECRET}@exämple", f"{SECRET}@exämple.org.", f"{SECRET}@ex ämple.org", f"{SECRET}@exämple.org\u2028",
    f"{SECRET}\u200b@exämple.org", SECRET * 21 + "@example.org", f"{SECRET}@" + "x" * 286 + ".org",
    f"{SECRET}@localhost", f"{SECRET}@", "@example.org", f" {SECRET}@example.org", f"{SECRET}@example.org ",
    f"{SECRET}@example.org\0", f"{SECRET}@[127.0.0.1]", f"{SECRET}@example.org,x@example.org", f"A <{SECRET}@example.org>",
    f"{SECRET}..b@example.org", f".{SECRET}@example.org", f"{SECRET}@-example.org", f"{SECRET}@example..org", "", 7, None])
def test_what_is_no_address_is_refused_wherever_one_is_asked_for(circle, address):
    group = f"/v1/groups/{circle.group['id']}"
    contact = {"email": address}
    message = {"text": "Hallo", "proof": {"challenge": "x", "nonce": "0"}, "contact": contact}
    assert refused(circle.try_to_join(contact=contact), "/contact/email")
    assert refused(circle.given.api.post(f"{group}/messages", message), "/contact/email")
    assert refused(circle.leader.post(f"{group}/leaders", {"email": address, "name": "Eiche"}), "/email")
    for path in ("recoveries", "sign-ins"):
        assert refused(circle.given.api.post(f"{group}/{path}", {"email": address}), "/email")


@pytest.mark.parametrize("name", ["a", "a+b.c_d-e", "x" * 64, "o'brien", "{a}", "A.B", "ä", "佐藤"])
@pytest.mark.parametrize("host", ["example.org", "xn--exmple-cua.example.org", "a.b.example.org", "exämple.org", "例え.example"])
def test_an_address_comes_back_as_it_was(circle, name, host):
    assert circle.join(contact={"email": f"{name}@{host}"}).read()["contact"] == {"email": f"{name}@{host}"}


@pytest.mark.parametrize("phone", [SECRET, "+49\r\n221", "1\0" + "23", "12", "0221 5550199; x", "+", "0" * 41, "٠١٢٣", 221])
def test_what_is_no_number_is_refused(circle, phone):
    assert refused(circle.try_to_join(contact={"phone": phone}), "/contact/phone")


# Everything else ------------------------------------------------------------------------------------


def test_all_that_is_wrong_is_named_at_once(circle):
    assert refused(circle.given.api.post(f"{circle.path}/registrations", {
        "pseudonym": SECRET * 7, "role": SECRET, "newcomer": SECRET, "companions": 10, "message": SECRET + "\r",
        "language": SECRET + "!", "contact": {"email": SECRET, "phone": SECRET, "fax": SECRET},
        "reminders": [SECRET, "P1D"], "consent": {"version": "", "text": SECRET},
        "proof": {"challenge": SECRET * 20, "nonce": SECRET + " "}, "colour": SECRET}),
        "/pseudonym", "/role", "/newcomer", "/companions", "/message", "/language", "/contact/email", "/contact/phone",
        "/contact/fax", "/reminders/0", "/consent/version", "/consent/text", "/proof/challenge", "/proof/nonce", "/colour")


@pytest.mark.parametrize("member, value, pointer", [
    ("companions", -1, ""), ("companions", 1.5, ""), ("companions", True, ""), ("companions", "1", ""),
    ("newcomer", 1, ""), ("role", "leader", ""), ("role", "Affected", ""), ("language", "deutsch!", ""),
    ("contact", None, ""), ("reminders", "P1D", ""), ("reminders", ["P1D", "P1D"], ""),
    ("reminders", ["PT1H", "PT2H", "PT3H", "PT6H", "PT12H", "P1D"], ""), ("reminders", ["P1Y"], "/0"), ("reminders", ["-P1D"], "/0"),
    ("consent", {}, "/version"), ("consent", {"version": "1999-01"}, "/version"), ("consent", {"version": SECRET}, "/version"),
    ("proof", {"challenge": "x"}, "/nonce")])
def test_what_does_not_fit_is_refused_where_it_is(circle, member, value, pointer):
    body = {**circle.given.new_registration(), member: value}
    assert refused(circle.keeper.post(f"{circle.path}/registrations", body), f"/{member}{pointer}")


@pytest.mark.parametrize("member", ["pseudonym", "role", "consent"])
def test_what_has_to_be_there_is_asked_for(circle, member):
    assert refused(circle.try_to_join(**{member: None}), f"/{member}")


def test_who_the_group_is_not_for_is_told(circle):
    assert refused(circle.try_to_join(role="relative"), "/role")


# Proof of work --------------------------------------------------------------------------------------


def test_without_address_and_key_work_is_asked_for_and_is_good_once(circle, given):
    def attempt(**members):
        return circle.try_to_join(client=given.api, **members)
    proof = given.proof()
    assert refused(attempt(), "/proof")
    assert refused(attempt(proof={"challenge": SECRET, "nonce": "0"}), "/proof")
    assert refused(attempt(proof={**proof, "nonce": proof["nonce"] + "x" * 40}), "/proof")
    assert refused(attempt(proof={**proof, "challenge": proof["challenge"][:-1]}), "/proof")
    flipped = "A" if proof["challenge"][0] != "A" else "B"
    assert refused(attempt(proof={**proof, "challenge": flipped + proof["challenge"][1:]}), "/proof")
    assert attempt(proof=proof).status == 201
    assert refused(attempt(proof=proof), "/proof")
    other = f"/v1/meetings/{circle.meetings[1]['id']}"
    assert refused(attempt(proof=proof, path=other), "/proof")


def test_work_is_good_for_ten_minutes(circle, given, another_server, own_clock):
    later = given.api.at(another_server(RUNDE_CLOCK_FILE=own_clock))
    first, second = given.proof(), given.proof()
    own_clock.move(9 / 60)
    assert circle.try_to_join(client=later, proof=first).status == 201
    own_clock.move(11 / 60)
    assert refused(circle.try_to_join(client=later, proof=second), "/proof")


def test_a_key_that_may_not_vouch_vouches_for_nobody(circle, given):
    assert refused(circle.try_to_join(client=given.client(scopes="groups:write")), "/proof")


# What nobody may write ------------------------------------------------------------------------------


TABLES = ["persons", "capabilities", "registrations", "places", "screenings", "leaders", "group_settings", "messages",
          "wrapping_keys"]
# What the server adds to a body on its way to the database.
ADDED = {"address", "capability", "challenge", "challenge_ends", "email_hash", "id", "wrapped", "wrapping_id",
         "screening_place", "screening_notes", "held", "is_admin"}
WITH_BODY = sorted((operation["operationId"], method, path) for (method, path), operation in CONTRACT.operations.items()
                   if "requestBody" in operation and set(operation["tags"]) & {"Registrations", "Leaders", "Messages"})


def members_of(operation):
    content = next(iter(operation["requestBody"]["content"].values()))
    return set(CONTRACT.resolve(content["schema"])["properties"])


@pytest.fixture(scope="module")
def there(circle):
    """Somebody of each kind, and what the parameters of paths stand for."""
    person, sender = circle.join(), circle.given.message(circle.group)
    return {"registration_id": person.id, "message_id": sender.id, "group_id": circle.group["id"],
            "schedule_id": circle.series["id"], "meeting_id": circle.meetings[0]["id"], "leader_id": circle.leader.id,
            "person": person}


def all_that_is_there(circle, there):
    settings = circle.leader.get(f"/v1/groups/{circle.group['id']}/settings").json
    return there["person"].read(), circle.seen(there["person"]), settings


def caller_of(operation, circle, there):
    schemes = {scheme for choice in operation["security"] for scheme in choice}
    return circle.leader if "session" in schemes else circle.keeper if "key" in schemes else \
        there["person"] if "capability" in schemes else circle.given.api


@pytest.mark.parametrize("name, method, path", [pytest.param(*known, id=known[0]) for known in WITH_BODY])
def test_no_column_can_be_written_that_the_contract_does_not_name(circle, there, db, name, method, path):
    db.execute("SELECT DISTINCT column_name::text FROM information_schema.columns WHERE table_name = ANY (%s)", [TABLES])
    operation = CONTRACT.operations[method, path]
    hidden = ({column for column, in db.fetchall()} | ADDED) - members_of(operation)
    assert {"person_id", "group_id", "state", "wrapped"} & hidden
    before = all_that_is_there(circle, there)
    kind = "merge-patch+json" if method == "PATCH" else "json"
    reply = caller_of(operation, circle, there).request(
        method, path.format(**there), {column: SECRET for column in hidden}, If_Match="*", Content_Type=f"application/{kind}")
    assert reply.status == 422 and reply.pointers() >= {f"/{column}" for column in hidden}
    assert SECRET not in reply.body.decode()
    assert all_that_is_there(circle, there) == before


def test_all_operations_that_take_a_body_are_tried():
    assert len(WITH_BODY) > 12 and "createMeetingRegistration" in {name for name, _, _ in WITH_BODY}


@pytest.mark.parametrize("column", ["state", "counted", "group_id", "turn", "id", "email_hash", "capability", "client_id"])
def test_a_good_body_with_one_member_more_registers_nobody(circle, db, column):
    db.execute("SELECT count(*) FROM registrations WHERE group_id = %s", [circle.group["id"]])
    before = db.fetchone()
    assert refused(circle.try_to_join(**{column: SECRET}), f"/{column}")
    db.execute("SELECT count(*) FROM registrations WHERE group_id = %s", [circle.group["id"]])
    assert db.fetchone() == before


# Secrets that open nothing --------------------------------------------------------------------------


def test_a_secret_that_is_not_whole_opens_nothing(circle, given):
    person = circle.join()
    key = person.key
    for broken in (key[:-1], key[1:], key + "A", key[:-1] + ("A" if key[-1] != "A" else "B"), key.replace("rp_", "rl_"),
                   key.replace("rp_", "RP_"), key.replace("rp_", ""), key.swapcase(), "rp_", key + key, key + "=",
                   "rp_" + "x" * 7000):
        assert person.as_client(broken).get(person.path).status == 401, broken[:3]
    assert person.get(person.path, Authorization=f"Basic {key}").status == 401
    assert person.as_client(None).get(person.path).status == 401
    assert person.as_client(None).get(f"{person.path}?secret={key}").status in (400, 401)
    assert person.get(person.path).status == 200


@pytest.mark.parametrize("kind", ["confirmation", "sign_in", "invitation"])
def test_a_mailed_token_is_no_secret_to_come_with(circle, given, kind):
    person = circle.join()
    for prefix in ("rp_", "rl_", ""):
        token = given.token(kind, person.id, prefix=prefix)
        assert person.as_client(token).get(person.path).status == 401


def test_what_has_run_out_or_is_of_others_opens_nothing(circle, given):
    person, other = circle.join(), circle.join()
    over = [given.token("life", person.id, hours=-1, prefix="rp_"),
            given.token("session", circle.leader.id, hours=-1, prefix="rl_")]
    assert [person.as_client(token).get(person.path).status for token in over] == [401, 401]
    for method, path in (("GET", ""), ("GET", "/data"), ("POST", "/cancel"), ("POST", "/reissue"), ("POST", "/revoke"),
                         ("DELETE", "")):
        assert other.request(method, person.path + path, If_Match="*").status == 404
    assert person.state == "confirmed"
    assert person.as_client(given.token("life", person.id, prefix="rp_")).get(person.path).status == 200  # and a good one does


def test_an_invitation_is_good_once_and_only_by_itself(circle, given):
    made = given.made(circle.leader.post(f"/v1/groups/{circle.group['id']}/leaders",
                                         {"email": given.address(), "name": "Buche"}))
    token = given.token("invitation", made["id"])
    late = given.token("invitation", made["id"], hours=-1)
    replies = [given.api.post("/v1/sessions", {"token": each}) for each in (token[:-1], late, token, token)]
    assert [reply.status for reply in replies] == [401, 401, 201, 401]
