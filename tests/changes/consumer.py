"""consumer.py: keeps a copy of all that a key may read, in a file of its own: by an export, then by the changes.

Any consumer can be made after this one. What a page brings is written together with the cursor after it, so it may be
killed anywhere.  RUNDE_TOKEN=… python3 -m tests.changes.consumer ADDRESS FILE [LIMIT]
"""

import http.client
import json
import os
import sqlite3
import sys
import time

TABLES = """
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = OFF;
    CREATE TABLE IF NOT EXISTS copy (resource TEXT, id TEXT, document TEXT, revision INTEGER, PRIMARY KEY (resource, id));
    CREATE TABLE IF NOT EXISTS place (path TEXT);
    CREATE TABLE IF NOT EXISTS newest (resource TEXT, id TEXT, revision INTEGER, PRIMARY KEY (resource, id));
    CREATE TABLE IF NOT EXISTS counts (name TEXT PRIMARY KEY, count INTEGER);
"""
BEGINNING = "/v1/exports"


class Gone(Exception):
    """What came after the cursor is not all there."""


def compact(document):
    """A document as text, its members in their order."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


class Consumer:
    def __init__(self, address, file, limit=200):
        self.address, self.limit = address, limit
        self.fields = {"Authorization": f"Bearer {os.environ['RUNDE_TOKEN']}"}
        self.connection = None
        self.db = sqlite3.connect(file, isolation_level=None)
        self.db.executescript(TABLES)

    def get(self, path):
        """The body of an answer; until there is one."""
        while True:
            try:
                self.connection = self.connection or http.client.HTTPConnection(self.address, timeout=10)
                self.connection.request("GET", path, headers=self.fields)
                reply = self.connection.getresponse()
                body = reply.read()
            except (OSError, http.client.HTTPException):
                self.connection = None
                time.sleep(0.05)
                continue
            if reply.status == 410:
                raise Gone
            if reply.status == 200:
                return body
            assert reply.status in (429, 503), (reply.status, body)
            time.sleep(0.05)

    def follow(self):
        while True:
            try:
                path, = self.db.execute("SELECT path FROM place").fetchone() or (BEGINNING,)
                waits = self.take_export(path) if path.startswith(BEGINNING) else self.take_changes(path)
            except Gone:
                self.db.executescript("BEGIN; DELETE FROM copy; DELETE FROM place; COMMIT")
                waits = False
            if waits:
                time.sleep(0.05)

    def take_export(self, path):
        *lines, last = [json.loads(line) for line in self.get(path).splitlines()]
        with self.page(f"/v1/changes?limit={self.limit}&cursor={last['changes']}" if "changes" in last
                       else f"{BEGINNING}?cursor={last['next']}"):
            for line in lines:
                self.put(line)
        return False

    def take_changes(self, path):
        page = json.loads(self.get(path))
        with self.page(f"/v1/changes?limit={self.limit}&cursor={page['next']}"):
            for item in page["items"]:
                self.put(item)
            self.count("changes", len(page["items"]))
        return not page["more"]

    def page(self, next_path):
        """A transaction that ends with where to go on."""
        self.db.execute("BEGIN")
        self.db.execute("DELETE FROM place")
        self.db.execute("INSERT INTO place VALUES (?)", [next_path])
        return self.db

    def put(self, item):
        """Takes over one resource as it is now, or takes it away."""
        key, document = [item["resource"], item["id"]], item.get("document")
        self.db.execute("DELETE FROM copy WHERE resource = ? AND id = ?", key)
        if document is None:
            return
        self.db.execute("INSERT INTO copy VALUES (?, ?, ?, ?)", [*key, compact(document), document["revision"]])
        newest = self.db.execute("SELECT revision FROM newest WHERE resource = ? AND id = ?", key).fetchone()
        self.count("back in time", newest is not None and document["revision"] < newest[0])
        self.db.execute("INSERT OR REPLACE INTO newest VALUES (?, ?, ?)", [*key, document["revision"]])

    def count(self, name, more):
        if more:
            self.db.execute("INSERT INTO counts VALUES (?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count",
                            [name, int(more)])


if __name__ == "__main__":
    Consumer(*sys.argv[1:3], *map(int, sys.argv[3:])).follow()
