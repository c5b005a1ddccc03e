"""load.py: 64 clients who register, give up, accept and decline, leaders who decide, and time that passes meanwhile."""

import asyncio
import json
import os
import random
import time
import uuid
from collections import Counter
from contextlib import closing

import psycopg2

from tests.places.line import Cut, Line
from tests.sweeps import SWEEPS, sweep

CLIENTS, LEADERS = 64, 4
KEPT = 3  # registrations that a client has at a time
NAMES = ["Amsel", "Buche", "Drossel", "Eiche", "Fink", "Linde", "Meise", "Ulme"]
PATIENCE = 60  # seconds until somebody who gets no answer gives up, and the test with them
PAUSES = 0.1, 6.4  # seconds between tries: at most so many after the first, twice as many after each, never more than the last
LOST = 0.05  # of the answers, if it is rough
DAYS_AT_MOST = 30  # that pass; the first meeting is two months away
LIVE = {"unconfirmed", "screening", "waiting", "offered", "confirmed"}
# What may stand against each; anything else is a complaint.
REFUSALS = {"register": {"full", "registration-closed"}, "capacity": {"invalid-body"}, "meeting": set(), "read": set()}
# A server with sanitizers, on a machine that others use, turns some away.
TURNS_AWAY = os.environ.get("V") != "release"
OF_STEPS = {"invalid-transition", "registration-closed", "full"}


class Load:
    """rough: whatever is asked is killed now and then, and answers are lost. forgetful: who asks again has forgotten the key."""

    def __init__(self, stage, journal, series, seed=None, rough=False, forgetful=False):
        self.stage, self.journal, self.series = stage, journal, series
        self.seed = random.randrange(2 ** 32) if seed is None else seed
        self.random = random.Random(self.seed)
        self.rough, self.forgetful = rough, forgetful
        self.key = stage.client.key
        self.known = {}  # registrations that leaders decide about, and their series
        self.answers = Counter()
        self.complaints = []
        self.hours, self.seconds = 0, 0.0

    @property
    def count(self):
        return sum(self.answers.values())

    def run(self, operations, goes_on=lambda: False):
        """Until so many answers have come, and something else does not go on either."""
        began, wanted = time.monotonic(), self.count + operations
        self.goes_on = lambda: self.count < wanted or goes_on()
        asyncio.run(self.all_at_once())
        self.seconds += time.monotonic() - began

    async def all_at_once(self):
        people = [Person(self).live() for _ in range(CLIENTS - LEADERS)]
        await asyncio.gather(*people, *(Leader(self).live() for _ in range(LEADERS)), Organiser(self).live(),
                             self.let_time_pass())

    async def let_time_pass(self):
        """What was offered lapses after an hour; workers would see to it every second."""
        while self.goes_on():
            await asyncio.sleep(0.7)
            if self.hours < DAYS_AT_MOST * 24:
                self.hours += 1.1
                self.stage.clock.move(self.hours)
            await asyncio.to_thread(self.sweep)

    def sweep(self):
        try:
            with closing(psycopg2.connect(self.stage.database)) as connection, connection:
                sweep(connection.cursor(), f"'{self.stage.checker.now()}'::timestamptz", SWEEPS)
        except (psycopg2.OperationalError, psycopg2.InterfaceError):
            if not self.rough:
                raise

    async def ask(self, line, what, method, path, body, bearer, **fields):
        """Until there is an answer that is one; and whether an earlier one may have been lost."""
        doubt, began, (pause, longest) = False, time.monotonic(), PAUSES
        while time.monotonic() - began < PATIENCE:
            try:
                answer = await line.request(method, path, body, bearer, **fields)
            except Cut:
                answer = None
            status = "cut" if answer is None else "lost" if self.loses() else answer.status
            if status == 409 and answer.slug == "in-progress":
                self.answers[what, "in-progress"] += 1
            elif status not in ("cut", "lost", 503):
                self.hear(what, answer)
                return answer, doubt
            elif not self.rough and not (status == 503 and TURNS_AWAY):
                self.complain(what, status)
            if status in ("cut", "lost", 503):
                self.answers[what, status] += 1
                doubt = True
                if what == "register" and "Idempotency_Key" not in fields:
                    return None, doubt
                if self.forgetful and "Idempotency_Key" in fields:
                    fields["Idempotency_Key"] = uuid.uuid4()
            await asyncio.sleep(0.01 + pause * self.random.random() * doubt)
            pause = min(2 * pause, longest)
        raise TimeoutError(f"no answer to {what}: {self.complaints[:5]}, of {answers_told(self)}")

    def loses(self):
        return self.rough and self.random.random() < LOST

    def hear(self, what, answer):
        slug = answer.slug if answer.status >= 400 else ""
        self.answers[what, slug or answer.status] += 1
        if answer.status >= 400 and slug not in REFUSALS.get(what, OF_STEPS):
            self.complain(what, answer.json)

    def complain(self, what, why):
        self.complaints.append(f"{what}: {why}")

    async def act(self, line, registration, action, bearer, body=None):
        """A step of a registration. It needs no key: to take it again is harmless."""
        asked = self.journal.count
        answer, doubt = await self.ask(line, action, "POST", f"/v1/registrations/{registration}/{action}", body, bearer)
        step = "screen" if action == "screening" else action
        if doubt:
            self.journal.lost(registration, step)
        return self.note(asked, step, answer)

    def note(self, asked, action, answer, key=None):
        """What was acknowledged; None if it was refused."""
        if answer.status >= 400:
            return None
        told = answer.json
        self.journal.note(asked, key, told["id"], action, told["revision"], told["state"])
        return told


class Person:
    """Has a few registrations at a time and does with them what people do."""

    def __init__(self, load):
        self.load, self.random = load, load.random
        self.lines = [Line(load.stage.server.port) for _ in range(3)]
        self.own = {}  # id: secret and state

    async def live(self):
        while self.load.goes_on():
            if len(self.own) < KEPT and self.random.random() < 0.7:
                await self.register()
            elif self.own:
                await self.go_on(self.random.choice(list(self.own)))
        for line in self.lines:
            line.close()

    def somewhere(self):
        """Mostly the first meeting of the first series; sometimes a regular place."""
        load = self.load
        series = load.series[0] if self.random.random() < 0.5 else self.random.choice(load.series)
        if self.random.random() < 0.1:
            return series, f"/v1/schedules/{series.id}/registrations"
        meeting = series.meetings[0] if self.random.random() < 0.7 else self.random.choice(series.meetings)
        return series, f"/v1/meetings/{meeting}/registrations"

    async def register(self):
        """Some with a key, and some of those several times at once and then once more."""
        has_key = self.load.rough or self.random.random() < 0.6
        copies = self.random.choice([1, 1, 1, 2, 3]) if has_key else 1
        await self.register_at(*self.somewhere(), copies, has_key, newcomer=self.random.random() < 0.3,
                               companions=self.random.choice([0, 0, 0, 0, 1, 2]))

    async def register_at(self, series, path, copies=1, has_key=True, **members):
        load, key = self.load, str(uuid.uuid4())
        body = {"pseudonym": self.random.choice(NAMES), "role": "affected", "consent": {"version": "2026-11"}, **members}
        fields = {"Idempotency_Key": key} if has_key else {}
        asked = load.journal.count
        replies = await asyncio.gather(*(
            load.ask(line, "register", "POST", path, body, load.key, **fields) for line in self.lines[:copies]))
        for line in self.lines[1:]:
            line.close()  # before the server does so because it is idle
        if not has_key and replies[0][1]:
            load.journal.lost(None, "register")
            return
        answers = [answer for answer, _ in replies if answer.status == 201]
        if answers and copies > 1:
            again, _ = await load.ask(self.lines[0], "register", "POST", path, body, load.key, **fields)
            answers.append(again)
        if len({answer.body for answer in answers}) > 1 and not load.forgetful:
            load.complain("register", f"one key and two answers: {[answer.body for answer in answers]}")
        for answer in filter(lambda answer: answer.status == 201, answers):
            told = load.note(asked, "register", answer, key)
            self.own[told["id"]] = told["secret"], told["state"]
            load.known[told["id"]] = series

    async def go_on(self, registration):
        secret, state = self.own[registration]
        action = self.random.choices(*{
            "offered": (["accept", "decline", "read", "cancel"], [6, 2, 2, 1]),
            "confirmed": (["cancel", "read"], [4, 1]),
            "waiting": (["read", "cancel"], [3, 1]),
        }.get(state, (["read", "cancel"], [3, 1])))[0]
        if action == "read":
            asked = self.load.journal.count
            answer, _ = await self.load.ask(self.lines[0], "read", "GET", f"/v1/registrations/{registration}", None, secret)
            told = self.load.note(asked, "read", answer)
        else:
            told = await self.load.act(self.lines[0], registration, action, secret)
        state = told["state"] if told else None  # refused: it is not what we thought
        self.own[registration] = secret, state
        if state is not None and state not in LIVE:
            del self.own[registration]
            self.load.known.pop(registration, None)


class Leader:
    """Decides about whoever is there."""

    def __init__(self, load):
        self.load, self.random = load, load.random
        self.line = Line(load.stage.server.port)

    async def live(self):
        while self.load.goes_on():
            if self.load.known:
                await self.decide(self.random.choice(list(self.load.known)))
            await asyncio.sleep(0.01)
        self.line.close()

    async def decide(self, registration):
        series = self.load.known[registration]
        actions = ["screening", "admit"] if series.screened else ["admit", "admit", "move", "count"]
        action = self.random.choice([*actions, "reject", "screening" if series.screened else "move"])
        told = await self.load.act(self.line, registration, action, self.load.key, {
            "reject": {"reason": "Es passt nicht."},
            "move": self.elsewhere(series),
            "count": {"counted": self.random.random() < 0.6},
            "screening": {"hold": "PT1H"} if self.random.random() < 0.7 else {"notes": "Hat angerufen."},
        }.get(action))
        if told and told["state"] not in LIVE:
            self.load.known.pop(registration, None)

    def elsewhere(self, series):
        """A meeting or a regular place of the same group."""
        there = self.random.choice([other for other in self.load.series if other.group == series.group])
        if self.random.random() < 0.15:
            return {"schedule_id": there.id}
        return {"meeting_id": self.random.choice(there.meetings)}


class Organiser:
    """Raises and lowers capacities, cancels meetings and takes them up again."""

    def __init__(self, load):
        self.load, self.random = load, load.random
        self.line = Line(load.stage.server.port)

    async def live(self):
        changing = [series for series in self.load.series if series.capacity and not series.steady]
        while self.load.goes_on():
            series = self.random.choice(changing)
            if self.random.random() < 0.7:
                await self.patch("capacity", f"/v1/schedules/{series.id}", self.other_places(series.capacity))
            else:
                meeting = f"/v1/meetings/{self.random.choice(series.meetings)}"
                await self.patch("meeting", meeting, {"cancelled": True})
                await asyncio.sleep(0.1)
                await self.patch("meeting", meeting, {"cancelled": None})
            await asyncio.sleep(0.05)
        self.line.close()

    def other_places(self, usual):
        capacity = self.random.randint(max(1, usual // 2), usual * 2)
        return {"capacity": capacity, "newcomer_places": self.random.randint(0, capacity // 4)}

    async def patch(self, what, path, body):
        await self.load.ask(self.line, what, "PATCH", path, body, self.load.key, If_Match="*")


def answers_told(load):
    """How many answers of each kind there were."""
    kinds = Counter()
    for (what, answer), count in load.answers.items():
        kinds[f"{what} {answer}"] += count
    return json.dumps(dict(sorted(kinds.items())), ensure_ascii=False)


class Rush:
    """Many times more people than there are places want them at the same moment; those who got one give it up, and again."""

    def __init__(self, load, series, times=10):
        self.load, self.series = load, series
        self.path = f"/v1/meetings/{series.meetings[0]}/registrations"
        self.wanted = times * series.capacity
        self.people = [RushedPerson(load) for _ in range(min(self.wanted, CLIENTS))]

    def run(self, rounds=1):
        """The states in which all are after the first round, by how many."""
        began = time.monotonic()
        asyncio.run(self.rounds(rounds))
        self.load.seconds += time.monotonic() - began
        return self.first

    async def rounds(self, count):
        self.left = self.wanted
        await asyncio.gather(*(person.register_often(self) for person in self.people))
        self.first = Counter(state for person in self.people for _, state in person.own.values())
        for _ in range(count - 1):
            self.left = self.wanted
            await asyncio.gather(*(person.give_up_and_come_again(self) for person in self.people))
        for person in self.people:
            for line in person.lines:
                line.close()


class RushedPerson(Person):
    async def register_often(self, rush):
        while rush.left > 0:
            rush.left -= 1
            await self.register_at(rush.series, rush.path)

    async def give_up_and_come_again(self, rush):
        for registration, (secret, state) in list(self.own.items()):
            if state in ("confirmed", "offered"):
                await self.load.act(self.lines[0], registration, "cancel", secret)
                del self.own[registration]
        await self.register_often(rush)
