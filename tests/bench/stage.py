"""stage.py: everything the bench measures, brought up for it alone and cleared away afterwards."""

import hashlib
import os
import re
import secrets
import shutil
import subprocess
import tempfile
import time
import urllib.request
from contextlib import ExitStack
from pathlib import Path

import psycopg2

from tests.server import ROOT, Server, free_port, programs

FASTIFY = Path(__file__).with_name("fastify")


def output(*words):
    return subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


class Fastify:
    """The comparison: two processes with so many connections each, lent to requests or shared by them."""
    def __init__(self, folder, connections, pipelined=False):
        self.port = free_port()
        self.log = folder / "fastify.log"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                ["node", FASTIFY / "server.mjs"], stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                env={**os.environ, "NODE_ENV": "production", "PORT": str(self.port),
                     "DATABASE_CONNECTIONS": str(connections), "PIPELINED": str(int(pipelined)),
                     "CONTRACT": str(programs() / "openapi/openapi.json")})
        self.await_ready()

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
        self.ending = ExitStack()
        self.groups = groups

    def __enter__(self):
        with self.ending:
            # Not in /tmp, which may be memory that knows no fsync.
            self.folder = Path(tempfile.mkdtemp(prefix="bench-", dir=ROOT / "build"))
            self.ending.callback(shutil.rmtree, self.folder, ignore_errors=True)
            self.folder.chmod(0o755)
            self.ending.callback(self.stop_database)
            self.start_database()
            self.fill()
            self.add_client()
            self.start_servers()
            self.ending = self.ending.pop_all()
        return self

    def __exit__(self, *failure):
        self.ending.close()

    def start_database(self):
        where = output(ROOT / "admin/cluster.sh", "start", self.folder / "home", "durable")
        host, name, user = re.fullmatch(r"host=(\S+) dbname=(\S+) user=(\S+)", where).groups()
        # Every session, whoever opens it, has the settings of Runde's own.
        settings = re.search(r'SESSION_OPTIONS "(.*)"', (ROOT / "core/db_result.h").read_text()).group(1)
        os.environ.update(PGHOST=host, PGDATABASE=name, PGUSER=user, PGOPTIONS=settings)
        Server.environment = {
            "RUNDE_DATABASE": where, "RUNDE_KEY_FILE": str(self.folder / "secret.key"), "RUNDE_CLOCK_FILE": "",
            "RUNDE_USER": output(ROOT / "admin/cluster.sh", "user"), "RUNDE_CONNECTIONS_PER_ADDRESS": "0"}
        os.environ.update(Server.environment)

    def stop_database(self):
        subprocess.run([ROOT / "admin/cluster.sh", "stop", self.folder / "home"], check=False)
        if "PGHOST" in os.environ:
            shutil.rmtree(os.environ.pop("PGHOST"), ignore_errors=True)

    def fill(self):
        for words in (["key"], ["migrate"], ["import", "postcodes", ROOT / "admin/data/towns.tsv"],
                      ["demo", "--groups", str(self.groups)]):
            output(programs() / "runde", *words)
        database = psycopg2.connect("")
        database.autocommit = True
        self.cursor = database.cursor()
        self.cursor.execute("VACUUM ANALYZE")
        self.cursor.execute("CHECKPOINT")

    def add_client(self):
        """A client that may write, with a key for Runde and one that Fastify can look up: it hashes otherwise."""
        self.cursor.execute("SELECT id::text FROM organisations WHERE kind = 'contact_point' ORDER BY id LIMIT 1")
        self.organisation, = self.cursor.fetchone()
        self.key = output(programs() / "runde", "client", "add", "bench", "--scopes", "groups:write",
                          "--organisation", self.organisation)
        self.fastify_key = secrets.token_urlsafe(32)
        self.cursor.execute("INSERT INTO client_keys (hash, client_id, created_at) "
                            "SELECT %s, id, now() FROM clients WHERE name = 'bench' RETURNING client_id::text",
                            (hashlib.sha256(self.fastify_key.encode()).digest(),))
        self.client, = self.cursor.fetchone()

    def start_servers(self):
        self.runde = Server(self.folder, "runde")
        self.ending.callback(self.runde.stop)
        self.fastify = {}
        for name, connections, pipelined in (("Fastify, pool of 4", 4, False),
                                             ("Fastify, pool of 8", 8, False),
                                             ("Fastify, 2 shared", 2, True)):
            self.fastify[name] = Fastify(self.folder, connections, pipelined)
            self.ending.callback(self.fastify[name].stop)

    def file(self, name, lines):
        """A file of such lines, for those who take their questions from one."""
        path = self.folder / name
        path.write_text("".join(f"{line}\n" for line in lines))
        return path
