"""record.py: all that is known of a trial when it is over, from those who took part; what the checker goes by."""

import os
import re
import uuid
from bisect import bisect_right
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import psycopg2

from tests.nights import AWAKE
from tests.sealing import JSON, KEY, Keys, seal

KINDS = "noop", "mail"  # what the trial adds; others are none of its business
JOURNAL = Path(__file__).with_name("journal.sql").read_text(encoding="utf-8") + AWAKE


class Event(NamedTuple):
    """A line of journal.events, in the order in which they happened to its job. Times are seconds."""
    what: str
    job: int | None
    kind: str | None
    key: str | None
    fence: int | None
    until: float | None
    created: int | None
    who: str
    at: float


@dataclass
class Record:
    """Keys are those of jobs."""
    acknowledged: set = field(default_factory=set)  # those whose commit was answered
    withdrawn: set = field(default_factory=set)  # those whose transaction cannot have been committed
    unknown: set = field(default_factory=set)  # those whose commit was asked for, and not answered
    events: list = field(default_factory=list)
    left: set = field(default_factory=set)  # jobs that are there in the end
    mails: list = field(default_factory=list)  # (job, created) of each that was delivered
    killed: dict = field(default_factory=dict)  # workers, and when
    outages: list = field(default_factory=list)  # of PostgreSQL: (from, to)
    moves: list = field(default_factory=list)  # of the application's clock: (when, by how much it is ahead since)

    def ahead(self, at):
        """By how much the application's clock was ahead."""
        number = bisect_right(self.moves, (at, float("inf")))
        return self.moves[number - 1][1] if number else 0

    def outage(self, start, end):
        """How much of a time PostgreSQL was down."""
        return sum(max(0, min(end, up) - max(start, down)) for down, up in self.outages)

    def read_events(self, database):
        with closing(psycopg2.connect(database)) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT what, job, kind, key, fence, until, created, who, at FROM journal.events "
                           "WHERE kind IS NULL OR kind IN %s ORDER BY number", [KINDS])
            self.events = [Event(*row) for row in cursor.fetchall()]
            cursor.execute("SELECT id FROM jobs WHERE kind IN %s", [KINDS])
            self.left = {job for job, in cursor.fetchall()}

    def read_mails(self, maildir):
        """By their Message-IDs."""
        for file in maildir.glob("new/*"):
            found = re.search(r"^Message-ID: <(\d+)\.(\d+)@", file.read_text(encoding="utf-8"), re.M)
            self.mails.append((int(found[1]), int(found[2])))


def prepare(database, key_file):
    """Lays the journal; returns the id of somebody who can be written to."""
    person, keys = str(uuid.uuid4()), Keys(key_file)
    with closing(psycopg2.connect(database)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(JOURNAL)
        cursor.execute("SELECT coalesce(max(id), 0) + 1 FROM wrapping_keys")
        number, = cursor.fetchone()
        wrapping = seal(keys.above, str(number), KEY, os.urandom(32))
        key, wrapped = keys.new(person, number, wrapping)
        contact = seal(key, f"{person}/contact", JSON, b'{"email": "somebody@mail.example"}')
        cursor.execute("SET LOCAL session_replication_role = replica")  # somebody of no group
        cursor.execute("INSERT INTO wrapping_keys VALUES (%s, %s, '2026-01-01')", [number, wrapping])
        cursor.execute("INSERT INTO persons (id, role, group_id, wrapping_key, wrapped, contact, created_at) "
                       "VALUES (%s, 'registrant', %s, %s, %s, %s, '2026-01-01')", [person, person, number, wrapped, contact])
    return person
