"""oracle/__init__.py: four readers of calendars that know nothing of each other: what events they find, in one form.

An event is a dict: uid, recurrence (the instant by which the series knows it, or None), start, end (seconds since 1970),
status, summary, location, description, url and conference (None: absent). A series is all its dates. Spaces at the end of
a text do not count: libical takes them away.
"""

import fcntl
import json
import subprocess
import warnings
from datetime import datetime, timezone
from pathlib import Path

import icalendar
import recurring_ical_events

from tests.server import programs

HERE = Path(__file__).parent
SPAN = (datetime(1970, 1, 1, tzinfo=timezone.utc), datetime(2099, 1, 1, tzinfo=timezone.utc))
TEXTS = ("status", "summary", "location", "description", "url", "conference")
BACKSLASH = "\ue000"  # stands for one while python3-icalendar reads, which would take escapes away twice


class Unreadable(Exception):
    """What a reader says of a calendar that it does not understand."""


def answers(command, paths):
    """What a program says of each file, a line each."""
    done = subprocess.run([*command, *paths], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.split("\n")[:-1]]
    assert len(lines) == len(paths), done.stderr
    for path, line in zip(paths, lines):
        if "error" in line:
            raise Unreadable(f"{path}: {line['error']}")
    return [[trimmed(event) for event in line["events"]] for line in lines]


def trimmed(event):
    return event | {name: event[name].rstrip(" ") for name in TEXTS if event[name] is not None}


def libical(paths):
    return answers([programs() / "tests/calendars/oracle/libical"], paths)


def install():
    """Once, whoever else wants it at the same time."""
    with (HERE / "package.json").open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if not (HERE / "node_modules/.package-lock.json").exists():
            subprocess.run(["npm", "ci", "--silent"], cwd=HERE, check=True, stdin=subprocess.DEVNULL)


def ical_js(paths):
    """Of iCalendar, and of jCal if the file is .json."""
    install()
    return answers(["node", HERE / "ical_js.mjs"], paths)


def seconds(moment):
    if moment.tzinfo is None:
        raise Unreadable(f"{moment} is of no zone")
    return int(moment.timestamp())


def python_event(component, masters):
    start = seconds(component["DTSTART"].dt)
    recurrence = component.get("RECURRENCE-ID")
    if recurrence is not None:
        recurrence = seconds(recurrence.dt)
    elif component["UID"] in masters:
        recurrence = start
    texts = {name: str(component[name]).replace(BACKSLASH, "\\") if name in component else None for name in TEXTS}
    return trimmed({"uid": str(component["UID"]), "recurrence": recurrence, "start": start,
                    "end": seconds(component["DTEND"].dt), **texts})


def python(paths):
    """python3-icalendar; it knows zones by their names, and takes nothing of them from the calendar.

    It would move what is in UTC into X-WR-TIMEZONE and mistake there the hour that comes twice.
    """
    def read(path):
        body = Path(path).read_bytes().replace(b"\\\\", BACKSLASH.encode())
        calendar = icalendar.Calendar.from_ical(body)
        calendar.pop("X-WR-TIMEZONE", None)
        events = calendar.walk("VEVENT")
        errors = [error for event in [calendar, *events] for error in event.errors]
        if errors:
            raise Unreadable(f"{path}: {errors}")
        masters = {event["UID"] for event in events if "RRULE" in event}
        return [python_event(event, masters) for event in recurring_ical_events.of(calendar).between(*SPAN)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return [read(path) for path in paths]


READERS = {"libical": libical, "ical.js": ical_js, "python": python}
