"""test_referrals.py: referrals: what they say, what their code is good for, and that nothing is told without consent."""

import itertools
import os
import re
import threading
import uuid
from contextlib import closing
from datetime import datetime, timedelta, timezone

import psycopg2
import pytest

from tests.circle import Circle
from tests.clock import Clock
from tests.given import Given
from tests.installation import connected
from tests.server import ROOT, Server
from tests.sweeps import statement

DAY = 24
STATES = ["requested", "accepted", "rejected", "in_progress", "on_hold", "completed", "cancelled", "failed", "expired"]
CONSENT = {"version": "2026-11-referral"}
WHY = {"reject": "no_capacity", "hold": "no_capacity", "fail": "unreachable", "cancel": "other_offer"}


@pytest.fixture(scope="module")
def keeper(admin, api, runde):
    return Given(admin, api, runde).client(scopes="groups:read,groups:write,meetings:write,registrations:write")


@pytest.fixture(scope="module")
def insurer(admin, api, runde):
    return Given(admin, api, runde).insurer()


@pytest.fixture
def circle(given, keeper):
    return lambda **settings: Circle(given, keeper, **settings)


@pytest.fixture
def referral(given, insurer):
    return given.referral(insurer)


@pytest.fixture
def later(folder):
    """A server whose clock the test moves."""
    clock = Clock(folder / f"clock-{uuid.uuid4().hex}")
    server = Server(folder, f"moved-{uuid.uuid4().hex[:8]}", RUNDE_CLOCK_FILE=clock)
    server.clock = clock
    yield server
    server.stop()


def path(referral):
    return f"/v1/referrals/{referral['id']}"


def redeem(circle, referral, consent=CONSENT, **how):
    """Somebody who has registered with a code, and agreed."""
    members = {"referral_code": referral["code"], **({"referral_consent": consent} if consent else {})}
    return circle.join(**members, **how)


def state(client, referral):
    return client.get(path(referral)).json["state"]


def step(leader, referral, action, reason=None):
    return leader.post(f"{path(referral)}/steps", {"action": action, **({"reason": reason} if reason else {})})


def cancel(insurer, referral, reason="other_offer"):
    return insurer.post(f"{path(referral)}/cancel", {"reason": reason})


def plain(reply):
    """What a problem says, without what is of each request."""
    return {name: value for name, value in reply.json.items() if name not in ("instance", "request_id")}


def overdue(db, *referrals):
    """The time of these is over: not that of others, for other tests have some meanwhile."""
    db.execute("UPDATE referrals SET valid_until = now() WHERE id = ANY (%s::uuid[]) RETURNING now()",
               [[referral["id"] for referral in referrals]])
    db.execute(statement("referrals_expire", now=db.fetchone()[0].isoformat()))


# Handing over -----------------------------------------------------------------------------------------


def test_a_referral_has_a_code_a_page_and_the_groups_that_may_take_somebody(given, insurer):
    topic = given.topic()["id"]
    place = {"country": "DE", "postcode": "50667"}
    near = given.group(topic_ids=[topic], place=place)
    waiting = given.group(topic_ids=[topic], place=place, accepting_newcomers="waiting_list")
    given.group(topic_ids=[topic], place=place, accepting_newcomers="no")
    given.group(topic_ids=[topic], place=place, audience=["relatives"])
    given.group(topic_ids=[topic], place=place, languages=["tr"])
    given.group(topic_ids=[topic], place=place, visibility="unlisted")
    given.group(topic_ids=[topic], place={"country": "DE", "postcode": "10115"})
    made = given.referral(insurer, need={"topic_id": topic})
    assert [(m["group_id"], m["accepting_newcomers"]) for m in made["matches"]] == [
        (near["id"], "yes"), (waiting["id"], "waiting_list")]
    assert made["state"] == "requested" and made["organisation_id"] == insurer.organisation["id"]
    assert made["link"].endswith(f"/referral/{made['code']}") and len(made["code"]) == 14
    shown = insurer.get(path(made)).json
    assert shown == {name: value for name, value in made.items() if name not in ("code", "link", "matches")}


def test_room_is_asked_for_without_handing_anybody_over(given, insurer, db):
    reply = insurer.post("/v1/referrals?dry_run=true", given.new_referral())
    assert reply.status == 201 and "matches" in reply.json
    db.execute("SELECT count(*) FROM referrals WHERE id = %s", [reply.json["id"]])
    assert db.fetchone() == (0,)


def test_the_same_request_sent_twice_makes_one_referral_with_one_code(given, insurer):
    body, key = given.new_referral(), uuid.uuid4().hex
    first, second = (insurer.post("/v1/referrals", body, Idempotency_Key=key) for _ in range(2))
    assert first.status == second.status == 201 and first.json == second.json


def test_a_need_is_found_by_the_code_of_an_illness_that_a_topic_covers(given, insurer):
    topic = given.topic(icd10=["Z91-Z92"])["id"]
    group = given.group(topic_ids=[topic], place={"country": "DE", "postcode": "50667"})
    made = given.referral(insurer, need={"icd10": "Z92.1"})
    assert group["id"] in [match["group_id"] for match in made["matches"]]
    assert insurer.post("/v1/referrals", given.new_referral(need={"icd10": "X99"})).pointers() == {"/need/icd10"}


@pytest.mark.parametrize("members, pointer", [
    ({"need": {}}, "/need"), ({"need": {"topic_id": "01935c33-2c30-7f53-8285-ffffffffffff"}}, "/need/topic_id"),
    ({"need": {"icd10": "Angst"}}, "/need/icd10"), ({"near": {"country": "DE", "postcode": "00000"}}, "/near/postcode"),
    ({"within_km": 101}, "/within_km"), ({"audience": "professionals"}, "/audience"), ({"valid_until": "2020-01-01T00:00:00Z"}, "/valid_until"),
    ({"valid_until": "2040-01-01T00:00:00Z"}, "/valid_until"), ({"group_id": "01935c33-2c30-7f53-8285-ffffffffffff"}, "/group_id")])
def test_what_is_wrong_with_a_referral_is_named(given, insurer, members, pointer):
    reply = insurer.post("/v1/referrals", given.new_referral(**members))
    assert reply.status == 422 and reply.pointers() == {pointer}


@pytest.mark.parametrize("name, value", [
    ("name", "Erika Beispiel"), ("reference", "A123456780"), ("reference", "BEISPIEL"), ("reference", "1970-01-01"),
    ("note", "braucht Hilfe"), ("email", "amsel@example.org"), ("birth_date", "1970-01-01"), ("person", {})])
def test_there_is_no_room_for_a_person(given, insurer, name, value):
    reply = insurer.post("/v1/referrals", given.new_referral(**{name: value}))
    assert reply.status == 422 and reply.pointers() == {f"/{name}"}


def test_only_insurers_and_partners_hand_people_over(given, admin):
    for kind, status in {"insurer": 201, "partner": 201, "contact_point": 403, "umbrella": 403}.items():
        client = given.insurer(given.organisation(kind=kind))
        assert client.post("/v1/referrals", given.new_referral()).status == status, kind
    assert given.insurer(scopes="groups:read").post("/v1/referrals", given.new_referral()).status == 403
    assert admin.post("/v1/referrals", given.new_referral()).status == 403


def test_an_organisation_follows_its_own_referrals_and_those_below_it_and_no_others(given, admin):
    top = given.organisation(kind="insurer")
    below = given.insurer(given.organisation(kind="insurer", parent_id=top["id"]))
    insurer, other = given.insurer(top), given.insurer()
    referral, of_below = given.referral(insurer), given.referral(below)
    given.referral(other)
    ids = [item["id"] for item in insurer.all_pages("/v1/referrals?limit=1")]
    assert ids[0] == of_below["id"] and ids[1] == referral["id"]
    assert [item["id"] for item in below.all_pages("/v1/referrals")] == [of_below["id"]]
    nothing = {"id": "01935c33-2c30-7f53-8285-ffffffffffff"}
    for stranger in (other, below, admin):
        for ask in (lambda who, what: who.get(path(what)), cancel):
            found, none = ask(stranger, referral), ask(stranger, nothing)
            assert found.status == none.status == 404
            assert plain(found) == plain(none)


def test_referrals_are_listed_by_state_and_by_change(given, circle):
    insurer, around = given.insurer(), circle()
    referrals = [given.referral(insurer) for _ in range(3)]
    redeem(around, referrals[0])
    assert cancel(insurer, referrals[1]).status == 200
    wanted = {"accepted": [0], "cancelled": [1], "requested": [2], "completed": []}
    for name, numbers in wanted.items():
        found = [item["id"] for item in insurer.get(f"/v1/referrals?state={name}").json["items"]]
        assert found == [referrals[number]["id"] for number in numbers]
    since = insurer.get(path(referrals[1])).json["updated_at"]
    assert len(insurer.get(f"/v1/referrals?updated_since={since}").json["items"]) >= 1
    assert insurer.get("/v1/referrals?updated_since=2040-01-01T00:00:00Z").json["items"] == []


# Redeeming --------------------------------------------------------------------------------------------


def test_without_consent_the_registration_stands_and_nothing_is_told(circle, insurer, referral):
    before = insurer.get(path(referral))
    person = redeem(circle(), referral, consent=None)
    assert person.state == "confirmed"
    after = insurer.get(path(referral))
    assert after.json == before.json and after.etag == before.etag
    assert person.get(f"{person.path}/referral").status == 404
    redeem(circle(), referral)  # and the code is as good as before


def test_who_registers_with_a_code_and_agrees_is_told_of_by_the_state_alone(circle, insurer, referral):
    around = circle()
    person = redeem(around, referral)
    shown = insurer.get(path(referral)).json
    assert shown["state"] == "accepted"
    assert set(shown) == set(referral) - {"code", "link", "matches"}
    for secret in (person.id, around.group["id"], person.made["pseudonym"], around.series["id"]):
        assert secret not in str(shown)
    told = person.get(f"{person.path}/referral").json
    assert told["state"] == "accepted" and told["consent"]["version"] == CONSENT["version"] and len(told["reads"]) == 1
    assert person.get(f"{person.path}/data").json["referral"] == told


@pytest.mark.parametrize("spelling", [str.lower, lambda code: code.replace("-", ""), lambda code: code.replace("0", "O"),
                                      lambda code: code.replace("1", "l")])
def test_a_code_can_be_typed_as_people_type(circle, insurer, referral, spelling):
    redeem(circle(), {**referral, "code": spelling(referral["code"])})
    assert state(insurer, referral) == "accepted"


def test_codes_that_are_not_good_are_all_answered_alike(given, circle, insurer, referral, db):
    around, elsewhere = circle(), circle()
    redeem(around, referral)
    cancelled, expired, bound = (given.referral(insurer, **members) for members in ({}, {}, {"group_id": elsewhere.group["id"]}))
    assert cancel(insurer, cancelled).status == 200
    db.execute("UPDATE referrals SET valid_until = now() WHERE id = %s", [expired["id"]])
    dry = insurer.post("/v1/referrals?dry_run=true", given.new_referral()).json
    answers = []
    for wrong in (referral, cancelled, expired, bound, dry):
        reply = around.try_to_join(referral_code=wrong["code"], referral_consent=CONSENT)
        assert reply.status == 422 and reply.pointers() == {"/referral_code"}
        answers.append(plain(reply))
    assert answers == [answers[0]] * 5
    redeem(elsewhere, bound)


def test_a_mistyped_code_and_an_old_consent_are_said_to_be_so(circle, referral):
    around, code = circle(), referral["code"]
    wrong = code[:-1] + ("0" if code[-1] != "0" else "1")
    assert around.try_to_join(referral_code=wrong, referral_consent=CONSENT).pointers() == {"/referral_code"}
    assert around.try_to_join(referral_code=code, referral_consent={"version": "2026-11"}).pointers() == {"/referral_consent/version"}
    redeem(around, referral)


def test_what_one_agrees_to_is_a_text_of_its_own(api):
    items = api.get("/v1/consents?purpose=referral").json["items"]
    assert {(item["language"], item["version"]) for item in items} == {("de", CONSENT["version"]), ("en", CONSENT["version"])}
    assert {item["version"] for item in api.get("/v1/consents").json["items"]} == {"2026-11"}


class Guesser:
    """Somebody without a key who tries codes, on a server of their own."""

    def __init__(self, around, api, server):
        self.around, self.api = around, api.at(server)

    def try_code(self, referral, path=None, **fields):
        given = self.around.given
        body = given.new_registration(referral_code=referral["code"], referral_consent=CONSENT, proof=given.proof())
        return self.api.post((path or self.around.path) + "/registrations", body, **fields)


@pytest.fixture
def guesser(circle, api, another_server):
    return Guesser(circle(), api, another_server())


def test_after_some_wrong_codes_even_the_right_one_is_not_looked_at(given, referral, guesser, insurer):
    spent = given.referral(insurer)
    redeem(guesser.around, spent)
    assert [guesser.try_code(spent).status for _ in range(11)] == [422] * 10 + [429]
    refused = guesser.try_code(referral, f"/v1/meetings/{guesser.around.meetings[0]['id']}")
    assert refused.status == 429 and int(refused.headers["retry-after"]) > 0
    body = given.new_registration(proof=given.proof())
    assert guesser.api.post(f"{guesser.around.path}/registrations", body).status == 201  # without one, all goes on
    assert state(insurer, referral) == "requested"


def test_a_guess_under_an_idempotency_key_counts_like_any_other(given, insurer, guesser):
    spent = given.referral(insurer)
    redeem(guesser.around, spent)
    answers = [guesser.try_code(spent, Idempotency_Key=uuid.uuid4().hex).status for _ in range(11)]
    assert answers == [422] * 10 + [429]


def test_a_client_may_be_mistaken_more_often_and_so_many_clients_only_so_often(given, insurer, circle, another_server):
    around, spent, server = circle(), given.referral(insurer), another_server()
    redeem(around, spent)
    clients = [given.client(scopes="registrations:write").at(server) for _ in range(3)]
    answers = [[around.try_to_join(client=client, path=around.path, referral_code=spent["code"],
                                   referral_consent=CONSENT).status for _ in range(51)] for client in clients]
    assert answers == [[422] * 50 + [429]] * 2 + [[429] * 51]


def test_however_its_address_is_written_a_series_is_one(given, insurer, circle, another_server):
    around, spent, server = circle(), given.referral(insurer), another_server()
    redeem(around, spent)
    name = around.series["id"]
    paths = [f"/v1/schedules/{written}" for written in (name, name.upper(), f"%{ord(name[0]):x}{name[1:]}")]
    clients = [given.client(scopes="registrations:write").at(server) for _ in paths]
    answers = [[around.try_to_join(client=client, path=path, referral_code=spent["code"],
                                   referral_consent=CONSENT).status for _ in range(50)] for client, path in zip(clients, paths)]
    assert answers == [[422] * 50] * 2 + [[429] * 50]


def test_right_codes_are_no_guesses(given, insurer, circle, another_server):
    around = circle()
    client = around.keeper.at(another_server())
    for _ in range(15):
        redeem(around, given.referral(insurer), client=client)


def test_of_twenty_who_come_with_one_code_at_once_one_is_linked(given, circle, insurer, referral, another_server):
    circles, replies = [circle() for _ in range(4)], []

    def come(number):
        around = circles[number % 4]
        client = given.client(scopes="registrations:write")  # so that none of them has guessed too often
        barrier.wait()
        replies.append(around.try_to_join(client=client, referral_code=referral["code"], referral_consent=CONSENT))
    barrier = threading.Barrier(20)
    threads = [threading.Thread(target=come, args=[number]) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(reply.status for reply in replies) == [201] + [422] * 19
    assert state(insurer, referral) == "accepted"


def test_a_dry_run_uses_no_code(circle, insurer, referral):
    around = circle()
    body = around.given.new_registration(referral_code=referral["code"], referral_consent=CONSENT)
    assert around.keeper.post(f"{around.path}/registrations?dry_run=true", body).status == 201
    assert state(insurer, referral) == "requested"
    redeem(around, referral)


# What becomes of it -----------------------------------------------------------------------------------


def test_a_referral_goes_its_way_from_the_code_to_the_end(given, circle, insurer, referral):
    around = circle(joining="screening")
    person = redeem(around, referral)
    assert state(insurer, referral) == "requested"
    assert around.leader.post(f"{person.path}/admit").status == 200
    assert state(insurer, referral) == "accepted"
    seen = around.leader.get(path(referral)).json
    assert seen["registration_id"] == person.id and "organisation_id" not in seen and "reference" not in seen
    assert step(around.leader, referral, "start").json["state"] == "in_progress"
    held = step(around.leader, referral, "hold", "person_pauses").json
    assert (held["state"], held["reason"]) == ("on_hold", "person_pauses")
    assert step(around.leader, referral, "accept").json["state"] == "accepted"
    done = step(around.leader, referral, "complete").json
    assert done["state"] == "completed" and done["actions"] == [] and "reason" not in done
    assert state(insurer, referral) == "completed"
    assert [item["id"] for item in around.leader.get("/v1/referrals").json["items"]] == [referral["id"]]


def test_what_happens_to_the_registration_moves_the_referral_along(given, circle, insurer, later, db):
    around = circle(capacity=1, joining="screening")
    cases = {}

    def told(name, person):
        cases[name] = (lambda r: (r["state"], r.get("reason")))(insurer.get(path(person.referral)).json)

    def come(**how):
        referral = given.referral(insurer)
        person = redeem(around, referral, **how)
        person.referral = referral
        return person
    told("screening", come())
    person = come()
    around.leader.post(f"{person.path}/reject", {"reason": "Es passt nicht."})
    told("rejected at once", person)
    person = come()
    around.leader.post(f"{person.path}/admit")
    told("admitted", person)
    waits = come()
    assert around.leader.post(f"{waits.path}/admit").json["state"] == "waiting"
    told("waiting", waits)
    around.leader.post(f"{person.path}/reject", {"reason": "Es passt nicht."})
    told("rejected later", person)
    assert waits.state == "offered"
    told("offered", waits)
    waits.act("decline")
    told("declined", waits)
    person = come()
    person.act("cancel")
    told("cancelled", person)
    person = come(week=2)
    around.except_on(2, cancelled=True)
    told("called off", person)
    person = come(week=None)
    assert around.keeper.delete(around.path).status == 204
    told("ended", person)
    assert cases == {
        "screening": ("requested", None), "rejected at once": ("rejected", "group_declined"), "admitted": ("accepted", None),
        "waiting": ("requested", None), "rejected later": ("failed", "group_declined"), "offered": ("requested", None),
        "declined": ("failed", "person_withdrew"), "cancelled": ("failed", "person_withdrew"),
        "called off": ("requested", None), "ended": ("failed", "not_available")}


def test_nobody_learns_whether_somebody_comes(circle, insurer, referral, db):
    around = circle()
    assert around.leader.patch(f"/v1/groups/{around.group['id']}/settings", {"attendance": True}).status == 200
    person = redeem(around, referral, week=None)
    before = insurer.get(path(referral))
    db.execute("INSERT INTO attendances (registration_id, meeting_id, attended) VALUES (%s, %s, true)",
               [person.id, around.meetings[0]["id"]])
    assert insurer.get(path(referral)).etag == before.etag


def test_who_never_confirms_their_address_has_used_no_code(circle, insurer, referral, later):
    around = circle()
    person = redeem(around, referral, contact={"email": around.given.address()})
    assert person.state == "unconfirmed" and state(insurer, referral) == "requested"
    later.clock.move(25)
    around.join(client=around.keeper.at(later))  # who comes next finds that it has lapsed
    redeem(around, referral)
    assert state(insurer, referral) == "accepted"


def test_leaders_have_nothing_to_say_of_a_referral_until_the_address_is_confirmed(circle, referral, later):
    around = circle()
    person = redeem(around, referral, contact={"email": around.given.address()})
    assert around.leader.get(path(referral)).status == 404 and around.leader.get("/v1/referrals").json["items"] == []
    assert step(around.leader, referral, "accept").status == 404
    later.clock.move(25)
    around.join(client=around.keeper.at(later))
    assert person.state == "expired"
    person = redeem(around, referral, contact={"email": around.given.address()})
    assert around.confirm(person).status == 200
    assert step(around.leader, referral, "complete").status == 200


def test_leaders_find_what_was_redeemed_since_though_nothing_is_told_of_it(circle, insurer, referral, later):
    around = circle(joining="screening")
    later.clock.move(2)
    redeem(around, referral, client=around.keeper.at(later))
    since = f"?updated_since={(datetime.now(timezone.utc) + timedelta(hours=1)):%Y-%m-%dT%H:%M:%SZ}"
    assert [item["id"] for item in around.leader.get(f"/v1/referrals{since}").json["items"]] == [referral["id"]]
    assert referral["id"] not in {item["id"] for item in insurer.get(f"/v1/referrals{since}").json["items"]}


def test_who_confirms_their_address_is_told_of_then(circle, insurer, referral, db):
    around = circle()
    person = redeem(around, referral, contact={"email": around.given.address()})
    key = f"referral:{referral['id']}:{around.leader.id}"
    db.execute("SELECT count(*) FROM jobs WHERE key = %s", [key])
    assert db.fetchone() == (0,)
    assert around.confirm(person).status == 200
    assert state(insurer, referral) == "accepted"
    db.execute("SELECT payload FROM jobs WHERE key = %s", [key])
    assert db.fetchone() == ({"template": "referral"},)


def test_what_nobody_redeems_ends(given, insurer, circle, db):
    unused, used = given.referral(insurer), given.referral(insurer)
    redeem(circle(joining="screening"), used)
    lasts = datetime.fromisoformat(unused["valid_until"]) - datetime.fromisoformat(unused["created_at"])
    assert lasts == timedelta(days=90)
    overdue(db, unused, used)
    assert (state(insurer, unused), state(insurer, used)) == ("expired", "requested")
    assert cancel(insurer, unused).status == 409


def test_reasons_are_out_of_a_list_and_must_be_there_where_it_did_not_work(circle, insurer, referral):
    around = circle()
    redeem(around, referral)
    for action, reason in [("hold", None), ("hold", "group_ended"), ("fail", "no_capacity"), ("start", "no_capacity"),
                           ("fail", "weil es nicht ging")]:
        reply = step(around.leader, referral, action, reason)
        assert reply.status == 422 and reply.pointers() == {"/reason"}, (action, reason)
    for body in ({}, {"reason": "person_withdrew"}, {"reason": "other_offer", "note": "Frau Beispiel"}):
        assert insurer.post(f"{path(referral)}/cancel", body).status == 422


# What is told, and to whom ----------------------------------------------------------------------------


def reads(db, referral):
    db.execute("SELECT writer ->> 'client_id' IS NOT NULL, members FROM audit WHERE resource_id = %s AND action = 'read'",
               [referral["id"]])
    return db.fetchall()


def test_each_time_that_an_organisation_is_shown_a_referral_is_noted_once(given, circle, db):
    insurer, around = given.insurer(), circle()
    seen, other = given.referral(insurer), given.referral(insurer)
    person = redeem(around, seen)
    assert reads(db, seen) == []
    etag = insurer.get(path(seen)).etag
    assert insurer.get(path(seen), If_None_Match=etag).status == 304
    insurer.request("HEAD", path(seen))
    assert reads(db, seen) == [(True, ["state"])] * 3
    insurer.get("/v1/referrals")
    insurer.get("/v1/referrals?limit=1")  # which shows the other one
    assert (len(reads(db, seen)), len(reads(db, other))) == (4, 2)
    given.insurer().get(path(seen))
    around.leader.get(path(seen))
    around.leader.get("/v1/referrals")
    person.get(f"{person.path}/referral")
    assert len(reads(db, seen)) == 4
    assert len(person.get(f"{person.path}/referral").json["reads"]) == 4


def test_whoever_reads_without_end_keeps_nobody_from_their_own(circle, insurer, referral, db):
    person = redeem(circle(), referral)
    db.execute("INSERT INTO audit (at, writer, action, resource, resource_id, revision, members)"
               " SELECT now() + n * interval '1 second', '{}', 'read', 'referral', %s, 2, '{state}' FROM generate_series(1, 1500) AS n",
               [referral["id"]])
    insurer.get(path(referral))
    reads = person.get(f"{person.path}/referral").json["reads"]
    assert len(reads) == 1000 and reads[-1] < reads[0]  # what came last is among them


def statement_without(guard, instead, name, **values):
    """A statement of the API without one of its guards."""
    text = (ROOT / f"api/sql/{name}.sql").read_text(encoding="utf-8")
    assert guard in text
    return re.sub(r":'(\w+)'", lambda found: f"({values[found[1]]})", text.replace(guard, instead))


def test_a_read_that_is_not_noted_would_be_found(given, db, insurer):
    seen = given.referral(insurer)
    db.execute(statement_without(
        "WHERE seen_as = 'requester'", "WHERE false", "referral_get", leads="NULL", refers="'true'", now="now()",
        writer="'{}'", organisations=f"'{{{insurer.organisation['id']}}}'", referral_id=f"'{seen['id']}'"))
    assert len(db.fetchall()) == 1 and reads(db, seen) == []


def test_access_ends_with_the_consent_at_once(circle, insurer, referral):
    around = circle()
    person = redeem(around, referral)
    for _ in range(3):  # whatever is remembered is so by now
        assert state(insurer, referral) == "accepted"
    assert person.delete(f"{person.path}/referral").status == 204
    shown = insurer.get(path(referral)).json
    assert {**shown, "revision": 0, "updated_at": 0} == {
        **{name: value for name, value in referral.items() if name not in ("code", "link", "matches")},
        "revision": 0, "updated_at": 0}
    accepted = insurer.get(f"/v1/referrals?state=accepted&updated_since={referral['created_at']}").json["items"]
    assert referral["id"] not in {item["id"] for item in accepted}
    assert around.leader.get(path(referral)).status == 404
    assert step(around.leader, referral, "complete").status == 404
    assert person.get(f"{person.path}/referral").status == 404
    assert "referral" not in person.get(f"{person.path}/data").json
    assert person.delete(f"{person.path}/referral").status == 404
    assert person.state == "confirmed"


def test_nothing_is_told_of_what_happens_after_the_consent_is_withdrawn(circle, insurer, referral, db):
    around = circle()
    person = redeem(around, referral)
    assert person.delete(f"{person.path}/referral").status == 204
    etag = insurer.get(path(referral)).etag
    assert person.act("cancel").status == 200
    assert insurer.get(path(referral)).etag == etag
    overdue(db, referral)
    assert state(insurer, referral) == "expired"


def test_what_the_organisation_is_not_told_shows_in_no_revision(given, circle, insurer, later, db):
    around = circle(joining="screening")
    names = ("waits", "withdrawn", "taken back", "completed", "never confirmed")
    referrals = {name: given.referral(insurer) for name in names}
    people = {name: redeem(around, referrals[name]) for name in names[:-1]}
    assert cancel(insurer, referrals["taken back"]).status == 200
    around.leader.post(f"{people['completed'].path}/admit")
    assert step(around.leader, referrals["completed"], "complete").status == 200
    told = {name: insurer.get(path(referrals[name])).json for name in names}
    assert [told[name]["revision"] for name in names] == [1, 1, 2, 3, 1]
    redeem(around, referrals["never confirmed"], contact={"email": given.address()})
    for name in ("withdrawn", "taken back"):
        assert people[name].delete(f"{people[name].path}/referral").status == 204
    db.execute("SELECT person_erase(%s, 'retention', now())", [people["completed"].id])
    later.clock.move(25)
    around.join(client=around.keeper.at(later))
    assert [leads_to(db, referrals[name])[0] for name in names] == [people["waits"].id, None, None, None, None]
    assert {name: insurer.get(path(referrals[name])).json for name in names} == told


def test_a_code_is_not_good_again_after_the_consent_is_withdrawn(circle, referral):
    around = circle()
    person = redeem(around, referral)
    assert person.delete(f"{person.path}/referral").status == 204
    assert around.try_to_join(referral_code=referral["code"], referral_consent=CONSENT).status == 422


def test_what_the_organisation_took_back_stays_so_when_the_consent_is_withdrawn(circle, insurer, referral):
    person = redeem(circle(), referral)
    assert cancel(insurer, referral).status == 200
    assert person.state == "confirmed"
    assert person.delete(f"{person.path}/referral").status == 204
    shown = insurer.get(path(referral)).json
    assert (shown["state"], shown["reason"]) == ("cancelled", "other_offer")


def test_mails_on_their_way_about_a_referral_end_with_the_consent(circle, referral, db):
    around = circle()
    person = redeem(around, referral)
    key = f"referral:{referral['id']}:{around.leader.id}"
    db.execute("SELECT count(*) FROM jobs WHERE key = %s", [key])
    assert db.fetchone() == (1,)
    assert person.delete(f"{person.path}/referral").status == 204
    db.execute("SELECT count(*) FROM jobs WHERE key = %s", [key])
    assert db.fetchone() == (0,)


def test_who_is_erased_leaves_a_referral_without_a_link(circle, insurer, referral, db):
    around = circle()
    person = redeem(around, referral)
    assert person.delete(person.path).status == 204
    assert state(insurer, referral) == "requested"
    assert leads_to(db, referral) == (None, None, None)


def leads_to(db, referral):
    db.execute("SELECT person_id, redeemed_group_id, consent_at FROM referrals WHERE id = %s", [referral["id"]])
    return db.fetchone()


def test_who_is_erased_by_time_leaves_what_was_told_and_no_link(given, circle, insurer, db):
    around = circle()
    ended, open_one = given.referral(insurer), given.referral(insurer)
    people = [redeem(around, referral) for referral in (ended, open_one)]
    assert step(around.leader, ended, "complete").status == 200
    for person in people:
        db.execute("SELECT person_erase(%s, 'retention', now())", [person.id])
    shown = [insurer.get(path(referral)).json for referral in (ended, open_one)]
    assert [(one["state"], one.get("reason")) for one in shown] == [("completed", None), ("failed", "no_outcome")]
    assert all(leads_to(db, referral)[:2] == (None, None) for referral in (ended, open_one))
    assert around.leader.get("/v1/referrals").json["items"] == []


def test_no_statement_can_tell_of_somebody_without_their_consent(circle, insurer, referral, db):
    for members in ("state = 'accepted'", "state = 'failed', reason = 'no_answer'"):
        with pytest.raises(psycopg2.errors.CheckViolation):
            db.execute(f"UPDATE referrals SET {members} WHERE id = %s", [referral["id"]])
    db.execute("ALTER TABLE referrals DROP CONSTRAINT referral_silence")  # without the guard it can
    try:
        db.execute("UPDATE referrals SET state = 'accepted' WHERE id = %s", [referral["id"]])
        assert state(insurer, referral) == "accepted"
    finally:
        db.execute("UPDATE referrals SET state = 'requested' WHERE id = %s", [referral["id"]])
        db.execute("ALTER TABLE referrals ADD CONSTRAINT referral_silence"
                   " CHECK (consent_at IS NOT NULL OR state IN ('requested', 'cancelled', 'expired'))")


def test_every_change_is_logged_and_no_log_names_the_person(circle, insurer, referral, db):
    around = circle()
    person = redeem(around, referral)
    assert person.delete(f"{person.path}/referral").status == 204
    db.execute("SELECT action, revision FROM changes WHERE resource = 'referral' AND resource_id = %s ORDER BY sequence",
               [referral["id"]])
    assert db.fetchall() == [("created", 1), ("updated", 2), ("updated", 3)]  # accepted, and requested again
    db.execute("SELECT row_to_json(a)::text FROM audit a WHERE resource_id = %s ORDER BY sequence", [referral["id"]])
    rows = [row for row, in db.fetchall()]
    assert len(rows) == 5 and "client_id" in rows[0]
    assert not any(person.id in row or around.group["id"] in row for row in rows)


def test_a_withdrawal_goes_by_the_version_that_was_seen(circle, referral):
    person = redeem(circle(), referral)
    told = person.get(f"{person.path}/referral")
    assert person.delete(f"{person.path}/referral", '"99.0123456789abcdef"').status == 412
    assert person.delete(f"{person.path}/referral", told.etag).status == 204


# The table of transitions -------------------------------------------------------------------------------


class Stage:
    """A referral that was redeemed, put into any state behind the server's back, and those who can act on it."""

    def __init__(self, given, circle, insurer, db):
        self.db, self.insurer, self.circle = db, insurer, circle()
        self.referral = given.referral(insurer)
        self.person = redeem(self.circle, self.referral, week=None)
        db.execute("SELECT actor, action, state, next FROM referral_transitions")
        self.table = {(actor, action, was): following for actor, action, was, following in db.fetchall()}

    def put(self, state):
        reason = "no_capacity" if state in ("rejected", "on_hold", "cancelled", "failed") else None
        self.db.execute("""UPDATE referrals SET state = %s, reason = %s, person_id = %s, redeemed_group_id = %s,
                                  consent_version = 'x', consent_at = now() WHERE id = %s""",
                        [state, reason, self.person.id, self.circle.group["id"], self.referral["id"]])

    def act(self, actor, action):
        """The status, and the state that it is in then."""
        if actor == "requester":
            reply = self.insurer.post(f"{path(self.referral)}/{action}", {"reason": WHY[action]})
        elif actor == "group":
            reply = step(self.circle.leader, self.referral, action, WHY.get(action))
        else:
            reply = self.person.delete(f"{self.person.path}/referral")
        return reply.status, self.state()

    def state(self):
        self.db.execute("SELECT state FROM referrals WHERE id = %s", [self.referral["id"]])
        return self.db.fetchone()[0]

    def expected(self, actor, action, state):
        following = self.table.get((actor, action, state))
        done = state in {after for (a, b, _), after in self.table.items() if (a, b) == (actor, action)}
        if following is None and not done and actor != "person":
            return 409, state
        return 204 if actor == "person" else 200, following or state


@pytest.fixture(scope="module")
def stage(admin, api, runde, insurer, keeper):
    given = Given(admin, api, runde)
    with closing(connected(os.environ["RUNDE_TEST_DATABASE"])) as connection:
        yield Stage(given, lambda **settings: Circle(given, keeper, **settings), insurer, connection.cursor())


ACTS = [("requester", "cancel"), ("person", "withdraw"),
        *(("group", action) for action in ("accept", "reject", "start", "hold", "complete", "fail"))]


@pytest.mark.parametrize("state, act", itertools.product([s for s in STATES if s != "expired"], ACTS))
def test_every_action_in_every_state_does_what_the_table_says(stage, state, act):
    stage.put(state)
    assert stage.act(*act) == stage.expected(*act, state)


@pytest.mark.parametrize("state, action", itertools.product(STATES, ("accept", "reject", "fail", "expire")))
def test_the_service_itself_goes_by_the_table(stage, state, action):
    stage.put(state)
    reason = {"reject": "group_declined", "fail": "no_outcome"}.get(action)
    stage.db.execute("SELECT (referral_step(r, 'system', %s, %s, '{}', now())).problem FROM referrals r WHERE id = %s",
                     [action, reason, stage.referral["id"]])
    assert stage.state() == (stage.table.get(("system", action, state)) or state)


def test_a_refusal_names_what_is_possible(stage):
    stage.put("accepted")
    reply = step(stage.circle.leader, stage.referral, "reject", "no_capacity")
    assert reply.status == 409 and reply.slug == "invalid-transition"
    assert reply.json["detail"] == "It is accepted. From there: complete, fail, hold, start."


def test_the_contract_has_the_same_table_and_the_same_reasons(stage, server, api):
    document = api.get("/v1/openapi.json").json
    text = document["info"]["description"].split("## Referrals")[1].split("##")[0]
    published = set()
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("| ").split("|")]
        if line.startswith("|") and cells[0] not in ("Action", "---"):
            for state in cells[2].split(", "):
                for who in cells[1].split("; "):
                    word = next(word for word in ("leader", "person", "service", "made") if word in who)
                    actor = {"leader": "group", "person": "person", "service": "system", "made": "requester"}[word]
                    published.add((actor, cells[0], state, cells[3]))
    assert published == {(*key, following) for key, following in stage.table.items()}
    stage.db.execute("SELECT actor, array_agg(DISTINCT reason ORDER BY reason) FROM referral_reasons GROUP BY actor")
    reasons = dict(stage.db.fetchall())
    schemas = document["components"]["schemas"]
    assert set(schemas["ReferralReason"]["enum"]) == {reason for some in reasons.values() for reason in some}
    assert set(schemas["ReferralStep"]["properties"]["reason"]["enum"]) == set(reasons["group"])
    assert set(schemas["ReferralCancellation"]["properties"]["reason"]["enum"]) == set(reasons["requester"])


@pytest.mark.parametrize("kind", ["insurer", "other insurer", "leader", "other leader", "person", "nobody"])
def test_nobody_takes_a_step_that_is_anothers(given, circle, stage, kind):
    stage.put("accepted")
    who = {"insurer": stage.insurer, "other insurer": given.insurer, "leader": stage.circle.leader,
           "other leader": lambda: circle().leader, "person": stage.person, "nobody": given.api}[kind]
    who = who() if callable(who) else who
    wanted = {"insurer": (401, 200), "other insurer": (401, 404), "leader": (200, 401), "other leader": (404, 401),
              "person": (401, 401), "nobody": (401, 401)}[kind]
    assert (step(who, stage.referral, "start").status, cancel(who, stage.referral).status) == wanted
