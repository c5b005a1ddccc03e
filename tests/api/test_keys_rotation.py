"""test_keys_rotation.py: a new wrapping key for everybody, while others write, and after being killed."""

import re
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import psycopg2
import pytest

from tests.sealing import TEXT, Keys, opened, seal
from tests.wire import await_truth

KEYS = "SELECT id, retired_at IS NOT NULL FROM wrapping_keys ORDER BY id"
FULL_BATCH = 1000


class Persons:
    """Persons of no group, and what is known of them."""

    def __init__(self, installed):
        self.installed, self.keys, self.texts = installed, Keys(installed.key), {}
        installed.rows("ALTER TABLE persons DROP CONSTRAINT persons_group_id_fkey")

    def wrapping(self):
        return {number: bytes(wrapped)
                for number, wrapped in self.installed.rows("SELECT id, wrapped FROM wrapping_keys")}

    def rows(self, count, number):
        """What an API process would insert that knows one wrapping key."""
        wrapping = self.wrapping()[number]
        for _ in range(count):
            person, text = str(uuid.uuid4()), uuid.uuid4().hex
            key, wrapped = self.keys.new(person, number, wrapping)
            self.texts[person] = text
            yield person, number, wrapped, seal(key, f"{person}/contact", TEXT, text.encode())

    def insert(self, cursor, rows):
        cursor.executemany("INSERT INTO persons (id, role, group_id, wrapping_key, wrapped, contact, created_at)"
                           " VALUES (%s, 'registrant', gen_random_uuid(), %s, %s, %s, now())", rows)

    def add(self, count, number=1):
        """Their ids."""
        rows = list(self.rows(count, number))
        with psycopg2.connect(self.installed.database) as connection, connection.cursor() as cursor:
            self.insert(cursor, rows)
        connection.close()
        return [row[0] for row in rows]

    def under(self, number):
        return self.installed.value("SELECT count(*) FROM persons WHERE wrapping_key = %s", number)

    def assert_known(self):
        """Everybody who was added is there, and opens."""
        wrapping, found = self.wrapping(), {}
        for person, number, wrapped, contact in self.installed.rows(
                "SELECT id, wrapping_key, wrapped, contact FROM persons WHERE erased_at IS NULL"):
            key = self.keys.data(person, number, wrapping[number], wrapped)
            kind, text = opened(key, f"{person}/contact", contact)
            assert kind == TEXT
            found[person] = text.decode()
        assert found == self.texts


@pytest.fixture
def persons(installed):
    return Persons(installed)


@pytest.fixture
def other(installed):
    """Somebody else's transaction."""
    connection = psycopg2.connect(installed.database)
    yield connection.cursor()
    connection.close()


def wait_for_lock(installed):
    await_truth(lambda: installed.value(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"))


def test_the_first_wrapping_key_is_made_with_the_database_and_no_second(installed):
    first = installed.rows("SELECT * FROM wrapping_keys")
    assert installed.rows(KEYS) == [(1, False)]
    installed.works("migrate")
    assert installed.rows("SELECT * FROM wrapping_keys") == first
    assert len(Keys(installed.key).wrapping(1, first[0][1])) == 32


def test_keys_are_listed_with_the_number_of_their_persons(installed, persons):
    persons.add(3)
    said = installed.works("keys", "list")
    assert re.fullmatch(r" +1 +created 20\d\d-\d\d-\d\d \d\d:\d\d +retired - +3 person\(s\)\n", said)


def test_everybody_is_moved_and_what_is_sealed_stays_as_it_is(installed, persons):
    persons.add(2 * FULL_BATCH + 1)
    contacts = installed.rows("SELECT id, contact::text FROM persons ORDER BY id")
    wrapped = installed.rows("SELECT wrapped::text FROM persons")
    erased = persons.add(1)[0]
    installed.rows("UPDATE persons SET erased_at = now(), wrapped = NULL, wrapping_key = NULL, contact = NULL"
                   " WHERE id = %s", erased)
    del persons.texts[erased]
    installed.works("keys", "rotate")
    assert installed.rows(KEYS) == [(2, False)]
    assert installed.rows("SELECT id, contact::text FROM persons WHERE erased_at IS NULL ORDER BY id") == contacts
    assert not set(wrapped) & set(installed.rows("SELECT wrapped::text FROM persons"))
    persons.assert_known()


def test_whoever_is_added_under_the_old_key_meanwhile_is_moved_too(installed, persons):
    persons.add(1)
    process = installed.begin("keys", "rotate")
    await_truth(lambda: persons.under(2) == 1)
    persons.add(10, number=1)
    assert process.wait(30) == 0
    assert installed.rows(KEYS) == [(2, False)]
    persons.assert_known()


def test_the_old_key_stays_until_whoever_writes_under_it_is_done(installed, persons, other):
    persons.insert(other, list(persons.rows(1, 1)))
    process = installed.begin("keys", "rotate")
    wait_for_lock(installed)
    assert installed.rows(KEYS) == [(1, True), (2, False)]
    other.connection.commit()
    assert process.wait(30) == 0
    assert installed.rows(KEYS) == [(2, False)]
    persons.assert_known()


def test_whom_somebody_else_is_writing_is_moved_later_and_holds_nobody_up(installed, persons, other):
    first = min(persons.add(FULL_BATCH + 5))
    other.execute("UPDATE persons SET language = 'en' WHERE id = %s", [first])
    process = installed.begin("keys", "rotate")
    await_truth(lambda: persons.under(2) == FULL_BATCH + 4)
    other.connection.commit()
    assert process.wait(30) == 0
    assert persons.under(2) == FULL_BATCH + 5
    assert installed.value("SELECT language FROM persons WHERE id = %s", first) == "en"
    persons.assert_known()


def test_whoever_is_erased_meanwhile_stays_erased(installed, persons, other):
    gone = persons.add(5)[0]
    other.execute("UPDATE persons SET erased_at = now(), wrapped = NULL, wrapping_key = NULL, contact = NULL"
                  " WHERE id = %s", [gone])
    process = installed.begin("keys", "rotate")
    await_truth(lambda: persons.under(2) == 4)
    other.connection.commit()
    assert process.wait(30) == 0
    assert installed.rows("SELECT wrapped, wrapping_key FROM persons WHERE id = %s", gone) == [(None, None)]
    del persons.texts[gone]
    persons.assert_known()


def test_killed_in_the_middle_it_goes_on_where_it_was(installed, persons, other):
    last = max(persons.add(FULL_BATCH + 5))
    other.execute("SELECT FROM persons WHERE id = %s FOR UPDATE", [last])
    process = installed.begin("keys", "rotate")
    await_truth(lambda: persons.under(2) == FULL_BATCH + 4)
    process.kill()
    process.wait()
    other.connection.rollback()
    persons.assert_known()
    installed.works("keys", "rotate")
    assert installed.rows(KEYS) == [(2, False)]
    persons.assert_known()


@pytest.mark.parametrize("seconds", [0.02, 0.1, 0.4])
def test_killed_at_any_moment_nobody_is_lost(installed, persons, seconds):
    persons.add(3 * FULL_BATCH)
    process = installed.begin("keys", "rotate")
    time.sleep(seconds)
    process.kill()
    process.wait()
    persons.assert_known()
    assert installed.value("SELECT count(*) FROM wrapping_keys WHERE retired_at IS NULL") == 1
    installed.works("keys", "rotate")
    assert installed.rows(KEYS) == [(2, False)]
    persons.assert_known()


def test_two_rotations_at_once_are_one_after_the_other(installed, persons):
    persons.add(10)
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(lambda _: installed.works("keys", "rotate"), range(2)))
    assert installed.rows(KEYS) == [(3, False)]
    persons.assert_known()


def test_a_data_key_that_does_not_open_is_told_and_its_wrapping_key_stays(installed, persons):
    broken, *others = persons.add(4)
    installed.rows("UPDATE persons SET wrapped = set_byte(wrapped, 40, 255 - get_byte(wrapped, 40)) WHERE id = %s",
                   broken)
    complaint = installed.fails("keys", "rotate")
    assert "1 persons" in complaint and broken not in complaint
    assert persons.under(2) == len(others) and installed.rows(KEYS) == [(1, True), (2, False)]
    installed.rows("DELETE FROM persons WHERE id = %s", broken)
    del persons.texts[broken]
    installed.works("keys", "rotate")
    assert installed.rows(KEYS) == [(2, False)]
    persons.assert_known()


def test_under_another_master_key_nothing_is_rotated(installed, persons):
    persons.add(2)
    own = installed.key.read_text()
    installed.key.write_text("0" * 64 + "\n")
    assert "master key" in installed.fails("keys", "rotate")
    assert installed.rows(KEYS) == [(1, False)]
    installed.key.write_text(own)
    persons.assert_known()
