"""installation.py: a database of a test's own, and the operator's command that works on it."""

import os
import re
import subprocess
import uuid
from types import SimpleNamespace

import psycopg2

from tests.server import programs

SANITIZER = re.compile(r"AddressSanitizer|LeakSanitizer|runtime error:")


def connected(conninfo):
    connection = psycopg2.connect(conninfo)
    connection.autocommit = True
    return connection


def server_does(statement):
    """One statement outside of every database that is made here."""
    connection = connected(os.environ["RUNDE_TEST_DATABASE"])
    connection.cursor().execute(statement)
    connection.close()


class Installation:
    """A database of its own, and the command that works on it."""

    def __init__(self, folder, template="template0"):
        self.name = f"test_{uuid.uuid4().hex}"
        self.key = folder / f"{self.name}.key"
        self.database = re.sub(r"dbname=\S+", f"dbname={self.name}", os.environ["RUNDE_TEST_DATABASE"])
        server_does(f"CREATE DATABASE {self.name} TEMPLATE {template}")

    def begin(self, *words, **environment):
        """The running command."""
        settings = {"RUNDE_DATABASE": self.database, "RUNDE_KEY_FILE": str(self.key), **environment}
        return subprocess.Popen([programs() / "runde", *map(str, words)], env={**os.environ, **settings},
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def run(self, *words, stdin=b"", **environment):
        with self.begin(*words, **environment) as process:
            said, complaint = (text.decode(errors="replace") for text in process.communicate(stdin))
        assert not SANITIZER.search(complaint), complaint
        return SimpleNamespace(status=process.returncode, said=said, complaint=complaint)

    def works(self, *words, **how):
        done = self.run(*words, **how)
        assert done.status == 0 and done.complaint == "", done.complaint
        return done.said

    def fails(self, *words, **how):
        """What it complains of."""
        done = self.run(*words, **how)
        assert done.status == 1, done.said
        assert re.search("^runde: .", done.complaint, re.M)
        return done.complaint

    def rows(self, query, *values):
        connection = connected(self.database)
        cursor = connection.cursor()
        cursor.execute(query, values)
        rows = cursor.fetchall() if cursor.description else []
        connection.close()
        return rows

    def value(self, query, *values):
        return self.rows(query, *values)[0][0]

    def drop(self):
        server_does(f"DROP DATABASE {self.name} WITH (FORCE)")
