"""scene.py: one series and the people in it, step by step, with everything written down that was acknowledged."""

import hashlib
import secrets
import struct
import uuid

CONSENT = {"version": "2026-11"}


class Guest:
    def __init__(self, told):
        self.id, self.secret = told["id"], told["secret"]


class Scene:
    def __init__(self, stage, journal, joining="drop_in", group=None, **members):
        self.stage, self.journal, self.client = stage, journal, stage.client
        self.group = group or stage.group(joining=joining)
        self.series = stage.series(self.group, meetings=4, **{"capacity": 1, **members})

    # What is asked; the answers may be refusals.

    def post(self, path, body=None, guest=None, **fields):
        client = self.client if guest is None else self.client.as_client(guest.secret)
        return client.post(path, body, **fields)

    def ask_register(self, path, **members):
        body = {"pseudonym": "Amsel", "role": "affected", "consent": CONSENT, **members}
        return self.noted("register", self.post(path, body, Idempotency_Key=uuid.uuid4()))

    def ask(self, guest, action, body=None, as_guest=False):
        step = "screen" if action == "screening" else action
        return self.noted(step, self.post(f"/v1/registrations/{guest.id}/{action}", body, guest if as_guest else None))

    def ask_count(self, guest, counted):
        return self.ask(guest, "count", {"counted": counted})

    def try_split(self, number, **members):
        meeting = self.client.get(f"/v1/meetings/{self.series.meetings[number]}").json
        return self.client.patch(f"/v1/schedules/{self.series.id}?from={meeting['date']}", members or {"note": "Neu."})

    @staticmethod
    def refusal_of(reply):
        assert reply.status >= 400, reply.json
        return reply.slug

    def noted(self, action, reply):
        """Written down, if it was done."""
        if reply.status in (200, 201):
            told = reply.json
            self.journal.note(self.journal.count, told["id"], told["id"], action, told["revision"], told["state"])
        return reply

    # What is done.

    @staticmethod
    def done(reply):
        assert reply.status in (200, 201), reply.json
        return reply.json

    def register(self, number=0, **members):
        """For one of the meetings."""
        path = f"/v1/meetings/{self.series.meetings[number]}/registrations"
        return Guest(self.done(self.ask_register(path, **members)))

    def register_regularly(self, **members):
        path = f"/v1/schedules/{self.series.id}/registrations"
        return Guest(self.done(self.ask_register(path, **members)))

    def accept(self, guest):
        return self.done(self.ask(guest, "accept", as_guest=True))

    def cancel(self, guest):
        return self.done(self.ask(guest, "cancel", as_guest=True))

    def admit(self, guest):
        return self.done(self.ask(guest, "admit"))

    def count(self, guest, counted):
        return self.done(self.ask_count(guest, counted))

    def screen(self, guest, **planned):
        return self.done(self.ask(guest, "screening", planned))

    def move(self, guest, number):
        return self.done(self.ask(guest, "move", {"meeting_id": self.series.meetings[number]}))

    def split(self, number, **members):
        return self.done(self.try_split(number, **members))

    def patch(self, members):
        return self.done(self.client.patch(f"/v1/schedules/{self.series.id}", members))

    def read(self, guest):
        reader = self.client.as_client(guest.secret)
        return self.done(self.noted("read", reader.get(f"/v1/registrations/{guest.id}")))

    def held(self):
        """Who holds how many places."""
        rows = self.stage.rows("SELECT registration_id, count(*) FROM places WHERE schedule_id = %s GROUP BY 1",
                               self.series.id)
        return dict(rows)


def confirmation_of(stage, guest):
    """A token as a mail would bring it, stored as its keyed hash: the key of purpose 6 of the master key, then BLAKE2b."""
    token = secrets.token_urlsafe(32)
    master = bytes.fromhex(stage.key_file.read_text(encoding="ascii"))
    key = hashlib.blake2b(key=master, digest_size=32, salt=struct.pack("<QQ", 6, 0), person=b"runde--1" + bytes(8)).digest()
    stage.rows("INSERT INTO capabilities (hash, id, kind, person_id, created_at, expires_at) VALUES (%s, %s, 'confirmation', "
               "%s, runde_now(), runde_now() + interval '1 day') RETURNING id",
               hashlib.blake2b(token.encode(), key=key, digest_size=32).digest(), str(uuid.uuid4()), guest.id)
    return token
