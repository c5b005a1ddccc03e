"""test_abuse.py: what keeps programs from taking places and from mailing people who never asked."""

import base64
import itertools

import pytest

from tests.given import zero_bits
from tests.sweeps import sweep
from tests.wire import at_once

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
MINUTE, SECOND = 1 / 60, 1 / 3600  # in hours, as clocks are moved
MAILS_A_DAY = 10
ENOUGH = 4 + 8  # bits: what servers of tests ask for, made as hard as it gets by all who ask from the same address


def registrations_of(target):
    return f"/v1/{'meetings' if 'schedule_id' in target else 'schedules'}/{target['id']}/registrations"


def worked(challenge, least=0, below=257):
    """A nonce with so much work in it, and not more than that."""
    return str(next(n for n in itertools.count() if least <= zero_bits(f"{challenge}.{n}") < below))


def solved(client):
    riddle = client.post("/v1/challenges").json
    return {"challenge": riddle["challenge"], "nonce": worked(riddle["challenge"], riddle["bits"])}


@pytest.fixture
def series(given):
    return given.schedule(given.admin, given.group(), registration={"required": True})


def register(given, series, client=None, **members):
    return (client or given.api).post(registrations_of(series), given.new_registration(**members))


def assert_not_taken(reply):
    assert reply.status == 422 and reply.pointers() == {"/proof"}, reply.json


# Work ----------------------------------------------------------------------------------------------


def test_who_has_neither_address_nor_client_has_to_work(given, series):
    assert_not_taken(register(given, series))
    assert register(given, series, proof=given.proof()).status == 201
    assert_not_taken(register(given, series, contact={"phone": "+999 111"}))
    assert register(given, series, contact={"email": given.address()}).status == 201
    assert register(given, series, given.client(scopes="registrations:write")).status == 201


def test_another_key_or_a_session_does_not_stand_for_work(given, series):
    for client in (given.client(scopes="groups:write,registrations:manage"), given.leader(), given.admin):
        assert_not_taken(register(given, series, client))
        assert register(given, series, client, proof=given.proof()).status == 201


def test_whoever_writes_to_a_group_has_to_work_even_with_an_address(given):
    group = given.leader().group
    path = f"/v1/groups/{group['id']}/messages"
    message = {"text": "Guten Tag.", "contact": {"email": given.address()}}
    assert_not_taken(given.api.post(path, message))
    assert given.api.post(path, {**message, "proof": given.proof()}).status == 201


def test_work_is_good_once_for_whatever(given, series):
    proof = given.proof()
    assert register(given, series, proof=proof).status == 201
    assert_not_taken(register(given, series, proof=proof))
    other = given.schedule(given.admin, given.group(), registration={"required": True})
    assert_not_taken(register(given, other, proof=proof))
    assert_not_taken(register(given, series, proof={**proof, "nonce": worked(proof["challenge"], ENOUGH)}))
    assert_not_taken(given.api.post(f"/v1/groups/{given.leader().group['id']}/messages", {"text": "Guten Tag.", "proof": proof}))


def test_work_is_good_once_for_whoever_comes_at_the_same_moment(given, series):
    proof = given.proof()
    replies = at_once(*[lambda: register(given, series, proof=proof) for _ in range(8)])
    assert sorted(reply.status for reply in replies) == [201] + [422] * 7


def test_work_is_not_spent_by_a_dry_run_or_a_refusal(given, series):
    body = given.new_registration(proof=given.proof())
    path = registrations_of(series)
    assert given.api.post(path + "?dry_run=true", body).status == 201
    assert given.api.post(path, {**body, "role": "relative"}).status == 422
    assert given.api.post(path, {**body, "consent": {"version": "2020-01"}}).status == 422
    assert given.api.post(path, body).status == 201


def test_work_that_is_repeated_with_its_key_is_the_same_registration(given, series):
    body, key = given.new_registration(proof=given.proof()), given.word()
    first, again = (given.api.post(registrations_of(series), body, Idempotency_Key=key) for _ in range(2))
    assert first.status == again.status == 201 and first.body == again.body


@pytest.mark.parametrize("seconds, is_taken", [(-10, True), (5, False)])
def test_work_is_good_for_ten_minutes(given, series, another_server, own_clock, seconds, is_taken):
    later = given.api.at(another_server(RUNDE_CLOCK_FILE=own_clock))
    proof = solved(later)
    own_clock.move(10 * MINUTE + seconds * SECOND)
    reply = register(given, series, later, proof=proof)
    if is_taken:
        assert reply.status == 201
    else:
        assert_not_taken(reply)


def test_spent_work_is_remembered_as_long_as_it_would_be_good(given, series, another_server, own_clock, db):
    later = given.api.at(another_server(RUNDE_CLOCK_FILE=own_clock))
    proof = solved(later)
    assert register(given, series, later, proof=proof).status == 201
    own_clock.move(9 * MINUTE)
    db.execute("SELECT expired_forget(now() + interval '9 minutes')")
    assert_not_taken(register(given, series, later, proof=proof))


def test_work_that_was_not_done_is_refused(given, series):
    riddle = given.api.post("/v1/challenges").json
    challenge = riddle["challenge"]
    for nonce in (worked(challenge, 0, riddle["bits"]), worked(challenge, riddle["bits"] - 1, riddle["bits"])):
        assert_not_taken(register(given, series, proof={"challenge": challenge, "nonce": nonce}))
    nonce = worked(challenge, riddle["bits"], riddle["bits"] + 1)
    assert register(given, series, proof={"challenge": challenge, "nonce": nonce}).status == 201


def test_work_for_an_easier_server_is_not_enough_for_a_harder_one(given, series, another_server):
    hard = given.api.at(another_server(RUNDE_PROOF_BITS=12))
    riddle = hard.post("/v1/challenges").json
    assert riddle["bits"] >= 12
    lazy, diligent = (worked(riddle["challenge"], *bits) for bits in ((4, 12), (riddle["bits"],)))
    assert_not_taken(register(given, series, hard, proof={"challenge": riddle["challenge"], "nonce": lazy}))
    assert register(given, series, hard, proof={"challenge": riddle["challenge"], "nonce": diligent}).status == 201


def decoded(challenge):
    return base64.urlsafe_b64decode(challenge + "=" * (-len(challenge) % 4))


def encoded(content):
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def test_a_challenge_in_which_any_byte_is_changed_is_none(given, series):
    challenge = given.api.post("/v1/challenges").json["challenge"]
    content = decoded(challenge)
    for place in range(len(content)):
        for changed in (content[place] ^ 1, content[place] ^ 128):
            text = encoded(content[:place] + bytes([changed]) + content[place + 1:])
            assert_not_taken(register(given, series, proof={"challenge": text, "nonce": worked(text, ENOUGH)}))
    assert register(given, series, proof={"challenge": challenge, "nonce": worked(challenge, ENOUGH)}).status == 201


def test_a_challenge_that_asks_for_no_work_is_none(given, series):
    content = decoded(given.api.post("/v1/challenges").json["challenge"])
    bits, = [n for n in range(0, len(content), 8) if 4 <= int.from_bytes(content[n:n + 8], "little") <= ENOUGH]
    text = encoded(content[:bits] + bytes(8) + content[bits + 8:])
    assert_not_taken(register(given, series, proof={"challenge": text, "nonce": worked(text, ENOUGH)}))


@pytest.mark.parametrize("text", ["none", "!", "A" * 53, "A" * 54, "A" * 55, "A" * 200, "ä"])
def test_what_is_no_challenge_is_refused(given, series, text):
    assert_not_taken(register(given, series, proof={"challenge": text, "nonce": worked(text, ENOUGH)}))


def test_a_challenge_cut_off_or_lengthened_is_none(given, series):
    challenge = given.api.post("/v1/challenges").json["challenge"]
    for text in (challenge[:-1], challenge + "A", challenge + "AAAA", challenge[1:], challenge + "=", " " + challenge):
        assert_not_taken(register(given, series, proof={"challenge": text, "nonce": worked(text, ENOUGH)}))


def test_a_spent_challenge_written_in_another_way_is_spent(given, series):
    proof = given.proof()
    assert register(given, series, proof=proof).status == 201
    challenge = proof["challenge"]
    same = [challenge[:-1] + last for last in ALPHABET if decoded(challenge[:-1] + last) == decoded(challenge)]
    assert challenge in same
    for text in same:
        assert_not_taken(register(given, series, proof={"challenge": text, "nonce": worked(text, ENOUGH)}))


def test_a_challenge_of_another_installation_is_none(given, series, house):
    proof = house.given.proof()
    assert_not_taken(register(given, series, proof=proof))
    own = house.given.schedule(house.admin, house.given.group(), registration={"required": True})
    assert register(house.given, own, proof=proof).status == 201


def test_challenges_get_harder_one_bit_for_each_doubling_and_only_for_who_asks(given, another_server):
    server = another_server(RUNDE_WORKERS=1, RUNDE_TRUSTED_PROXY="127.0.0.1")
    client = given.api.at(server)

    def bits(address):
        return client.post("/v1/challenges", X_Forwarded_For=address).json["bits"]
    asked = [bits("192.0.2.1") for _ in range(1100)]
    assert asked[:7] == [4] * 7
    harder = {n: asked[n - 1] - 4 for n in (8, 15, 16, 31, 32, 64, 128, 256, 512, 1023, 1024, 1100)}
    assert harder == {8: 1, 15: 1, 16: 2, 31: 2, 32: 3, 64: 4, 128: 5, 256: 6, 512: 7, 1023: 7, 1024: 8, 1100: 8}
    assert sorted(asked) == asked
    assert bits("192.0.2.2") == 4


def test_harder_work_has_to_be_done(given, series, another_server):
    client = given.api.at(another_server(RUNDE_WORKERS=1))
    for _ in range(31):
        client.post("/v1/challenges")
    riddle = client.post("/v1/challenges").json
    assert riddle["bits"] == 7
    lazy = {"challenge": riddle["challenge"], "nonce": worked(riddle["challenge"], 4, 7)}
    assert_not_taken(register(given, series, client, proof=lazy))
    proof = {"challenge": riddle["challenge"], "nonce": worked(riddle["challenge"], 7)}
    assert register(given, series, client, proof=proof).status == 201


# Mails that nobody asked for -----------------------------------------------------------------------


def mails_to_come(house):
    return house.value("SELECT count(*) FROM jobs WHERE kind = 'mail'")


def some_series(house, count):
    group_of = house.given.client()
    return [house.given.schedule(house.admin, house.given.group(group_of), registration={"required": True})
            for _ in range(count)]


def shape(reply):
    return reply.status, sorted(reply.json), reply.json["state"], reply.json["way_back"], sorted(reply.headers)


def test_an_address_is_mailed_ten_times_a_day_at_most_however_many_groups(house):
    replies = [register(house.given, series, contact={"email": "amsel@example.org"})
               for series in some_series(house, MAILS_A_DAY + 3)]
    assert len({str(shape(reply)) for reply in replies}) == 1 and replies[0].status == 201
    assert mails_to_come(house) == MAILS_A_DAY
    other = some_series(house, 1)[0]
    assert register(house.given, other, contact={"email": "drossel@example.org"}).status == 201
    assert mails_to_come(house) == MAILS_A_DAY + 1
    house.clock.move(24)
    assert register(house.given, other, contact={"email": "amsel@example.org"}).status == 201
    assert mails_to_come(house) == MAILS_A_DAY + 2


def test_an_address_in_capitals_is_the_same_one(house):
    series = some_series(house, 1)[0]
    for n in range(MAILS_A_DAY + 5):
        email = "amsel@example.org" if n % 2 else "AMSEL@Example.ORG"
        assert register(house.given, series, contact={"email": email}).status == 201
    assert mails_to_come(house) == MAILS_A_DAY


def test_a_client_that_vouches_can_mail_no_more_often(house):
    series, client = some_series(house, 1)[0], house.given.client(scopes="registrations:write")
    for _ in range(MAILS_A_DAY + 5):
        assert register(house.given, series, client, contact={"email": "amsel@example.org"}).status == 201
    assert mails_to_come(house) == MAILS_A_DAY


def test_what_was_only_tried_is_no_mail(house):
    series = some_series(house, 1)[0]
    for _ in range(MAILS_A_DAY + 5):
        assert house.api.post(registrations_of(series) + "?dry_run=true", house.given.new_registration(
            contact={"email": "amsel@example.org"})).status == 201
    assert mails_to_come(house) == 0
    assert register(house.given, series, contact={"email": "amsel@example.org"}).status == 201
    assert mails_to_come(house) == 1


def test_lost_links_are_no_way_to_mail_somebody_more_often(house):
    """Many registrations under an address of somebody else's, and then one request for new links to all of them."""
    several = some_series(house, 2)
    for series in several:
        for _ in range(MAILS_A_DAY):
            assert register(house.given, series, contact={"email": "amsel@example.org"}).status == 201
    house.rows("DELETE FROM jobs")
    mailed = 0
    for hour in range(0, 24, 2):
        for series in several:
            assert house.api.post(f"/v1/groups/{series['group_id']}/recoveries", {"email": "amsel@example.org"}).status == 202
        sweep(house.db, f"((now() AT TIME ZONE 'UTC')::date + {hour} * interval '1 hour' + interval '1 day') AT TIME ZONE 'UTC'")
        mailed += mails_to_come(house)
        house.rows("DELETE FROM jobs")
    assert mailed == MAILS_A_DAY


def test_a_link_is_mailed_anew_once_an_hour(house):
    series = some_series(house, 1)[0]
    assert register(house.given, series, contact={"email": "amsel@example.org"}).status == 201
    house.rows("DELETE FROM jobs")

    def ask(hours):
        house.clock.move(hours)
        house.api.post(f"/v1/groups/{series['group_id']}/recoveries", {"email": "amsel@example.org"})
        sweep(house.db, f"'{house.now()}'::timestamptz")
        count = mails_to_come(house)
        house.rows("DELETE FROM jobs")
        return count
    assert [ask(hours) for hours in (0, 0.1, 0.9, 1.1, 1.2)] == [1, 0, 0, 1, 0]


def test_invitations_are_no_way_to_mail_somebody_more_often(house):
    client = house.given.client()
    for n in range(MAILS_A_DAY + 5):
        group = house.given.group(client)
        for _ in range(2 if n == 0 else 1):
            assert house.invite(group, client, email="eiche@example.org")[1]["state"] == "invited"
    assert mails_to_come(house) == MAILS_A_DAY - 1  # the second one to the first group was under way already


# Places --------------------------------------------------------------------------------------------


def test_who_has_not_confirmed_holds_no_place(given):
    series = given.schedule(given.admin, given.group(), capacity=2, registration={"required": True})
    ghosts = [given.registration(series, contact={"email": given.address()}) for _ in range(5)]
    assert {ghost.state for ghost in ghosts} == {"unconfirmed"}
    people = [given.registration(series) for _ in range(2)]
    assert [person.state for person in people] == ["confirmed", "confirmed"]
    late = given.api.post(f"{ghosts[0].path}/confirm", {"token": given.token("confirmation", ghosts[0].id)})
    assert late.json == {"id": ghosts[0].id, "state": "waiting", "position": 1}


def test_who_has_not_confirmed_is_in_nobodys_way_on_the_list(given):
    series = given.schedule(given.admin, given.group(), capacity=1, registration={"required": True})
    first = given.registration(series)
    for _ in range(3):
        given.registration(series, contact={"email": given.address()})
    second = given.registration(series)
    assert (second.read()["state"], second.read()["position"]) == ("waiting", 1)
    assert first.act("cancel").status == 200
    assert second.state == "offered"
