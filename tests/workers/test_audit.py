"""test_audit.py: what was written into the audit stays as it was, or `runde audit verify` says where it does not.

AUDIT_TRIALS=10000 makes it long.
"""

import hashlib
import json
import os
import random
import re
import shutil
from contextlib import closing

import psycopg2
import pytest

from tests.installation import Installation, connected
from tests.sealing import derived
from tests.wire import await_truth

TRIALS = int(os.environ.get("AUDIT_TRIALS", "100"))
AUDIT = 10  # of enum secrets_purpose
MEMBERS = """sequence::text, transaction::text, (extract(epoch FROM at) * 1000000)::bigint::text, writer::text, action, resource,
             resource_id::text, revision::text, members::text, reason"""


class Chain:
    """An installation whose audit has some entries, and all of them are sealed; it can be changed and brought back."""

    def __init__(self, folder, template):
        self.installed = Installation(folder, template.name)
        shutil.copy(template.key, self.installed.key)
        self.db = connected(self.installed.database).cursor()
        self.key = derived(bytes.fromhex(self.installed.key.read_text()[:64]), AUDIT)

    def rows(self, query, *values):
        self.db.execute(query, values)
        return self.db.fetchall() if self.db.description else []

    def value(self, query, *values):
        return self.rows(query, *values)[0][0]

    def write(self, count):
        for _ in range(count):
            self.rows("INSERT INTO organisations (kind, name, writer) VALUES ('partner', 'Haus', %s)",
                      json.dumps({"client_id": str(random.getrandbits(64))}))

    def is_sealed(self):
        self.rows("INSERT INTO jobs (kind, key, run_at, created_at) VALUES ('sealing', 'test', now(), now()) "
                  "ON CONFLICT DO NOTHING")
        return self.value("SELECT count(*) FROM audit") == self.value("SELECT count(*) FROM audit_seals")

    def be_attacked(self):
        """From now on nothing in the database stands in the way of whoever owns it."""
        self.rows("SET session_replication_role = replica")
        self.rows("ALTER TABLE audit ALTER sequence DROP IDENTITY")
        self.rows("CREATE TABLE kept AS SELECT * FROM audit")
        self.rows("CREATE TABLE kept_seals AS SELECT * FROM audit_seals")

    def bring_back(self):
        self.rows("TRUNCATE audit, audit_seals")
        self.rows("INSERT INTO audit SELECT * FROM kept")
        self.rows("INSERT INTO audit_seals SELECT * FROM kept_seals")

    def count(self):
        return self.value("SELECT count(*) FROM kept_seals")

    def number(self, position):
        """The number under which an entry stands in the audit."""
        return self.value("SELECT sequence FROM kept_seals WHERE position = %s", position)

    def head(self):
        return self.installed.works("audit", "head").strip()

    def verify(self, *words):
        """Where it is broken: 'entry 7', 'number 9'; nowhere: ''."""
        done = self.installed.run("audit", "verify", *words)
        found = re.match(r"runde: ((entry|number) \d+)", done.complaint)
        assert (done.status == 1) == bool(found) == bool(done.complaint), done
        return found[1] if found else ""

    def seal(self, position, key):
        """All from a position on sealed anew, as the worker would with a key; b"" is none."""
        last = self.value("SELECT seal FROM audit_seals WHERE position = %s", position - 1) if position > 1 else bytes(32)
        for number, place in self.rows("SELECT sequence, position FROM audit_seals WHERE position >= %s ORDER BY 2",
                                       position):
            row, = self.rows(f"SELECT {MEMBERS} FROM audit WHERE sequence = %s", number)
            members = "".join("-" if text is None else f"{len(text.encode())}:{text}" for text in row)
            last = hashlib.blake2b(b"audit 1" + bytes(last) + members.encode(), key=key, digest_size=32).digest()
            self.rows("UPDATE audit_seals SET seal = %s WHERE position = %s", last, place)


@pytest.fixture(scope="module")
def sealed(folder, template):
    """Forty entries and more."""
    from tests.worker import Worker
    chain = Chain(folder, template)
    worker = Worker(folder, {"RUNDE_DATABASE": chain.installed.database, "RUNDE_KEY_FILE": chain.installed.key,
                             "RUNDE_MAILDIR": folder / "mail-of-audit"})
    chain.write(40)
    await_truth(chain.is_sealed, 30)
    worker.kill()
    chain.be_attacked()
    yield chain
    chain.db.connection.close()
    chain.installed.drop()


@pytest.fixture
def chain(sealed):
    yield sealed
    sealed.bring_back()


def entry(position):
    return f"entry {position}"


# What somebody may do to it; each says where it is to be noticed -------------------------------------

CHANGES = ["at = at + interval '1 microsecond'", "writer = '[]'", "writer = writer || '{\"leader_id\": 1}'",
           "action = 'read'", "resource = upper(resource)", "resource_id = gen_random_uuid()", "revision = revision + 1",
           "members = array_append(members, 'name')", "reason = coalesce(reason, '') || '.'", "transaction = (transaction::text::bigint + 1)::text::xid8",
           "sequence = sequence + 1000000"]


def flip(chain, position, _):
    chain.rows(f"UPDATE audit SET {random.choice(CHANGES)} WHERE sequence = %s", chain.number(position))
    return entry(position)


def delete(chain, position, _):
    chain.rows("DELETE FROM audit WHERE sequence = %s", chain.number(position))
    return entry(position)


def reorder(chain, position, other):
    """Two entries change places, and so does what they tell."""
    numbers = chain.number(position), chain.number(other)
    chain.rows("""UPDATE audit a SET (resource_id, revision, action) = (SELECT resource_id, revision, action FROM kept k
                  WHERE k.sequence = CASE a.sequence WHEN %s THEN %s ELSE %s END) WHERE sequence IN %s""",
               numbers[0], numbers[1], numbers[0], numbers)
    return entry(min(position, other))


def insert(chain, position, _):
    chain.rows("INSERT INTO audit SELECT sequence + 1000000, at, writer, action, resource, resource_id, revision, members, "
               "reason, '1' FROM kept WHERE sequence = %s", chain.number(position))
    return f"number {chain.number(position) + 1000000}"


def truncate(chain, position, _):
    """The last entries go with their seals."""
    chain.rows("DELETE FROM audit a USING kept_seals s WHERE a.sequence = s.sequence AND s.position >= %s", position)
    chain.rows("DELETE FROM audit_seals WHERE position >= %s", position)
    return entry(position)


def flip_seal(chain, position, _):
    bit = random.randrange(256)
    chain.rows("UPDATE audit_seals SET seal = set_bit(seal, %s, 1 - get_bit(seal, %s)) WHERE position = %s",
               bit, bit, position)
    return entry(position)


def delete_seal(chain, position, _):
    chain.rows("DELETE FROM audit_seals WHERE position = %s", position)
    return entry(position)


def reorder_seals(chain, position, other):
    chain.rows("UPDATE audit_seals s SET (sequence, transaction, seal) = (SELECT sequence, transaction, seal "
               "FROM kept_seals k WHERE k.position = CASE s.position WHEN %s THEN %s ELSE %s END) "
               "WHERE position IN %s", position, other, position, (position, other))
    return entry(min(position, other))


def rewrite(chain, position, _):
    """All seals are made anew after a change, by somebody who knows how they are made, but not the key."""
    chain.rows("UPDATE audit SET action = 'read' WHERE sequence = %s", chain.number(position))
    chain.seal(position, b"")
    return entry(position)


ATTACKS = [flip, delete, reorder, insert, truncate, flip_seal, delete_seal, reorder_seals, rewrite]


def test_what_nobody_touched_is_as_it_was_written(chain):
    assert chain.verify() == chain.verify("--head", chain.head()) == ""


@pytest.mark.parametrize("attack", ATTACKS)
def test_whatever_somebody_does_to_any_entry_is_found_where_it_was_done(chain, attack):
    head = chain.head()
    for _ in range(max(TRIALS // len(ATTACKS), 1)):
        place = attack(chain, *random.sample(range(1, chain.count() + 1), 2))
        assert chain.verify("--head", head) == place
        chain.bring_back()
    assert chain.verify("--head", head) == ""


def test_who_has_the_key_can_write_the_audit_anew_so_it_is_the_key_that_keeps_others_from_it(chain):
    head = chain.head()
    rewrite(chain, 7, None)
    chain.seal(7, chain.key)
    assert chain.verify() == "" and chain.verify("--head", head) == entry(chain.count())


def test_what_is_cut_off_shows_only_to_who_kept_the_head(chain):
    head = chain.head()
    truncate(chain, 30, None)
    assert chain.verify() == "" and chain.verify("--head", head) == "entry 30"


@pytest.mark.parametrize("head", ["", "7", "x:00", "7:00", "7:" + "x" * 64])
def test_what_is_no_head_is_refused(chain, head):
    assert "runde audit head" in chain.installed.fails("audit", "verify", "--head", head)


# How it is written -----------------------------------------------------------------------------------


@pytest.mark.parametrize("table", ["audit", "audit_seals"])
@pytest.mark.parametrize("change", ["UPDATE {} SET sequence = DEFAULT", "DELETE FROM {}", "TRUNCATE {}"])
def test_nothing_is_changed_or_taken_out_by_mistake(db, table, change):
    change = change.replace("sequence = DEFAULT", "transaction = '1'")
    with pytest.raises(psycopg2.errors.RaiseException, match="stays"):
        db.execute(change.format(table))


@pytest.fixture
def growing(folder, template, worker):
    """An audit that is sealed by workers of its own."""
    chain = Chain(folder, template)
    chain.work = lambda: worker(chain.installed.database, RUNDE_KEY_FILE=chain.installed.key)
    yield chain
    chain.db.connection.close()
    chain.installed.drop()


def test_the_audit_is_sealed_every_minute(growing):
    assert growing.value("SELECT every::text FROM timetable WHERE kind = 'sealing'") == "00:01:00"


def test_what_waits_to_be_sealed_is_told(growing):
    waiting = growing.value("SELECT count(*) FROM audit")
    assert growing.installed.works("audit", "verify").startswith(f"{waiting} not sealed yet, since 2")
    assert "nothing is sealed" in growing.installed.fails("audit", "head")


def test_an_entry_that_is_committed_late_is_sealed_late_and_the_chain_holds(growing):
    with closing(psycopg2.connect(growing.installed.database)) as slow:
        write = "INSERT INTO organisations (kind, name) VALUES ('partner', 'Langsam')"
        slow.cursor().execute(write)
        growing.write(5)
        growing.work()
        growing.is_sealed()
        await_truth(lambda: not growing.value("SELECT EXISTS (SELECT FROM jobs WHERE kind = 'sealing')"))
        assert growing.value("SELECT count(*) FROM audit WHERE sequence NOT IN (SELECT sequence FROM audit_seals)") >= 5
        slow.commit()
    await_truth(growing.is_sealed)
    assert growing.verify() == ""
    assert growing.rows("SELECT sequence FROM audit_seals ORDER BY position") == growing.rows(
        "SELECT sequence FROM audit ORDER BY transaction, sequence")


def test_several_workers_at_once_make_one_chain(growing):
    for _ in range(3):
        growing.work()
    for _ in range(10):
        growing.write(20)
        growing.rows("INSERT INTO jobs (kind, key, run_at, created_at) "
                     "SELECT 'sealing', gen_random_uuid(), now(), now() FROM generate_series(1, 6)")
    await_truth(growing.is_sealed, 30)
    assert growing.verify() == "" and growing.value("SELECT max(position) FROM audit_seals") == growing.value(
        "SELECT count(*) FROM audit")
