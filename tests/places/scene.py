"""scene.py: one series and the people in it, step by step, with everything written down that was acknowledged."""

import uuid

CONSENT = {"version": "2026-11"}


class Guest:
    def __init__(self, told):
        self.id, self.secret = told["id"], told["secret"]


class Scene:
    def __init__(self, stage, journal, joining="drop_in", **members):
        self.stage, self.journal, self.client = stage, journal, stage.client
        self.group = stage.group(joining=joining)
        self.series = stage.series(self.group, meetings=4, **{"capacity": 1, **members})

    # What is asked; the answers may be refusals.

    def post(self, path, body=None, guest=None, **fields):
        client = self.client if guest is None else self.client.as_client(guest.secret)
        return client.post(path, body, **fields)

    def ask_register(self, path, **members):
        body = {"pseudonym": "Amsel", "role": "affected", "consent": CONSENT, **members}
        return self.post(path, body, Idempotency_Key=uuid.uuid4())

    def ask(self, guest, action, body=None, as_guest=False):
        return self.post(f"/v1/registrations/{guest.id}/{action}", body, guest if as_guest else None)

    def ask_count(self, guest, counted):
        return self.ask(guest, "count", {"counted": counted})

    def try_split(self, number, **members):
        meeting = self.client.get(f"/v1/meetings/{self.series.meetings[number]}").json
        return self.client.patch(f"/v1/schedules/{self.series.id}?from={meeting['date']}", members or {"note": "Neu."})

    @staticmethod
    def refusal_of(reply):
        assert reply.status >= 400, reply.json
        return reply.slug

    # What is done.

    def done(self, action, reply):
        assert reply.status in (200, 201), reply.json
        told = reply.json
        if "revision" in told and "role" in told:
            self.journal.note(self.journal.count, told["id"], told["id"], action, told["revision"], told["state"])
        return told

    def register(self, number=0, **members):
        """For one of the meetings."""
        path = f"/v1/meetings/{self.series.meetings[number]}/registrations"
        return Guest(self.done("register", self.ask_register(path, **members)))

    def register_regularly(self, **members):
        path = f"/v1/schedules/{self.series.id}/registrations"
        return Guest(self.done("register", self.ask_register(path, **members)))

    def accept(self, guest):
        return self.done("accept", self.ask(guest, "accept", as_guest=True))

    def cancel(self, guest):
        return self.done("cancel", self.ask(guest, "cancel", as_guest=True))

    def admit(self, guest):
        return self.done("admit", self.ask(guest, "admit"))

    def count(self, guest, counted):
        return self.done("count", self.ask_count(guest, counted))

    def screen(self, guest, **planned):
        return self.done("screen", self.ask(guest, "screening", planned))

    def move(self, guest, number):
        return self.done("move", self.ask(guest, "move", {"meeting_id": self.series.meetings[number]}))

    def split(self, number, **members):
        return self.done("split", self.try_split(number, **members))

    def patch(self, members):
        return self.done("patch", self.client.patch(f"/v1/schedules/{self.series.id}", members))

    def read(self, guest):
        return self.done("read", self.client.as_client(guest.secret).get(f"/v1/registrations/{guest.id}"))

    def held(self):
        """Who holds how many places."""
        rows = self.stage.rows("SELECT registration_id, count(*) FROM places WHERE schedule_id = %s GROUP BY 1",
                               self.series.id)
        return dict(rows)
