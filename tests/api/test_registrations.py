"""test_registrations.py: the life of registrations: their states, their places, and what happens to them."""

import json
import os
import uuid
from contextlib import closing
from datetime import datetime, timedelta, timezone

import pytest

from tests.circle import Circle
from tests.clock import Clock
from tests.given import Given, Registrant
from tests.installation import connected
from tests.server import Server

SCOPES = "groups:read,groups:write,meetings:write,registrations:write"
HOUR, DAY = 1, 24
STATES = ["unconfirmed", "screening", "waiting", "offered", "confirmed", "cancelled", "declined", "expired", "rejected"]
# The steps of the table that somebody can take, and who; the others are the system's.
ACTIONS = {"confirm": "token", "accept": "person", "decline": "person", "cancel": "person", "admit": "leader",
           "reject": "leader", "move": "leader", "screen": "leader"}


@pytest.fixture(scope="module")
def keeper(admin, api, runde):
    return Given(admin, api, runde).client(scopes=SCOPES)


@pytest.fixture
def circle(given, keeper):
    """Makes circles with settings of their own."""
    return lambda **settings: Circle(given, keeper, **settings)


@pytest.fixture(scope="module")
def moved_server(folder):
    clock = Clock(folder / f"clock-{uuid.uuid4().hex}")
    server = Server(folder, f"moved-{uuid.uuid4().hex[:8]}", RUNDE_CLOCK_FILE=clock)
    server.clock = clock
    yield server
    server.stop()


@pytest.fixture
def later(moved_server):
    """A server whose clock the test moves."""
    moved_server.clock.move(0)
    yield moved_server
    moved_server.clock.move(0)


def mails(db, person):
    """What is to be mailed to somebody, in the order in which it came about."""
    db.execute("SELECT payload ->> 'template' FROM jobs WHERE person_id = %s AND kind = 'mail' ORDER BY id", [person.id])
    return [template for template, in db.fetchall()]


def seats(db, circle, date=None):
    db.execute("SELECT seat FROM places WHERE schedule_id = %s AND during @> coalesce(%s::date, 'infinity') ORDER BY seat",
               [circle.series["id"], date])
    return [seat for seat, in db.fetchall()]


def states(*people):
    return [person.state for person in people]


def hours_until(meeting, before=0):
    starts = datetime.fromisoformat(meeting["starts_at"].replace("Z", "+00:00"))
    return (starts - datetime.now(timezone.utc)).total_seconds() / 3600 - before


# Every step, and no other --------------------------------------------------------------------------


def table():
    with closing(connected(os.environ["RUNDE_TEST_DATABASE"])) as connection:
        cursor = connection.cursor()
        cursor.execute("SELECT action, state, next FROM registration_transitions")
        return {(action, state): following for action, state, following in cursor.fetchall()}


def in_state(circle, state, db):
    """A circle with room in other weeks, and somebody in a state."""
    one = circle(capacity=1, joining="screening" if state == "screening" else "drop_in")
    if state in ("unconfirmed", "expired"):
        person = one.join_by_mail(confirmed=False)
        if state == "expired":
            db.execute("UPDATE registrations SET lapses_at = now() - interval '1 second' WHERE id = %s", [person.id])
            one.join(week=1)
    elif state in ("waiting", "offered", "declined"):
        first, person = one.join(), one.join()
        if state != "waiting":
            first.act("cancel")
        if state == "declined":
            person.act("decline")
    else:
        person = one.join()
        if state == "cancelled":
            person.act("cancel")
        if state == "rejected":
            person.act("reject", one.leader, {"reason": "Die Gruppe ist für andere."})
    assert person.state == state
    return one, person


def take(circle, person, action):
    """The answer to an action, by whoever may take it."""
    if action == "confirm":
        return circle.confirm(person)
    bodies = {"reject": {"reason": "Voll."}, "move": {"meeting_id": circle.meetings[2]["id"]},
              "screen": {"place": "Telefon"}}
    by = circle.leader if ACTIONS[action] == "leader" else person
    return person.act("screening" if action == "screen" else action, by, bodies.get(action))


def test_the_table_names_no_state_and_no_action_that_is_not_tried_here():
    assert {state for _, state in table()} | {following for following in table().values()} <= {*STATES, "placed"}
    assert {action for action, _ in table()} == {*ACTIONS, "count", "offer", "lapse", "end"}


def test_the_contract_shows_the_table_that_holds(contract):
    text = contract.document["info"]["description"].split("## Registrations")[1].split("##")[0]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines() if line.startswith("| ")]
    shown = {(row[0], state) for row in rows[1:] for state in row[2].split(", ")}
    assert shown == set(table())


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("action", ACTIONS)
def test_a_step_that_the_table_has_is_taken_and_no_other(circle, db, action, state):
    steps = table()
    one, person = in_state(circle, state, db)
    before = person.read()
    reply = take(one, person, action)
    if (action, state) == ("admit", "waiting"):  # a place would have been offered already
        assert (reply.status, reply.slug, person.state) == (409, "full", "waiting")
    elif (action, state) in steps:
        following = steps[action, state].replace("placed", "confirmed")
        assert (reply.status, reply.json["state"], person.state) == (200, following, following)
    elif state in [following for (known, _), following in steps.items() if known == action]:
        assert reply.status == 200 and person.read() == before
    else:
        assert (reply.status, reply.slug) == (409, "invalid-transition")
        allowed = sorted(known for known, known_state in steps if known_state == state and known in ACTIONS)
        assert reply.json["detail"] == f"It is {state}. From there: {', '.join(allowed) or 'nothing'}."
        assert person.read() == before


@pytest.mark.parametrize("action", ["cancel", "reject", "move"])
def test_whoever_goes_leaves_their_place_to_the_next_one(circle, action):
    one = circle(capacity=1)
    first, second = one.join(), one.join()
    assert take(one, first, action).status == 200
    assert second.state == "offered"


@pytest.mark.parametrize("action, state", [("accept", "offered"), ("decline", "offered"), ("cancel", "confirmed"),
                                           ("admit", "offered"), ("reject", "waiting"), ("move", "confirmed")])
def test_an_action_twice_is_as_good_as_once(circle, db, action, state):
    one, person = in_state(circle, state, db)
    first = take(one, person, action)
    second = take(one, person, action)
    assert (first.status, second.status) == (200, 200)
    assert second.json == first.json and second.etag == first.etag
    db.execute("SELECT count(*) FROM registration_events WHERE registration_id = %s AND action = %s", [person.id, action])
    assert db.fetchone() == (1,)


def test_the_reason_of_a_rejection_is_the_first_one(circle):
    one = circle()
    person = one.join()
    person.act("reject", one.leader, {"reason": "Erster Grund"})
    person.act("reject", one.leader, {"reason": "Zweiter Grund"})
    assert person.read()["reason"] == "Erster Grund"


def test_the_history_has_every_step_and_who_took_it(circle):
    one = circle(capacity=1)
    first, person = one.join(), one.join()
    first.act("cancel")
    person.act("accept")
    person.act("reject", one.leader, {"reason": "Doch nicht."})
    history = person.get(f"{person.path}/data").json["history"]
    assert [(e["action"], e.get("from"), e["to"], e["by"]) for e in history] == [
        ("register", None, "waiting", "client"), ("offer", "waiting", "offered", "system"),
        ("accept", "offered", "confirmed", "person"), ("reject", "confirmed", "rejected", "leader")]


# Who may ------------------------------------------------------------------------------------------


def test_each_action_is_for_those_whom_it_is_meant_for(given, circle):
    one, other = circle(), circle()
    person, stranger = one.join(), other.join()
    assert person.act("admit").status == 401 and person.act("cancel", one.leader).status == 401
    assert person.act("cancel", stranger).status == 404 and person.act("admit", other.leader).status == 404
    assert person.act("reject", one.keeper, {"reason": "Nein."}).status == 403
    manager = given.client(one.keeper.organisation, scopes="registrations:manage")
    assert person.act("reject", manager, {"reason": "Nein."}).status == 404
    assert person.state == "confirmed"


def test_an_organisation_decides_only_if_the_group_shares(given, circle):
    one = circle()
    person, manager = one.join(), given.client(one.keeper.organisation, scopes="registrations:manage")
    assert manager.get(person.path).status == 404 and manager.get(f"{one.path}/registrations").status == 404
    one.leader.patch(f"/v1/groups/{one.group['id']}/settings", {"shared_with_organisation": True})
    assert manager.get(person.path).json["pseudonym"] == person.made["pseudonym"]
    assert person.act("reject", manager, {"reason": "Nein."}).json["state"] == "rejected"
    assert person.get(f"{person.path}/data").json["history"][-1]["by"] == "client"
    assert given.client(scopes="registrations:manage").get(person.path).status == 404


# Confirming an address ----------------------------------------------------------------------------


def test_an_address_counts_when_it_is_confirmed_and_holds_nothing_before(circle, db):
    one = circle(capacity=1)
    slow, quick = one.join_by_mail(confirmed=False), one.join()
    assert states(slow, quick) == ["unconfirmed", "confirmed"] and slow.read()["confirm_until"]
    assert one.confirm(slow).json == {"id": slow.id, "state": "waiting", "position": 1}
    assert mails(db, slow) == ["confirm_address", "waiting"]


def test_a_token_confirms_once_and_is_answered_the_same_again(circle, db, given):
    one = circle()
    person = one.join_by_mail(confirmed=False)
    token = given.token("confirmation", person.id)
    first, second = one.confirm(person, token), one.confirm(person, token)
    assert first.status == second.status == 200 and first.json == second.json == {"id": person.id, "state": "confirmed"}
    person.act("cancel")
    assert one.confirm(person, token).json["state"] == "cancelled"
    assert mails(db, person) == ["confirm_address", "registered"]


def test_what_confirms_nothing_is_not_found_whatever_it_is(circle, given):
    one = circle()
    person, other = one.join_by_mail(confirmed=False), one.join_by_mail(confirmed=False)
    tokens = ["x", given.token("confirmation", other.id), given.token("confirmation", person.id, hours=-1),
              given.token("sign_in", person.id), given.token("life", person.id), person.key,
              given.token("confirmation", person.id)[:-1]]
    replies = [one.confirm(person, token) for token in tokens]
    assert [reply.status for reply in replies] == [404] * len(tokens)
    assert len({json.dumps({**reply.json, "instance": "", "request_id": ""}) for reply in replies}) == 1
    assert states(person, other) == ["unconfirmed"] * 2


def test_who_confirms_when_it_is_full_may_try_again_later(circle, given):
    one = circle(capacity=1, rules={"waiting_list": False})
    person, quicker = one.join_by_mail(confirmed=False), one.join()
    token = given.token("confirmation", person.id)
    assert one.confirm(person, token).slug == "full" and person.state == "unconfirmed"
    quicker.act("cancel")
    assert one.confirm(person, token).json["state"] == "confirmed"


def test_who_does_not_confirm_in_a_day_expires(circle, later):
    one = circle()
    person = one.join_by_mail(confirmed=False)
    later.clock.move(DAY - HOUR)
    one.join(client=one.keeper.at(later))
    assert person.state == "unconfirmed"
    later.clock.move(DAY + HOUR)
    one.join(client=one.keeper.at(later))
    assert person.state == "expired"


def test_a_group_that_screens_screens_those_with_an_address_too(circle):
    one = circle(joining="screening")
    assert one.join_by_mail().state == "screening"


# Places -------------------------------------------------------------------------------------------


def test_as_many_come_as_there_are_places_and_the_others_wait_in_their_order(circle):
    one = circle(capacity=2)
    people = [one.join() for _ in range(5)]
    assert states(*people) == ["confirmed"] * 2 + ["waiting"] * 3
    assert [person.read()["position"] for person in people[2:]] == [1, 2, 3]
    people[0].act("cancel")
    assert states(*people) == ["cancelled", "confirmed", "offered", "waiting", "waiting"]
    assert [person.read()["position"] for person in people[3:]] == [1, 2]
    people[2].act("decline")
    assert states(*people[2:]) == ["declined", "offered", "waiting"]


def test_another_week_has_places_of_its_own(circle):
    one = circle(capacity=1)
    assert states(one.join(week=0), one.join(week=1), one.join(week=1)) == ["confirmed", "confirmed", "waiting"]


def test_the_oldest_who_fits_is_offered_what_is_free(circle):
    one = circle(capacity=3)
    pair, single = one.join(companions=1), one.join()
    large, small = one.join(companions=2), one.join()
    assert one.seen(large)["blocked_reason"] == "full"
    single.act("cancel")
    assert states(large, small) == ["waiting", "offered"]
    assert large.read()["position"] == 1
    pair.act("cancel")
    assert one.seen(large)["blocked_reason"] == "too_few_places"
    small.act("decline")
    assert states(large, small) == ["offered", "declined"]


def test_companions_hold_places_too(circle):
    one = circle(capacity=3)
    assert states(one.join(companions=2), one.join()) == ["confirmed", "waiting"]
    assert circle(capacity=3).join(companions=3).read()["state"] == "waiting", "until there are more places"


def test_places_for_newcomers_are_kept_for_them(circle):
    one = circle(capacity=3, newcomer_places=1)
    known = [one.join() for _ in range(3)]
    assert states(*known) == ["confirmed", "confirmed", "waiting"]
    assert one.seen(known[2])["blocked_reason"] == "newcomer_places"
    new = [one.join(newcomer=True) for _ in range(2)]
    assert states(*new) == ["confirmed", "waiting"]
    assert one.seen(known[2])["blocked_reason"] == "full"
    known[0].act("cancel")
    assert states(known[2], new[1]) == ["offered", "waiting"]


def test_newcomers_may_have_any_place(circle):
    one = circle(capacity=2, newcomer_places=1)
    assert states(one.join(newcomer=True), one.join(newcomer=True), one.join()) == ["confirmed", "confirmed", "waiting"]


def test_who_does_not_count_takes_nobodys_place(circle):
    one = circle(capacity=1)
    helper, waiting = one.join(), one.join()
    reply = helper.act("count", one.leader, {"counted": False})
    assert reply.json["counted"] is False and states(helper, waiting) == ["confirmed", "offered"]
    assert "counted" not in helper.read()
    again = helper.act("count", one.leader, {"counted": True})
    assert (again.status, again.slug) == (409, "full")
    waiting.act("decline")
    assert helper.act("count", one.leader, {"counted": True}).json["counted"] is True
    assert one.join().state == "waiting"


@pytest.mark.parametrize("state", ["waiting", "offered"])
def test_who_waits_and_need_not_count_comes_and_holds_nobodys_place(circle, db, state):
    one = circle(capacity=1)
    first, helper, third = one.join(), one.join(), one.join()
    if state == "offered":
        first.act("cancel")
    assert helper.state == state
    assert helper.act("count", one.leader, {"counted": False}).json["state"] == helper.state == "confirmed"
    if state == "waiting":
        first.act("cancel")
    assert third.state == "offered", "the place that the helper does not need goes to who comes next"
    assert third.act("accept").json["state"] == "confirmed" and seats(db, one, one.meetings[0]["date"]) == [1]


def test_who_counts_again_after_all_needs_a_place(circle, db):
    one = circle(capacity=1)
    helper = one.join()
    helper.act("count", one.leader, {"counted": False})
    assert seats(db, one, one.meetings[0]["date"]) == []
    helper.act("count", one.leader, {"counted": True})
    assert seats(db, one, one.meetings[0]["date"]) == [1]


def test_without_a_limit_everybody_comes(circle, db):
    one = circle()
    assert states(*(one.join(companions=9) for _ in range(3)), one.join(None)) == ["confirmed"] * 4
    assert seats(db, one, one.meetings[0]["date"]) == [None] * 31


def test_a_regular_place_needs_room_on_every_date(circle):
    one = circle(capacity=1)
    single = one.join(week=3)
    regular = one.join(None)
    assert states(single, regular) == ["confirmed", "waiting"] and "meeting" not in regular.read()
    single.act("cancel")
    assert regular.state == "offered"
    assert one.join(week=7).state == "waiting"
    regular.act("decline")
    assert one.join(week=6).state == "confirmed"


def test_who_waits_for_one_date_waits_for_a_regular_place_to_be_free(circle):
    one = circle(capacity=1)
    regular = one.join(None)
    singles = [one.join(week=week) for week in (0, 4)]
    another = one.join(None)
    assert states(*singles, another) == ["waiting"] * 3
    regular.act("cancel")
    assert states(*singles, another) == ["offered", "offered", "waiting"]


def test_what_is_free_on_every_date_is_found_however_scattered_it_is(circle, db):
    one = circle(capacity=2)
    leaving, monday = one.join(None), one.join(week=0)
    tuesday = one.join(week=1)
    leaving.act("cancel")
    below = one.join(week=0)  # has what the regular one had
    monday.act("cancel")
    assert seats(db, one, one.meetings[0]["date"]) == [1] and seats(db, one, one.meetings[1]["date"]) == [2]
    assert states(one.join(None), below, tuesday) == ["confirmed"] * 3
    assert seats(db, one, one.meetings[0]["date"]) == seats(db, one, one.meetings[1]["date"]) == [1, 2]


def test_more_places_go_to_those_who_wait_in_their_order(circle):
    one = circle(capacity=1)
    people = [one.join() for _ in range(4)]
    assert one.change(capacity=3).status == 200
    assert states(*people) == ["confirmed", "offered", "offered", "waiting"]
    assert one.change(capacity=None).status == 200
    assert people[3].state == "offered"


def test_fewer_places_than_are_taken_are_refused(circle):
    one = circle(capacity=3)
    people = [one.join(week=2) for _ in range(2)]
    reply = one.change(capacity=1)
    assert (reply.status, reply.pointers()) == (422, {"/capacity"})
    assert one.change(capacity=2).status == 200 and one.join(week=2).state == "waiting"
    assert states(*people) == ["confirmed"] * 2


def test_a_limit_can_come_later_if_it_leaves_everybody_their_place(circle):
    one = circle()
    for _ in range(3):
        one.join()
    assert one.change(capacity=2).pointers() == {"/capacity"}
    assert one.change(capacity=3).status == 200 and one.join().state == "waiting"


def test_an_offer_that_has_lapsed_keeps_nobody_from_having_fewer_places(circle, later):
    one = circle(capacity=2, rules={"offer_valid": "PT1H"})
    first, second, third = one.join(week=3), one.join(week=3), one.join(week=3)
    second.act("cancel")
    assert states(first, third) == ["confirmed", "offered"]
    later.clock.move(2)
    assert one.keeper.at(later).patch(one.path, {"capacity": 1}).status == 200


def test_without_a_waiting_list_it_is_full(circle):
    one = circle(capacity=1, rules={"waiting_list": False})
    person = one.join()
    reply = one.try_to_join()
    assert (reply.status, reply.slug) == (409, "full")
    person.act("cancel")
    assert one.join().state == "confirmed"


def test_a_series_without_rules_takes_no_registrations(given, keeper, circle):
    one = circle(series={"registration": None})
    assert {(reply.status, reply.slug) for reply in (one.try_to_join(), one.try_to_join(None))} \
        == {(409, "registration-not-offered")}


@pytest.mark.parametrize("rules, week, is_open", [({"opens": "P7D"}, 2, False), ({"opens": "P60D"}, 2, True),
                                                  ({"closes": "P60D"}, 2, False), ({"closes": "PT1H"}, 2, True)])
def test_registration_is_open_between_two_times(circle, rules, week, is_open):
    reply = circle(rules=rules).try_to_join(week)
    assert reply.status == 201 if is_open else (reply.status, reply.slug) == (409, "registration-closed")


def test_it_opens_and_closes_by_the_clock(circle, later):
    one = circle(rules={"opens": "P7D", "closes": "PT2H"})
    client, meeting = one.keeper.at(later), one.meetings[2]
    for before, status in [(7 * DAY + 1, 409), (7 * DAY - 1, 201), (3, 201), (1, 409)]:
        later.clock.move(hours_until(meeting, before))
        assert one.try_to_join(2, client).status == status, before


def test_what_is_cancelled_or_over_takes_nobody(circle, later):
    one = circle()
    one.except_on(1, cancelled=True)
    assert one.try_to_join(1).slug == "registration-closed"
    later.clock.move(hours_until(one.meetings[0], -3))
    assert one.try_to_join(0, one.keeper.at(later)).slug == "registration-closed"
    assert one.try_to_join(2, one.keeper.at(later)).status == 201


def test_what_is_not_there_or_hidden_takes_nobody(circle, given):
    one = circle(visibility="unlisted")
    assert one.try_to_join(client=given.api, proof=given.proof()).status == 404
    assert one.try_to_join(None, client=given.api, proof=given.proof()).status == 404
    assert one.try_to_join().status == 201


def test_a_deleted_series_ends_all_registrations_and_tells_once(circle, db):
    one = circle(capacity=2)
    single, regular, waiting = one.join_by_mail(), one.join_by_mail(None), one.join_by_mail(week=0)
    assert one.keeper.delete(one.path).status == 204
    assert states(single, regular, waiting) == ["cancelled"] * 3
    assert [mails(db, person).count("meeting_cancelled") for person in (single, regular, waiting)] == [1, 1, 1]
    assert one.try_to_join().status == one.try_to_join(None).status == 404
    assert single.get(f"{single.path}/data").json["history"][-1]["action"] == "end"


def test_a_group_that_is_gone_ends_all_registrations_too(circle, db):
    one = circle()
    single, regular = one.join_by_mail(), one.join_by_mail(None)
    assert one.keeper.delete(f"/v1/groups/{one.group['id']}").status == 204
    assert states(single, regular) == ["cancelled"] * 2
    assert [mails(db, person).count("meeting_cancelled") for person in (single, regular)] == [1, 1]


# What happens to the series ------------------------------------------------------------------------


def test_a_split_takes_places_and_registrations_along(circle, db):
    one = circle(capacity=2)
    early, late, regular = one.join(week=0), one.join(week=5), one.join(None)
    waiting = one.join(week=5)
    reply = one.keeper.patch(f"{one.path}?from={one.meetings[3]['date']}", {"title": "Neu"})
    heir = reply.json["id"]
    assert reply.status == 200 and heir != one.series["id"]
    assert states(early, late, regular, waiting) == ["confirmed"] * 3 + ["waiting"]
    assert [person.read()["schedule_id"] for person in (early, late, regular, waiting)] \
        == [one.series["id"], heir, heir, heir]
    assert one.join(week=0).state == "waiting", "the old half is as full as it was"
    assert one.join(week=4).state == "confirmed"
    assert one.join(week=4).state == "waiting", "and so is the new one"
    late.act("cancel")
    assert waiting.state == "offered"
    regular.act("cancel")
    assert one.join(week=6, companions=1).state == "confirmed"
    assert one.join(week=1, companions=1).state == "confirmed", "who had a regular place leaves both halves"


def test_a_moved_meeting_is_told_once_to_those_whom_it_concerns(circle, db):
    one = circle(capacity=3)
    there, elsewhere, regular, silent = one.join_by_mail(1), one.join_by_mail(2), one.join_by_mail(None), one.join(1)
    waiting, unconfirmed, ended = one.join_by_mail(1), one.join_by_mail(1, confirmed=False), one.join_by_mail(1)
    ended.act("cancel")
    everybody = there, elsewhere, regular, silent, waiting, unconfirmed, ended
    before = {person.id: mails(db, person) for person in everybody}

    def news(person):
        return mails(db, person)[len(before[person.id]):]
    day = one.meetings[1]["date"]
    one.except_on(1, starts_at_local=f"{day}T20:00:00")
    assert [news(person) for person in (there, regular, waiting)] == [["meeting_changed"]] * 3
    one.except_on(1, starts_at_local=f"{day}T20:00:00", note="Wir freuen uns.")
    one.except_on(1, cancelled=True)
    one.except_on(1, cancelled=True, note="Leider.")
    assert one.keeper.delete(f"{one.path}/exceptions/{day}").status == 204
    assert [news(person) for person in (there, regular, waiting)] == [["meeting_changed"]] * 3
    assert [news(person) for person in (elsewhere, silent, unconfirmed, ended)] == [[]] * 4
    assert states(there, elsewhere, regular, silent, waiting) == ["confirmed"] * 4 + ["waiting"]


def test_a_series_at_another_time_is_told_once_to_who_comes_regularly(circle, db):
    one = circle()
    regular, single = one.join_by_mail(None), one.join_by_mail(2)
    one.change(starts_at_local=one.series["starts_at_local"].replace("19:00", "18:30"))
    assert mails(db, single).count("meeting_changed") == 1
    assert mails(db, regular).count("meeting_changed") == 1


def test_a_cancelled_meeting_offers_nothing_and_one_that_takes_place_again_does(circle):
    one = circle(capacity=1)
    first, second = one.join(1), one.join(1)
    one.except_on(1, cancelled=True)
    assert one.seen(second)["blocked_reason"] == "meeting_cancelled"
    first.act("cancel")
    assert second.state == "waiting"
    assert second.act("admit", one.leader).slug == "registration-closed"
    one.keeper.delete(f"{one.path}/exceptions/{one.meetings[1]['date']}")
    assert second.state == "offered"


def test_a_meeting_that_the_series_has_no_more_ends_what_was_for_it(circle, db):
    one = circle()
    gone, stays, regular = one.join_by_mail(5), one.join_by_mail(0), one.join_by_mail(None)
    assert one.change(until=one.meetings[3]["date"]).status == 200
    assert states(gone, stays, regular) == ["cancelled", "confirmed", "confirmed"]
    assert mails(db, gone)[-1] == "meeting_cancelled" and mails(db, gone).count("meeting_cancelled") == 1
    assert mails(db, stays).count("meeting_cancelled") == 0


# Offers -------------------------------------------------------------------------------------------


def test_an_offer_that_nobody_takes_goes_to_the_next_one(circle, later, db):
    one = circle(capacity=1, rules={"offer_valid": "PT6H"})
    first, second, third = one.join(week=2), one.join_by_mail(week=2), one.join_by_mail(week=2)
    first.act("cancel")
    assert second.read()["offered_until"] and "position" not in second.read()
    later.clock.move(7)
    one.join(week=5, client=one.keeper.at(later))  # whatever touches the series
    assert states(second, third) == ["expired", "offered"]
    assert mails(db, second)[-1] == "offered" and mails(db, third)[-1] == "offered"
    later.clock.move(14)
    one.join(week=5, client=one.keeper.at(later))
    assert third.state == "expired" and seats(db, one, one.meetings[2]["date"]) == []


def test_the_sweep_lets_offers_lapse_and_passes_them_on_at_once(circle, db):
    one = circle(capacity=1, rules={"offer_valid": "PT6H"})
    first, second, third = one.join(week=2), one.join(week=2), one.join(week=2)
    first.act("cancel")
    ids = [second.id, third.id]

    def stored():
        db.execute("SELECT state, updated_at FROM registrations WHERE id = ANY (%s::uuid[]) ORDER BY turn", [ids])
        return db.fetchall()

    def bring(at):
        db.execute(f"SELECT series_proceed(%s, {at})", [one.series["id"]])
    bring("now()")
    assert [state for state, _ in stored()] == ["offered", "waiting"]
    db.execute("BEGIN")
    try:
        bring("now() + interval '7 hours'")
        swept = stored()
        bring("now() + interval '7 hours'")
        assert stored() == swept and [state for state, _ in swept] == ["expired", "offered"]
        assert swept[0][1] == swept[1][1]
    finally:
        db.execute("ROLLBACK")


def test_an_offer_is_not_good_beyond_its_time(circle, later):
    one = circle(capacity=1, rules={"offer_valid": "PT6H"})
    first, second = one.join(week=2), one.join(week=2)
    first.act("cancel")
    later.clock.move(7)
    reply = second.act("accept", second.at(later))
    assert (reply.status, reply.slug) == (409, "invalid-transition") and "expired" in reply.json["detail"]
    assert second.act("decline", second.at(later)).status == 409
    assert second.state == "expired"


def test_an_offer_ends_when_registration_does(circle, later):
    one = circle(capacity=1, rules={"offer_valid": "P30D", "closes": "PT2H"})
    first, second = one.join(), one.join()
    first.act("cancel")
    starts, until = (datetime.fromisoformat(text.replace("Z", "+00:00"))
                     for text in (one.meetings[0]["starts_at"], second.read()["offered_until"]))
    assert starts - until == timedelta(hours=2)


def test_who_waits_is_not_offered_what_is_free_too_late(circle, later):
    one = circle(capacity=1, rules={"closes": "PT2H"})
    first, second = one.join(), one.join()
    later.clock.move(hours_until(one.meetings[0], 1))
    first.act("cancel", first.at(later))
    assert second.state == "waiting"


def test_why_somebody_waits_is_told_to_leaders_only(circle, later):
    one = circle(capacity=1, rules={"closes": "P1D"})
    one.join(week=1)
    second = one.join(week=1)
    assert one.seen(second)["blocked_reason"] == "full" and "blocked_reason" not in second.read()
    assert one.change(registration={"required": True, "closes": "P60D"}).status == 200
    assert one.seen(second)["blocked_reason"] == "closed"


# Moving -------------------------------------------------------------------------------------------


def test_somebody_moves_to_another_meeting_and_leaves_their_place(circle):
    one = circle(capacity=1)
    person, next_one = one.join(), one.join()
    reply = person.act("move", one.leader, {"meeting_id": one.meetings[2]["id"]})
    assert (reply.json["state"], reply.json["meeting_id"]) == ("confirmed", one.meetings[2]["id"])
    assert next_one.state == "offered" and one.join(week=2).state == "waiting"


def test_who_moves_to_where_it_is_full_waits_there_as_the_last(circle):
    one = circle(capacity=1)
    person = one.join()
    there, waiting = one.join(week=2), one.join(week=2)
    reply = person.act("move", one.leader, {"meeting_id": one.meetings[2]["id"]})
    assert (reply.json["state"], reply.json["position"]) == ("waiting", 2)
    there.act("cancel")
    assert states(person, waiting) == ["waiting", "offered"]


def test_nobody_moves_to_where_there_is_neither_a_place_nor_a_list(circle, db):
    one = circle(capacity=1, rules={"waiting_list": False})
    person = one.join()
    one.join(week=2)
    reply = person.act("move", one.leader, {"meeting_id": one.meetings[2]["id"]})
    assert (reply.status, reply.slug) == (409, "full")
    assert person.state == "confirmed" and seats(db, one, one.meetings[0]["date"]) == [1]


def test_somebody_moves_between_series_and_to_a_regular_place(circle, given):
    one = circle(capacity=1)
    other = given.schedule(one.keeper, one.group, capacity=1, registration={"required": True})
    person = one.join()
    moved = person.act("move", one.leader, {"schedule_id": other["id"]}).json
    assert (moved["state"], moved["schedule_id"]) == ("confirmed", other["id"]) and "meeting_id" not in moved
    assert one.join().state == "confirmed"
    back = person.act("move", one.leader, {"meeting_id": one.meetings[1]["id"]}).json
    assert (back["state"], back["schedule_id"]) == ("confirmed", one.series["id"])
    assert given.registration(other, one.keeper).state == "confirmed"


def test_who_moves_within_a_series_waits_behind_those_who_do_already(circle):
    one = circle(capacity=1)
    person = one.join(week=2)
    one.join(week=3)
    assert one.join(None).state == "waiting"
    moved = person.act("move", one.leader, {"schedule_id": one.series["id"]}).json
    assert (moved["state"], moved["position"]) == ("waiting", 2)


def test_who_moves_to_every_week_leaves_the_place_of_one(circle):
    one = circle(capacity=1)
    person = one.join(week=2)
    assert person.act("move", one.leader, {"schedule_id": one.series["id"]}).json["state"] == "confirmed"


def test_who_is_screened_still_is_after_a_move(circle):
    one = circle(capacity=1, joining="screening")
    person = one.join()
    assert person.act("move", one.leader, {"meeting_id": one.meetings[2]["id"]}).json["state"] == "screening"


def test_nobody_moves_into_another_group(circle):
    one, other = circle(), circle()
    person = one.join()
    for body, pointer in [({"meeting_id": other.meetings[0]["id"]}, "/meeting_id"),
                          ({"schedule_id": other.series["id"]}, "/schedule_id")]:
        reply = person.act("move", one.leader, body)
        assert (reply.status, reply.pointers()) == (422, {pointer})
    one.except_on(1, cancelled=True)
    assert person.act("move", one.leader, {"meeting_id": one.meetings[1]["id"]}).slug == "registration-closed"
    assert person.read()["meeting_id"] == one.meetings[0]["id"]


def test_who_is_nobody_is_moved_nowhere(circle):
    one = circle()
    for wanted in {"meeting_id": str(uuid.uuid4())}, {"schedule_id": str(uuid.uuid4())}, {"meeting_id": one.meetings[0]["id"]}:
        assert one.leader.post(f"/v1/registrations/{uuid.uuid4()}/move", wanted).status == 404


# Screening ----------------------------------------------------------------------------------------


def test_a_group_that_screens_talks_first_and_places_then(circle):
    one = circle(capacity=1, joining="screening")
    first, second = one.join(), one.join()
    assert states(first, second) == ["screening"] * 2
    assert first.act("admit", one.leader).json["state"] == "confirmed"
    assert second.act("admit", one.leader).json["state"] == "waiting"
    assert second.act("admit", one.leader).slug == "full"
    first.act("cancel")
    assert second.state == "offered"


def test_what_is_planned_stays_until_it_is_planned_anew_and_notes_are_for_leaders(circle, db):
    one = circle(joining="screening")
    person = one.join_by_mail()
    one.leader.post(f"{person.path}/screening",
                    {"starts_at": "2040-03-01T17:00:00Z", "place": "Am Telefon", "notes": "Hört erst zu."})
    reply = one.leader.post(f"{person.path}/screening", {"place": "https://talk.example.org/1"})
    assert reply.json["screening"] == {"starts_at": "2040-03-01T17:00:00Z"}
    assert (reply.json["screening_place"], reply.json["screening_notes"]) == ("https://talk.example.org/1", "Hört erst zu.")
    seen = person.read()
    assert seen["screening_place"] == "https://talk.example.org/1" and "screening_notes" not in seen
    assert "notes" not in json.dumps(seen) and "Hört" not in json.dumps(person.get(f"{person.path}/data").json)
    assert mails(db, person)[-1] == "screening"


def test_a_place_is_held_while_it_is_talked_and_no_longer(circle, later):
    one = circle(capacity=1, joining="screening")
    first, second = one.join(week=3), one.join(week=3)
    reply = first.act("screening", one.leader, {"hold": "P2D"})
    assert reply.json["screening"]["hold_until"]
    assert second.act("screening", one.leader, {"hold": "P2D"}).slug == "full"
    assert second.act("admit", one.leader).json["state"] == "waiting"
    later.clock.move(2 * DAY + HOUR)
    one.join(week=5, client=one.keeper.at(later))
    assert states(first, second) == ["screening", "offered"]
    assert "hold_until" not in first.read()["screening"]
    assert first.act("admit", one.leader).json["state"] == "waiting"


def test_who_is_admitted_has_the_place_that_was_held(circle, db):
    one = circle(capacity=1, joining="screening")
    person = one.join()
    person.act("screening", one.leader, {"hold": "P2D"})
    person.act("screening", one.leader, {"hold": "P3D"})
    assert seats(db, one, one.meetings[0]["date"]) == [1]
    assert person.act("admit", one.leader).json["state"] == "confirmed"
    assert seats(db, one, one.meetings[0]["date"]) == [1]


# Attendance ---------------------------------------------------------------------------------------


def test_who_came_is_noted_only_where_the_group_wants_it(circle, later, given):
    one = circle()
    person = one.join()
    body = {"meeting_id": one.meetings[0]["id"], "attended": True}
    assert person.act("attendance", one.leader, body).slug == "conflict"
    one.leader.patch(f"/v1/groups/{one.group['id']}/settings", {"attendance": True})
    assert person.act("attendance", one.leader, body).pointers() == {"/meeting_id"}, "it has not begun"
    later.clock.move(hours_until(one.meetings[0], -1))
    leader = one.leader.as_client(session_at(given, one.leader.id)).at(later)
    assert person.act("attendance", leader, body).json["attendance"] == [body]
    assert person.act("attendance", leader, {**body, "attended": False}).json["attendance"] == [{**body, "attended": False}]
    assert person.act("attendance", leader, {**body, "meeting_id": one.meetings[1]["id"]}).pointers() == {"/meeting_id"}


def session_at(given, leader):
    """A session that still goes on when the clock has moved far."""
    return given.token("session", leader, hours=1000, prefix="rl_")


# Repeated and tried -------------------------------------------------------------------------------


def test_trying_leaves_nothing(circle, given, db):
    one = circle(capacity=1)
    proof = given.proof()
    db.execute("SELECT (SELECT count(*) FROM persons WHERE group_id = %s)", [one.group["id"]])
    before = db.fetchone()
    tried = one.keeper.post(f"/v1/meetings/{one.meetings[0]['id']}/registrations?dry_run=true", given.new_registration())
    assert tried.status == 201 and tried.json["state"] == "confirmed" and "location" not in tried.headers
    assert given.api.as_client(tried.json["secret"]).get(f"/v1/registrations/{tried.json['id']}").status == 401
    given.api.post(f"{one.path}/registrations?dry_run=true", given.new_registration(proof=proof))
    db.execute("SELECT (SELECT count(*) FROM persons WHERE group_id = %s)", [one.group["id"]])
    assert db.fetchone() == before
    assert one.join(client=given.api, proof=proof).state == "confirmed"


@pytest.mark.parametrize("who", ["nobody", "a client"])
def test_the_same_request_again_is_answered_byte_for_byte(circle, given, db, who):
    one = circle(capacity=1)
    client = given.api if who == "nobody" else one.keeper
    body = given.new_registration(proof=given.proof() if who == "nobody" else None)
    path, key = f"/v1/meetings/{one.meetings[0]['id']}/registrations", given.word()
    first, second = client.post(path, body, Idempotency_Key=key), client.post(path, body, Idempotency_Key=key)
    assert first.status == second.status == 201 and first.body == second.body
    assert first.json["secret"] and first.headers["location"] == second.headers["location"]
    assert first.etag == second.etag
    assert client.post(path, {**body, "pseudonym": "Meise"}, Idempotency_Key=key).slug == "idempotency-mismatch"
    assert Registrant.of(given.api, second.json).state == "confirmed"
    db.execute("SELECT count(*) FROM registrations WHERE schedule_id = %s", [one.series["id"]])
    assert db.fetchone() == (1,)


# Who sees what ------------------------------------------------------------------------------------


def test_the_person_sees_what_they_said_and_leaders_never_how_to_reach_them(circle, given):
    one = circle()
    address, phone = given.address(), "+49 221 5550199"
    person = one.join(contact={"email": address, "phone": phone}, message="Ich komme mit dem Rad.", language="en",
                      reminders=["P1D"])
    seen, shown = person.read(), one.seen(person)
    assert seen["contact"] == {"email": address, "phone": phone} and seen["consent"]["version"] == "2026-11"
    assert (shown["pseudonym"], shown["message"]) == (seen["pseudonym"], seen["message"])
    assert not shown.keys() & {"contact", "consent", "secret"}
    listed = one.leader.get(f"/v1/meetings/{one.meetings[0]['id']}/registrations")
    assert [item["id"] for item in listed.json["items"]] == [person.id]
    for reply in (one.leader.get(person.path), listed):
        assert address not in reply.body.decode() and phone not in reply.body.decode()


def test_where_it_is_is_learnt_by_those_who_have_a_place(circle, given, keeper):
    venue = given.venue(keeper, disclosure="accepted")
    online = {"join_url": "https://meet.example.org/geheim", "disclosure": "accepted"}
    one = circle(capacity=1, series={"format": "hybrid", "venue_id": venue["id"], "online": online})
    inside, outside = one.join(), one.join()
    regular = one.join(None)
    assert inside.read()["place"]["address"]["street"] == "Beispielgasse 1"
    assert inside.read()["online"]["join_url"] == online["join_url"]
    public = given.api.get(f"/v1/meetings/{one.meetings[0]['id']}").json
    for hidden in (outside.read(), regular.read(), one.seen(inside), public):
        assert "Beispielgasse" not in json.dumps(hidden) and "geheim" not in json.dumps(hidden)
    inside.act("cancel")
    assert "place" not in inside.read() and "online" not in inside.read()
    assert outside.state == "offered" and "place" not in outside.read()
    assert outside.act("accept").json["place"]["address"]["street"] == "Beispielgasse 1"


def test_a_regular_place_shows_where_the_series_is(circle, given, keeper):
    venue = given.venue(keeper, disclosure="accepted")
    one = circle(series={"format": "in_person", "venue_id": venue["id"]})
    assert one.join(None).read()["place"]["address"]["street"] == "Beispielgasse 1"


def test_a_list_shows_all_in_their_order_page_by_page(circle):
    one = circle(capacity=2)
    people = [one.join() for _ in range(4)]
    one.join(None), one.join(week=1)
    path = f"/v1/meetings/{one.meetings[0]['id']}/registrations"
    assert [item["id"] for item in one.leader.all_pages(f"{path}?limit=1")] == [person.id for person in people]
    waiting = one.leader.get(f"{path}?state=waiting&state=offered").json["items"]
    assert [item["id"] for item in waiting] == [person.id for person in people[2:]]
    assert len(one.leader.get(f"{one.path}/registrations").json["items"]) == 1


def test_that_leaders_read_is_told_to_the_person(circle):
    one = circle()
    person = one.join()
    assert person.get(f"{person.path}/data").json["reads"] == []
    one.seen(person)
    one.leader.get(f"/v1/meetings/{one.meetings[0]['id']}/registrations")
    assert [read["by"] for read in person.get(f"{person.path}/data").json["reads"]] == ["leader", "leader"]


def test_how_many_places_are_left_is_told_roughly_to_all_and_exactly_to_leaders(circle, given):
    one = circle(capacity=5)
    path = f"/v1/meetings/{one.meetings[0]['id']}"
    found = []
    for companions in (0, 0, 2, 0):
        one.join(companions=companions)
        found.append(given.api.get(path).json["seats"])
    assert found == ["many", "few", "none", "none"]
    assert one.leader.get(path).json["places"] == {"capacity": 5, "taken": 5, "waiting": 1}
    assert "places" not in given.api.get(path).json


def test_leaders_of_a_hidden_group_see_its_places(circle, given):
    one = circle(capacity=5, visibility="unlisted")
    path = f"/v1/meetings/{one.meetings[0]['id']}"
    assert one.leader.get(path).json["places"]["taken"] == 0
    assert given.api.get(path).status == given.leader().get(path).status == 404


# Secrets ------------------------------------------------------------------------------------------


def test_a_new_secret_takes_the_place_of_the_old_one(circle, given):
    person = circle().join()
    secret = person.act("reissue").json["secret"]
    assert person.get(person.path).status == 401
    renewed = given.api.as_client(secret)
    assert renewed.get(person.path).status == 200
    assert renewed.post(f"{person.path}/revoke").status == 204 and renewed.get(person.path).status == 401


def test_an_erased_registration_gives_its_place_back(circle):
    one = circle(capacity=1)
    first, second = one.join(), one.join()
    assert first.delete(first.path).status == 204
    assert second.state == "offered" and first.get(first.path).status == 401
    shown = one.seen(first)
    assert shown["state"] == "cancelled" and not shown.keys() & {"pseudonym", "message"}
