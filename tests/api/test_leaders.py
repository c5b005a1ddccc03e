"""test_leaders.py: whoever leads a group decides for it; how they come, sign in and go."""

import re

import pytest

from tests.letters import text_of
from tests.wire import await_truth

MINUTE, SECOND = 1 / 60, 1 / 3600  # in hours, as clocks are moved


def settings_of(group):
    return f"/v1/groups/{group['id']}/settings"


def leaders_of(group):
    return f"/v1/groups/{group['id']}/leaders"


# Inviting -------------------------------------------------------------------------------------------


def test_a_client_decides_until_the_first_leader_has_come(house):
    client = house.given.client()
    group = house.given.group(client)
    house.work()
    address, invited = house.invite(group, client)
    assert invited["state"] == "invited" and "name" not in invited
    assert client.get(settings_of(group)).status == 200
    assert client.patch(settings_of(group), {"retention_days": 20}).json["retention_days"] == 20

    session = house.session(house.code(address))
    assert session.status == 201 and session.json["leader_id"] == invited["id"]
    leader = house.signed_in(session.json)
    assert client.get(settings_of(group)).status == 403
    assert client.patch(settings_of(group), {"retention_days": 10}).status == 403
    assert client.post(leaders_of(group), {"email": "buche@example.org", "name": "Buche"}).status == 403
    assert house.admin.get(settings_of(group)).status == 403
    assert house.admin.post(leaders_of(group), {"email": "buche@example.org", "name": "Buche"}).status == 403
    assert client.get(leaders_of(group)).json["items"] == [{**invited, "state": "active"}]
    assert leader.get(settings_of(group)).json["retention_days"] == 20


def test_a_leader_invites_another_and_both_have_the_same_rights(house):
    group = house.given.group()
    schedule = house.given.schedule(house.admin, group, registration={"required": True})
    house.work()
    first = house.leader(group, name="Eiche")
    second = house.leader(group, by=first, name="Buche")
    for leader in (first, second):
        assert [(each["name"], each["state"]) for each in leader.get(leaders_of(group)).json["items"][:2]] == [
            ("Eiche", "active"), ("Buche", "active")]
        assert leader.patch(settings_of(group), {"attendance": True}).status == 200
        assert leader.get(f"/v1/schedules/{schedule['id']}/registrations").json == {"items": []}
        assert leader.get(f"/v1/groups/{group['id']}/messages").json == {"items": []}
        assert house.invite(group, leader)[1]["state"] == "invited"
    assert first.delete(f"/v1/leaders/{second.id}").status == 404
    assert second.delete(f"/v1/leaders/{first.id}").status == 404


def test_a_group_without_leaders_has_an_empty_list(given):
    client = given.client()
    assert client.get(leaders_of(given.group(client))).json == {"items": []}


def test_whoever_is_invited_twice_is_one_leader(house):
    group = house.given.group()
    _, invited = house.invite(group, email="linde@example.org")
    assert house.invite(group, email="LINDE@example.org")[1] == invited
    house.work()
    leader = house.signed_in(house.session(house.code("linde@example.org")).json)
    house.await_jobs()
    again = house.invite(group, leader, email="linde@example.org", name="Esche")[1]
    assert again == {**invited, "name": "Eiche", "state": "active"}
    house.await_jobs()
    assert len(house.mailbox.mails()) == 1 and house.value("SELECT count(*) FROM leaders") == 1


def test_an_invitation_is_good_for_seven_days_and_once(house):
    group = house.given.group()
    house.work()
    address, invited = house.invite(group)
    late, _ = house.invite(group, email="zu-spaet@example.org")
    code, late_code = house.code(address), house.code(late)
    house.clock.move(7 * 24 - 1)
    assert house.session(code).status == 201
    assert (house.session(code).status, house.session(code).slug) == (401, "unauthenticated")
    house.clock.move(7 * 24 + 1)
    assert house.session(late_code).status == 401
    assert house.value("SELECT state FROM leaders WHERE id = %s", invited["id"]) == "active"


def test_inviting_with_the_same_idempotency_key_invites_once(house):
    group = house.given.group()
    body = {"email": "ulme@example.org", "name": "Ulme"}
    replies = [house.admin.post(leaders_of(group), body, Idempotency_Key="once") for _ in range(2)]
    assert replies[0].body == replies[1].body and house.value("SELECT count(*) FROM leaders") == 1


def test_an_invitation_that_is_under_way_is_not_begun_again(given, db):
    leader, key = given.leader(), given.word()
    db.execute("SELECT pg_advisory_lock(hashtextextended(%s || ' ' || %s, 0))", [leader.id, key])
    reply = leader.post(leaders_of(leader.group), {"email": given.address(), "name": "Buche"}, Idempotency_Key=key)
    assert (reply.status, reply.slug) == (409, "in-progress")


def test_an_organisation_sees_registrations_only_while_the_group_shares_them(given):
    client = given.client(scopes="groups:write,meetings:write,registrations:manage")
    group = given.group(client)
    schedule = given.schedule(client, group, registration={"required": True})
    leader, person = given.leader(group), given.registration(schedule)
    paths = [person.path, f"/v1/schedules/{schedule['id']}/registrations"]
    assert [client.get(path).status for path in paths] == [404, 404]
    assert person.act("count", client, {"counted": False}).status == 404
    assert leader.patch(settings_of(group), {"shared_with_organisation": True}).status == 200
    assert [client.get(path).status for path in paths] == [200, 200]
    assert "contact" not in client.get(person.path).json and "consent" not in client.get(person.path).json
    assert person.act("count", client, {"counted": False}).json["counted"] is False
    assert leader.patch(settings_of(group), {"shared_with_organisation": False}).status == 200
    assert [client.get(path).status for path in paths] == [404, 404]


# Signing in -----------------------------------------------------------------------------------------


def test_a_mailed_token_signs_in_once_and_only_the_browser_that_asked(house):
    group = house.given.group()
    house.work()
    address = house.leader(group).address
    browser, other = house.sign_in(group, address), house.sign_in(group, address)
    codes = {house.code(address, count) for count in (2, 3)}
    assert len(codes) == 2
    by_browser = {b: [code for code in codes if house.session(code, b).status == 201] for b in (browser, other)}
    assert [len(opened) for opened in by_browser.values()] == [1, 1]
    assert by_browser[browser] != by_browser[other]
    assert all(house.session(code, b).status == 401 for code in codes for b in (browser, other, None))


@pytest.mark.parametrize("wrong", ["no browser", "another browser", "the token itself", "somebody else's browser"])
def test_a_token_without_the_secret_of_its_browser_opens_nothing_and_stays_good(house, wrong):
    group = house.given.group()
    house.work()
    address = house.leader(group).address
    browser = house.sign_in(group, address)
    code = house.code(address, 2)
    shown = {"no browser": None, "another browser": house.sign_in(group, address), "the token itself": code,
             "somebody else's browser": house.sign_in(group, "niemand@example.org")}[wrong]
    assert house.session(code, shown).status == 401
    assert house.session(code, browser).status == 201


@pytest.mark.parametrize("seconds, status", [(-15, 201), (5, 401)])
def test_a_token_to_sign_in_is_good_for_ten_minutes(house, seconds, status):
    group = house.given.group()
    house.work()
    address = house.leader(group).address
    browser = house.sign_in(group, address)
    code = house.code(address, 2)
    house.clock.move(10 * MINUTE + seconds * SECOND)
    assert house.session(code, browser).status == status


def test_the_ten_minutes_begin_when_it_is_asked_for_not_when_it_is_mailed(house):
    group = house.given.group()
    worker = house.work()
    address = house.leader(group).address
    house.await_jobs()
    worker.stop()
    browser = house.sign_in(group, address)
    house.clock.move(9 * MINUTE)
    house.work()
    code = house.code(address, 2)
    house.clock.move(10 * MINUTE + 5 * SECOND)
    assert house.session(code, browser).status == 401


def test_a_token_that_would_come_too_late_is_not_mailed(house):
    group = house.given.group()
    worker = house.work()
    address = house.leader(group).address
    house.await_jobs()
    worker.stop()
    house.sign_in(group, address)
    house.clock.move(11 * MINUTE)
    house.work()
    house.await_jobs()
    assert len(house.mailbox.mails(address)) == 1


def test_only_a_post_redeems_a_token(house):
    group = house.given.group()
    house.work()
    address = house.leader(group).address
    browser = house.sign_in(group, address)
    code = house.code(address, 2)
    before = house.rows("SELECT hash, used_at FROM capabilities ORDER BY hash")
    for method in ("GET", "HEAD"):
        for path in (f"/v1/sessions?token={code}", f"/v1/sessions/{code}", f"/v1/session?token={code}", "/v1/sessions"):
            assert house.api.request(method, path).status in (400, 401, 404, 405)
        assert house.api.request(method, "/v1/session", Authorization=f"Bearer {code}").status == 401
    assert house.rows("SELECT hash, used_at FROM capabilities ORDER BY hash") == before
    assert house.session(code, browser).status == 201


def test_the_mail_to_sign_in_names_neither_group_nor_leader(house):
    group = house.given.group()
    house.work()
    address = house.leader(group, name="Ahorn").address
    house.sign_in(group, address)
    mail = house.mailbox.await_mails(2, address)[-1]
    whole = mail.as_string() + text_of(mail)
    assert not re.search(f"(?i){group['name']}|{group['id']}|Ahorn|gruppe|selbsthilfe", whole)


def test_whoever_leads_elsewhere_or_is_only_invited_is_mailed_no_token(house):
    group, other = house.given.group(), house.given.group()
    house.work()
    address = house.leader(group).address
    invited, _ = house.invite(other)
    house.code(invited)
    house.sign_in(other, address)
    house.sign_in(other, invited)
    house.await_jobs()
    assert len(house.mailbox.mails(address)) == len(house.mailbox.mails(invited)) == 1


def test_a_leader_is_mailed_five_tokens_an_hour_at_most(house):
    group = house.given.group()
    house.work()
    address = house.leader(group).address
    for _ in range(7):
        house.sign_in(group, address)
    house.await_jobs()
    assert len(house.mailbox.mails(address)) == 1 + 5
    house.clock.move(1 + MINUTE)
    house.sign_in(group, address)
    house.mailbox.await_mails(7, address)


# Sessions -------------------------------------------------------------------------------------------


def test_a_session_ends_after_eight_hours(house):
    group = house.given.group()
    house.work()
    leader = house.leader(group)
    session = leader.get("/v1/session").json
    assert session == {name: leader.made[name] for name in ("group_id", "leader_id", "expires_at")}
    house.clock.move(8 - MINUTE)
    assert leader.get("/v1/session").status == 200
    house.clock.move(8 + MINUTE)
    assert leader.get("/v1/session").status == 401
    assert leader.get(leaders_of(group)).status == 401


def test_a_session_ends_when_it_is_ended_and_no_other_does(house):
    group = house.given.group()
    house.work()
    here = house.leader(group)
    browser = house.sign_in(group, here.address)
    there = house.signed_in(house.session(house.code(here.address, 2), browser).json)
    assert here.get("/v1/session/end").status == 405 and here.get("/v1/session").status == 200
    assert here.post("/v1/session/end").status == 204
    assert [here.get("/v1/session").status, here.post("/v1/session/end").status] == [401, 401]
    assert there.get("/v1/session").status == 200


# Leaving --------------------------------------------------------------------------------------------


def test_the_last_leader_cannot_leave(given):
    group = given.group()
    leader = given.leader(group)
    assert given.made(leader.post(leaders_of(group), {"email": given.address(), "name": "Buche"}))["state"] == "invited"
    refused = leader.delete(f"/v1/leaders/{leader.id}")
    assert (refused.status, refused.slug) == (409, "last-leader")
    assert leader.get("/v1/session").status == 200


def test_whoever_leaves_is_forgotten_and_has_no_session_any_more(house):
    group = house.given.group()
    house.work()
    staying = house.leader(group, name="Eiche")
    leaving = house.leader(group, by=staying, name="Buche")
    browser = house.sign_in(group, leaving.address)
    again = house.signed_in(house.session(house.code(leaving.address, 2), browser).json)
    unused = house.sign_in(group, leaving.address)
    code = house.code(leaving.address, 3)

    assert leaving.delete(f"/v1/leaders/{leaving.id}").status == 204
    assert [leader.get("/v1/session").status for leader in (leaving, again, staying)] == [401, 401, 200]
    assert house.session(code, unused).status == 401
    assert [leader["name"] for leader in staying.get(leaders_of(group)).json["items"]] == ["Eiche"]
    assert house.rows("SELECT l.state, l.name, p.contact, p.email_hash, p.wrapped FROM leaders l JOIN persons p USING (id)"
                      " WHERE id = %s", leaving.id) == [("left", None, None, None, None)]
    assert house.rows("SELECT FROM capabilities WHERE person_id = %s", leaving.id) == []
    assert house.rows("SELECT FROM idempotency_keys WHERE headers ->> 'location' LIKE %s", f"%{leaving.id}%") == []
    house.sign_in(group, leaving.address)
    house.await_jobs()
    assert len(house.mailbox.mails(leaving.address)) == 3


def test_what_was_kept_for_a_repeated_invitation_goes_with_the_leader(given, db):
    group = given.group()
    staying = given.leader(group)
    body = {"email": given.address(), "name": "Buche"}
    made = given.made(staying.post(leaders_of(group), body, Idempotency_Key=given.word()))
    kept = "SELECT count(*) FROM idempotency_keys WHERE headers ->> 'location' = %s"
    db.execute(kept, [f"/v1/leaders/{made['id']}"])
    assert db.fetchone() == (1,)
    leaving = given.api.as_client(given.made(given.api.post(
        "/v1/sessions", {"token": given.token("invitation", made["id"])}))["secret"])
    assert leaving.delete(f"/v1/leaders/{made['id']}").status == 204
    db.execute(kept, [f"/v1/leaders/{made['id']}"])
    assert db.fetchone() == (0,)


def test_whoever_has_left_can_be_invited_again_and_is_somebody_new(given):
    group = given.group()
    staying, address = given.leader(group), given.address()
    leaving = given.leader(group, by=staying, email=address)
    assert leaving.delete(f"/v1/leaders/{leaving.id}").status == 204
    again = given.leader(group, by=staying, email=address)
    assert again.id != leaving.id and again.get("/v1/session").status == 200


def test_two_last_leaders_who_leave_at_once_do_not_both(given):
    from tests.wire import at_once
    for _ in range(5):
        group = given.group()
        first = given.leader(group)
        second = given.leader(group, by=first)
        replies = at_once(*(lambda leader=leader: leader.delete(f"/v1/leaders/{leader.id}") for leader in (first, second)))
        assert sorted(reply.status for reply in replies) == [204, 409]


def test_leaving_needs_a_revision_or_a_star(given):
    group = given.group()
    first = given.leader(group)
    leader = given.leader(group, by=first)
    path = f"/v1/leaders/{leader.id}"
    assert leader.request("DELETE", path).status == 428
    assert leader.delete(path, '"99.0123456789abcdef"').status == 412
    assert leader.delete(path).status == 204


# Settings -------------------------------------------------------------------------------------------


def test_settings_begin_discreet_and_each_change_is_a_revision(given):
    leader = given.leader()
    path = settings_of(leader.group)
    was = leader.get(path)
    assert was.json == {"retention_days": 30, "attendance": False, "relay": True, "shared_with_organisation": False,
                        "reminders": ["P2D", "PT3H"], "revision": 1}
    now = leader.patch(path, {"retention_days": 14, "attendance": True}, was.etag)
    assert now.json == {**was.json, "retention_days": 14, "attendance": True, "revision": 2}
    assert leader.patch(path, {"relay": False}, was.etag).status == 412
    assert leader.get(path).json == now.json


@pytest.mark.parametrize("patch, pointer", [
    ({"retention_days": 0}, "/retention_days"), ({"retention_days": 366}, "/retention_days"),
    ({"retention_days": None}, "/retention_days"), ({"reminders": ["P5D"]}, "/reminders/0"), ({"attendance": "yes"}, "/attendance"), ({"colour": "blue"}, "/colour"),
    ({"group_id": "x"}, "/group_id")])
def test_settings_that_are_none_are_refused(given, patch, pointer):
    leader = given.leader()
    refused = leader.patch(settings_of(leader.group), patch)
    assert refused.status == 422 and refused.pointers() == {pointer}
    assert leader.get(settings_of(leader.group)).json["revision"] == 1


@pytest.mark.parametrize("body, pointer", [
    ({"name": "Eiche"}, "/email"), ({"email": "eiche@example.org"}, "/name"),
    ({"email": "eiche", "name": "Eiche"}, "/email"), ({"email": "eiche@example.org", "name": "E" * 81}, "/name"),
    ({"email": "eiche@example.org", "name": "Eiche", "state": "active"}, "/state")])
def test_a_leader_that_is_none_is_refused(given, body, pointer):
    leader = given.leader()
    refused = leader.post(leaders_of(leader.group), body)
    assert refused.status == 422 and refused.pointers() == {pointer}


@pytest.mark.parametrize("path, body", [("/v1/groups/{}/sign-ins", {"email": "eiche"}), ("/v1/groups/{}/sign-ins", {}),
                                        ("/v1/sessions", {"token": ""}), ("/v1/sessions", {"token": "t" * 101})])
def test_signing_in_with_what_is_no_address_or_token_is_refused(given, path, body):
    assert given.api.post(path.format(given.group()["id"]), body).status == 422


# Nobody learns who leads ----------------------------------------------------------------------------

TABLES = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1"


class Watch:
    """What the database does, as it can be seen from outside: rows that it wrote, and statements."""

    def __init__(self, house):
        self.house = house
        self.log = house.value("SHOW data_directory") + "/log"
        self.tables = [name for name, in house.rows(TABLES)]

    def counts(self):
        return {table: self.house.value(f"SELECT count(*) FROM {table}") for table in self.tables}

    def written(self, call):
        """Of each table: how many more rows, and how many that are new versions; and the statements."""
        before, since = self.counts(), self.house.value("SELECT pg_current_xact_id()::text::bigint")
        with open(self.log, "rb") as log:
            log.seek(0, 2)
            reply = call()
            said = log.read().decode()
        after = self.counts()
        new = {table: self.house.value(f"SELECT count(*) FROM {table} WHERE xmin::text::bigint > %s", since)
               for table in self.tables}
        statements = re.findall(r"LOG:  (?:execute (?!jobs_poke)|statement)", said)  # pokes follow all writes, by time
        return reply, {table: (after[table] - before[table], new[table]) for table in self.tables}, len(statements)


@pytest.fixture
def watched(installed, another_server, worker, mailbox, own_clock, api):
    from tests.house import House
    installed.rows(f"ALTER DATABASE {installed.name} SET log_statement = 'all'")
    return House(installed, another_server, worker, mailbox, own_clock, api, RUNDE_WORKERS=1)


def settled(call):
    """The same once more before, so that all connections are there and all statements are prepared."""
    for _ in range(9):
        call()
    return call


@pytest.mark.parametrize("path", ["sign-ins", "recoveries"])
def test_known_and_unknown_addresses_are_the_same_from_outside_and_inside(watched, path):
    group = watched.given.group()
    schedule = watched.given.schedule(watched.admin, group, registration={"required": True})
    _, invited = watched.invite(group, email="eiche@example.org")
    watched.rows("UPDATE leaders SET state = 'active' WHERE id = %s", invited["id"])
    watched.given.registration(schedule, contact={"email": "amsel@example.org"})
    known = {"sign-ins": "eiche@example.org", "recoveries": "amsel@example.org"}[path]

    watch = Watch(watched)

    def ask(address):
        return watched.api.post(f"/v1/groups/{group['id']}/{path}", {"email": address}, X_Request_Id="the-same")
    settled(lambda: ask("niemand@example.org"))()
    seen = {}
    for address in (known, "nobody@example.org"):
        reply, rows, statements = watch.written(lambda address=address: ask(address))
        body = re.sub(rb'("browser":")[\w-]{43}(")', rb"\1\2", reply.body)
        body = re.sub(rb'(T\d\d:)\d\d:\d\d(Z")', rb"\1\2", body)
        fields = {name: value for name, value in reply.headers.items() if name != "date"}
        seen[address] = reply.status, fields, len(reply.body), body, rows, statements
    assert seen[known] == seen["nobody@example.org"]
    rows, statements = seen[known][4:]
    assert sum(new for _, new in rows.values()) == {"sign-ins": 2, "recoveries": 1}[path] and statements >= 1


def test_what_is_written_for_one_address_only_would_be_seen(watched):
    group = watched.given.group()
    watch = Watch(watched)
    ask = settled(lambda: watched.api.post(f"/v1/groups/{group['id']}/sign-ins", {"email": "niemand@example.org"}))
    _, rows, statements = watch.written(ask)

    def ask_and_tell():
        watched.rows("UPDATE group_settings SET attendance = true RETURNING 1")
        watched.rows("INSERT INTO recoveries (group_id, email_hash, address, created_at) VALUES (%s, '', '', now())", group["id"])
        return ask()
    _, more_rows, more_statements = watch.written(ask_and_tell)
    assert more_rows != rows and more_statements > statements


def test_only_whoever_leads_is_mailed(house):
    group = house.given.group()
    house.work()
    address = house.leader(group).address
    for asked in ("niemand@example.org", address.upper(), "keine@example.org"):
        house.sign_in(group, asked)
    house.mailbox.await_mails(2, address)
    house.await_jobs()
    assert {mail["To"] for mail in house.mailbox.mails()} == {address}
    await_truth(lambda: house.value("SELECT count(*) FROM jobs") == 0)
