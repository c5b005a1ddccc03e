"""sweeps.py: what time brings, brought about at once in one connection, by the statements of the worker."""

import re

from tests.server import ROOT

FOLDER = ROOT / "workers/sql"
SWEEPS = ("sweep_series", "sweep_recoveries", "sweep_messages")
# What is done by the timetable, and what each of its jobs may leave to others; then jobs, and how they are done.
TIMETABLE = ("expired_forget", "persons_purge")
KINDS = {"series": "series_proceed", "recovery": "recovery_answer", "delivery": "message_deliver", "erasure": "person_retire"}


def statement(name, **values):
    """One of the worker's statements with its values, which are texts without quotes, in their places."""
    text = (FOLDER / f"{name}.sql").read_text(encoding="utf-8")
    return re.sub(r":'([a-z_]+)'", lambda found: f"'{values[found[1]]}'", text)


def sweep(db, at="now()", names=(*SWEEPS, *TIMETABLE)):
    """All that is due at an instant, an SQL expression, as workers would do it with nobody beside them."""
    db.execute(f"SELECT {at}")
    now = db.fetchone()[0].isoformat()
    for name in names:
        db.execute(statement(name, now=now))
    db.execute("SELECT id, kind, key FROM jobs WHERE kind = ANY (%s) AND dead_at IS NULL ORDER BY id", [list(KINDS)])
    for job, kind, key in db.fetchall():
        db.execute(statement(KINDS[kind], key=key, now=now))
        db.execute("DELETE FROM jobs WHERE id = %s", [job])


def purge(db, at="now()"):
    """Only those whose time is over."""
    sweep(db, at, ["persons_purge"])
