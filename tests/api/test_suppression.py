"""test_suppression.py: addresses that take no mails: their persons are told, may lift it, and nobody else learns of it."""

import uuid

import pytest

from tests.circle import Circle


@pytest.fixture
def circle(given):
    return Circle(given, given.client(scopes="groups:read,groups:write,meetings:write,registrations:write"))


@pytest.fixture
def bounce(db):
    """A mail to somebody comes back, as `runde bounces` notes it."""
    address = "\\x" + uuid.uuid4().hex * 2

    def come_back(person):
        db.execute("SELECT address_suppress(%s, %s, '5.1.1', '2026-01-07 19:00', runde_now())", [person.id, address])
        return db.fetchone()[0]
    come_back.address = address
    return come_back


def told(person):
    """What a person is told, in both places where they are."""
    read, held = person.read(), person.get(f"{person.path}/data").json["registration"]
    assert read["contact_suppressed"] == held["contact_suppressed"]
    return read["contact_suppressed"]


def test_a_person_is_told_that_mails_to_them_come_back(circle, bounce):
    person, other, without = circle.join_by_mail(), circle.join_by_mail(), circle.join()
    assert not told(person)
    before = person.get(person.path)
    assert bounce(person)
    assert told(person) and not told(other) and not told(without)
    after = person.get(person.path, If_None_Match=before.etag)
    assert after.status == 200 and after.json["revision"] == before.json["revision"]


def test_whoever_mistyped_the_address_learns_it_before_it_is_confirmed(circle, bounce):
    person = circle.join_by_mail(confirmed=False)
    bounce(person)
    assert told(person) and person.state == "unconfirmed"


def test_a_confirmation_lifts_it_for_all_who_have_the_address(circle, bounce, db):
    person, again = circle.join_by_mail(), circle.join_by_mail(1, confirmed=False)
    bounce(person)
    bounce(again)
    assert circle.confirm(again).status == 200
    assert not told(person) and not told(again)
    db.execute("SELECT count(*) FROM suppressed_addresses WHERE address = %s", [bounce.address])
    assert db.fetchone() == (0,)
    assert not bounce(again) and not told(again)  # that mail is known


def test_a_leader_lifts_it_by_signing_in(circle, bounce, given, db):
    leader = circle.leader
    bounce(leader)
    db.execute("SELECT contact_is_suppressed(%s)", [leader.id])
    assert db.fetchone() == (True,)
    assert given.api.post("/v1/sessions", {"token": given.token("invitation", leader.id)}).status == 201
    db.execute("SELECT contact_is_suppressed(%s)", [leader.id])
    assert db.fetchone() == (False,)


def test_leaders_and_organisations_see_no_difference(circle, bounce):
    person = circle.join_by_mail()
    assert circle.leader.patch(f"/v1/groups/{circle.group['id']}/settings", {"shared_with_organisation": True}).status == 200
    lists = [f"/v1/meetings/{circle.meetings[0]['id']}/registrations", person.path]
    sharing = circle.given.client({"id": circle.keeper.organisation["id"]}, "registrations:manage")

    def seen():
        return [caller.get(path).body for caller in (circle.leader, sharing) for path in lists]
    before = seen()
    bounce(person)
    assert seen() == before and not any(b"suppressed" in body for body in before)
    assert told(person)


def test_of_somebody_who_is_erased_nothing_is_left(circle, bounce, db):
    person = circle.join_by_mail()
    bounce(person)
    assert person.delete(person.path).status == 204
    db.execute("SELECT suppressed, bounced_at FROM persons WHERE id = %s", [person.id])
    assert db.fetchone() == (None, None) and not bounce(person)


def test_an_address_is_the_same_in_all_its_spellings(circle, given, db):
    name = given.word()
    spellings = [f"{name}@exämple.org", f"{name.upper()}@EXÄMPLE.org", f"{name}@xn--exmple-cua.org"]
    people = [circle.join(week, contact={"email": email}) for week, email in enumerate(spellings)]
    assert [person.read()["contact"]["email"] for person in people] == spellings
    db.execute("SELECT count(DISTINCT email_hash) FROM persons WHERE id = ANY (%s::uuid[])", [[person.id for person in people]])
    assert db.fetchone() == (1,)
