"""conftest.py: a database that no other test's worker looks after, and workers for it."""

import os
import re
import subprocess
import uuid
from contextlib import closing

import psycopg2
import pytest

from tests.nights import AWAKE
from tests.server import programs
from tests.workers.jobs import Jobs

# What registrations bring in truth. A mail with "wait" waits until the test lets it go on. Deeds are jobs of the kind
# `delivery`: they too may wait, and fail, and it is counted how often each was done.
STAND_INS = """
    CREATE OR REPLACE FUNCTION mail_facts(asked text, person uuid, payload jsonb, at timestamptz) RETURNS jsonb
    LANGUAGE plpgsql AS $$
    BEGIN
        IF payload ? 'wait' THEN
            PERFORM pg_advisory_xact_lock_shared((payload ->> 'wait')::bigint);
        END IF;
        RETURN nullif(coalesce(payload -> 'facts', '{}'), 'null');
    END
    $$;
    CREATE TABLE deeds (id uuid PRIMARY KEY, wait bigint, fails boolean, times integer NOT NULL DEFAULT 0,
                        number serial);
    CREATE OR REPLACE FUNCTION message_deliver(of uuid, at timestamptz) RETURNS void
    LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM pg_advisory_xact_lock_shared(d.wait) FROM deeds d WHERE d.id = of AND d.wait IS NOT NULL;
        UPDATE deeds SET times = times + 1 WHERE id = of;
        IF (SELECT d.fails FROM deeds d WHERE d.id = of) THEN
            RAISE 'geheim' USING ERRCODE = 'RU001';
        END IF;
    END
    $$;
    DELETE FROM timetable;
"""


@pytest.fixture(scope="module")
def database():
    """One that no other test's worker looks after."""
    name = f"worker_{uuid.uuid4().hex}"
    with closing(psycopg2.connect(os.environ["RUNDE_TEST_DATABASE"])) as outside:
        outside.autocommit = True
        outside.cursor().execute(f"CREATE DATABASE {name} TEMPLATE template0")
    conninfo = re.sub(r"dbname=\S+", f"dbname={name}", os.environ["RUNDE_TEST_DATABASE"])
    subprocess.run([programs() / "runde", "migrate"], env={**os.environ, "RUNDE_DATABASE": conninfo}, check=True,
                   stdout=subprocess.DEVNULL)
    with closing(psycopg2.connect(conninfo)) as connection, connection:
        connection.cursor().execute(STAND_INS + AWAKE)
    return conninfo


@pytest.fixture
def jobs(database, own_clock):
    with closing(psycopg2.connect(database)) as connection:
        connection.autocommit = True
        yield Jobs(connection.cursor(), own_clock)


class Held:
    """Numbers; jobs that wait for one go on when it is let go."""

    def __init__(self, cursor):
        self.cursor = cursor

    def number(self):
        number = uuid.uuid4().int % 2 ** 31
        self.cursor.execute("SELECT pg_advisory_lock(%s)", [number])
        return number

    def release(self, number):
        self.cursor.execute("SELECT pg_advisory_unlock(%s)", [number])


@pytest.fixture
def held(database):
    with closing(psycopg2.connect(database)) as connection:
        connection.autocommit = True
        yield Held(connection.cursor())


@pytest.fixture
def a_worker(worker, database):
    return lambda **environment: worker(environment.pop("database", database), **environment)


@pytest.fixture
def command(database, own_clock):
    """The operator's command on that database."""
    def run(*words):
        return subprocess.run([programs() / "runde", *map(str, words)], capture_output=True, text=True, check=False,
                              env={**os.environ, "RUNDE_DATABASE": database, "RUNDE_CLOCK_FILE": str(own_clock)})
    return run
