"""test_interleavings.py: pairs of steps that meet at the same places, in both orders, stopped before and amid the first."""

import pytest

from tests.lock import Lock
from tests.places.checker import told
from tests.places.scene import Guest, Scene, confirmation_of
from tests.places.stage import SCOPES
from tests.wire import in_background

# Where others are made to meet: both wait for the series, or the first has it and waits with its step half done.
STOPS = {
    "before": "SELECT FROM schedules WHERE id = '{series}' FOR UPDATE",
    "amid": "LOCK TABLE registration_events, audit IN SHARE MODE",
}


def code(reply):
    """What came of it, in a word."""
    return reply.status if reply.status < 400 else reply.slug


class Pair:
    """What two do at a scene, and what has to come of it: both answers, and how things are then."""
    outcome: tuple = ()  # if one() comes first, and if other() does

    def __init__(self, stage, journal):
        self.scene = Scene(stage, journal)
        self.here, self.next = self.scene.register(), self.scene.register()
        self.prepare()

    def prepare(self):
        pass

    def state(self, guest):
        return self.scene.read(guest)["state"]

    def offer(self):
        self.scene.cancel(self.here)
        assert self.state(self.next) == "offered"


class CancelAndRegister(Pair):
    """Whoever waits is before whoever comes, in any order."""
    outcome = (200, 201, "offered"), (200, 201, "offered")

    def one(self):
        return self.scene.ask(self.here, "cancel", as_guest=True)

    def other(self):
        return self.scene.ask_register(f"/v1/meetings/{self.scene.series.meetings[0]}/registrations")

    def then(self):
        return self.state(self.next)


class LapseAndAccept(Pair):
    """A place that was offered is taken in time, or lost to the next."""
    outcome = (None, "invalid-transition", "expired", "offered"), (None, 200, "confirmed", "waiting")

    def prepare(self):
        self.third = self.scene.register()
        self.offer()

    def one(self):
        """Time passes for those who look after it, not for whoever accepts."""
        self.scene.stage.rows("SELECT FROM series_claim(%s, runde_now() + interval '2 hours')", self.scene.series.id)

    def other(self):
        return self.scene.ask(self.next, "accept", as_guest=True)

    def then(self):
        return self.state(self.next), self.state(self.third)


class LowerAndRegister(Pair):
    """Places are taken away while they are free, or not at all."""
    outcome = (200, 201, "waiting"), ("invalid-body", 201, "confirmed")

    def prepare(self):
        self.scene.patch({"capacity": 3})
        self.scene.accept(self.next)

    def one(self):
        return self.scene.client.patch(f"/v1/schedules/{self.scene.series.id}", {"capacity": 2})

    def other(self):
        self.answer = self.scene.ask_register(f"/v1/meetings/{self.scene.series.meetings[0]}/registrations")
        return self.answer

    def then(self):
        return self.state(Guest(self.answer.json))


class CancelMeetingAndAccept(Pair):
    outcome = (200, "registration-closed", "offered"), (200, 200, "confirmed")

    def prepare(self):
        self.offer()

    def one(self):
        return self.scene.client.patch(f"/v1/meetings/{self.scene.series.meetings[0]}", {"cancelled": True})

    def other(self):
        return self.scene.ask(self.next, "accept", as_guest=True)

    def then(self):
        return self.state(self.next)


class ConfirmTwice(Pair):
    """One address is confirmed by two clicks: once."""
    outcome = (200, 200, "waiting", 1), (200, 200, "waiting", 1)

    def prepare(self):
        self.guest = self.scene.register(contact={"email": "amsel@mail.example"})
        self.token = confirmation_of(self.scene.stage, self.guest)
        self.scene.journal.lost(self.guest.id, "confirm")  # the answer has no revision

    def one(self):
        return self.scene.post(f"/v1/registrations/{self.guest.id}/confirm", {"token": self.token})

    other = one

    def then(self):
        return self.state(self.guest), self.scene.stage.rows(
            "SELECT count(*) FROM registration_events WHERE registration_id = %s AND action = 'confirm'", self.guest.id)[0][0]


class SplitAndCancel(Pair):
    """Places are passed on in whichever series they are then."""
    outcome = (200, 200, "offered", "offered"), (200, 200, "offered", "offered")

    def prepare(self):
        self.regular = self.scene.register_regularly()
        self.scene.cancel(self.next)
        self.scene.cancel(self.here)
        self.scene.accept(self.regular)
        self.early, self.late = self.scene.register(0), self.scene.register(2)

    def one(self):
        return self.scene.try_split(1)

    def other(self):
        return self.scene.ask(self.regular, "cancel", as_guest=True)

    def then(self):
        return self.state(self.early), self.state(self.late)


class MoveBothWays(Pair):
    """Two change places: whoever is first finds the other still there, and is offered the place when they go."""
    outcome = (200, 200, "offered", "confirmed"), (200, 200, "confirmed", "offered")

    def prepare(self):
        self.scene.cancel(self.next)
        self.there = Scene(self.scene.stage, self.scene.journal, group=self.scene.group)
        self.away = self.there.register()

    def one(self):
        return self.scene.ask(self.here, "move", {"meeting_id": self.there.series.meetings[0]})

    def other(self):
        return self.scene.ask(self.away, "move", {"meeting_id": self.scene.series.meetings[0]})

    def then(self):
        return self.state(self.here), self.state(self.away)


class RegisterAndDeleteGroup(Pair):
    """The group takes everybody along who came before."""
    outcome = (201, 204, "cancelled"), ("not-found", 204, None)

    def prepare(self):
        self.answer = None

    def one(self):
        self.answer = self.scene.ask_register(f"/v1/meetings/{self.scene.series.meetings[0]}/registrations")
        return self.answer

    def other(self):
        return self.scene.client.delete(f"/v1/groups/{self.scene.group['id']}")

    def then(self):
        return self.state(Guest(self.answer.json)) if self.answer.status == 201 else None


def deadlocks(stage):
    return stage.rows("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database() AND deadlocks > 0")


@pytest.fixture
def lock(stage):
    lock = Lock(stage.database)
    yield lock
    lock.close()


@pytest.mark.parametrize("stop", STOPS)
@pytest.mark.parametrize("swapped", [False, True])
@pytest.mark.parametrize("pair", Pair.__subclasses__())
def test_in_whatever_order_two_come_all_is_right(stage, journal, lock, pair, swapped, stop):
    made = pair(stage, journal)
    first, second = (made.other, made.one) if swapped else (made.one, made.other)
    lock.hold(STOPS[stop].format(series=made.scene.series.id))
    answer = in_background(first)
    lock.await_waiting(1)
    later = in_background(second)
    lock.await_waiting(2)
    lock.release()
    answers = answer(), later()
    one, other = reversed(answers) if swapped else answers
    then = made.then()
    came = (*(reply and code(reply) for reply in (one, other)), *(then if isinstance(then, tuple) else (then,)))
    assert came == pair.outcome[swapped]
    assert not deadlocks(stage)


def test_who_is_moved_while_they_wait_holds_up_nobody(stage, journal, lock):
    """They let go of the series that they waited for before they ask for the one that they are in by then."""
    here = Scene(stage, journal)
    low, high = sorted([here, Scene(stage, journal, group=here.group)], key=lambda scene: scene.series.id)
    other, _, moved = low.register(), high.register(), high.register()
    lock.hold("SELECT FROM schedules WHERE id = %s FOR NO KEY UPDATE", high.series.id)
    lock.hold("UPDATE registrations SET schedule_id = %s, meeting_id = %s, action = 'move', actor = 'client', "
              "updated_at = runde_now() WHERE id = %s", low.series.id, low.series.meetings[0], moved.id)
    journal.lost(moved.id, "move")
    cancelled = in_background(lambda: high.ask(moved, "cancel", as_guest=True))  # waits for the high one, and will need the low
    lock.await_waiting(1)
    gone = in_background(lambda: low.ask(other, "move", {"meeting_id": high.series.meetings[0]}))  # has the low one by now
    lock.await_waiting(2)
    lock.commit()
    assert (cancelled().status, gone().status) == (200, 200)
    assert not deadlocks(stage)


def test_who_may_not_move_somebody_waits_for_nobody(stage, journal, lock):
    scene = Scene(stage, journal)
    guest, stranger = scene.register(), stage.given.client(scopes=SCOPES)
    lock.hold(STOPS["before"].format(series=scene.series.id))
    wanted = {"meeting_id": scene.series.meetings[1]}
    assert stranger.post(f"/v1/registrations/{guest.id}/move", wanted).status == 404


def test_after_all_of_them_nothing_is_found_wrong(stage, journal):
    found = stage.checker.look_at_all(journal.path)
    assert not found, told(found)
