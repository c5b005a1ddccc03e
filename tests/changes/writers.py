"""writers.py: many who write at once: clients over HTTP, and transactions that take their time, or write very much."""

import http.client
import json
import random
import threading
import time
import uuid
from collections import Counter
from contextlib import closing

import psycopg2

from tests.given import Given

LATE = "UPDATE topics SET rare = NOT rare, updated_at = now() WHERE id = %s"
MANY = """
    UPDATE meetings SET shown = shown || jsonb_build_object('note', %s), revision = revision + 1, updated_at = now()
    WHERE group_id = %s AND deleted_at IS NULL
"""
PATIENCE = 10  # seconds
LATEST = 5  # of each kind: what many write at the same time


class Writers:
    """Threads that write until they are told to end; what goes wrong on the way, because of kills, is tried no more."""

    def __init__(self):
        self.going, self.threads, self.answers = True, [], Counter()

    def start(self, work):
        def go_on():
            while self.going:
                try:
                    work()
                except (OSError, http.client.HTTPException, psycopg2.OperationalError, psycopg2.InterfaceError):
                    time.sleep(0.05)
        self.threads.append(threading.Thread(target=go_on, daemon=True))
        self.threads[-1].start()

    def end(self):
        self.going = False
        for thread in self.threads:
            thread.join()


class Client:
    """Somebody who creates, changes and deletes at random what is an organisation's; known to all who do."""

    def __init__(self, writers, address, key, topics, known):
        self.writers, self.address, self.topics, self.known = writers, address, topics, known
        self.fields = {"Authorization": f"Bearer {key}", "If-Match": "*"}
        self.connection = None
        self.steps = [self.add_group] * 2 + [self.add_schedule] * 2 + [self.add_venue, self.add_closure] + [
            self.change_group] * 6 + [self.change_venue, self.change_closure, self.change_schedule, self.cancel, self.remove]

    def step(self):
        random.choice(self.steps)()

    def ask(self, method, path, body=None):
        kind = "merge-patch+json" if method == "PATCH" else "json"
        try:
            self.connection = self.connection or http.client.HTTPConnection(self.address, timeout=PATIENCE)
            self.connection.request(method, path, None if body is None else json.dumps(body),
                                    {**self.fields, "Content-Type": f"application/{kind}"})
            reply = self.connection.getresponse()
            text = reply.read()
        except (OSError, http.client.HTTPException):
            self.connection = None
            raise
        self.writers.answers[method, reply.status] += 1
        if reply.status == 503:
            time.sleep(random.uniform(0.05, 0.2))
        return json.loads(text) if reply.status in (200, 201) else None

    def add(self, what, path, body):
        made = self.ask("POST", path, body)
        if made:
            self.known[what].append(made["id"])

    def some(self, what):
        return random.choice(self.known[what][-LATEST:] or [uuid.uuid4()])

    def add_group(self):
        self.add("group", "/v1/groups", {
            "name": f"Gruppe {Given.word()}", "topic_ids": [random.choice(self.topics)], "audience": ["affected"],
            "leadership": "peer_led", "joining": "drop_in", "formats": ["in_person"], "languages": ["de"],
            "visibility": random.choice(["public", "partners", "unlisted"]), "partner_note": "Bitte anrufen."})

    def add_schedule(self):
        venue = {"format": "in_person", "venue_id": self.some("venue")} if self.known["venue"] else {}
        self.add("schedule", f"/v1/groups/{self.some('group')}/schedules", json.loads(json.dumps(Given.new_schedule(
            sessions=random.randint(1, 8), capacity=9, registration={"required": True}, **venue), default=str)))

    def add_venue(self):
        self.add("venue", "/v1/venues", {
            "name": f"Haus {Given.word()}", "setting": "community_centre", "address": {"country": "DE", "postcode": "50667"},
            "disclosure": random.choice(["public", "area", "accepted"])})

    def add_closure(self):
        day = str(Given.wednesday(random.randint(1, 8)))
        self.add("closure", "/v1/closures", {"venue_id": str(self.some("venue")), "from": day, "to": day, "note": "Zu"})

    def change_group(self):
        change = random.choice([{"name": f"Gruppe {Given.word()}"}, {"description": Given.word()},
                                {"visibility": random.choice(["public", "partners", "unlisted"])}])
        self.ask("PATCH", f"/v1/groups/{self.some('group')}", change)

    def change_venue(self):
        self.ask("PATCH", f"/v1/venues/{self.some('venue')}", random.choice([
            {"directions": Given.word()}, {"disclosure": random.choice(["public", "area", "accepted"])}]))

    def change_closure(self):
        self.ask("PATCH", f"/v1/closures/{self.some('closure')}", {"note": Given.word()})

    def change_schedule(self):
        self.ask("PATCH", f"/v1/schedules/{self.some('schedule')}", {"note": Given.word()})

    def cancel(self):
        self.ask("PUT", f"/v1/schedules/{self.some('schedule')}/exceptions/{Given.wednesday(random.randint(1, 4))}",
                 {"cancelled": True})

    def remove(self):
        what = random.choice(list(self.known))
        self.ask("DELETE", f"/v1/{what}s/{self.some(what)}")


def late(database, topics):
    """Writes a topic, each once, and commits after others have."""
    with closing(psycopg2.connect(database)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(LATE, [topics.pop()])
        time.sleep(random.uniform(0.1, 0.6))


def many(database, groups):
    """All meetings of a group at once."""
    with closing(psycopg2.connect(database)) as connection, connection, connection.cursor() as cursor:
        for _ in range(10):
            cursor.execute(MANY, [Given.word(), random.choice(groups)])
            connection.commit()
