"""stage.py: everything the bench measures, brought up for it alone and cleared away afterwards."""

import hashlib
import os
import re
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.request
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path

import psycopg2

from tests.server import ROOT, Server, free_port, programs

FASTIFY = Path(__file__).with_name("fastify")


def output(*words):
    return subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


def session_settings(lane):
    """What Runde asks of PostgreSQL for its sessions of a lane; the others get the same."""
    def found(pattern, file):
        return re.search(pattern, (ROOT / file).read_text()).group(1)
    return (found(r'SESSION_OPTIONS "(.*)"', "core/db_result.h")
            + found(rf'\[LANE_{lane}\].*SESSION_OPTIONS "(.*)"', "core/db_lane.c"))


class Fastify:
    """The comparison: two processes with so many connections each, lent to requests or shared by them (pipelined)."""
    def __init__(self, folder, connections, pipelined=False):
        self.port = free_port()
        self.log = folder / "fastify.log"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                ["node", FASTIFY / "server.mjs"], stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                env={**os.environ, "NODE_ENV": "production", "PORT": str(self.port),
                     "DATABASE_CONNECTIONS": str(connections), "PIPELINED": str(int(pipelined)),
                     "SEARCH_SETTINGS": session_settings("SEARCH"),
                     "CONTRACT": str(programs() / "openapi/openapi.json")})

    def await_ready(self, seconds=20):
        deadline = time.monotonic() + seconds
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/v1/groups?limit=1", timeout=2).close()
                return
            except OSError:
                if time.monotonic() > deadline or self.process.poll() is not None:
                    raise RuntimeError(self.log.read_text(errors="replace")) from None
                time.sleep(0.1)

    def stop(self):
        self.process.terminate()
        self.process.wait(10)


class Stage:
    """A durable PostgreSQL with a directory of so many groups, Runde, and Fastify in several settings."""
    def __init__(self, groups):
        self.groups = groups
        self.ending = ExitStack()

    def __enter__(self):
        try:
            # Not in /tmp, which may be memory that knows no fsync.
            self.folder = Path(tempfile.mkdtemp(prefix="bench-", dir=ROOT / "build"))
            self.ending.callback(shutil.rmtree, self.folder, ignore_errors=True)
            self.folder.chmod(0o755)
            self.start_database()
            self.fill()
            self.add_client()
            self.start_servers()
        except BaseException:
            self.clear_away()
            raise
        return self

    def __exit__(self, *failure):
        self.clear_away()

    def clear_away(self):
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        self.ending.close()
        signal.signal(signal.SIGINT, before)

    def start_database(self):
        home, cluster, sockets = self.folder / "home", ROOT / "admin/cluster.sh", []
        self.ending.callback(lambda: [shutil.rmtree(folder, ignore_errors=True) for folder in sockets])
        self.ending.callback(lambda: subprocess.run([cluster, "stop", home], check=False))
        where = output(cluster, "start", home, "durable")
        host, name, user = re.fullmatch(r"host=(\S+) dbname=(\S+) user=(\S+)", where).groups()
        sockets.append(host)
        os.environ.update(PGHOST=host, PGDATABASE=name, PGUSER=user, PGOPTIONS=session_settings("READ"))
        Server.environment = {
            "RUNDE_DATABASE": where, "RUNDE_KEY_FILE": str(self.folder / "secret.key"), "RUNDE_CLOCK_FILE": "",
            "RUNDE_USER": output(cluster, "user"), "RUNDE_CONNECTIONS_PER_ADDRESS": "0"}
        os.environ.update(Server.environment)

    @staticmethod
    def connect():
        database = psycopg2.connect("")
        database.autocommit = True
        return database.cursor()

    def fill(self):
        for words in (["key"], ["migrate"], ["import", "postcodes", ROOT / "admin/data/towns.tsv"],
                      ["demo", "--groups", str(self.groups)]):
            output(programs() / "runde", *words)
        self.cursor = self.connect()
        self.cursor.execute("VACUUM ANALYZE")
        self.cursor.execute("CHECKPOINT")

    def add_client(self):
        """A client that may write, with a key for Runde and one that Fastify can look up: it hashes otherwise."""
        self.cursor.execute("SELECT id::text FROM organisations WHERE kind = 'contact_point' ORDER BY id LIMIT 1")
        self.organisation, = self.cursor.fetchone()
        self.key = output(programs() / "runde", "client", "add", "bench", "--scopes", "groups:write,registrations:write",
                          "--organisation", self.organisation)
        self.fastify_key = secrets.token_urlsafe(32)
        self.cursor.execute("INSERT INTO client_keys (hash, client_id, created_at) "
                            "SELECT %s, id, now() FROM clients WHERE name = 'bench' RETURNING client_id::text",
                            (hashlib.sha256(self.fastify_key.encode()).digest(),))
        self.client, = self.cursor.fetchone()

    def start_servers(self):
        self.runde = Server(self.folder, "runde")
        self.ending.callback(self.runde.stop)
        self.fastify = {"Fastify, pool of 4": self.start_fastify(4),
                        "Fastify, pool of 8": self.start_fastify(8),
                        "Fastify, 1 pipelined": self.start_fastify(1, pipelined=True),
                        "Fastify, 2 pipelined": self.start_fastify(2, pipelined=True)}

    @cached_property
    def lending(self):
        """Those who can lend a connection to a transaction; one of them lets statements not wait for each other."""
        return {**{name: server for name, server in self.fastify.items() if "pool" in name},
                "Fastify, pool of 8, pipelined": self.start_fastify(8, pipelined=True)}

    def start_fastify(self, connections, pipelined=False):
        fastify = Fastify(self.folder, connections, pipelined)
        self.ending.callback(fastify.stop)
        fastify.await_ready()
        return fastify

    def file(self, name, lines):
        """A file of such lines, for those who take their questions from one."""
        path = self.folder / name
        path.write_text("".join(f"{line}\n" for line in lines))
        return path
