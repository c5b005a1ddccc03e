"""jobs.py: the table of jobs of a test's own, and people to write to."""

import hashlib
import json
import os
import struct
import subprocess
import uuid
from datetime import datetime, timedelta, timezone
from pathlib import Path

from tests.server import programs
from tests.wire import await_truth


def address_of(person):
    return f"{person}@mail.example"


def keyed_hash(code):
    """What is stored of a token, by hand: the key of purpose 6 derived from the master key, then BLAKE2b."""
    master = bytes.fromhex(Path(os.environ["RUNDE_KEY_FILE"]).read_text(encoding="ascii"))
    key = hashlib.blake2b(key=master, digest_size=32, salt=struct.pack("<QQ", 6, 0), person=b"runde--1" + bytes(8)).digest()
    return "\\x" + hashlib.blake2b(code.encode(), key=key, digest_size=32).hexdigest()


def sealed(wrapping_id, person, column, value):
    return next(all_sealed([(wrapping_id, person, column, value)]))


def all_sealed(rows):
    """Of each (wrapping-id, person, column, value): wrapping, wrapped, sealed."""
    lines = "".join("\t".join(map(str, row)) + "\n" for row in rows)
    done = subprocess.run([programs() / "tests/workers/seal"], input=lines, capture_output=True, text=True, check=True)
    return (line.split("\t") for line in done.stdout.splitlines())


class Jobs:
    """The table of jobs, and people to write to."""

    def __init__(self, db, clock):
        self.db, self.clock = db, clock
        db.execute("TRUNCATE jobs, deeds, recoveries")
        db.execute("SET session_replication_role = replica")  # persons of no group

    def person(self, language="de", column="contact", **contact):
        """A new person with an address of their own, or with what is given; returns id and what is sealed."""
        person = str(uuid.uuid4())
        value = contact.pop("text", None) or json.dumps(contact or {"email": address_of(person)})
        self.db.execute("SELECT coalesce(max(id), 0) + 1 FROM wrapping_keys")
        wrapping_id, = self.db.fetchone()
        wrapping, wrapped, value = sealed(wrapping_id, person, column, value)
        self.db.execute("INSERT INTO wrapping_keys VALUES (%s, %s, '2026-01-01')", [wrapping_id, wrapping])
        self.db.execute("INSERT INTO persons (id, role, group_id, wrapping_key, wrapped, contact, language, created_at) "
                        "VALUES (%s, 'registrant', %s, %s, %s, %s, %s, '2026-01-01')",
                        [person, person, wrapping_id, wrapped, value if column == "contact" else None, language])
        return person if column == "contact" else (person, value)

    def now(self):
        offset, = struct.unpack("q", self.clock.path.read_bytes())
        return datetime.now(timezone.utc) + timedelta(microseconds=offset)

    def add(self, template="message", person=None, kind="mail", run_at=None, **payload):
        """A mail to somebody, due at once; returns its id."""
        self.db.execute("SELECT job_add(%s, %s, %s, %s, %s, %s)",
                        [kind, uuid.uuid4().hex, person or self.person(), json.dumps({"template": template, **payload}),
                         run_at or self.now(), self.now()])
        self.db.execute("SELECT max(id) FROM jobs")
        return self.db.fetchone()[0]

    def deed(self, wait=None, fails=False):
        """A job that does nothing but to be counted; returns its id."""
        deed = str(uuid.uuid4())
        self.db.execute("INSERT INTO deeds (id, wait, fails) VALUES (%s, %s, %s)", [deed, wait, fails])
        return self.put("delivery", deed)

    def put(self, kind, key=None, run_at=None):
        """A job without anything else; returns its id."""
        now = self.now()
        self.db.execute("INSERT INTO jobs (kind, key, run_at, created_at) VALUES (%s, %s, %s, %s) RETURNING id",
                        [kind, key or uuid.uuid4().hex, run_at or now, now])
        return self.db.fetchone()[0]

    def times(self):
        """How often deeds were done, in the order of their jobs' making."""
        self.db.execute("SELECT times FROM deeds ORDER BY number")
        return [times for times, in self.db.fetchall()]

    def get(self, job, columns):
        self.db.execute(f"SELECT {columns} FROM jobs WHERE id = %s", [job])
        return self.db.fetchone()

    def await_done(self, *jobs):
        await_truth(lambda: not any(self.get(job, "id") for job in jobs))

    def await_claimed(self, job):
        await_truth(lambda: self.get(job, "lease_until IS NOT NULL")[0])

    def await_error(self, job, error):
        await_truth(lambda: (self.get(job, "error") or [None])[0] is not None)
        said = self.get(job, "error")[0]
        assert error in said, said

    def capabilities(self, person):
        self.db.execute("SELECT kind, hash::text, expires_at, id::text FROM capabilities WHERE person_id = %s", [person])
        return self.db.fetchall()
