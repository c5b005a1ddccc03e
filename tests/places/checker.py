"""checker.py: looks for what must not be, meanwhile and at the end, by the queries of invariants.sql."""

import re
import struct
import threading
from collections import defaultdict
from contextlib import closing
from datetime import datetime, timedelta, timezone
from pathlib import Path

import psycopg2

from tests.sweeps import SWEEPS, sweep

INVARIANTS = Path(__file__).with_name("invariants.sql").read_text(encoding="utf-8")
JOURNAL = """
    DROP SCHEMA IF EXISTS journal CASCADE;
    CREATE SCHEMA journal;
    CREATE TABLE journal.acknowledged (number bigint GENERATED ALWAYS AS IDENTITY, asked bigint, key text,
                                       registration_id uuid, action text, revision bigint, state text);
"""
EVERY = 0.005  # seconds between two looks
# Whoever looks must not spoil what they look at: see 0024_place_index.sql.
HARMLESS = "-c enable_indexscan=off"


def queries(when):
    """Those of one kind, by what they say."""
    _, *parts = re.split(r"^-- (always|then|at the end): (.*)\n", INVARIANTS, flags=re.M)
    return {parts[i + 1]: parts[i + 2].strip().rstrip(";") for i in range(0, len(parts), 3) if parts[i] == when}


def as_one(invariants):
    """One statement, so that all of them see the same moment."""
    return "\nUNION ALL\n".join("SELECT '{}' AS broken, to_jsonb(x)::text AS by FROM (\n{}\n) AS x".format(
        name.replace("'", "''"), query) for name, query in invariants.items())


class Checker:
    """What it finds is a dictionary: what does not hold, and the rows that show it."""

    def __init__(self, database, clock):
        self.database, self.clock = database, clock
        self.meanwhile = as_one(queries("always"))

    def now(self):
        offset, = struct.unpack("q", self.clock.path.read_bytes())
        return (datetime.now(timezone.utc) + timedelta(microseconds=offset)).isoformat()

    def look(self, cursor, statement):
        found = defaultdict(list)
        cursor.execute(statement.replace(":'now'", f"'{self.now()}'"))
        for broken, by in cursor.fetchall():
            found[broken].append(by)
        return dict(found)

    def look_at_all(self, journal, tampering=""):
        """When nothing is under way any more. journal: the file of what was acknowledged. tampering: what is done before,
        behind everybody's back, and undone."""
        with closing(psycopg2.connect(self.database, options=HARMLESS)) as connection, connection.cursor() as cursor:
            cursor.execute(JOURNAL)
            with journal.open(encoding="ascii") as lines:
                cursor.copy_expert("COPY journal.acknowledged (asked, key, registration_id, action, revision, state)"
                                   " FROM STDIN", lines)
            cursor.execute("CREATE INDEX ON journal.acknowledged (registration_id)")
            sweep(cursor, f"'{self.now()}'::timestamptz", SWEEPS)
            cursor.execute(tampering or "SELECT")
            for statement in queries("then").values():
                cursor.execute(statement)
            found = self.look(cursor, as_one({**queries("always"), **queries("at the end")}))
            if not tampering:
                connection.commit()
            return found


class Watch(threading.Thread):
    """Looks again and again while others write, also at a database that is killed now and then."""

    def __init__(self, checker, every=EVERY):
        super().__init__(daemon=True)
        self.checker, self.every = checker, every
        self.over = threading.Event()
        self.looks, self.found = 0, {}
        self.start()

    def run(self):
        while not self.over.is_set():
            try:
                with closing(psycopg2.connect(self.checker.database, options=HARMLESS)) as connection:
                    connection.autocommit = True
                    self.look_on(connection.cursor())
            except (psycopg2.OperationalError, psycopg2.InterfaceError):
                self.over.wait(0.05)

    def look_on(self, cursor):
        while not self.over.is_set():
            for broken, by in self.checker.look(cursor, self.checker.meanwhile).items():
                self.found.setdefault(broken, by)
            self.looks += 1
            self.over.wait(self.every)

    def end(self):
        """What was found until now."""
        self.over.set()
        self.join()
        return self.found


def told(found):
    """For people: what does not hold, how often, and the first few that show it."""
    return "\n".join(line for broken, by in found.items()
                     for line in [f"not so: {broken} ({len(by)})", *(f"    {row}" for row in by[:5])])
