"""stage.py: groups that take registrations, in an installation of their own, and a server that only one test loads."""

import os
import subprocess
import uuid
from contextlib import closing
from types import SimpleNamespace

import psycopg2

from tests.client import Client
from tests.clock import Clock
from tests.contract import Contract
from tests.given import Given
from tests.places.checker import Checker
from tests.server import Server, programs

SCOPES = "groups:write,meetings:write,registrations:write,registrations:manage"
RULES = {"required": True, "offer_valid": "PT1H"}

# What is as it is in many groups, each once or more: where the crowd goes, and what else there is.
GROUPS = {
    "hot": [{"capacity": 20, "newcomer_places": 4}, {"capacity": 8}],  # two series, for moves
    "steady": [{"capacity": 9, "newcomer_places": 3}],
    "one by one": [{"capacity": 1}],
    "no list": [{"capacity": 5, "registration": {"required": True, "waiting_list": False}}],
    "screened": [{"capacity": 6, "newcomer_places": 2}],
    "boundless": [{}],
}


class Series:
    def __init__(self, document, meetings, **nature):
        self.group, self.id, self.meetings = document["group_id"], document["id"], meetings
        self.capacity = document.get("capacity")
        self.steady, self.screened = nature.get("steady", False), nature.get("screened", False)


class Stage:
    """Begins with a server on a database that is migrated; the client it makes may do all that groups and leaders may."""

    def __init__(self, folder, database, key_file, **environment):
        self.folder, self.database, self.key_file = folder, database, key_file
        self.clock = Clock(folder / f"clock-{uuid.uuid4().hex[:8]}")
        self.checker = Checker(database, self.clock)
        name = self.rows("SELECT current_database()")[0][0]
        self.rows(f"ALTER DATABASE {name} SET deadlock_timeout = '10ms'; SELECT")  # long before a statement takes too long
        self.environment = {"RUNDE_DATABASE": database, "RUNDE_KEY_FILE": str(key_file)}
        self.server = Server(folder, f"places-{uuid.uuid4().hex[:8]}", **self.environment, RUNDE_CLOCK_FILE=self.clock,
                             RUNDE_CONNECTIONS_PER_ADDRESS=0, **environment)
        api = Client(self.server, Contract(), folder / "seen" if (folder / "seen").exists() else None)
        admin = api.as_client(self.runde("client", "add", Given.word(), "--scopes", "admin").stdout.strip())
        self.given = Given(admin, api, self.runde)
        self.given._topic = self.given.topic()["id"]
        self.client = self.given.client(scopes=SCOPES)

    def runde(self, *words):
        done = subprocess.run([programs() / "runde", *map(str, words)], check=True, capture_output=True, text=True,
                              env={**os.environ, **self.environment})
        return SimpleNamespace(stdout=done.stdout)

    def group(self, **members):
        """One whose leaders are the organisation's staff."""
        group = self.given.group(self.client, organisation_id=self.client.organisation["id"], **members)
        shared = self.client.patch(f"/v1/groups/{group['id']}/settings", {"shared_with_organisation": True})
        assert shared.status == 200, shared.json
        return group

    def series(self, group=None, nature=(), meetings=3, **members):
        """A weekly series that begins in two months and takes registrations, and its first meetings."""
        first = f"{Given.wednesday(9)}T19:00:00"
        made = self.given.schedule(self.client, group or self.group(),
                                   **{"starts_at_local": first, "registration": RULES, **members})
        listed = self.client.get(f"/v1/groups/{made['group_id']}/meetings?limit={meetings * 4}&"
                                 f"from={Given.wednesday(8)}T00:00:00Z").json["items"]
        ids = [meeting["id"] for meeting in listed if meeting["schedule_id"] == made["id"]]
        return Series(made, ids[:meetings], **dict.fromkeys(nature, True))

    def all_groups(self):
        """Every kind of them."""
        made = []
        for name, series in GROUPS.items():
            group = self.group(joining="screening" if name == "screened" else "drop_in")
            made += [self.series(group, {"steady", "screened"} & {name}, **members) for members in series]
        return made

    def rows(self, query, *values):
        with closing(psycopg2.connect(self.database)) as connection, connection, connection.cursor() as cursor:
            cursor.execute(query, values)
            return cursor.fetchall()

    def end(self):
        self.server.stop()
