"""lock.py: a transaction that holds what others want, so that a test can have them meet."""

import os

import psycopg2

from tests.wire import await_truth

# Everybody who waits for us, or for somebody who waits for us.
WAITING = """
    WITH RECURSIVE waiting AS (
        SELECT pg_backend_pid() AS pid
        UNION
        SELECT a.pid FROM pg_stat_activity a JOIN waiting w ON w.pid = ANY (pg_blocking_pids(a.pid))
    )
    SELECT count(*) - 1 FROM waiting
"""


class Lock:
    def __init__(self, database=None):
        self.connection = psycopg2.connect(database or os.environ["RUNDE_TEST_DATABASE"])
        self.cursor = self.connection.cursor()

    def hold(self, query, *values):
        self.cursor.execute(query, values)

    def hold_word(self, word):
        """Whoever writes a group with this word in its name waits, with everything else done."""
        self.hold("INSERT INTO search_words VALUES (fold(%s))", word)

    def waiting(self):
        self.cursor.execute("SELECT pg_stat_clear_snapshot()")
        self.cursor.execute(WAITING)
        return self.cursor.fetchone()[0]

    def await_waiting(self, count):
        await_truth(lambda: self.waiting() >= count)

    def release(self):
        self.connection.rollback()

    def commit(self):
        """Lets go too, and what was done is done."""
        self.connection.commit()

    def close(self):
        self.connection.close()
